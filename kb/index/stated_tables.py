"""What all documents state about themselves, a row each, read in one query for each width."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from kb.index.database import Database
from kb.index.faults import damaged
from kb.index.table_schema import (
    RowsSum,
    cell_columns,
    head_of,
    of_table_sql,
    room_for,
    row_of,
    row_table,
)
from kb.table_types import STATED, Row, StoredTable, Table


def stated_tables(database: Database, heads: Sequence[StoredTable]) -> dict[str, Table]:
    """The tables of `heads` (TableStore.stated) by their documents' ids, with their rows.

    Raises:
        StoreDamaged: the rows of one are not what was written.
    """
    sums = {one.id: RowsSum(len(one.columns)) for one in heads}
    rows: defaultdict[int, list[Row]] = defaultdict(list)
    for room in sorted({room_for(len(one.columns)) for one in heads}):
        widths = {one.id: len(one.columns) for one in heads if room_for(len(one.columns)) == room}
        for table_id, number, flags, *cells in database.each(_select(room), STATED):
            if width := widths.get(table_id):
                stored = (number, flags, *cells[:width], *cells[room : room + width])
                rows[table_id].append(row_of(sums[table_id].add(stored)))
    _verify(database, sums)
    return {one.doc_id: replace(head_of(one), rows=tuple(rows[one.id])) for one in heads}


def _select(room: int) -> str:
    columns = ", ".join(f"held.{one}" for one in ("number", "flags", *cell_columns(room)))
    return (
        # CROSS keeps SQLite from going through all rows of all tables to find these few.
        f"SELECT head.id, {columns} FROM table_ AS head CROSS JOIN {row_table(room)} AS held"
        f" ON {of_table_sql('head.id', 'held.id')} WHERE head.place = ? ORDER BY head.id, held.id"
    )


def _verify(database: Database, sums: dict[int, RowsSum]) -> None:
    written = "SELECT id, doc_id, rows, plain, rows_checksum FROM table_ WHERE place = ?"
    for table_id, doc_id, *stored in database.each(written, STATED):
        found = sums.get(table_id)
        if found and [found.rows, found.plain, found.checksum] != stored:
            raise damaged(
                database.path, f"what {doc_id!r} states about itself is not what was written"
            )
