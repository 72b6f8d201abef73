"""`kb check --repair`: documents whose rows are damaged are restored, or read again."""

from __future__ import annotations

import sqlite3
from zipfile import ZipFile

import pytest

from kb.index.checks import compare
from kb.pipelines.mend_rows import MendedRows
from tests.pipelines.repairs import (
    TEXTS,
    assert_everything_is_found,
    chunk_ids,
    live_folder,
    mend,
)
from tests.pipelines.workspace import Workspace

# --- tables -----------------------------------------------------------------------------


ROSTER = "工号,姓名,月薪\nE1001,張飞,1500\nE1002,关羽,2000\n"


def salaries(workspace: Workspace) -> list[tuple[object, ...]]:
    with workspace.tools.collection.reader() as live:
        [table] = live.catalog.table_store.tables()
        return [row.values for row in live.catalog.table_store.rows(table.id)]


@pytest.fixture
def roster(workspace: Workspace) -> Workspace:
    """Two generations, both with the roster."""
    workspace.write("roster.csv", ROSTER)
    workspace.ingest()
    workspace.write("a.md", "Alpha 北京 one.")
    workspace.ingest()
    return workspace


DAMAGE = (
    "UPDATE table_row_4 SET v3 = 1501 WHERE v1 = 'e1001'",
    "DELETE FROM table_row_4 WHERE v1 = 'e1001'",
    "UPDATE table_ SET name = 'other'",
    "UPDATE table_value SET count = 2 WHERE folded = '张飞'",
    "UPDATE table_value SET folded = 'x' WHERE folded = '张飞'",
)


@pytest.mark.parametrize("statement", DAMAGE)
def test_a_damaged_table_comes_back_from_the_generation_before(
    roster: Workspace, statement: str
) -> None:
    before = salaries(roster)
    change(roster, statement)
    report = mend(roster)
    assert report.documents == MendedRows(restored=("docs/roster.csv",))
    assert (report.fell_back, report.vectors_added, report.vectors_removed) == (None, 0, 0)
    assert report.after.sound
    assert salaries(roster) == before == [("e1001", "张飞", 1500), ("e1002", "关羽", 2000)]


def test_a_damaged_table_that_no_other_generation_has_is_read_anew_with_its_document(
    workspace: Workspace,
) -> None:
    workspace.write("roster.csv", ROSTER)
    workspace.ingest()
    change(workspace, DAMAGE[0])
    report = mend(workspace)
    assert report.documents == MendedRows(taken_out=("docs/roster.csv",))
    assert report.after.sound
    assert workspace.ingest().counts.added == 1
    assert salaries(workspace)[0] == ("e1001", "张飞", 1500)


def test_a_table_that_was_damaged_in_both_generations_is_read_anew(roster: Workspace) -> None:
    for manifest in roster.tools.collection.generations():
        with roster.tools.collection.generation(manifest.generation) as one:
            folder = one.folder
        with sqlite3.connect(folder / "catalog.sqlite") as database:
            database.execute(DAMAGE[0])
        database.close()
    report = mend(roster)
    assert report.documents == MendedRows(taken_out=("docs/roster.csv",))
    assert report.after.sound
    assert roster.documents() == ["docs/a.md"]


# --- documents whose rows are damaged -------------------------------------------------


def change(workspace: Workspace, statement: str) -> None:
    """In the live catalog, behind kb's back."""
    with sqlite3.connect(live_folder(workspace.tools.collection) / "catalog.sqlite") as database:
        assert database.execute(statement).rowcount > 0
    database.close()


def test_a_damaged_document_comes_back_from_the_generation_before(indexed: Workspace) -> None:
    change(indexed, "UPDATE chunk SET text = replace(text, 'Alpha', 'Alphb')")
    report = mend(indexed)
    assert report.fell_back is None
    assert report.documents == MendedRows(restored=("docs/a.md",))
    assert (report.vectors_added, report.vectors_removed) == (0, 0)
    assert_everything_is_found(indexed)


def test_a_damaged_document_that_no_other_generation_has_is_taken_out_and_read_anew(
    indexed: Workspace,
) -> None:
    change(indexed, "UPDATE chunk SET text = replace(text, 'Gamma', 'Gammb')")
    report = mend(indexed)
    assert report.documents == MendedRows(taken_out=("docs/c.txt",))
    assert report.vectors_removed == 1
    assert report.after.sound
    assert_everything_is_found(indexed, "a.md", "b.txt")
    assert indexed.ingest().counts.added == 1
    assert indexed.embedder.texts_seen == 0  # from the cache
    assert_everything_is_found(indexed)


def test_a_collection_of_one_generation_loses_one_document_and_no_more(
    workspace: Workspace,
) -> None:
    for path, text in TEXTS.items():
        workspace.write(path, text)
    workspace.ingest()
    change(workspace, "UPDATE chunk SET doc_id = 'other' WHERE text LIKE 'Beta%'")
    report = mend(workspace)
    assert report.after.sound
    assert_everything_is_found(workspace, "a.md", "c.txt")
    workspace.ingest()
    assert_everything_is_found(workspace)


def test_terms_that_were_changed_are_counted_anew(indexed: Workspace) -> None:
    change(indexed, "UPDATE term SET chunks = 999")
    report = mend(indexed)
    assert report.fell_back is None
    assert_everything_is_found(indexed)


def test_a_damaged_member_of_an_archive_is_read_anew_with_it(workspace: Workspace) -> None:
    with ZipFile(workspace.docs / "two.zip", "w") as archive:
        archive.writestr("a.md", "Alpha 北京 one.")
        archive.writestr("b.txt", "Beta two.")
    workspace.ingest()
    before = chunk_ids(workspace)
    change(workspace, "UPDATE chunk SET text = replace(text, 'Alpha', 'Alphb')")
    assert mend(workspace).documents.taken_out == ("docs/two.zip!/a.md",)
    workspace.ingest()
    assert chunk_ids(workspace) == before
    with workspace.tools.collection.reader() as live:
        assert compare(live).sound


def test_vectors_whose_signs_were_changed_are_made_anew(indexed: Workspace) -> None:
    """A cosine of -1 is one, too: only the checksum tells."""
    [path] = live_folder(indexed.tools.collection).rglob("chunk_0.mmap")
    content = bytearray(path.read_bytes())
    for at in range(3, 3 * 8 * 4, 4):
        content[at] ^= 0x80
    path.write_bytes(content)
    report = mend(indexed)
    assert not report.found.sound
    assert (report.vectors_added, report.reused) == (3, 3)
    assert_everything_is_found(indexed)
