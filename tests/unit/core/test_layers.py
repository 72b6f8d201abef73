"""The suite's own rules: which folder is which layer, and what a unit test may not do."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from tests import layers


def test_every_folder_with_tests_is_a_layer() -> None:
    folders = {file.relative_to(layers.TESTS).parts[0] for file in layers.TESTS.rglob("test_*.py")}
    assert folders == set(layers.LAYERS)


def item(nodeid: str, *fixtures: str, marked: bool = False) -> Any:
    found = SimpleNamespace(nodeid=nodeid, fixturenames=fixtures)
    found.get_closest_marker = lambda name: marked or None
    return found


@pytest.mark.parametrize(
    ("test", "objection"),
    [
        (item("tests/elsewhere/test_a.py::test_b"), "no layer"),
        (item("tests/unit/core/test_a.py::test_b", "tmp_path", "models_folder"), "models_folder"),
        (item("tests/unit/core/test_a.py::test_b", "pool", marked=True), ""),
        (item("tests/contract/test_a.py::test_b", "models_folder"), ""),
        (item("tests/unit/core/test_a.py::test_b", "tmp_path"), ""),
    ],
)
def test_a_test_in_no_layer_and_a_unit_test_with_a_model_fail(test: Any, objection: str) -> None:
    found = layers.objection(test)
    assert objection in found
    assert bool(found) == bool(objection)


@pytest.mark.parametrize(
    "start",
    [
        lambda: subprocess.run([sys.executable, "--version"], check=True),
        lambda: os.system("true"),
        lambda: multiprocessing.get_context("spawn").Process(target=print).start(),
    ],
    ids=["subprocess", "system", "multiprocessing"],
)
def test_a_unit_test_that_starts_a_process_fails(start: Callable[[], object]) -> None:
    with pytest.raises(AssertionError, match="starts a process"):
        start()
