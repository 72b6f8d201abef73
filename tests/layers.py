"""The layers of the suite: a folder each, a marker of the same name, and what a layer may use.

Whole layers are chosen by folder or marker (`pytest tests/unit`, `-m "unit and not process"`);
docs/testing.md says which command runs which. A folder that is not listed here is an error, and so
is a test of `unit` that asks for a model or starts a process without saying so.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
NIGHTLY = bool(os.environ.get("KB_TEST_NIGHTLY"))
"""`make test-all` and `make test-airgap`: every seed, long fuzz, what takes minutes."""

LAYERS = {
    "e2e": "the demo's corpus with the real models, from the command line",
    "crash": "killed processes, full disks, held locks",
    "airgap": "that nothing leaves the machine: namespaces, strace, guard and sandbox",
    "pipelines": "whole runs with a fake engine, on a real store",
    "cli": "the command line: what it prints, its exit codes, its signals",
    "contract": "every adapter of a port against one suite; real models",
    "integrations": "kb as a part of LlamaIndex",
    "page": "the page of kb serve in a browser; runs in make test-page",
    "session": "a program that holds a session: real models, in this process and others",
    "unit": "one room alone: no model, no process",
}
"""In the order in which they are run: what takes long first, so that no worker is left with it."""

MARKERS = {
    **LAYERS,
    "process": "a test of `unit` that starts a process, and so is not part of `make test-fast`",
    "ocr": "a test of `unit` that reads a picture, by real models: not part of `make test-fast`",
    "nightly": "runs where KB_TEST_NIGHTLY is set, as `make test-all` does",
    "serial": "must not run beside another test: it measures time, or changes the machine",
}

_HEAVY = frozenset({"models_folder", "pool", "demo", "demo_home"})
"""Fixtures that load a model or start processes."""

_STARTS = frozenset(
    {"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.system", "os.exec"}
)


def layer_of(nodeid: str) -> str:
    """`unit` of `tests/unit/core/test_units.py::test_…`; empty for a folder that is no layer."""
    _, _, rest = nodeid.replace(os.sep, "/").partition("tests/")
    layer = rest.partition("/")[0]
    return layer if layer in LAYERS else ""


def pytest_configure(config: pytest.Config) -> None:
    for name, meaning in MARKERS.items():
        config.addinivalue_line("markers", f"{name}: {meaning}")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    order = ["", *LAYERS]
    items.sort(key=lambda item: order.index(layer_of(item.nodeid)))
    for item in items:
        item.add_marker(layer_of(item.nodeid) or "unit")
        if not NIGHTLY and item.get_closest_marker("nightly"):
            item.add_marker(pytest.mark.skip(reason="runs in make test-all and make test-airgap"))


def objection(item: pytest.Item) -> str:
    """What a test's place in the suite does not allow."""
    layer = layer_of(item.nodeid)
    if not layer:
        return f"its folder is no layer of the suite: {', '.join(LAYERS)} (tests/layers.py)"
    heavy = _HEAVY.intersection(getattr(item, "fixturenames", ()))
    if heavy and layer == "unit" and not item.get_closest_marker("process"):
        return f"it asks for {', '.join(sorted(heavy))}: mark it `process`, or move it to a layer"
    return ""


# --- no process in a unit test ----------------------------------------------------------


class _Watch:
    """Whose starts of processes are objected to; nobody's while `test` is empty."""

    test = ""
    hooked = False


def _object(event: str, arguments: tuple[object, ...]) -> None:
    # What a pool's own thread does in the background is not this test's.
    if event in _STARTS and _Watch.test and threading.current_thread() is threading.main_thread():
        raise AssertionError(
            f"{_Watch.test} starts a process ({event}): mark it `process`, or move it to a layer"
        )


@contextmanager
def no_processes(test: str) -> Iterator[None]:
    """Within the block this thread may start none."""
    if not _Watch.hooked:
        sys.addaudithook(_object)
        _Watch.hooked = True
    _Watch.test = test
    start = BaseProcess.start

    def forbidden(process: BaseProcess) -> None:
        _object("os.fork", ())  # multiprocessing starts some without telling the hooks
        start(process)

    BaseProcess.start = forbidden  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        BaseProcess.start = start  # type: ignore[method-assign]
        _Watch.test = ""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, object, object]:
    if complaint := objection(item):
        pytest.fail(f"{item.nodeid}: {complaint}", pytrace=False)
    with _rules_of(item):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    with _rules_of(item):
        return (yield)


def _rules_of(item: pytest.Item) -> AbstractContextManager[None]:
    alone = layer_of(item.nodeid) == "unit" and not item.get_closest_marker("process")
    return no_processes(item.nodeid) if alone else nullcontext()
