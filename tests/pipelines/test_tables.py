"""A document's tables go in, stay and leave with it."""

from __future__ import annotations

from zipfile import ZipFile

import pytest

from kb.pipelines.remove import remove
from tests.pipelines.workspace import Workspace

ROSTER = "工号,姓名,月薪\nE1001,张飞,1500\nE1002,关羽,2000\n合计,,3500\n"


def tables(workspace: Workspace) -> dict[str, list[tuple[str, ...]]]:
    """The cells as displayed, by the paths of the documents."""
    with workspace.tools.collection.reader() as live:
        store = live.catalog.table_store
        return {table.path: [row.texts for row in store.rows(table.id)] for table in store.tables()}


def rows(text: str) -> list[tuple[str, ...]]:
    return [tuple(line.split(",")) for line in text.splitlines()[1:]]


@pytest.fixture
def roster(workspace: Workspace) -> Workspace:
    workspace.write("roster.csv", ROSTER)
    workspace.write("a.md", "Alpha.")
    workspace.ingest()
    return workspace


def test_a_table_is_stored_with_its_document(roster: Workspace) -> None:
    assert tables(roster) == {"roster.csv": rows(ROSTER)}


def test_an_edited_document_has_the_rows_that_it_has_now(roster: Workspace) -> None:
    edited = ROSTER.replace("关羽", "赵云")
    roster.write("roster.csv", edited)
    roster.ingest()
    assert tables(roster) == {"roster.csv": rows(edited)}
    roster.tools.collection.rollback()
    assert tables(roster) == {"roster.csv": rows(ROSTER)}


def test_a_moved_document_takes_its_table_with_it(roster: Workspace) -> None:
    (roster.docs / "roster.csv").rename(roster.docs / "staff.csv")
    assert roster.ingest(prune=True).counts.moved == 1
    assert tables(roster) == {"staff.csv": rows(ROSTER)}


def test_a_touched_document_keeps_its_table(roster: Workspace) -> None:
    (roster.docs / "roster.csv").touch()
    roster.write("b.md", "Beta.")
    assert roster.ingest().counts.unchanged == 2
    assert tables(roster) == {"roster.csv": rows(ROSTER)}


def test_a_removed_document_takes_its_table_with_it(roster: Workspace) -> None:
    report = remove(roster.tools.collection, [roster.docs / "roster.csv"], wait=0)
    assert report.remaining == 0
    assert tables(roster) == {}


def test_a_table_in_an_archive_is_stored_and_goes_with_the_member(workspace: Workspace) -> None:
    def pack(**members: str) -> None:
        with ZipFile(workspace.docs / "all.zip", "w") as archive:
            for name, text in members.items():
                archive.writestr(f"{name}.csv", text)

    workspace.docs.mkdir(exist_ok=True)
    pack(one=ROSTER, two=ROSTER)
    workspace.ingest()
    assert sorted(tables(workspace)) == ["all.zip!/one.csv", "all.zip!/two.csv"]
    pack(one=ROSTER)
    workspace.ingest()
    assert tables(workspace) == {"all.zip!/one.csv": rows(ROSTER)}
