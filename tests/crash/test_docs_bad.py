"""All of the hostile files in one ingest; tests/crash/docs_bad.py says what is expected."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.docs_bad import MEGABYTES_PER_FILE, NEIGHBOURS, Trial, run, table

pytestmark = pytest.mark.nightly  # by day: tests/pipelines/test_bad_input.py, tests/unit/documents

_OVERHEAD = 400
"""Megabytes that a process may be larger than its data: code and mapped files are not counted by
the limit."""


@pytest.fixture(scope="module")
def trial(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Trial:
    return run(shared / "eval" / "docs-bad", tmp_path_factory.mktemp("bad"))


def test_no_file_ends_otherwise_than_expected(trial: Trial) -> None:
    assert len(trial.outcomes) > 100
    assert [one for one in trial.outcomes if one.wrong] == [], table(trial)


def test_the_good_neighbours_all_go_in(trial: Trial) -> None:
    assert trial.neighbours == NEIGHBOURS


def test_the_command_says_that_files_failed_and_does_not_crash(trial: Trial) -> None:
    assert trial.done.code == 3
    assert "Traceback" not in trial.done.err
    assert trial.check.code == 0


def test_no_process_is_larger_than_its_limit(trial: Trial) -> None:
    assert 0 < trial.most_megabytes < MEGABYTES_PER_FILE + _OVERHEAD
