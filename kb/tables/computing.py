"""A plan compiled to one or two read-only selects with parameters, and its result.

No text of a question or of a cell ever becomes SQL: column numbers are ours, all else is a
parameter.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from kb.table_types import ColumnType, RowFlag
from kb.tables.conditions import compiled
from kb.tables.durations import between
from kb.tables.joined import Joined, Readable, WithJoins
from kb.tables.measures import expression, one_sided, rounded
from kb.tables.plan import Comparison, Operation, Plan
from kb.tables.results import MOST_LISTED, Result, Told
from kb.text.fold import fold

_REPLACED = int(RowFlag.REPLACED)
_SEVERAL = re.compile(r"[、,，;；/&\n]|\band\b")
"""What stands between the names of a cell that has several."""
_MOST_ORDERED = 5_000
"""Rows of a table in which one is looked for that stands beside another."""


def compute(plan: Plan, index: WithJoins) -> Result | None:
    """The result of a plan; None where the rows do not allow it (a difference of no number)."""
    running = _Running(plan, index)
    if running.is_one_sided():
        return None
    match plan.operation:
        case Operation.SELECT | Operation.EXISTS:
            return running.selected()
        case Operation.COUNT:
            return running.counted()
        case Operation.SUM | Operation.AVERAGE:
            return running.aggregated()
        case Operation.MEDIAN:
            return running.median()
        case Operation.TOP:
            return running.top()
        case Operation.MOST | Operation.GROUPS:
            return running.spread() if plan.spread else running.grouped()
        case Operation.NEXT | Operation.PREVIOUS:
            return running.neighbour()
        case Operation.SHARE:
            return running.share()
        case Operation.QUOTIENT:
            return running.quotient()
        case Operation.DIFFERENCE | Operation.GROWTH:
            return running.change()
        case Operation.DURATION:
            return running.lasted()
        case Operation.PEAK:
            return running.peak()
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

    def median(self) -> Result:
        """The middle one of the numbers, or the mean of the two in the middle."""
        measure = self._measure()
        where = f"{self.where} AND {measure} IS NOT NULL"
        [[count]] = self._run(f"SELECT count(*) FROM {self.view} WHERE {where}")
        many = int(str(count))
        middle = self._run(
            f"SELECT {measure} AS m FROM {self.view} WHERE {where} ORDER BY m LIMIT ? OFFSET ?",
            2 - many % 2,
            max(0, many - 1) // 2,
        )
        value = sum(_number(one) for (one,) in middle) / max(1, len(middle))
        return self._blank(value=self._rounded(value) if middle else None)

    def top(self) -> Result | None:
        measure = self._measure()
        direction = "DESC" if self.plan.descending else "ASC"
        found = self._run(
            f"SELECT {measure} FROM {self.view} WHERE {self.where} AND {measure} IS NOT NULL"
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

    def spread(self) -> Result | None:
        """The value that stands in the most cells of some columns: who has the most shifts."""
        cells = " UNION ALL ".join(
            f"SELECT c{c} AS c, x{c} AS x FROM {self.view} WHERE {self.where}"
            for c in self.plan.spread
        )
        direction = "DESC" if self.plan.descending else "ASC"
        rows = self.index.run(
            f"SELECT max(x), count(*) AS m FROM ({cells}) WHERE c IS NOT NULL AND c != ''"
            f" GROUP BY c ORDER BY m {direction}, c",
            self.parameters * len(self.plan.spread),
        )
        if not rows or any(_SEVERAL.search(str(name)) for name, _ in rows):
            return None  # of cells that name several, none is counted
        edge = rows[min(self.plan.limit, len(rows)) - 1][1]
        told = [one for one in rows if (one[1] >= edge if self.plan.descending else one[1] <= edge)]
        groups = tuple((str(name), _number(m)) for name, m in told)
        return replace(self._blank(value=groups[0][1]), groups=groups)

    def neighbour(self) -> Result | None:
        """The row behind, or before, the one that the filters leave: in the order of its days,
        where it has some, else as it stands."""
        rows = self._told_where("flags = 0 ORDER BY number", (), limit=_MOST_ORDERED)
        anchors = self._told(self.where)
        if len(anchors) != 1 or len(rows) == _MOST_ORDERED:
            return None
        step = self._direction() * (1 if self.plan.operation is Operation.NEXT else -1)
        numbers = [row.number for row, _ in rows]
        at = numbers.index(anchors[0].number) + step if step else -1
        if not 0 <= at < len(rows):
            return None
        found = rows[at][0]
        result = Result(self.plan, None, 2, len(rows), (found, *anchors))
        return replace(result, cells=self._cells((found,)))

    def _direction(self) -> int:
        """1 where the rows stand in the order of time, -1 where the latest stands first, 0 where
        they stand in neither."""
        for column in self.plan.measures:
            cells = self.index.run(
                f"SELECT c{column} FROM {self.view} WHERE flags = 0 ORDER BY number", ()
            )
            values = [value for (value,) in cells]
            if any(value is None for value in values):
                continue
            if all(one <= other for one, other in pairwise(values)):
                return 1
            return -1 if all(one >= other for one, other in pairwise(values)) else 0
        return 0 if self.plan.measures else 1

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

    def lasted(self) -> Result | None:
        one, other = self.plan.measures
        rows = self._run(f"SELECT c{one}, c{other} FROM {self.view} WHERE {self.where} LIMIT 2")
        found = between(*rows[0]) if len(rows) == 1 else None
        if found is None:
            return None
        days = tuple(str(cell) for cell in rows[0])
        return replace(self._blank(value=found[0]), cells=(days,))

    def measured(self) -> list[tuple[Told, object]]:
        return self._told_where(self.where, self.parameters, more=f", c{self.plan.measures[0]}")

    def peak(self) -> Result | None:
        """The names of the columns in which the one row has its highest, or lowest, number."""
        shown = ", ".join(f"c{c}" for c in self.plan.spread)
        rows = self._run(f"SELECT {shown} FROM {self.view} WHERE {self.where} LIMIT 2")
        if len(rows) != 1 or not all(isinstance(cell, int | float) for cell in rows[0]):
            return None
        cells = [*map(_number, rows[0])]
        edge = max(cells) if self.plan.descending else min(cells)
        names = [self.plan.columns[c].name for c in self.plan.spread]
        groups = tuple((name, one) for name, one in zip(names, cells, strict=True) if one == edge)
        return replace(self._blank(value=edge), groups=groups)

    def holding(self) -> Result:
        """The columns in which a value stands, for each row that the other filters leave."""
        wide = next(one for one in self.plan.filters if len(one.columns) > 1)
        result = self._blank(value=None)
        cells = []
        for row in result.rows:
            values = {str(value) for value in wide.values}
            held = [c for c in wide.columns if fold(" ".join(row.texts[c].split())) in values]
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
        self,
        where: str,
        parameters: Sequence[object],
        more: str = ", NULL",
        limit: int = MOST_LISTED,
    ) -> list[tuple[Told, object]]:
        table = self.plan.table
        shown = ", ".join(f"x{c}" for c in range(len(table.columns)))
        other = "other" if isinstance(table, Joined) else "NULL"
        cells = f"number, {shown}, {other}{more}"
        rows = self.index.run(
            f"SELECT {cells} FROM {self.view} WHERE {where} LIMIT {limit}", parameters
        )
        return [(_told_row(table, row[:-1]), row[-1]) for row in rows]

    def _measure(self) -> str:
        return expression(self.plan)

    def _rounded(self, value: float) -> float:
        return rounded(self.plan, value)

    def is_one_sided(self) -> bool:
        """Whether a row lacks one of two measures: what is computed would be of a part of them."""
        lacks = one_sided(self.plan)
        return bool(
            lacks and self._run(f"SELECT 1 FROM {self.view} WHERE {self.where} AND {lacks}")
        )

    def _run(self, sql: str, *more: object) -> Sequence[tuple[object, ...]]:
        return self.index.run(sql, (*self.parameters, *more))


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
