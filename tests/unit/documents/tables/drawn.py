"""Tables drawn as text: a line a row, cells between bars."""

from __future__ import annotations

from typing import Any

from kb.documents.tables.understand import tables_of
from kb.table_types import Column, Grid, RowFlag, Table, Value


def cells(drawn: str) -> tuple[tuple[str, ...], ...]:
    """An empty line is an empty row."""
    lines = drawn.strip("\n").split("\n")
    return tuple(
        tuple(c.strip() for c in line.split("|")) if line.strip() else () for line in lines
    )


def table(drawn: str, *, above: str = "", **grid: Any) -> Table:
    """The one table of a drawing."""
    (found,) = tables_of(Grid("名", cells(drawn), **grid), above=above)
    return found


def sheet(drawn: str, **grid: Any) -> list[Table]:
    return tables_of(Grid("表", cells(drawn), **grid), is_sheet=True)


def names(found: Table) -> list[str]:
    return [column.name for column in found.columns]


def column(found: Table, name: str) -> Column:
    return found.columns[names(found).index(name)]


def values(found: Table, name: str) -> list[Value]:
    place = names(found).index(name)
    return [row.values[place] for row in found.rows]


def texts(found: Table) -> list[tuple[str, ...]]:
    return [row.texts for row in found.rows]


def totals(found: Table) -> list[str]:
    """What the rows that are totals begin with."""
    return [next(filter(None, row.texts)) for row in found.rows if row.flags & RowFlag.TOTAL]
