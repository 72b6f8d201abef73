"""Periods as filters: of which column of days, and in rows that are called by their months."""

from __future__ import annotations

import calendar
import re
from dataclasses import replace

from kb.tables.joined import Joined
from kb.tables.links import is_of_the_table
from kb.tables.literals import Period
from kb.tables.plan import Comparison, Filter
from kb.tables.planned import State, nearest, only
from kb.tables.series import months_filter


def take_periods(state: State) -> bool:
    for one in state.links.periods:
        said = _named_dates(state, one)
        columns = said or _only_date(state)
        if len(columns) > 1:
            return False  # of several days it is open which is meant
        if not said and (of_months := months_filter(one, state)):
            state.put(one.start, of_months)
            continue
        if not columns or (not said and _is_unsaid(columns[0], one, state)):
            if not is_of_the_table(one, state.links.table):
                return False
            continue
        [column] = columns
        if column in state.shape.years:
            if not (one.first.endswith("-01-01") and one.last.endswith("-12-31")):
                return False  # a month, of years
            state.put(one.start, _year_filter(one, column))
            continue
        dated = one if one.first or one.test is Comparison.PERIOD else _in_year(one, column, state)
        if dated is None:
            return False  # before July, and nothing says of which year
        state.put(one.start, _period_filter(dated, column))
    return not _are_apart(state)


def _are_apart(state: State) -> bool:
    """Whether a day is to be in two periods that have no day in common: they were meant otherwise,
    as the ends of one, or as either of them."""
    spans = [
        (one.columns, min(map(str, one.values)), max(map(str, one.values)))
        for one in state.filters
        if one.test is Comparison.BETWEEN and {*one.columns} & {*state.shape.dates}
    ]
    return any(
        columns == others and (last < begin or end < first)
        for columns, first, last in spans
        for others, begin, end in spans
    )


def _in_year(one: Period, column: int, state: State) -> Period | None:
    """A month or a day before or after which something is, in the one year of all rows."""
    year = state.shape.only_year(column)
    if not year or not one.months:
        return None
    first, last = one.months[0], one.months[-1]
    end = one.day or calendar.monthrange(int(year), last)[1]
    return replace(
        one,
        first=f"{year}-{first:02}-{one.day or 1:02}",
        last=f"{year}-{last:02}-{end:02}",
    )


def _named_dates(state: State, period: Period) -> list[int]:
    """The columns of days that the nearest name has. Of the last inspection and the next one, what
    is to come is the next."""
    times = state.shape.times
    link = nearest(state, period.start, times)
    if link is None:
        return []
    named = [c for c in link.columns if c in times]
    if len(named) > 1 and _TO_COME.search(state.links.text):
        named = [c for c in named if _NEXT.search(state.shape.names[c])] or named
    if len(named) == 1:
        state.free.remove(link)
    return named


def _only_date(state: State) -> list[int]:
    """The only column of days, where none is named."""
    dates = state.shape.dates
    table = state.links.table
    if isinstance(table, Joined):  # the rows are those of the first
        dates = [c for c in dates if c < len(table.left.columns)]
    if table.of_documents:  # the day that a document bears, where no other is named
        dates = [c for c in dates if state.shape.names[c] == "date"]
    if not dates:
        dates = [c for c in state.shape.years if state.shape.is_plain_time(c)]
    return only(dates)


_TO_COME = re.compile(r"(?<![需主重])要(?!求)|即将|将要?|该|\b(?:next|coming|upcoming|due|will)\b")
_NEXT = re.compile(r"下[次期一]|\bnext\b|\bdue\b")


def _is_unsaid(column: int, one: Period, state: State) -> bool:
    """Whether a period is rather not of the only column of days, which nothing names: where it is
    that of the whole table, of one row that is named, or where the days are those of an end."""
    shape, table = state.shape, state.links.table
    if table.of_documents or shape.is_plain_time(column):
        return False
    if is_of_the_table(one, table) or _ENDS.search(shape.names[column]):
        return True
    return any({*link.columns} & {*shape.labels} for link in state.links.values)


_ENDS = re.compile(r"到期|有效期|截止|届满|出生|生日|expir|valid until|due|deadline|birth")


def _year_filter(one: Period, column: int) -> Filter:
    first, last = int(one.first[:4]), int(one.last[:4])
    shown = str(first) if first == last else f"{first} – {last}"
    match one.test:
        case Comparison.MORE | Comparison.AT_MOST:
            return Filter((column,), one.test, (last,), str(last))
        case Comparison.LESS | Comparison.AT_LEAST:
            return Filter((column,), one.test, (first,), str(first))
        case _:
            return Filter((column,), Comparison.BETWEEN, (first, last), shown)


def _period_filter(one: Period, column: int) -> Filter:
    shown = (one.first if one.is_day else f"{one.first} – {one.last}") if one.first else ""
    if not one.first:
        days = [f"{m:02}-{one.day:02}" if one.day else f"{m:02}" for m in one.months]
        return Filter((column,), Comparison.PERIOD, tuple(days), _month_shown(one))
    match one.test:
        case Comparison.MORE:
            return Filter((column,), Comparison.MORE, (one.last,), one.last)
        case Comparison.AT_LEAST:
            return Filter((column,), Comparison.AT_LEAST, (one.first,), one.first)
        case Comparison.LESS:
            return Filter((column,), Comparison.LESS, (one.first,), one.first)
        case Comparison.AT_MOST:
            return Filter((column,), Comparison.AT_MOST, (one.last,), one.last)
        case _:
            return Filter((column,), Comparison.BETWEEN, (one.first, one.last), shown)


def _month_shown(one: Period) -> str:
    if one.day:
        return f"{one.month}-{one.day}"
    months = [*map(str, one.months)]
    return months[0] if len(months) == 1 else f"{months[0]}–{months[-1]}"
