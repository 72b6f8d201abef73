"""A plan compiled to one or two read-only selects with parameters, and its result.

No text of a question or of a cell ever becomes SQL: column numbers are ours, all else is a
parameter.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from kb.table_types import ColumnType, Mention, RowFlag, Value
from kb.tables.joined import Joined, Readable, WithJoins
from kb.tables.plan import Comparison, Filter, Operation, Plan
from kb.text.fold import fold

_REPLACED = int(RowFlag.REPLACED)
MOST_LISTED = 200
"""Rows of which the answer tells the cells; how many there are besides is said."""

_COMPARED = {
    Comparison.LESS: "<",
    Comparison.AT_MOST: "<=",
    Comparison.MORE: ">",
    Comparison.AT_LEAST: ">=",
}


@dataclass(frozen=True, slots=True)
class Told:
    """A row that the answer rests on: of which table, its number there, its cells as displayed.
    `other` is the number of the row that it is joined with, None where there is none."""

    table: Readable
    number: int
    texts: tuple[str, ...]
    other: int | None = None

    def parts(self) -> tuple[Told, ...]:
        """The rows of stored tables that it is made of."""
        table = self.table
        if not isinstance(table, Joined):
            return (self,)
        width = len(table.left.columns)
        left = Told(table.left, self.number, self.texts[:width])
        if self.other is None:
            return (left,)
        return left, Told(table.right, self.other, self.texts[width:])


@dataclass(frozen=True, slots=True)
class Result:
    """`value` is the number that was computed, None where cells are told; `rows` are those that it
    rests on, up to MOST_LISTED, of `used`; `of` are the rows that the table has without totals and
    hidden ones. `groups` are pairs of a displayed value and its number. `cells` are what is told:
    a tuple a row, one text a target."""

    plan: Plan
    value: float | None
    used: int
    of: int
    rows: tuple[Told, ...]
    cells: tuple[tuple[str, ...], ...] = ()
    groups: tuple[tuple[str, float], ...] = ()
    missing: int = 0
    """Of documents: those that would count if they stated what is computed with."""
    replaced: int = 0
    """Of documents: those that would count if no other version were in their place."""
    older: frozenset[int] = frozenset()
    """Of documents that are told: the numbers of those that another version replaces."""
    mentions: Mapping[str, Mention] = field(default_factory=dict)
    """Of documents: where they hold what is asked for, by their ids."""
    parts: tuple[float, ...] = ()
    """What a share, a difference or a quotient was made of."""


def compute(plan: Plan, index: WithJoins) -> Result | None:
    """The result of a plan; None where the rows do not allow it (a difference of no number)."""
    running = _Running(plan, index)
    match plan.operation:
        case Operation.SELECT | Operation.EXISTS:
            return running.selected()
        case Operation.COUNT:
            return running.counted()
        case Operation.SUM | Operation.AVERAGE:
            return running.aggregated()
        case Operation.TOP:
            return running.top()
        case Operation.MOST | Operation.GROUPS:
            return running.grouped()
        case Operation.SHARE:
            return running.share()
        case Operation.QUOTIENT:
            return running.quotient()
        case Operation.DIFFERENCE | Operation.GROWTH:
            return running.change()
        case Operation.WHERE:
            return running.holding()


def compute_cell(plan: Plan, index: WithJoins) -> tuple[float, Told] | None:
    """The one number that a plan's filters leave in its measure, and its row."""
    running = _Running(plan, index)
    rows = running.measured()
    if len(rows) != 1 or not isinstance(rows[0][1], int | float):
        return None
    return _number(rows[0][1]), rows[0][0]


