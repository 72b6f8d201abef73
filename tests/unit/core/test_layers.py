"""The suite's own rules: which folder is which layer, and what a unit test may not do."""

from __future__ import annotations

import multiprocessing
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests import layers

MAKEFILE = layers.TESTS.parent / "Makefile"


def test_every_folder_with_tests_is_a_layer() -> None:
    folders = {file.relative_to(layers.TESTS).parts[0] for file in layers.TESTS.rglob("test_*.py")}
    assert folders == set(layers.LAYERS)


@pytest.mark.process
def test_what_a_file_sets_up_is_set_up_in_one_worker(tmp_path: Path) -> None:
    source = """
import os, pathlib, pytest

@pytest.fixture(scope="module")
def model():
    with open(pathlib.Path(__file__).with_suffix(".loaded"), "a") as file:
        file.write(f"{os.getpid()}\\n")

@pytest.mark.parametrize("number", range(9))
def test_one(model, number):
    pass
"""
    for name in ("test_a", "test_b"):
        (tmp_path / f"{name}.py").write_text(source, encoding="utf-8")
    [parallel] = re.findall(r"^PARALLEL := (.*)$", MAKEFILE.read_text("utf-8"), re.MULTILINE)
    command = [sys.executable, "-m", "pytest", "-q", *parallel.split(), str(tmp_path)]
    subprocess.run([*command, "--numprocesses=2"], cwd=tmp_path, check=True, capture_output=True)
    loaded = [(tmp_path / f"{name}.loaded").read_text().split() for name in ("test_a", "test_b")]
    assert [len(one) for one in loaded] == [1, 1]


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
