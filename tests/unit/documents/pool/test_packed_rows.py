"""Rows of a large table are held packed, and are the same rows as before."""

from __future__ import annotations

import json
import sys

from kb.documents.pool.packed import SMALL
from kb.documents.pool.packed_rows import PackedRows
from kb.documents.pool.sent_tables import SentTables, fields_of, row_fields
from kb.table_types import Column, ColumnType, Row, RowFlag, Table

COLUMNS = (Column("编号", ColumnType.CODE), Column("价", ColumnType.DECIMAL))


def _rows(count: int) -> list[Row]:
    flags = (RowFlag.PLAIN, RowFlag.TOTAL)
    return [
        Row(n + 2, (f"SB-{n}", f"{n}.5"), (f"sb-{n}", n + 0.5), flags[n % 2]) for n in range(count)
    ]


def _as_it_crosses(fields: object) -> object:
    return json.loads(json.dumps(fields))


def test_a_large_tables_rows_cross_part_by_part_and_are_held_packed() -> None:
    rows = _rows(2 * SMALL)
    table = Table(0, "台账", "", None, COLUMNS, tuple(rows))
    sent = SentTables(_as_it_crosses([fields_of(table, SMALL)]))
    sent.add(0, _as_it_crosses(row_fields(rows[SMALL:])))
    [found] = sent.whole()
    assert isinstance(found.rows, PackedRows)
    assert [*found.rows] == rows
    assert (len(found.rows), found.rows[1_500], found.rows[-1]) == (2_000, rows[1_500], rows[-1])
    assert found.rows[999:1_002] == tuple(rows[999:1_002])
    assert found == table


def test_packed_rows_take_a_twentieth_of_the_memory() -> None:
    rows = _rows(20 * SMALL)
    packed = PackedRows()
    for start in range(0, len(rows), SMALL):
        packed.add(rows[start : start + SMALL])
    plain = sum(
        sys.getsizeof(part) for one in rows for part in (one, one.texts, one.values, *one.texts)
    )
    assert sum(map(len, packed._parts)) < plain / 20


def test_few_rows_are_held_as_they_are() -> None:
    few = _rows(3)
    packed = PackedRows()
    packed.add(few)
    packed.add([])
    assert packed.held() == tuple(few)
