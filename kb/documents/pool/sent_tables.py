"""Tables as they cross the border between a parsing process and the run."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from kb.documents.limits import MOST_CHARACTERS
from kb.documents.pool.checks import NotAllowed, flag_of, list_of, number_of, text_of
from kb.documents.pool.packed_rows import PackedRows
from kb.table_types import STATED, Column, ColumnType, Row, RowFlag, Table

_MOST_WORDS = 20_000
_MOST_TABLES = 100_000
_MOST_COLUMNS = 1_000
_MOST_ROWS = 1 << 24
_MOST_NUMBER = (1 << 63) - 1
_MOST_PLACE = (1 << 31) - 1
_MOST_REMARKS = 10_000


def fields_of(table: Table, rows: int) -> dict[str, Any]:
    """A table with its first rows as JSON has it; `SentTables` says whether it may cross."""
    return {
        "name": table.name,
        "caption": table.caption,
        "page": table.page,
        "hidden": table.hidden,
        "remarks": table.remarks,
        "columns": [
            (one.name, one.type.value, one.unit, one.scale, one.decimals, one.hidden)
            for one in table.columns
        ],
        "rows": row_fields(table.rows[:rows]),
    }


def row_fields(rows: Sequence[Row]) -> list[tuple[Any, ...]]:
    return [(row.number, int(row.flags), row.texts, row.values) for row in rows]


class SentTables:
    """The tables of a document as they come. Every method raises NotAllowed."""

    def __init__(self, sent: Any) -> None:
        self._tables = [_table(place, one) for place, one in enumerate(list_of(sent, _MOST_TABLES))]
        self._rows: list[PackedRows] = []
        for table, one in zip(self._tables, sent, strict=True):
            self._rows.append(PackedRows())
            self.add(table.place, one.get("rows"))

    def add(self, place: Any, sent: Any) -> None:
        """Rows that come after those of a table that are there."""
        table = self._tables[number_of(place, 0, len(self._tables) - 1)]
        rows, known = self._rows[table.place], dict[str, str]()
        width = len(table.columns)
        rows.add([_row(one, width, known) for one in list_of(sent, _MOST_ROWS - len(rows))])

    def whole(self) -> tuple[Table, ...]:
        both = zip(self._tables, self._rows, strict=True)
        return tuple(replace(table, rows=rows.held()) for table, rows in both)


def stated_of(sent: Any) -> Table | None:
    """What a document states about itself: one row, whose last cell says where the others stand.

    Raises NotAllowed.
    """
    if sent == []:
        return None
    found = SentTables(list_of(sent, 1, exactly=True)).whole()
    for table in found:
        [row] = table.rows if len(table.rows) == 1 else [None]
        if row is None or not _are_places(row.texts[-1:], len(table.columns) - 1):
            raise NotAllowed("what a document states of itself is no row with its places")
    return replace(found[0], place=STATED)


def _are_places(cell: Sequence[str], width: int) -> bool:
    try:
        places = [list_of(one, 2, exactly=True) for one in list_of(json.loads(cell[0]), width)]
    except (ValueError, IndexError, RecursionError):
        return False
    for number in (one for place in places for one in place if one is not None):
        number_of(number, 0, _MOST_PLACE)
    return len(places) == width > 0


def _table(place: int, sent: Any) -> Table:
    """Without its rows."""
    if not isinstance(sent, dict):
        raise NotAllowed("a table is no object")
    columns = tuple(_column(one) for one in list_of(sent.get("columns"), _MOST_COLUMNS))
    page = sent.get("page")
    return Table(
        place=place,
        name=text_of(sent.get("name"), _MOST_WORDS),
        caption=text_of(sent.get("caption"), _MOST_WORDS),
        page=None if page is None else number_of(page, 0, _MOST_PLACE),
        columns=columns,
        rows=(),
        hidden=flag_of(sent, "hidden"),
        remarks=tuple(
            text_of(one, _MOST_WORDS) for one in list_of(sent.get("remarks"), _MOST_REMARKS)
        ),
    )


def _column(sent: Any) -> Column:
    name, kind, unit, scale, decimals, hidden = list_of(sent, 6, exactly=True)
    if kind not in [one.value for one in ColumnType]:
        raise NotAllowed("a column's type is none")
    if not isinstance(scale, float) or not math.isfinite(scale) or not isinstance(hidden, bool):
        raise NotAllowed("a column's scale is no number")
    return Column(
        text_of(name, _MOST_WORDS),
        ColumnType(kind),
        text_of(unit, 100),
        scale,
        number_of(decimals, 0, 100),
        hidden,
    )


def _row(sent: Any, width: int, known: dict[str, str]) -> Row:
    """`known`: texts that were met; equal ones, as a value and what it displays, are kept once."""
    number, flags, texts, values = list_of(sent, 4, exactly=True)
    texts, values = list_of(texts, width, exactly=True), list_of(values, width, exactly=True)
    if not all(isinstance(text, str) for text in texts) or not all(map(_is_value, values)):
        raise NotAllowed("a cell is neither text nor number")
    text_of("".join(texts), MOST_CHARACTERS)
    text_of("".join(value for value in values if isinstance(value, str)), MOST_CHARACTERS)
    return Row(
        number_of(number, 0, _MOST_PLACE),
        tuple(known.setdefault(text, text) for text in texts),
        tuple(known.setdefault(one, one) if isinstance(one, str) else one for one in values),
        RowFlag(number_of(flags, 0, 3)),
    )


def _is_value(value: Any) -> bool:
    if isinstance(value, int):
        return not isinstance(value, bool) and -_MOST_NUMBER <= value <= _MOST_NUMBER
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, str)
