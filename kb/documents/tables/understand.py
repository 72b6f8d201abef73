"""A table as it stands in a document → rows with typed columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from kb.documents.tables.blocks import Block, blocks_of
from kb.documents.tables.columns import read_column
from kb.documents.tables.filling import fill_down
from kb.documents.tables.forms import Pair, form_of, pairs_of, turned
from kb.documents.tables.groups import Groups, groups_of
from kb.documents.tables.heads import LOOK_AHEAD
from kb.documents.tables.levels import Top, top_of
from kb.documents.tables.mixed import parts_of
from kb.documents.tables.totals import find_totals, labelled
from kb.documents.tables.units import Unit, unit_in_head, unit_said
from kb.table_types import Column, Grid, Row, RowFlag, Table, Value
from kb.text.readable import readable

MOST_COLUMNS = 998
"""As many as the store has room for (kb/index/table_schema.py)."""

MOST_CELLS = 6_000_000
_PROSE = 250
_MOST_NAME = 400
MOST_CAPTION = 1_000
_MOST_REMARKS = 50
_SURROGATES = re.compile("[\ud800-\udfff]")


def tables_of(grid: Grid, *, above: str = "", is_sheet: bool = False) -> list[Table]:
    """What is understood of a grid.

    Args:
        above: what stands right above it and speaks of it: a caption, a unit.
        is_sheet: whether it may hold several tables, with empty rows and columns between them.
    """
    rows = [tuple(map(_tidy, row)) for row in grid.rows]
    found = []
    for block in blocks_of(rows, grid.head, is_sheet=is_sheet):
        for part in parts_of(block):
            table = _understood(grid, part, above)
            if table is not None:
                found.append(table)
    return found


def _tidy(text: str) -> str:
    return _SURROGATES.sub("\ufffd", " ".join(readable(text).split())) if text else ""


@dataclass(slots=True)
class _Body:
    """The rows below a head: their places in the grid, their cells, and what is said of them."""

    places: list[int]
    rows: list[list[str]]
    names: list[str]
    columns: list[int]
    """Where they are in the grid; -1 for one that is a row there, or stands nowhere."""
    remarks: list[str] = field(default_factory=list)

    def indents(self, grid: Grid) -> list[int]:
        return [grid.indents.get(place, 0) for place in self.places]


def _understood(grid: Grid, block: Block, above: str) -> Table | None:
    rows = block.rows
    if not _is_data(rows) and not block.is_form:
        return None
    if block.is_form:
        return _form(grid, block, pairs_of(rows), above, unit_said(above))
    top = top_of(rows[:LOOK_AHEAD], block.head)
    caption = " ".join(filter(None, (above, *top.captions)))[:MOST_CAPTION]
    said = (
        unit_said(caption)
        or unit_said(next(iter(top.names), ""))
        or _money_in(grid.name)
        or _money_in(caption)
    )
    # On a page, or a slide, every first row is taken for one of names.
    may_be = top.form or not block.head or (block.head == 1 and grid.page is not None)
    form = form_of(rows[len(top.captions) :], may_be=may_be)
    if form is not None:
        return _form(grid, block, form, caption, said)
    body = _body(block, top)
    if not body.rows:
        return None
    if top.rows:
        fill_down(body.rows)
    if not top.rows:
        body.remarks.append("no row names the columns")
    records = turned(body.names, body.rows) if top.rows else None
    if records is not None:
        grid = replace(grid, numbers=(), worth={}, hidden_rows=frozenset())
        body = _Body([*range(len(records) - 1)], records[1:], records[0], [-1] * len(records[0]))
        return _typed(grid, body, None, caption, said, is_form=True)
    return _typed(grid, body, groups_of(body.rows, body.indents(grid)), caption, said)


def _form(
    grid: Grid, block: Block, pairs: Sequence[Pair], caption: str, said: Unit | None
) -> Table | None:
    """One row, whose columns are the names."""
    names, cells = [name for name, _ in pairs], [value for _, value in pairs]
    if not any(cells):
        return None
    body = _Body([block.places[0]], [cells], names, [-1] * len(cells))
    return _typed(grid, body, None, caption, said, is_form=True)


def _is_data(rows: Sequence[Sequence[str]]) -> bool:
    """Whether a grid holds data: it is no frame around text, and no single cell."""
    if len(rows) < 2:
        return False
    filled = [cell for row in rows[:200] for cell in row if cell]
    if len(filled) < 3 or sum(map(len, filled)) > _PROSE * len(filled):
        return False
    if max(map(len, rows)) > 1:
        return True
    return len(rows) > 2 and max(map(len, filled)) <= 60


def _body(block: Block, top: Top) -> _Body:
    """The rows below the head, as wide as each other, without columns that hold nothing."""
    below = block.rows[top.skipped :]
    places = list(block.places[top.skipped :])
    width = max((len(row) for row in (top.names, *below)), default=0)
    used = [False] * width
    for row in (top.names, *below):
        for column, cell in enumerate(row):
            if cell:
                used[column] = True
    columns = [column for column in range(width) if used[column]]
    remarks: list[str] = []
    if len(columns) > MOST_COLUMNS:
        remarks.append(f"columns beyond the first {MOST_COLUMNS} are left out: {len(columns)}")
        columns = columns[:MOST_COLUMNS]
    most = MOST_CELLS // max(1, len(columns))
    if len(below) > most:
        remarks.append(f"rows beyond the first {most:,} are left out: {len(below):,}")
        below, places = below[:most], places[:most]
    names = [top.names[c] if c < len(top.names) else "" for c in columns]
    body = _Body([], [], names, [block.left + c for c in columns], remarks)
    for place, row in zip(places, below, strict=True):
        cells = [row[c] if c < len(row) else "" for c in columns]
        if cells == names or not any(cells):  # the head once more, as on each printed page
            continue
        body.places.append(place)
        body.rows.append(cells)
    return body


def _typed(
    grid: Grid,
    body: _Body,
    groups: Groups | None,
    caption: str,
    said: Unit | None,
    *,
    is_form: bool = False,
) -> Table:
    if groups is not None:
        body = _grouped(body, groups)
    body = _without_empty(body)
    called = {} if is_form else labelled(body.rows)
    columns: list[Column] = []
    values: list[list[Value]] = []
    for place in range(len(body.names)):
        column, worth = _column(grid, body, place, said, set(called))
        columns.append(column)
        values.append(worth)
    flags = _flags(grid, body, columns, values, called)
    rows = tuple(
        Row(grid.number(at), tuple(texts), worth, flag)
        for at, texts, worth, flag in zip(
            body.places, body.rows, zip(*values, strict=True), flags, strict=True
        )
    )
    return Table(
        place=0,
        name=grid.name[:_MOST_NAME],
        caption=caption,
        page=grid.page,
        columns=tuple(columns),
        rows=rows,
        hidden=grid.hidden,
        remarks=tuple(body.remarks[:_MOST_REMARKS]),
    )


def _column(
    grid: Grid, body: _Body, place: int, said: Unit | None, apart: set[int]
) -> tuple[Column, list[Value]]:
    """A column, and what its cells are worth; remarks say which are worth nothing, and why."""
    name, at = body.names[place][:_MOST_NAME], body.columns[place]
    texts = [row[place] for row in body.rows]
    worth = _worth(grid, body.places, at)
    read = read_column(name, texts, worth=worth, said=said, apart=apart)
    about = f"column '{name[:60]}'"
    if grid.covered and read.column.type.is_number:
        spanned = _count_once(grid, body.places, at, read.values)
        if spanned:
            body.remarks.append(f"{about}: places that merged cells span, counted once: {spanned}")
    if read.misfits:
        first, filled = grid.number(body.places[read.misfits[0]]), sum(map(bool, texts))
        body.remarks.append(
            f"{about}: {len(read.misfits)} of {filled} cells are no "
            f"{read.column.type.value}, the first in row {first}"
        )
    return replace(read.column, hidden=at in grid.hidden_columns), read.values


def _without_empty(body: _Body) -> _Body:
    """Columns that a title over the table or a note below it alone reaches into are none."""
    kept = [
        c for c, name in enumerate(body.names) if name or any(row[c] for row in body.rows)
    ]  # fmt: skip
    if len(kept) == len(body.names):
        return body
    return replace(
        body,
        rows=[[row[c] for c in kept] for row in body.rows],
        names=[body.names[c] for c in kept],
        columns=[body.columns[c] for c in kept],
    )


def _money_in(name: str) -> Unit | None:
    """The money that a table's own name gives: 部门预算(元)."""
    unit = unit_in_head(name)
    return unit if unit is not None and unit.is_money else None


