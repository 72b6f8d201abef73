"""What passes between the stages of tables: frozen, slotted dataclasses and nothing else.

ingest   Grid (as it stands in a document) → Table (typed columns, rows) → the catalog
ask      question → Plan → Computation (see kb/tables)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntFlag, StrEnum

Value = str | int | float | None
"""What a cell is worth: a number in its base unit (12.5 under 万元 is 125000, 98.5% is 0.985), a
date as `2024-03-05` (or `2024-03`, `03-05` where no more is said), a time as `08:30`, a yes or no
as 1 or 0, a text folded (kb.text); None: the cell is empty, or is not of its column's type."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A table as it stands in a document, before anything is understood of it.

    `rows` are the cells as they are displayed, a spanning cell's text at each place it spans.
    `numbers` are the rows' numbers in their file, from 1 (of a sheet's row, of a line); empty where
    the rows are counted from 1 without a gap. `name` is a sheet's name, a caption, or the heading
    above. `head` is how many rows name the columns, where the format says so. `worth` is the exact
    number of a cell, by (place in `rows`, column), both from 0, where its display is rounded.
    `covered` are the places, written likewise, that another place's cell spans. `indents` is how
    far the first cell of a row is indented, by the place of the row; 0 where there is none.
    """

    name: str
    rows: tuple[tuple[str, ...], ...]
    numbers: tuple[int, ...] = ()
    page: int | None = None
    head: int | None = None
    hidden: bool = False
    hidden_rows: frozenset[int] = frozenset()
    """By their `numbers`."""
    hidden_columns: frozenset[int] = frozenset()
    """Counted from 0."""
    worth: Mapping[tuple[int, int], float] = field(default_factory=dict)
    covered: frozenset[tuple[int, int]] = frozenset()
    indents: Mapping[int, int] = field(default_factory=dict)

    def number(self, place: int) -> int:
        """The number of the row at a place, which counts from 0."""
        return self.numbers[place] if self.numbers else place + 1


class ColumnType(StrEnum):
    TEXT = "text"
    CODE = "code"
    """Identifiers, telephone numbers, codes: digits that nobody adds up."""
    INTEGER = "integer"
    DECIMAL = "decimal"
    PERCENT = "percent"
    MONEY = "money"
    DATE = "date"
    TIME = "time"
    BOOLEAN = "boolean"

    @property
    def is_number(self) -> bool:
        return self in (
            ColumnType.INTEGER,
            ColumnType.DECIMAL,
            ColumnType.PERCENT,
            ColumnType.MONEY,
        )


@dataclass(frozen=True, slots=True)
class Column:
    """`name` is all of its heads, outermost first, joined by a blank: `期末余额 账面价值`.

    A displayed number times `scale` is its value: 10000 where the head says 万元, whose `unit` is
    then 元. `unit` is empty where nothing says one. `decimals` is how many a value needs.
    """

    name: str
    type: ColumnType
    unit: str = ""
    scale: float = 1.0
    decimals: int = 0
    hidden: bool = False


class RowFlag(IntFlag):
    """What a row is besides a row. Rows with a flag are not computed with."""

    PLAIN = 0
    TOTAL = 1
    HIDDEN = 2
    REPLACED = 4
    """A document that another version is in the place of, in a table of documents."""


DOCUMENTS = "documents"
"""In the place of a document's id and path: of the tables whose rows are documents."""

STATED = 1_000_000
"""The place of the row of what a document states about itself, behind its tables."""


@dataclass(frozen=True, slots=True)
class Row:
    """`texts` are its cells as displayed, `values` what they are worth, both a place a column.
    `number` counts from 1 in the file: a sheet's row, a line, else a place in the table."""

    number: int
    texts: tuple[str, ...]
    values: tuple[Value, ...]
    flags: RowFlag = RowFlag.PLAIN


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a document. `place` counts its document's tables from 0. `name` is the sheet's,
    or the heading's; `caption` is what stands above the head. `remarks` say what was not
    understood or left out, a line each. `rows` are a tuple, but for a large table on its way into
    the store (kb/documents/pool/packed_rows.py)."""

    place: int
    name: str
    caption: str
    page: int | None
    columns: tuple[Column, ...]
    rows: Sequence[Row]
    hidden: bool = False
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Described:
    """A document: its id, its path below its root, its title, what it states about itself (one
    row, see kb/documents/tables/stated.py), and what is known of it as a version. `kind` is the
    name of its kind (kb/tables/kinds.py), or empty; `dated` a day as ISO 8601 has it, or empty;
    `family` the title of the version in force of its family, or empty."""

    doc_id: str
    path: str
    title: str
    kind: str = ""
    version: str = ""
    dated: str = ""
    family: str = ""
    replaced: bool = False
    stated: Table | None = None


@dataclass(frozen=True, slots=True)
class StoredTable:
    """A table of a generation, without its rows.

    `source` is `root/path` of its document, `title` and `mtime_ns` are the document's. `rows` are
    all of its rows, `plain` those without a flag. `collection` is empty where one alone is asked.
    """

    id: int
    doc_id: str
    source: str
    title: str
    mtime_ns: int
    place: int
    name: str
    caption: str
    page: int | None
    columns: tuple[Column, ...]
    rows: int
    plain: int
    hidden: bool = False
    remarks: tuple[str, ...] = ()
    collection: str = ""

    @property
    def path(self) -> str:
        """Of its document, as citations have it: without the root, with the collection."""
        own = self.source.partition("/")[2] or self.source
        return f"{self.collection}:{own}" if self.collection else own

    @property
    def of_documents(self) -> bool:
        """Whether its rows are documents. Its first column is then their path, its last, hidden
        one says where in the document each cell stands."""
        return self.doc_id == DOCUMENTS


@dataclass(frozen=True, slots=True)
class ValueHit:
    """A value that stands in `count` rows of a column (from 0) of a table; totals not counted."""

    folded: str
    table_id: int
    column: int
    count: int


@dataclass(frozen=True, slots=True)
class Mention:
    """The first passage of a document that holds a phrase, and where it stands; without a text
    where only a table's cells hold it."""

    text: str = ""
    page: int | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class ValueRange:
    """The codes of a column, as displayed, from the first to the last; with its document's path and
    title."""

    source: str
    title: str
    column: str
    first: str
    last: str


@dataclass(frozen=True, slots=True)
class ReferenceRow:
    """A row that an answer rests on. `sheet` is the table's name; `number` counts from 1."""

    source: str
    sheet: str
    row: int


@dataclass(frozen=True, slots=True)
class ComputedRows:
    """How many rows were `used` `of` those that the table has, and the first of them."""

    used: int
    of: int
    references: tuple[ReferenceRow, ...]


@dataclass(frozen=True, slots=True)
class Computation:
    """How an answer was computed: over which tables, with which filters and operation, for which
    columns; `result` is what came out, in words."""

    tables: tuple[str, ...]
    filters: tuple[str, ...]
    operation: str
    columns: tuple[str, ...]
    rows: ComputedRows
    result: str


@dataclass(frozen=True, slots=True)
class NamedTable:
    """A table under the name that SQL knows it by; `columns` are the names of its columns there,
    in their order."""

    name: str
    table: StoredTable
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SqlResult:
    """What a SELECT gave. `tables` are the names of those that it read; `remarks` say what is not
    in the rows, such as rows over a limit, or those that are marked as totals."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    tables: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
