"""Sheets as they look on the screen: a row is an element with its columns' names, a sheet a
heading.

unstructured reads sheets through pandas, which turns a column of telephone numbers with one gap
in it into 13800138000.0 and drops number formats.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, replace

from kb.documents.builder import HIDDEN, Builder
from kb.documents.tables import LOOK_AHEAD, Head, continues, names, read_head
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


def add_sheet(
    builder: Builder, name: str, rows: Iterable[Numbered], hidden: Hidden = NOTHING
) -> None:
    """A sheet's rows below its name. A blank row ends a table, so that one sheet may hold
    several; where the rows behind it go on with the table, its names hold for them too."""
    head, above, named = Head(), list[list[str]](), False
    for table in _tables(rows):
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
        above = [row for _, row in body[-LOOK_AHEAD:]]


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
