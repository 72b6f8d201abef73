"""What a run of `kb ingest` shows, and the exit code that it leads to."""

from __future__ import annotations

import json

import pytest

from kb.cli.reports import finish_ingest, finish_plan, place
from kb.errors import StoreError
from kb.run_types import IngestPlan, IngestReport, RunCounts
from kb.types import Failure, SourceFile
from tests.index_samples import document

COUNTS = RunCounts(added=2, updated=1, unchanged=4, failed=1, chunks=9, embedded=6, reused=3)
BROKEN = Failure("docs", "a.pdf", "parse", "damaged", "'a.pdf' is damaged", "save it again", 1, 1)
Shown = pytest.CaptureFixture[str]


def report(*failed: Failure, ended_by: StoreError | None = None) -> IngestReport:
    return IngestReport(COUNTS, failed, 7, 1.25, ended_by)


def file(path: str) -> SourceFile:
    return SourceFile("docs", path, f"/data/{path}", 1, 1)


def test_a_whole_run_is_told_in_two_lines_and_ends_with_0(capsys: Shown) -> None:
    assert finish_ingest(report(), as_json=False) == 0
    assert capsys.readouterr().out.splitlines() == [
        "2 added, 1 updated, 0 moved, 4 unchanged, 0 removed, 1 failed",
        "9 chunks (6 embedded, 3 reused), generation 7, 1.2 s",
    ]


def test_a_file_that_failed_is_named_with_its_fix_and_the_run_ends_with_3(capsys: Shown) -> None:
    assert finish_ingest(report(BROKEN), as_json=False) == 3
    assert capsys.readouterr().err.splitlines() == [
        "failed: a.pdf: 'a.pdf' is damaged [damaged]",
        "        save it again",
    ]


def test_of_many_failures_the_first_twenty_are_shown(capsys: Shown) -> None:
    finish_ingest(report(*[BROKEN] * 23), as_json=False)
    err = capsys.readouterr().err.splitlines()
    assert len(err) == 41
    assert err[-1] == "… and 3 more: kb sources --failed"


def test_what_ended_a_run_early_decides_its_exit_code(capsys: Shown) -> None:
    full = StoreError("the disk is full", why="there are 3 MB", hint="free some space")
    assert finish_ingest(report(BROKEN, ended_by=full), as_json=True) == full.exit_code == 5
    shown = capsys.readouterr()
    assert json.loads(shown.out)["ended_by"] == full.reference
    assert "free some space" in shown.err


def test_a_script_gets_the_counts_and_each_failure(capsys: Shown) -> None:
    assert finish_ingest(report(BROKEN), as_json=True, more={"pruned": True}) == 3
    found = json.loads(capsys.readouterr().out)
    assert (found["added"], found["generation"], found["pruned"]) == (2, 7, True)
    assert found["failed"][0]["reference"] == "damaged"
    assert "ended_by" not in found


@pytest.mark.parametrize("prune", [True, False])
def test_a_plan_names_every_file_and_what_is_gone_only_where_it_would_be_removed(
    capsys: Shown, prune: bool
) -> None:
    gone, _ = document("old.md", ["x"])
    before, _ = document("b.md", ["x"])
    moved = ((before, file("c.md")),)
    plan = IngestPlan((file("n.md"),), (file("u.md"),), moved, (file("same.md"),), (gone,))
    assert finish_plan(plan, prune=prune, as_json=False) == 0
    assert capsys.readouterr().out.splitlines() == [
        "added    n.md",
        "updated  u.md",
        "moved    b.md → c.md",
        *(["removed  old.md"] if prune else []),
        "1 unchanged; nothing was done",
    ]
    finish_plan(plan, prune=prune, as_json=True)
    found = json.loads(capsys.readouterr().out)
    assert (found["dry_run"], found["removed"], found["generation"]) == (True, int(prune), None)
    assert found["plan"]["moved"] == ["b.md → c.md"]


@pytest.mark.parametrize(
    ("page", "line", "section", "shown"),
    [
        (3, None, "", "a.md · p. 3"),
        (None, 12, "Rent", "a.md · line 12 · Rent"),
        (3, 12, "", "a.md · p. 3"),
        (None, None, "", "a.md"),
    ],
)
def test_a_place_is_a_page_or_else_a_line(
    page: int | None, line: int | None, section: str, shown: str
) -> None:
    assert place("a.md", page, line, section) == shown
