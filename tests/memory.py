"""Where the tests' temporary folders lie: in memory, where there is room. A store that is written
and thrown away some thousand times need not wait for a disk.

`--basetemp` or KB_TEST_ON_DISK=1 put them elsewhere. A run that failed leaves its folder, and the
next run throws it away.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

SHM = Path("/dev/shm")
NEEDED = 6 << 30
"""Bytes of memory that must be available, and of room on it."""

_PREFIX = f"kb-tests-{os.getuid() if hasattr(os, 'getuid') else 0}-"


@pytest.hookimpl(tryfirst=True)  # before pytest looks for a place
def pytest_configure(config: pytest.Config) -> None:
    # A worker of xdist is given a folder within that of the run.
    if config.option.basetemp is None and not os.environ.get("KB_TEST_ON_DISK") and _room():
        _sweep()
        place = SHM / f"{_PREFIX}{os.getpid()}"
        config.option.basetemp = str(place)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    place = session.config.option.basetemp
    ours = place and Path(place).name == f"{_PREFIX}{os.getpid()}"
    if ours and exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        shutil.rmtree(place, ignore_errors=True)


@pytest.fixture
def disk_path() -> Iterator[Path]:
    """As tmp_path, and never in /dev/shm, which every sandboxed command may read and write: what
    a sandbox keeps from a command can only be seen elsewhere."""
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
    """What earlier runs left, but for those that still run."""
    for place in SHM.glob(f"{_PREFIX}*"):
        if not Path("/proc", place.name.removeprefix(_PREFIX)).exists():
            with contextlib.suppress(OSError):
                shutil.rmtree(place)
