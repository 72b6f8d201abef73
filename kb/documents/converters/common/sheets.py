"""Sheets as they look on the screen: a row is an element with its columns' names, a sheet a
heading.

unstructured reads sheets through pandas, which turns a column of telephone numbers with one gap
in it into 13800138000.0 and drops number formats.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field, replace
from itertools import pairwise

from kb.documents.builder import HIDDEN, Builder
from kb.documents.tables.heads import LOOK_AHEAD, Head, continues, names, read_head, section_ends
from kb.documents.tables.kept import Kept
from kb.table_types import Grid
from kb.types import ElementKind

MOST_COLUMNS = 16_384
"""As many as Excel and LibreOffice have. What lies beyond is named as a loss."""

Numbered = tuple[int, list[str]]
"""A row's number, from 1, and its cells up to the last that holds anything. Empty rows may be left
out, so that a sheet takes as long as there is in it, whatever it says how large it is."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """What of a sheet is hidden: all of it, or rows and columns, counted from 1."""

    sheet: bool = False
    rows: Set[int] = frozenset()
    columns: Set[int] = frozenset()


NOTHING = Hidden()


@dataclass(slots=True)
class Behind:
    """What is behind the cells of a sheet, by the row's number and the column, from 0: the exact
    number of a cell whose display is rounded, and the places that another one's cell spans; and
    by the row's number how far its first cell is indented."""

    worth: dict[tuple[int, int], float] = field(default_factory=dict)
    covered: set[tuple[int, int]] = field(default_factory=set)
    indents: dict[int, int] = field(default_factory=dict)


def add_sheet(
    builder: Builder,
    name: str,
    rows: Iterable[Numbered],
    hidden: Hidden = NOTHING,
    behind: Behind | None = None,
) -> None:
    """A sheet's rows below its name. A blank row ends a table, so that one sheet may hold
    several; where the rows behind it go on with the table, its names hold for them too.

    `behind` may be filled as the rows are drawn.
    """
    kept = Kept()
    _add_lines(builder, name, kept.through(rows), hidden)
    if kept.rows:
        grid = _grid(name, kept, hidden, behind or Behind())
        builder.grid(grid, is_sheet=True, remarks=kept.remarks)


def _grid(name: str, kept: Kept, hidden: Hidden, behind: Behind) -> Grid:
    """One empty row stands for all that lie between two others."""
    cells: list[tuple[str, ...]] = []
    numbers: list[int] = []
    for number, row in zip(kept.numbers, kept.rows, strict=True):
        if numbers and number > numbers[-1] + 1:
            cells.append(())
            numbers.append(number - 1)
        cells.append(row)
        numbers.append(number)
    place_of = {number: place for place, number in enumerate(numbers)}
    worth = {
        (place_of[number], column): value
        for (number, column), value in behind.worth.items()
        if number in place_of
    }
    covered = frozenset(
        (place_of[number], column) for number, column in behind.covered if number in place_of
    )
    indents = {place_of[one]: much for one, much in behind.indents.items() if one in place_of}
    return Grid(
        name,
        tuple(cells),
        tuple(numbers),
        hidden=hidden.sheet,
        hidden_rows=frozenset(hidden.rows),
        hidden_columns=frozenset(column - 1 for column in hidden.columns),
        worth=worth,
        covered=covered,
        indents=indents,
    )


def _add_lines(builder: Builder, name: str, rows: Iterable[Numbered], hidden: Hidden) -> None:
    head, above, named = Head(), list[list[str]](), False
    for table in _sections(_tables(rows)):
        if not named:
            builder.heading(f"{HIDDEN}{name}" if hidden.sheet else name, 1)
            named = True
        cells = [row for _, row in table]
        if continues(head, above, cells[0]):
            body = table[1:] if tuple(cells[0]) == head.names else table
        else:
            head = read_head(cells[:LOOK_AHEAD])
            for row in cells[: head.captions]:
                builder.paragraph(" ".join(dict.fromkeys(filter(None, row))))
            body = table[head.skipped :]
        shown = replace(head, names=tuple(_marked(head.names, hidden)))
        for number, row in body:
            line = shown.line(row if head.names else _marked(row, hidden))
            unseen = hidden.sheet or number in hidden.rows
            builder.add(ElementKind.TABLE_ROW, f"{HIDDEN}{line}" if unseen else line)
        if body and (empty := _without_cells(head.names, body)):
            line = " | ".join(f"{name}:" for name in _marked(empty, hidden) if name)
            builder.add(ElementKind.TABLE_ROW, f"{HIDDEN}{line}" if hidden.sheet else line)
        above = [row for _, row in body[-LOOK_AHEAD:]]


def _sections(tables: Iterable[list[Numbered]]) -> Iterator[list[Numbered]]:
    for table in tables:
        for start, end in pairwise(section_ends([row for _, row in table])):
            yield table[start:end]


def _without_cells(names: Sequence[str], body: Sequence[Numbered]) -> list[str]:
    """Names of columns that hold nothing, in their places: no row of theirs would tell them."""
    filled = {place for _, row in body for place, cell in enumerate(row) if cell}
    empty = ["" if place in filled else name for place, name in enumerate(names)]
    return empty if any(empty) else []


def _tables(rows: Iterable[Numbered]) -> Iterator[list[Numbered]]:
    """Rows between blank ones. A blank row between the names and what they name is none."""
    table: list[Numbered] = []
    for number, row in rows:
        if not any(row):
            continue
        gap = bool(table) and number > table[-1][0] + 1
        if gap and not (len(table) == 1 and names(table[0][1], row)):
            yield table
            table = []
        table.append((number, row))
    if table:
        yield table


def cut(builder: Builder, sheet: str, number: int) -> None:
    """Name what lies beyond the last column that is read."""
    builder.lose(f"columns beyond {MOST_COLUMNS:,} of the sheet '{sheet}', first in row {number}")


def trimmed(cells: list[str]) -> list[str]:
    """Without the empty ones at the end."""
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _marked(cells: Iterable[str], hidden: Hidden) -> list[str]:
    return [
        f"{HIDDEN}{cell}" if cell and column in hidden.columns else cell
        for column, cell in enumerate(cells, start=1)
    ]