def _worth(grid: Grid, places: Sequence[int], column: int) -> dict[int, float]:
    if not grid.worth or column < 0:
        return {}
    pairs = ((place, grid.worth.get((at, column))) for place, at in enumerate(places))
    return {place: value for place, value in pairs if value is not None}


def _count_once(grid: Grid, places: Sequence[int], column: int, values: list[Value]) -> int:
    """A number that spans several rows or columns is worth something in the first of them."""
    spanned = 0
    for place, at in enumerate(places):
        if (at, column) in grid.covered and values[place] is not None:
            values[place] = None
            spanned += 1
    return spanned


def _flags(
    grid: Grid,
    body: _Body,
    columns: Sequence[Column],
    values: Sequence[Sequence[Value]],
    called: dict[int, bool],
) -> list[RowFlag]:
    totals = find_totals(body.rows, called, columns, values, body.indents(grid))
    for place in totals.wrong[:5]:
        number = grid.number(body.places[place])
        body.remarks.append(f"row {number} is called a total, and is not the sum of rows above it")
    flags = []
    for place, at in enumerate(body.places):
        flag = RowFlag.TOTAL if place in totals.places else RowFlag.PLAIN
        if grid.hidden_rows and grid.number(at) in grid.hidden_rows:
            flag |= RowFlag.HIDDEN
        flags.append(flag)
    return flags


def _grouped(body: _Body, groups: Groups) -> _Body:
    """The rows without those that only head others, whose texts become columns at the left."""
    kept = [place for place in range(len(body.rows)) if place not in groups.heads]
    depth = groups.depth
    return _Body(
        [body.places[place] for place in kept],
        [[*groups.of[place], *body.rows[place]] for place in kept],
        [*[""] * depth, *body.names],
        [*[-1] * depth, *body.columns],
        [*body.remarks, *groups.remarks],
    )


def numbered(tables: Sequence[Table]) -> Iterator[Table]:
    """A document's tables, with their places."""
    for place, table in enumerate(tables):
        yield table if table.place == place else replace(table, place=place)
