"""Conditional formats that leave a cell empty, or of its background's colour (ISO 29500-1,
18.3.1.18), and bars and icons that are shown in place of the number."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from kb.documents.converters.xlsx.names import MAIN, area, is_true, place, whole

Area = tuple[tuple[int, int], tuple[int, int]]
Condition = Callable[[Any], bool]

_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "lessThan": operator.lt,
    "lessThanOrEqual": operator.le,
    "equal": operator.eq,
    "notEqual": operator.ne,
    "greaterThanOrEqual": operator.ge,
    "greaterThan": operator.gt,
}
_SIGNS = {
    "<": "lessThan",
    "<=": "lessThanOrEqual",
    "=": "equal",
    "<>": "notEqual",
    ">=": "greaterThanOrEqual",
    ">": "greaterThan",
}
_OF_A_CELL = re.compile(r"(\$?[A-Z]{1,3}\d{1,7})\s*(<=|>=|<>|=|<|>)\s*(.+)")
_OF_TEXT: dict[str, Callable[[str, str], bool]] = {
    "containsText": lambda text, part: part in text,
    "notContainsText": lambda text, part: part not in text,
    "beginsWith": str.startswith,
    "endsWith": str.endswith,
}
_ALWAYS = ("TRUE", "1", "TRUE()")
_OF_NOTHING = ("containsBlanks", "containsErrors")
"""What they hide is no value of anybody's."""


@dataclass(frozen=True, slots=True)
class Concealing:
    """`holds` tells from a cell's value whether it is hidden; None: kb cannot tell."""

    areas: tuple[Area, ...]
    names: str
    holds: Condition | None

    def covers(self, row: int, column: int) -> bool:
        return any(
            top <= row <= bottom and left <= column <= right
            for (top, left), (bottom, right) in self.areas
        )


def concealing(element: Any, looks: frozenset[int]) -> Iterator[Concealing]:
    """The rules of a conditionalFormatting element that hide; `looks`: numbers of looks that do."""
    names = " ".join((element.get("sqref") or "").split())
    areas = tuple(filter(None, map(area, names.split())))
    if not areas:
        return
    for rule in element.iterchildren(f"{MAIN}cfRule"):
        drawn = [*rule.iterchildren(f"{MAIN}dataBar", f"{MAIN}iconSet")]
        if any(not is_true(one.get("showValue", "1")) for one in drawn):
            yield Concealing(areas, names, lambda value: isinstance(value, int | float))
        elif _hides(rule, looks):
            yield Concealing(areas, names, _condition(rule, areas[0][0]))


def _hides(rule: Any, looks: frozenset[int]) -> bool:
    number = rule.get("dxfId")
    return bool(number) and whole(number) in looks and rule.get("type") not in _OF_NOTHING


def _condition(rule: Any, first: tuple[int, int]) -> Condition | None:
    said = [(one.text or "").strip() for one in rule.iterchildren(f"{MAIN}formula")]
    kind, text = rule.get("type"), (rule.get("text") or "").lower()
    if kind in _OF_TEXT and text:
        return lambda value: value is not None and _OF_TEXT[kind](str(value).lower(), text)
    if kind == "expression" and said:
        if said[0].upper() in _ALWAYS:
            return lambda value: True
        match = _OF_A_CELL.fullmatch(said[0])
        if match and place(match[1]) == first:
            return _compared(_SIGNS[match[2]], [match[3].strip()])
    return _compared(rule.get("operator") or "", said) if kind == "cellIs" else None


def _compared(how: str, said: list[str]) -> Condition | None:
    bounds = [*map(_constant, said)]
    if not bounds or None in bounds:
        return None
    if how in _COMPARE:
        return lambda value: _is(how, value, bounds[0])
    if how in ("between", "notBetween") and len(bounds) > 1:
        return lambda value: (
            _is_like(value, bounds[0])
            and (
                _is("greaterThanOrEqual", value, bounds[0])
                and _is("lessThanOrEqual", value, bounds[1])
            )
            is (how == "between")
        )
    return None


def _is(how: str, value: Any, bound: Any) -> bool:
    if not _is_like(value, bound):
        return how == "notEqual"
    if isinstance(value, str):
        value, bound = value.lower(), bound.lower()
    return _COMPARE[how](value, bound)


def _is_like(value: Any, bound: Any) -> bool:
    return isinstance(value, str if isinstance(bound, str) else int | float)


def _constant(formula: str) -> str | float | None:
    if len(formula) > 1 and formula[0] == formula[-1] == '"':
        return formula[1:-1].replace('""', '"')
    try:
        return float(formula)
    except ValueError:
        return None
