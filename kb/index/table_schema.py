"""How tables lie in a catalog: the SQL tables, a table's rows as rows of them and back.

All tables of documents share a few SQL tables, one for each width, so a document makes no schema
of its own. A table's rows have neighbouring ids: reading it is reading one range.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, replace
from zlib import crc32

from kb.index.database import Row as Stored
from kb.table_types import Column, ColumnType, Row, RowFlag, StoredTable, Table, Value
from kb.text.fold import fold

SCHEMA = """
CREATE TABLE IF NOT EXISTS table_ (
    id INTEGER PRIMARY KEY, doc_id TEXT NOT NULL, place INTEGER NOT NULL, made_of TEXT NOT NULL,
    name TEXT NOT NULL, caption TEXT NOT NULL, page INTEGER, columns TEXT NOT NULL,
    hidden INTEGER NOT NULL, remarks TEXT NOT NULL, rows INTEGER NOT NULL, plain INTEGER NOT NULL,
    rows_checksum INTEGER NOT NULL, checksum INTEGER NOT NULL, UNIQUE (doc_id, place)
);
CREATE TABLE IF NOT EXISTS table_value (
    table_id INTEGER NOT NULL, column_ INTEGER NOT NULL, folded TEXT NOT NULL,
    count INTEGER NOT NULL, PRIMARY KEY (table_id, column_, folded)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS table_value_folded ON table_value (folded);
"""
HEAD = (
    "id, doc_id, place, made_of, name, caption, page, columns, hidden, remarks, rows, plain,"
    " rows_checksum"
)
"""The columns of `table_` that its checksum is made of."""

WIDTHS = (4, 8, 16, 32, 64, 128, 256, 512, 998)
"""The columns that the SQL tables have room for. A column takes two of SQLite's 2,000."""

MOST_COLUMNS = WIDTHS[-1]
_PLACE_BITS = 21
MOST_ROWS = 1 << _PLACE_BITS
_ID_BITS = 40
LONGEST_VALUE = 64
"""Characters of a value that a question's words are compared with."""

_EXACT_DIGITS = 15
"""SQLite writes a number with no more."""


def room_for(width: int) -> int:
    """The least of WIDTHS that so many columns fit into."""
    return next(one for one in WIDTHS if width <= one)


def row_table(width: int) -> str:
    """The SQL table that holds rows of so many columns."""
    return f"table_row_{room_for(width)}"


def create_rows(width: int) -> str:
    columns = ", ".join(cell_columns(room_for(width)))
    name = row_table(width)
    return f"CREATE TABLE IF NOT EXISTS {name} (id INTEGER PRIMARY KEY, number, flags, {columns})"


def cell_columns(width: int) -> list[str]:
    """First what the cells are worth, then what they display where that is not the same."""
    return [f"{kind}{place}" for kind in "vt" for place in range(1, width + 1)]


def id_range(table_id: int) -> tuple[int, int]:
    """The first and the last id that a row of a table can have."""
    first = table_id << _PLACE_BITS
    return first, first + MOST_ROWS - 1


def table_ids(doc_id: str, place: int) -> Iterator[int]:
    """The ids that a table may have: the first that is free. They are made of its document's id,
    so that a second run gives the same ones, whatever the order of the documents."""
    digest = hashlib.sha256(f"{doc_id}\0{place}".encode()).digest()
    first = int.from_bytes(digest[: _ID_BITS // 8], "big")
    while True:
        yield first
        first = (first + 1) % (1 << _ID_BITS)


def view_sql(table: StoredTable, schema: str = "main") -> str:
    """A subselect over a table's rows: `number`, `flags`, c0, c1… (what the cells are worth) and
    x0, x1… (what they display). `schema` is the database of the connection that holds them."""
    first, last = id_range(table.id)
    columns = ["number", "flags"]
    places = range(len(table.columns))
    columns += [f"v{place + 1} AS c{place}" for place in places]
    columns += [f"{displayed(place)} AS x{place}" for place in places]
    source = f"{schema}.{row_table(len(table.columns))}"
    return f"(SELECT {', '.join(columns)} FROM {source} WHERE id BETWEEN {first} AND {last})"


def displayed(place: int) -> str:
    """SQL for what the cell of a column displays; see `row_of`."""
    return f"coalesce(t{place + 1}, CAST(v{place + 1} AS TEXT), '')"


# --- rows -----------------------------------------------------------------------------


def stored_rows(table: Table) -> Iterator[Stored]:
    """number, flags, the values, and the texts that cannot be told from the values."""
    for row in table.rows:
        values = [int(one) if one is True or one is False else one for one in row.values]
        texts = [_kept(*cell) for cell in zip(row.texts, values, strict=True)]
        yield (row.number, int(row.flags), *values, *texts)


def _kept(text: str, value: Value) -> str | None:
    if text == value:
        return None
    if value is None:
        return text or None
    if isinstance(value, str) or text != str(value):
        return text
    if isinstance(value, int):
        return None
    plain = len(text) <= _EXACT_DIGITS and "e" not in text and text[-1].isdigit() and value
    return None if plain else text


def row_of(stored: Stored) -> Row:
    """A row again, from its columns without the id."""
    number, flags, *cells = stored
    width = len(cells) // 2
    values, texts = cells[:width], cells[width:]
    shown = (_text(*cell) for cell in zip(texts, values, strict=True))
    return Row(number, tuple(shown), tuple(values), RowFlag(flags))


def _text(text: str | None, value: Value) -> str:
    if text is not None:
        return text
    return "" if value is None else str(value)


def select_rows(table_id: int, width: int, where: str = "") -> str:
    """SQL for rows as `row_of` takes them, in their order."""
    first, last = id_range(table_id)
    columns = ", ".join(("number", "flags", *cell_columns(width)))
    source = f"{row_table(width)} WHERE id BETWEEN {first} AND {last}"
    return f"SELECT {columns} FROM {source}{where} ORDER BY id"


def of_table_sql(table_id: str, row_id: str) -> str:
    """SQL that a row, by its id, is one of a table's, by the table's id; see `id_range`."""
    first = f"({table_id} << {_PLACE_BITS})"
    return f"{row_id} BETWEEN {first} AND {first} + {MOST_ROWS - 1}"


class RowsSum:
    """How many rows there are, how many without a flag, and the CRC-32 of their columns as text,
    with a zero byte behind each."""

    def __init__(self, width: int) -> None:
        self._form = "%s\0" * (2 + 2 * width)
        self.rows = self.plain = self.checksum = 0

    def add(self, row: Stored) -> Stored:
        self.checksum = crc32((self._form % row).encode("utf-8", "surrogatepass"), self.checksum)
        self.rows += 1
        self.plain += not row[1]
        return row


class DistinctValues:
    """The values of the columns that words of a question may stand in, with the number of rows;
    rows of totals left out, and values that are too long for a word of a question."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._width = len(columns)
        kinds = (ColumnType.TEXT, ColumnType.CODE)
        self._texts = [(i, Counter[Value]()) for i, one in enumerate(columns) if one.type in kinds]
        self._answers = [
            (i, Counter[str]()) for i, one in enumerate(columns) if one.type is ColumnType.BOOLEAN
        ]

    def add(self, row: Stored) -> Stored:
        if not row[1] & RowFlag.TOTAL:
            for place, counter in self._texts:
                counter[row[2 + place]] += 1
            for place, answers in self._answers:
                answers[_text(row[2 + self._width + place], row[2 + place])] += 1
        return row

    def counted(self) -> Iterator[tuple[int, str, int]]:
        """(column, folded value, rows), sorted by the first two."""
        for place, texts in sorted([*self._texts, *self._answered()], key=lambda one: one[0]):
            words = [one for one in texts if isinstance(one, str) and 0 < len(one) <= LONGEST_VALUE]
            yield from ((place, word, texts[word]) for word in sorted(words))

    def _answered(self) -> Iterator[tuple[int, Counter[Value]]]:
        for place, answers in self._answers:
            folded = Counter[Value]()
            for text, count in answers.items():
                folded[fold(text)] += count
            yield place, folded


# --- heads ----------------------------------------------------------------------------


def fitting(table: Table) -> Table:
    """The table, cut to what can be stored; what is left out is in its remarks."""
    rows, columns, remarks = table.rows, table.columns, [*table.remarks]
    if len(rows) > MOST_ROWS:
        remarks.append(f"only the first {MOST_ROWS} of {len(rows)} rows are stored")
        rows = rows[:MOST_ROWS]
    if len(columns) > MOST_COLUMNS:
        remarks.append(f"only the first {MOST_COLUMNS} of {len(columns)} columns are stored")
        columns = columns[:MOST_COLUMNS]
        rows = tuple(
            replace(one, texts=one.texts[:MOST_COLUMNS], values=one.values[:MOST_COLUMNS])
            for one in rows
        )
    return replace(table, rows=rows, columns=columns, remarks=tuple(remarks))


_COLUMN = tuple(one.name for one in fields(Column))


def columns_text(columns: Iterable[Column]) -> str:
    rows = [[getattr(one, name) for name in _COLUMN] for one in columns]
    return json.dumps(rows, ensure_ascii=False)


def columns_of(text: str) -> tuple[Column, ...]:
    """Raises ValueError, TypeError: they are none."""
    return tuple(Column(name, ColumnType(kind), *rest) for name, kind, *rest in json.loads(text))


def head_of(table: StoredTable) -> Table:
    """The table without its rows."""
    return Table(
        place=table.place,
        name=table.name,
        caption=table.caption,
        page=table.page,
        columns=table.columns,
        rows=(),
        hidden=table.hidden,
        remarks=table.remarks,
    )


def head_checksum(head: Sequence[object]) -> int:
    return crc32("\0".join(map(str, head)).encode("utf-8", "surrogatepass"))
