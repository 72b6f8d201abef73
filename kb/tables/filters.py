"""The filters of a plan: cells, amounts, and columns that differ. Periods are in days.py."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from kb.table_types import ColumnType
from kb.tables.dimensions import dimension
from kb.tables.directions import of_direction
from kb.tables.joined import Joined
from kb.tables.links import DIFFERS, ColumnLink, Strength, ValueLink
from kb.tables.literals import Amount
from kb.tables.operations import Want
from kb.tables.plan import Comparison, Filter
from kb.tables.planned import State, is_open, nearest
from kb.tables.truths import NEAR, heavy
from kb.text.truth import truth

_AND = re.compile(
    r"\s*(?:、|,|，|和|与|及|跟|或者?|还是|比|and|or|vs\.?|versus|than)\s*(?:the\s+)?"
)
_COMPARING = (Want.DIFFERENCE, Want.GROWTH, Want.HIGHEST, Want.LOWEST, Want.LIST)
_SAYS = re.compile(
    r"(?:(?:是|为|=|:|等于|号码?|编号|的|\bof\b|\bis\b|\bwas\b|\bnumber\b|\bno\b\.?|\bcode\b)\s*)*"
)
"""What may stand between a column's name and its number."""


_MONEY = {
    **dict.fromkeys(("元", "块", "块钱", "yuan", "rmb", "cny", "人民币", "¥", "￥"), "元"),
    **dict.fromkeys(("美元", "dollar", "dollars", "usd", "$"), "$"),
    **dict.fromkeys(("欧元", "euro", "euros", "eur", "€"), "€"),
}
"""The units of money of a question, as columns have them."""


def take_values(state: State) -> bool:
    groups: list[list[tuple[ValueLink, tuple[int, ...]]]] = []
    for link in sorted(state.links.values, key=lambda one: one.start):
        if _is_stray(link, state):
            return False
        columns = _columns_of(link, state)
        if not columns:
            return False
        last = groups[-1][-1] if groups else None
        if (
            last
            and last[1] == columns
            and _AND.fullmatch(state.links.text[last[0].end : link.start])
        ):
            groups[-1].append((link, columns))
        elif last and last[1] == columns and state.has(*_COMPARING):
            groups[-1].append((link, columns))  # compared, further apart
        elif any(columns == known for group in groups for _, known in group):
            return False  # two values of one column that nothing joins
        else:
            groups.append([(link, columns)])
    for group in groups:
        columns = group[0][1]
        filters = [_filter(link, columns, state) for link, _ in group]
        if len(group) > 1:
            state.sides = filters
            values = tuple(value for one in filters for value in one.values)
            shown = "、".join(one.shown for one in filters)
            merged = replace(filters[0], values=values, shown=shown)
        else:
            merged = filters[0]
        if _is_negated(group[0][0], state):
            merged = replace(merged, test=Comparison.NOT)
        state.put(group[0][0].start, merged)
    negated = any(one.test is Comparison.NOT for one in state.filters)
    return negated or state.denied or not state.has(Want.NOT)


def _is_stray(link: ValueLink, state: State) -> bool:
    """Whether a yes or no stands beside no column that has it."""
    kinds = {state.shape.columns[c].type for c in link.columns}
    return kinds == {ColumnType.BOOLEAN} and _named_beside(link, state) is None


def _columns_of(link: ValueLink, state: State) -> tuple[int, ...]:
    """Which of the columns that hold a value are meant: one that is named beside it, all of a
    matrix, else the one that is named anywhere."""
    said = of_direction(link, state.shape, state.links.text)
    if said is not None:
        return said if len(said) == 1 else ()
    near = _named_beside(link, state)
    if near is not None:
        state.free.remove(near)
        both = tuple(c for c in link.columns if c in near.columns)
        if len(both) > 1 and {*both} <= {*state.shape.alike}:
            return state.shape.alike
        return both[:1]
    if len(link.columns) == 1:
        return link.columns
    alike = tuple(c for c in link.columns if c in state.shape.alike)
    if len(alike) > 1:
        return state.shape.alike
    for one in state.free:
        both = tuple(c for c in link.columns if c in one.columns)
        if both and one.strength >= Strength.CONCEPT:
            return both[:1]
    return _one_of(link, state)