class _Running:
    def __init__(self, plan: Plan, index: WithJoins) -> None:
        self.plan = plan
        self.index = index
        self.view = index.view_sql(plan.table)
        self.where, self.parameters = compiled(plan.filters, hidden=plan.hidden)

    # --- operations -------------------------------------------------------------------

    def selected(self) -> Result:
        result = self._blank(value=None)
        if self.plan.operation is Operation.EXISTS:
            result = replace(result, value=float(result.used))
        return replace(result, cells=self._cells(result.rows))

    def counted(self) -> Result:
        result = self._blank(value=None)
        if self.plan.group is None:
            return replace(result, value=float(result.used))
        distinct = f"count(DISTINCT c{self.plan.group})"
        [[count]] = self._run(f"SELECT {distinct} FROM {self.view} WHERE {self.where}")
        return replace(result, value=_number(count))

    def aggregated(self) -> Result:
        word = "sum" if self.plan.operation is Operation.SUM else "avg"
        [[value]] = self._run(
            f"SELECT {word}({self._measure()}) FROM {self.view} WHERE {self.where}"
        )
        return self._blank(value=None if value is None else self._rounded(_number(value)))

    def top(self) -> Result | None:
        measure, column = self._measure(), self.plan.measures[0]
        direction = "DESC" if self.plan.descending else "ASC"
        found = self._run(
            f"SELECT c{column} FROM {self.view} WHERE {self.where} AND {measure} IS NOT NULL"
            f" ORDER BY {measure} {direction} LIMIT ?",
            self.plan.limit,
        )
        if not found:
            return None
        edge = found[-1][0]  # its equals are told as well
        sign = ">=" if self.plan.descending else "<="
        rows = self._told(
            f"{self.where} AND {measure} {sign} ? ORDER BY {measure} {direction}, number", edge
        )
        if self.plan.group is not None and not self._leads(rows, measure, direction):
            return None
        value = _number(edge) if isinstance(edge, int | float) else None
        result = self._blank(value=value)
        return replace(result, rows=rows, cells=self._cells(rows))

    def _leads(self, rows: Sequence[Told], measure: str, direction: str) -> bool:
        """Whether the group of the first row is also the first by its sum. Which machine had the
        most hours: in one row, or in all of its rows?"""
        group = self.plan.group
        found = self._run(
            f"SELECT max(x{group}) FROM {self.view} WHERE {self.where} AND c{group} IS NOT NULL"
            f" GROUP BY c{group} ORDER BY sum({measure}) {direction} LIMIT 1"
        )
        return bool(found and rows) and found[0][0] == rows[0].texts[group or 0]

    def grouped(self) -> Result | None:
        plan, group = self.plan, self.plan.group
        if group is None:
            return None
        measure = "count(*)"
        if plan.measures:
            word = "avg" if plan.aggregate is Operation.AVERAGE else "sum"
            measure = f"{word}({self._measure()})"
        direction = "DESC" if plan.descending else "ASC"
        rows = self._run(
            f"SELECT max(x{group}), {measure} AS m FROM {self.view} WHERE {self.where}"
            f" AND c{group} IS NOT NULL AND c{group} != '' GROUP BY c{group}"
            f" ORDER BY m {direction}, c{group}"
        )
        groups = tuple((str(name), self._rounded(_number(m))) for name, m in rows if m is not None)
        if plan.operation is Operation.MOST and len(groups) > plan.limit:
            edge = groups[plan.limit - 1][1]
            groups = tuple(
                one for one in groups if (one[1] >= edge if plan.descending else one[1] <= edge)
            )
        if not groups:
            return None
        return replace(self._blank(value=groups[0][1]), groups=groups)

    def share(self) -> Result | None:
        measure = f"sum({self._measure()})" if self.plan.measures else "count(*)"
        [[part]] = self._run(f"SELECT {measure} FROM {self.view} WHERE {self.where}")
        where, parameters = compiled(self.plan.whole)
        [[whole]] = self.index.run(f"SELECT {measure} FROM {self.view} WHERE {where}", parameters)
        if not whole or part is None:
            return None
        parts = _number(part), _number(whole)
        return replace(self._blank(value=parts[0] / parts[1]), parts=parts)

    def quotient(self) -> Result | None:
        one, other = self.plan.measures
        [[top, bottom]] = self._run(
            f"SELECT sum(c{one}), sum(c{other}) FROM {self.view} WHERE {self.where}"
        )
        if top is None or not bottom:
            return None
        parts = _number(top), _number(bottom)
        return replace(self._blank(value=parts[0] / parts[1]), parts=parts)

    def change(self) -> Result | None:
        if self.plan.sides:
            return self._between_rows()
        one, other = self.plan.measures
        rows = self._run(f"SELECT c{one}, c{other} FROM {self.view} WHERE {self.where} LIMIT 2")
        if len(rows) != 1 or not all(isinstance(cell, int | float) for cell in rows[0]):
            return None
        return self._changed(_number(rows[0][0]), _number(rows[0][1]), self._blank(value=None))

    def measured(self) -> list[tuple[Told, object]]:
        return self._told_where(self.where, self.parameters, more=f", c{self.plan.measures[0]}")

    def holding(self) -> Result:
        """The columns in which a value stands, for each row that the other filters leave."""
        wide = next(one for one in self.plan.filters if len(one.columns) > 1)
        result = self._blank(value=None)
        cells = []
        for row in result.rows:
            values = {str(value) for value in wide.values}
            held = [c for c in wide.columns if _folded(row.texts[c]) in values]
            cells.append(tuple(self.plan.columns[c].name for c in held))
        return replace(result, cells=tuple(cells), value=float(sum(map(len, cells))))

    # --- within -----------------------------------------------------------------------

    def _between_rows(self) -> Result | None:
        measure = self.plan.measures[0]
        found: list[tuple[float, Told]] = []
        for side in self.plan.sides:
            where, parameters = compiled((*self.plan.filters, side))
            rows = self._told_where(where, parameters, more=f", c{measure}")
            if len(rows) != 1 or not isinstance(rows[0][1], int | float):
                return None
            found.append((_number(rows[0][1]), rows[0][0]))
        if len(found) != 2:
            return None
        result = replace(self._blank(value=None), rows=tuple(row for _, row in found), used=2)
        return self._changed(found[0][0], found[1][0], result)

    def _changed(self, one: float, other: float, result: Result) -> Result | None:
        if self.plan.operation is Operation.GROWTH:
            return (
                replace(result, value=(one - other) / other, parts=(one, other)) if other else None
            )
        return replace(result, value=self._rounded(one - other), parts=(one, other))

    def _cells(self, rows: Sequence[Told]) -> tuple[tuple[str, ...], ...]:
        return tuple(tuple(row.texts[c] for c in self.plan.targets) for row in rows)

    def _blank(self, *, value: float | None) -> Result:
        [[used]] = self._run(f"SELECT count(*) FROM {self.view} WHERE {self.where}")
        [[of]] = self.index.run(f"SELECT count(*) FROM {self.view} WHERE flags = 0", ())
        rows = self._told(f"{self.where} ORDER BY number")
        result = Result(self.plan, value, int(str(used)), int(str(of)), rows)
        return self._of_documents(result) if self.plan.table.of_documents else result

    def _of_documents(self, result: Result) -> Result:
        """The result without documents that do not state what is computed with; how many these
        are, and how many are left out since another version is in their place."""
        needed = sorted(_needed(self.plan))
        stated = " AND ".join(("1", *(f"c{c} IS NOT NULL" for c in needed)))
        unstated = " OR ".join(("0", *(f"c{c} IS NULL" for c in needed)))
        open_, parameters = compiled(self.plan.filters, unknown=True)
        older_too = self.where.replace("flags = 0", f"flags = {_REPLACED}", 1)
        counts = []
        for where, values in (
            (f"{self.where} AND {stated}", self.parameters),
            (f"{open_} AND ({unstated})", parameters),
            (f"{older_too} AND {stated}", self.parameters),
        ):
            [[count]] = self.index.run(f"SELECT count(*) FROM {self.view} WHERE {where}", values)
            counts.append(int(str(count)))
        used, missing, replaced = counts
        replacing = self._run(
            f"SELECT number FROM {self.view} WHERE {self.where} AND flags = {_REPLACED}"
        )
        older = frozenset(int(str(number)) for (number,) in replacing)
        rows = self._told(f"{self.where} AND {stated} ORDER BY number")
        return replace(
            result, used=used, rows=rows, missing=missing, replaced=replaced, older=older
        )

    def _told(self, where: str, *more: object) -> tuple[Told, ...]:
        return tuple(row for row, _ in self._told_where(where, (*self.parameters, *more)))

    def _told_where(
        self, where: str, parameters: Sequence[object], more: str = ", NULL"
    ) -> list[tuple[Told, object]]:
        table = self.plan.table
        shown = ", ".join(f"x{c}" for c in range(len(table.columns)))
        other = "other" if isinstance(table, Joined) else "NULL"
        cells = f"number, {shown}, {other}{more}"
        rows = self.index.run(
            f"SELECT {cells} FROM {self.view} WHERE {where} LIMIT {MOST_LISTED}", parameters
        )
        return [(_told_row(table, row[:-1]), row[-1]) for row in rows]

    def _measure(self) -> str:
        measures = self.plan.measures
        if len(measures) == 1:
            return f"c{measures[0]}"
        return "(" + " + ".join(f"coalesce(c{c}, 0)" for c in measures) + ")"

    def _rounded(self, value: float) -> float:
        """Without what binary numbers add: to the decimals of the column, more for an average."""
        decimals = max((self.plan.columns[c].decimals for c in self.plan.measures), default=0)
        averaged = Operation.AVERAGE in (self.plan.operation, self.plan.aggregate)
        return round(value, max(2, decimals) if averaged else decimals)

    def _run(self, sql: str, *more: object) -> Sequence[tuple[object, ...]]:
        return self.index.run(sql, (*self.parameters, *more))


