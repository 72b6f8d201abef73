"""Periods that a table has beside each other: rows that are called by their months, columns of one
form of which each is of another year, quarter or month; and the change from one to the next."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from kb.tables.links import Links
from kb.tables.literals import Period, single_periods
from kb.tables.operations import Want
from kb.tables.plan import Comparison, Filter, Operation, Plan
from kb.tables.planned import State, base, is_open, numeric
from kb.tables.shape import Shape
from kb.tables.spans import overlaps
from kb.text.fold import fold
from kb.text.months import MONTH_NAME, month_number
from kb.text.numbers import HAN_DIGITS, han_value

_HANS = "".join((*HAN_DIGITS, "十"))
_MONTH = re.compile(rf"(?P<m>\d{{1,2}}|[{_HANS}]{{1,3}})月份?|(?P<name>{MONTH_NAME})\.?")
_QUARTER = re.compile(r"第?(?P<q>[一二三四1-4])季度?|q(?P<q2>[1-4])")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_LEAST = 3
"""Months, or quarters, from which on rows are called by them."""
_PAIRS = (("本", "上"), ("期末", "期初"), ("年末", "年初"), ("this year", "last year"))

_BEFORE = re.compile(
    r"环比|同比|(?:比|较|与|和|跟)?(?:上|前)一?个?(?:年度?|季度?|月份?|期)(?:相比)?|去年同期"
    r"|(?:(?:than|over|from|on|with|to|against) )?(?:the )?(?:previous|prior|preceding)"
    r" (?:year|quarter|month|period)"
    r"|(?:year|quarter|month)[- ](?:on|over)[- ](?:year|quarter|month)"
    r"|(?:than|over|from|on) the (?:year|quarter|month) before"
)
_RATE = re.compile(r"率|价|均|温|比|%|余额|存|\b(?:rate|price|average|mean|temp|share|balance)")
_BY_YEAR = re.compile(r"同比|去年|年|year")


def says_before(text: str) -> bool:
    """Whether a question compares with the period before one that it names."""
    return _BEFORE.search(text) is not None


def cover_before(found: Links, taken: list[tuple[int, int]]) -> None:
    """The words for the period before, where a change is asked for."""
    if any(one.want in (Want.DIFFERENCE, Want.GROWTH, Want.SHARE) for one in found.wants):
        for match in _BEFORE.finditer(found.text):
            if not overlaps(*match.span(), taken):
                found.named.append(match.span())
                taken.append(match.span())


def months_of(name: str) -> tuple[int, ...]:
    """The months of a year that a folded name is of: 一月, Feb, q3; none where it is another."""
    if found := _MONTH.fullmatch(name):
        month = found["m"] or ""
        number = (
            month_number(found["name"])
            if found["name"]
            else int(month) if month.isdecimal() else han_value(month)
        )  # fmt: skip
        return (number,) if 1 <= number <= 12 else ()
    if found := _QUARTER.fullmatch(name):
        quarter = found["q"] or found["q2"]
        number = int(quarter) if quarter.isdecimal() else han_value(quarter)
        return tuple(range(3 * number - 2, 3 * number + 1))
    return ()


def rows_by_month(shape: Shape) -> tuple[int, Mapping[str, tuple[int, ...]]] | None:
    """The column by which rows are called by their months, and the months of each value."""
    for column in shape.labels:
        if column not in shape.texts:
            continue
        months = {one: months_of(one) for one in shape.values(column)}
        if len(months) >= _LEAST and all(months.values()):
            return column, months
    return None


def months_filter(one: Period, state: State) -> Filter | None:
    """The rows of a period, where rows are called by their months and the table is of its year."""
    rows = rows_by_month(state.shape) if one.months and not one.day else None
    if rows is None or one.test is not Comparison.PERIOD:
        return None
    if one.first and _years_of(state) != {one.first[:4]}:
        return None
    column, months = rows
    values = tuple(name for name, of in months.items() if {*of} <= {*one.months})
    said = {month for name in values for month in months[name]}
    shown = state.links.text[one.start : one.end]
    return Filter((column,), Comparison.EQUAL, values, shown) if said == {*one.months} else None


def _years_of(state: State) -> set[str]:
    table = state.links.table
    own = fold(f"{table.caption} {table.name}")
    if not single_periods(own):
        own = fold(f"{table.title} {table.source}")
    return {one.first[:4] for one in single_periods(own) if one.first}


def adds_up_year(state: State) -> bool:
    """Whether one number is asked for of several months or quarters that a table has: of the
    whole year, or of those that the question names. Prices and rates do not add up."""
    rows, numbers = rows_by_month(state.shape), numeric(state)
    if "全年" in state.links.text:
        return rows is not None or any(_element(state.shape.names[c]) for c in numbers)
    several = rows is not None and any(
        one.columns == (rows[0],) and len(one.values) > 1 for one in state.filters
    )
    rates = any(_RATE.search(state.shape.names[c]) for c in numbers)
    return several and not rates and state.has(Want.NUMBER, Want.MONEY)


def change_from_before(state: State, operation: Operation) -> Plan | None:
    """The change of a number from the period before: of the column before its own, or of the row
    before; None where it is not known which these are."""
    numbers = numeric(state)
    if len(numbers) > 1 or state.sides or any(is_open(one, state) for one in numbers):
        return None
    if numbers and (pair := _rows(state)):
        column = pair[0].columns
        kept = tuple(one for one in state.filters if one.columns != column)
        return base(state, operation, measures=(numbers[0],), sides=pair, filters=kept)
    yearly = bool(_BY_YEAR.search("".join(_BEFORE.findall(state.links.text))))
    of = {c: _column_before(c, state.shape, yearly=yearly) for c in numbers or state.shape.numbers}
    found = [(c, before) for c, before in of.items() if before is not None]
    return base(state, operation, measures=found[0]) if len(found) == 1 and state.filters else None


def _element(name: str) -> str:
    """The quarter or month within a folded name."""
    found = _QUARTER.search(name) or re.search(r"\d{1,2}月", name)
    return found[0] if found else ""


def _column_before(column: int, shape: Shape, *, yearly: bool) -> int | None:
    name = shape.names[column]
    others: Sequence[str]
    part = _element(name)
    if part and not yearly:
        months = months_of(part)
        span = len(months)
        others = [
            it for it in shape.names
            if (own := _element(it)) and it.replace(own, part) == name
            and months_of(own) == tuple(one - span for one in months)
        ]  # fmt: skip
    elif yearly and (year := _YEAR.search(name)):
        others = [name.replace(year[0], str(int(year[0]) - 1))]
    else:
        others = [name.replace(a, b, 1) for a, b in _PAIRS if a in name]
    places = [c for c in shape.numbers if shape.names[c] in others]
    return places[0] if len(places) == 1 else None


def _rows(state: State) -> tuple[Filter, Filter] | None:
    """The row that is named by its month, and the one before it."""
    rows = rows_by_month(state.shape)
    if rows is None or _BY_YEAR.search("".join(_BEFORE.findall(state.links.text))):
        return None
    column, months = rows
    named = [one for one in state.filters if one.columns == (column,) and len(one.values) == 1]
    if len(named) != 1:
        return None
    own = months.get(str(named[0].values[0]), ())
    before = [name for name, of in months.items() if of == tuple(it - len(own) for it in own)]
    if not own or len(before) != 1:
        return None
    return named[0], replace(named[0], values=(before[0],), shown=before[0])
