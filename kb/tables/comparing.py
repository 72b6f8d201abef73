"""One cell in two tables of one form: the price of July 2023 beside that of March 2024."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from kb.tables.computing import compute_cell
from kb.tables.joined import Readable, WithJoins
from kb.tables.links import Links, is_of_the_table
from kb.tables.literals import single_periods
from kb.tables.operations import Want
from kb.tables.plan import Operation
from kb.tables.planning import cell_plan
from kb.tables.results import Result
from kb.tables.shape import Shape


def compared(
    links: Sequence[Links], shape: Callable[[Readable], Shape], index: WithJoins
) -> Result | None:
    """The difference between the cells that a question names in the tables of two periods."""
    asking = [one for one in links if _asks_for_change(one) and not one.left and one.values]
    days = single_periods(asking[0].text) if asking else []
    if len(days) != 2:
        return None
    sides = [[one for one in asking if is_of_the_table(day, one.table)] for day in days]
    # A list that names the day on which the other one ended is that day's no more.
    sure = [side[0].table.id for side in sides if len(side) == 1]
    sides = [[one for one in side if len(side) == 1 or one.table.id not in sure] for side in sides]
    if any(len(side) != 1 for side in sides) or sides[0][0].table.id == sides[1][0].table.id:
        return None
    cells = []
    for [one] in sides:
        plan = cell_plan(one, shape(one.table))
        cell = compute_cell(plan, index) if plan else None
        if plan is None or cell is None:
            return None
        cells.append((plan, *cell))
    (first, old, row), (second, new, other) = cells
    if first.columns[first.measures[0]].name != second.columns[second.measures[0]].name:
        return None
    grows = any(one.want is Want.GROWTH for one in asking[0].wants)
    operation = Operation.GROWTH if grows else Operation.DIFFERENCE
    plan = replace(second, operation=operation)
    value = (new - old) / old if grows and old else round(new - old, 10)
    return Result(
        plan,
        value,
        used=2,
        of=first.table.plain + second.table.plain,
        rows=(row, other),
        parts=(new, old),
    )


def _asks_for_change(links: Links) -> bool:
    return any(one.want in (Want.DIFFERENCE, Want.GROWTH) for one in links.wants)
