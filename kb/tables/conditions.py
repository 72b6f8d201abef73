"""Filters as a condition of SQL, with parameters."""

from __future__ import annotations

from collections.abc import Sequence

from kb.table_types import RowFlag, Value
from kb.tables.plan import Comparison, Filter

_COMPARED = {
    Comparison.LESS: "<",
    Comparison.AT_MOST: "<=",
    Comparison.MORE: ">",
    Comparison.AT_LEAST: ">=",
}


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
        case Comparison.EMPTY:
            return f"{name} IS NULL", []
        case Comparison.AMONG:
            return f"number IN ({marks})", values
        case Comparison.DIFFERS | Comparison.BELOW | Comparison.ABOVE:
            return _between_columns(name, f"c{int(str(values[0]))}", one.test), []
        case Comparison.SHORT:
            known = f"({name} IS NOT NULL OR coalesce(x{column}, '') = '')"
            return f"{known} AND coalesce({name}, 0) < c{int(str(values[0]))}", []
        case _:
            return f"{name} {_COMPARED[one.test]} ?", values


_SIGNS = {Comparison.DIFFERS: "!=", Comparison.BELOW: "<", Comparison.ABOVE: ">"}
_DAY = "[12][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]*"


def _between_columns(name: str, other: str, test: Comparison) -> str:
    """Numbers as they are, of days and moments the days; days without a year are not compared."""
    day = f"{name} GLOB '{_DAY}' AND {other} GLOB '{_DAY}'"
    sign = _SIGNS[test]
    days = f"{day} AND substr({name}, 1, 10) {sign} substr({other}, 1, 10)"
    number = f"typeof({name}) != 'text' AND typeof({other}) != 'text' AND {name} {sign} {other}"
    return f"{name} IS NOT NULL AND {other} IS NOT NULL AND (({days}) OR ({number}))"