def _one_of(link: ValueLink, state: State) -> tuple[int, ...]:
    """Of several columns that hold a value, where the question names none: the one that says what
    rows are called, or the one by which two tables are joined. Else it is open, and none is."""
    table = state.links.table
    if table.of_documents:
        return link.columns[:1]
    if isinstance(table, Joined):
        keys = {table.here, len(table.left.columns) + table.there}
        if {*link.columns} <= keys:
            return link.columns[:1]
    labels = [c for c in link.columns if c in state.shape.labels]
    return tuple(labels) if len(labels) == 1 else ()


def _named_beside(link: ValueLink, state: State) -> ColumnLink | None:
    text = state.links.text
    for one in state.free:
        if not set(one.columns) & set(link.columns):
            continue
        before = text[one.end : link.start] if one.end <= link.start else None
        after = text[link.end : one.start] if one.start >= link.end else None
        if (
            before is not None
            and len(before) <= NEAR
            and re.fullmatch(
                r"\s*(?:是|为|叫|在|:|：|=|no\.?|号|number|of|is|the|code)*\s*", before
            )
        ):
            return one
        if (
            after is not None
            and re.fullmatch(r"\s*(?:这个|的|这|该)?\s*", after)
            and "的" not in after
        ):
            return one
    return None


def _filter(link: ValueLink, columns: tuple[int, ...], state: State) -> Filter:
    if state.links.table.of_documents:
        word = state.links.text[link.start : link.end]
        return Filter(columns, Comparison.EQUAL, link.values, word)
    values = link.values
    if all(state.shape.columns[c].type is ColumnType.BOOLEAN for c in columns):
        said = [truth(one) for one in values]
        return Filter(
            columns, Comparison.EQUAL, tuple(int(one) for one in said if one is not None), values[0]
        )
    return Filter(
        columns,
        Comparison.EQUAL,
        values,
        link.values[0] if len(link.values) == 1 else "、".join(link.values[:3]),
    )


def _is_negated(link: ValueLink, state: State) -> bool:
    return any(
        one.end <= link.start and not _between(one.end, link, state)
        for one in state.wants(Want.NOT)
    )


def _between(start: int, link: ValueLink, state: State) -> str:
    """What stands before a value, without the name of its column."""
    text = state.links.text[start : link.start]
    for one in state.links.columns:
        if start <= one.start and one.end <= link.start and {*one.columns} & {*link.columns}:
            text = text.replace(state.links.text[one.start : one.end], "")
    return heavy(text)


_NONE = re.compile(r"(?<![a-z])(?:no|zero|without any) $")


def take_amounts(state: State) -> bool:
    """The numbers that are compared; of a column that nothing is said to be in, zero."""
    for link in [*state.free]:
        numbers = [c for c in link.columns if c in state.shape.numbers]
        if len(numbers) == 1 and _NONE.search(state.links.text[: link.start]):
            state.free.remove(link)
            state.put(link.start, Filter((numbers[0],), Comparison.EQUAL, (0,), "0"))
    for one in state.links.amounts:
        column = _number_column(state, one)
        if column is None:
            return False
        if one.test is Comparison.BETWEEN:
            values: tuple[float, ...] = (one.value, one.value if one.until is None else one.until)
        else:
            values = (_in_metres(one, column, state),)
        state.put(one.start, Filter((column,), one.test, values, _amount_shown(one)))
    return True


def _in_metres(one: Amount, column: int, state: State) -> float:
    """A number of metres, which are written as millions are: deeper than 50 m."""
    written = re.search(r"\d ?m\b", state.links.text[one.start : one.end])
    return one.value / 1e6 if written and state.shape.columns[column].unit == "m" else one.value