def compiled(
    filters: Sequence[Filter], *, hidden: bool = False, unknown: bool = False
) -> tuple[str, list[object]]:
    """The condition of some filters, and its parameters. Totals are left out, and rows that are
    hidden, or replaced, unless they are asked for. `unknown`: an empty cell passes."""
    also = f"{int(RowFlag.HIDDEN)}, {int(RowFlag.REPLACED)}"
    flags = f"flags IN (0, {also})" if hidden else "flags = 0"
    parts, parameters = [flags], list[object]()
    for one in filters:
        any_of: list[str] = []
        for column in one.columns:
            text, values = _condition(column, one)
            any_of.append(text)
            parameters += values
        condition = " OR ".join(any_of)
        parts.append(f"coalesce(({condition}), 1)" if unknown else f"({condition})")
    return " AND ".join(parts), parameters


def _condition(column: int, one: Filter) -> tuple[str, list[Value]]:
    name, values = f"c{column}", [*one.values]
    marks = ", ".join("?" * len(values))
    match one.test:
        case Comparison.EQUAL:
            return f"{name} IN ({marks})", values
        case Comparison.NOT:
            return f"{name} NOT IN ({marks})", values
        case Comparison.BETWEEN:
            return f"{name} BETWEEN ? AND ?", values
        case Comparison.PERIOD:  # 03 or 06-06; not every date has a year
            day = f"CASE WHEN substr({name}, 5, 1) = '-' THEN substr({name}, 6) ELSE {name} END"
            return " OR ".join(f"{day} LIKE ? || '%'" for _ in values), values
        case Comparison.AMONG:
            return f"number IN ({marks})", values
        case Comparison.DIFFERS:
            other = int(str(values[0]))
            return f"{name} IS NOT NULL AND c{other} IS NOT NULL AND {name} != c{other}", []
        case _:
            return f"{name} {_COMPARED[one.test]} ?", values


def _needed(plan: Plan) -> set[int]:
    """The columns of numbers and days that a document must state to be counted."""
    compared = {c for one in plan.filters for c in one.columns if one.test is not Comparison.AMONG}
    kinds = plan.columns
    dated = {c for c in compared if kinds[c].type.is_number or kinds[c].type is ColumnType.DATE}
    return {*plan.measures} | dated


def _told_row(table: Readable, row: Sequence[object]) -> Told:
    number, *cells, other = row
    texts = tuple("" if cell is None else str(cell) for cell in cells)
    return Told(table, int(str(number)), texts, None if other is None else int(str(other)))


def _number(value: object) -> float:
    number = float(str(value))
    return number if math.isfinite(number) else 0.0


def _folded(text: str) -> str:
    return fold(" ".join(text.split()))
