"""What of the machine the tests use.

Folders in memory: a store that is written and thrown away some thousand times need not wait for a
disk. Only where no sandbox is looked at: every sandboxed command may read and write in /dev/shm,
so what its sandbox keeps from it, or forgets to give it, can only be seen elsewhere.

Processors: several processes that run tests share them; llama.cpp takes its part of them in each.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.layers import NIGHTLY, layer_of

IN_MEMORY = frozenset({"unit", "pipelines", "contract", "crash"})
SHM = Path("/dev/shm")
NEEDED = 6 << 30
"""Bytes of memory that must be available, and of room on it."""

_PREFIX = f"kb-tests-{os.getuid() if hasattr(os, 'getuid') else 0}-"


def pytest_configure(config: pytest.Config) -> None:
    if workers := os.environ.get("PYTEST_XDIST_WORKER_COUNT"):
        # Before llama.cpp is loaded. Its threads wait for each other by spinning.
        os.environ["OMP_THREAD_LIMIT"] = str(max(1, _processors() // int(workers)))


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: tests wait for a fifth of their time, for a process, a
    signal, a clock."""
    return _processors() + 1


@pytest.fixture(scope="session")
def memory() -> Iterator[Path | None]:
    """A folder in memory; None where there is no room, at night, and with KB_TEST_ON_DISK."""
    if NIGHTLY or os.environ.get("KB_TEST_ON_DISK") or not _room():
        yield None
        return
    _sweep()
    place = SHM / f"{_PREFIX}{os.getpid()}"
    place.mkdir(mode=0o700)
    yield place
    shutil.rmtree(place)


@pytest.fixture
def tmp_path(
    request: pytest.FixtureRequest,
    memory: Path | None,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Path]:
    """pytest's, for the layers of IN_MEMORY in memory; there it is deleted after the test."""
    name = re.sub(r"\W", "_", request.node.name)[:30]
    if memory is None or layer_of(request.node.nodeid) not in IN_MEMORY:
        yield tmp_path_factory.mktemp(name)
        return
    place = Path(tempfile.mkdtemp(prefix=name, dir=memory))
    yield place
    shutil.rmtree(place, ignore_errors=True)  # a test may have closed a folder to its owner


@pytest.fixture
def disk_path() -> Iterator[Path]:
    """As tmp_path, and never in /dev/shm."""
    with tempfile.TemporaryDirectory(prefix=_PREFIX, dir="/var/tmp") as folder:
        yield Path(folder)


def _room() -> bool:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        [available] = [line.split()[1] for line in lines if line.startswith("MemAvailable:")]
        return min(int(available) << 10, shutil.disk_usage(SHM).free) >= NEEDED
    except (OSError, ValueError):
        return False


def _sweep() -> None:
    """What killed runs left."""
    for place in SHM.glob(f"{_PREFIX}*"):
        if not Path("/proc", place.name.removeprefix(_PREFIX)).exists():
            with contextlib.suppress(OSError):
                shutil.rmtree(place)