def _number_column(state: State, one: Amount) -> int | None:
    numbers = state.shape.numbers
    if one.test is Comparison.EQUAL and _is_year(one):
        numbers = state.shape.years  # 2025年 beside a number's name is no number of it
    if named := nearest(state, one.start, numbers):
        between = state.links.text[named.end : one.start].strip()
        is_said = bool(_SAYS.fullmatch(between)) or _is_called(named, one)
        if one.test is Comparison.EQUAL and not is_said:
            return None
        column = _of_the_unit([c for c in named.columns if c in numbers], one, state)
        if column is not None and is_open(column, state):
            return None
        state.free.remove(named)
        return column
    if one.test is Comparison.EQUAL:
        return None
    by_word = dimension(state.links.text[one.start : one.end], state.shape)
    if by_word is not None:
        return by_word
    money = _MONEY.get(one.unit, "")
    if money:
        said = [c for c in state.shape.money if state.shape.columns[c].unit == money]
        silent = [c for c in state.shape.money if not state.shape.columns[c].unit]
        if len(said) == 1 or len(state.shape.money) == len(silent) == 1:
            return (said or silent)[0]
        if state.shape.money and not silent:
            return None  # 元 of what is in euros
    of_unit = [c for c in numbers if one.unit and state.shape.columns[c].unit == one.unit]
    if len(of_unit) == 1:
        return of_unit[0]
    return numbers[0] if len(numbers) == 1 else None


def _is_year(one: Amount) -> bool:
    return one.unit == "年" and _FIRST_YEAR <= one.value <= _LAST_YEAR


_FIRST_YEAR, _LAST_YEAR = 1900, 2100


def _is_called(link: ColumnLink, one: Amount) -> bool:
    """Whether a number stands right behind the name of a column: zone 3, week 12."""
    return link.strength is Strength.WHOLE and link.end in (one.start - 1, one.start)


def _of_the_unit(columns: Sequence[int], one: Amount, state: State) -> int | None:
    """Of the columns that a name may be the one of the number's unit; none where all are of
    another: yuan are no tons."""
    unit = _MONEY.get(one.unit, one.unit)
    own = [c for c in columns if unit and state.shape.columns[c].unit == unit]
    silent = [c for c in columns if not state.shape.columns[c].unit]
    if own or silent or one.unit not in _MONEY:
        return (own or silent or [*columns])[0]
    return None


def _amount_shown(one: Amount) -> str:
    low = f"{one.value:,.10g}"
    return f"{low} – {one.until:,.10g}" if one.until is not None else low


def take_differing(state: State) -> None:
    text = state.links.text
    if not DIFFERS.search(text):
        return
    pair = [link for link in state.free if any(c in state.shape.numbers for c in link.columns)]
    columns: list[int] = []
    for link in pair:
        columns += [c for c in link.columns if c in state.shape.numbers and c not in columns][:1]
    if len(columns) == 2:
        state.free = [link for link in state.free if link not in pair]
        state.put(0, Filter((columns[0],), Comparison.DIFFERS, (columns[1],), ""))


_PLANNED = re.compile(
    r"[应预]|计划|下次|到期|有效|\b(?:due|planned|expected|next|expir\w*|until)\b"
)


def take_absent(state: State) -> None:
    """What has not been done yet has no day on which it was: not returned, 尚未归还."""
    for link in [*state.free]:
        columns = [c for c in link.columns if c in state.shape.dates]
        denied = any(
            one.end <= link.start and not heavy(state.links.text[one.end : link.start])
            for one in state.wants(Want.NOT)
        )
        if len(columns) != 1 or not denied or link.strength is Strength.ENTITY:
            continue
        if _PLANNED.search(state.shape.names[columns[0]]) or not state.shape.has_blanks(columns[0]):
            continue
        state.free.remove(link)
        state.denied = True
        state.put(link.start, Filter((columns[0],), Comparison.EMPTY, ()))
