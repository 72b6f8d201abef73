"""kb/index/stated_tables.py: what documents state about themselves, read at once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from kb.errors import StoreDamaged
from kb.index.catalog import Catalog
from kb.index.stated_tables import stated_tables
from kb.table_types import STATED, Column, ColumnType, Row, Table
from tests.index_samples import document, table_of


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with closing(Catalog(tmp_path / "catalog.sqlite", writable=True)) as catalog:
        yield catalog


def stating(*texts: str) -> Table:
    """A row with a column for each text."""
    columns = tuple(Column(f"field {n}", ColumnType.TEXT) for n in range(len(texts)))
    return Table(STATED, "", "", None, columns, (Row(1, texts, texts),))


def test_rows_of_several_widths_come_whole_and_without_those_of_other_tables(
    catalog: Catalog,
) -> None:
    narrow, wide = stating("张飞", "2024-03-01"), stating(*"abcdefg")
    put = {"a.md": [narrow], "b.md": [wide, table_of(["of the document", "another"])], "c.md": []}
    ids = {}
    for path, tables in put.items():
        record, chunks = document(path, [path])
        catalog.put_document(record, chunks, [(1,)], tables)
        ids[path] = record.doc_id
    found = stated_tables(catalog.database, catalog.table_store.stated())
    assert found == {ids["a.md"]: narrow, ids["b.md"]: wide}


@pytest.mark.parametrize(
    "change",
    ["UPDATE table_row_4 SET v1 = '关羽'", "DELETE FROM table_row_4"],
    ids=["another value", "no row"],
)
def test_a_row_that_is_not_what_was_written_is_damage(catalog: Catalog, change: str) -> None:
    record, chunks = document("a.md", ["text"])
    catalog.put_document(record, chunks, [(1,)], [stating("张飞", "2024-03-01")])
    path = catalog.database.path
    catalog.close()
    with closing(sqlite3.connect(path)) as database:
        database.execute(change)
        database.commit()
    with closing(Catalog(path, writable=False)) as damaged:
        heads = damaged.table_store.stated()
        with pytest.raises(StoreDamaged) as raised:
            stated_tables(damaged.database, heads)
    assert "states about itself is not what was written" in raised.value.why
