"""The first of some order: the highest, the latest three, the group with the most rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from kb.tables.dimensions import dimension, is_rank, only_rank
from kb.tables.links import Strength
from kb.tables.operations import Kind, Want, Wanted
from kb.tables.peaks import peak_columns
from kb.tables.plan import Operation, Plan
from kb.tables.planned import State, base, is_open, named_texts, numeric, only
from kb.text.han import HAN

_MORE = re.compile(r"longest|oldest|farthest|furthest|tallest|deepest|widest|最[久老远]")
_LESS = re.compile(r"youngest|nearest|closest|narrowest|最近|最年轻")
_NEWEST = re.compile(r"latest|newest|recent|最新|最近|最晚|最迟")
_PLACED = re.compile(r"\b(?:finish(?:ed|es)?|placed?|ranked|came|comes?)$")
_ORDER = re.compile(r"到|序|order")
_RANKED = re.compile(
    r"best|worst|highest|lowest|top|bottom|leading|last|first|最[好高差低]|前|后|倒"
)


def _is_by(state: State) -> bool:
    """Whether a column of numbers that are no years stands right behind by: by fill rate."""
    numbers = {*state.shape.numbers} - {*state.shape.years}
    ends = [
        one.end for one in state.wants(Want.EACH) if "by" in state.links.text[one.start : one.end]
    ]
    return any(link.start - 1 in ends and {*link.columns} & numbers for link in state.free)


_OF_THE = re.compile(r"^ of $|^ of the $")
_TIMED = re.compile(r"oldest|newest|earliest|latest|first|last|recent|最早|最晚|最新|最先|最迟")


def _asks_a_number(state: State) -> bool:
    """Whether how many is said of a column of numbers: that is what is asked for."""
    ends = {at for one in state.wants(Want.NUMBER) for at in (one.end, one.end + 1)}
    numbers = {*state.shape.numbers} - {*state.shape.years}
    named = [link for link in state.free if {*link.columns} & numbers]
    word = state.wants(Want.HIGHEST, Want.LOWEST)[0]
    before = any(_OF_THE.search(state.links.text[one.end : word.start]) for one in named)
    return before or any(link.start in ends for link in named)


def _asked_columns(state: State, measure: int | None) -> list[int]:
    """The columns that are asked for right behind which, what: which week had the highest …"""
    ends = {at for one in state.wants(Want.WHICH, Want.TIME) for at in (one.end, one.end + 1)}
    links = (one for one in state.free if one.start in ends)
    found = [one.columns[0] for one in links if len(one.columns) == 1]
    return [c for c in found if c != measure and c in (*state.shape.numbers, *state.shape.dates)]


def is_of_versions(state: State) -> bool:
    """Whether 最新 and latest are said of the document: of a table without dates."""
    one = state.wants(Want.HIGHEST, Want.LOWEST)[0]
    newest = _NEWEST.search(state.links.text[one.start : one.end])
    return bool(newest) and one.want is Want.HIGHEST and not state.shape.times


def extreme(state: State) -> Plan | None:
    one = state.wants(Want.HIGHEST, Want.LOWEST)[0]
    descending = one.want is Want.HIGHEST
    text = state.links.text[one.start : one.end]
    counts = state.wants(Want.HIGHEST, Want.LOWEST, Want.WHICH)
    limit = next((other.number for other in counts if other.number), 0)
    if not limit and _ORDER.search(state.links.text[one.start : one.end]):
        return None  # all, in an order: 按面积从大到小
    limit = limit or 1
    if text.startswith(("first", "the first")) and _is_by(state):
        descending = True  # by price, the first three
    if _LESS.search(text) and dimension(text, state.shape) is not None:
        descending = False
    elif _MORE.search(text) and dimension(text, state.shape) is not None:
        descending = True
    if one.kind is Kind.DATE and _TIMED.search(text) and _asks_a_number(state):
        return None  # how many floors has the oldest building: not the one with the fewest
    if columns := peak_columns(state):
        return base(
            state, Operation.PEAK, spread=columns, measures=columns[:1], descending=descending
        )
    averaged = state.has(Want.AVERAGE)
    measure = _extreme_measure(state, one)
    if len(state.sides) > 1 and measure is None:
        return None
    texts = named_texts(state)
    groups = [c for c in texts if not state.shape.tells_apart(c)]
    group = next((c for c in groups if _is_behind(c, one, state)), next(iter(groups), None))
    if measure is None and (spread := _spread(state, one)):
        return base(
            state, Operation.MOST, spread=spread, descending=descending, limit=limit, filters=()
        )
    if group is not None and _is_one_of_alike(group, state):
        return None  # who has the most duties: of all shifts, not of the first
    if group is not None and measure is None and not _has_groups(group, state):
        return None
    if group is None and measure is None and state.has(Want.PERSON):
        group = next(iter(only(state.shape.people)), None)
        group = None if group is not None and state.shape.tells_apart(group) else group
    if measure is None:
        if group is None or not _is_of_numbers(one, state):
            return None
        return base(state, Operation.MOST, group=group, descending=descending, limit=limit)
    if measure in state.shape.numbers and is_open(measure, state):
        return None
    if state.has(Want.PERSON) and not state.shape.people and _is_guessed(measure, state):
        return None  # who is paid the most: no price of a thing
    asked = _asked_columns(state, measure)
    if state.has(Want.TIME) and not {group, measure, *asked} & {*state.shape.times}:
        return None  # a day is asked for, and no day can be told
    if measure is not None and is_rank(measure, state.shape):
        if not _RANKED.search(text) or one.kind is Kind.MONEY:
            return None  # the most of a rank is neither the first nor the last
        descending = descending if one.kind is Kind.DATE else not descending
    summed = averaged or state.has(Want.SUM, Want.EACH)
    if group is not None and measure not in state.shape.dates and summed:
        aggregate = Operation.AVERAGE if averaged else Operation.SUM
        return base(
            state,
            Operation.MOST,
            group=group,
            measures=(measure,),
            aggregate=aggregate,
            descending=descending,
            limit=limit,
        )
    if measure in state.shape.dates and one.kind is not Kind.DATE:
        descending = (
            not descending
            if re.search(r"久|longest", state.links.text[one.start : one.end])
            else descending
        )
    labels = state.shape.labels
    told = (*asked, *(c for c in texts if c not in labels), *labels)
    targets = tuple(dict.fromkeys(told))
    return base(
        state,
        Operation.TOP,
        measures=(measure,),
        targets=targets,
        descending=descending,
        limit=limit,
        group=group if measure in state.shape.numbers and one.kind is not Kind.DATE else None,
    )


def _is_behind(column: int, one: Wanted, state: State) -> bool:
    """Whether a column is named right behind the word: 故障 of 电梯最常见的故障."""
    text = state.links.text
    return any(
        column in link.columns and text[one.end : link.start] in ("的", " ")
        for link in state.free
        if one.end < link.start
    )


def _is_guessed(measure: int, state: State) -> bool:
    """Whether only another name of a property stands for the measure, or nothing at all."""
    links = [link for link in state.free if measure in link.columns]
    return all(link.strength <= Strength.CONCEPT for link in links)


def _spread(state: State, one: Wanted) -> tuple[int, ...]:
    """The columns of a plan of who is where, if it is asked who stands in the most of its cells:
    in all of them, or in those of the one column that is named."""
    alike = state.shape.alike
    if state.filters or not alike or not {*alike} <= {*state.shape.texts}:
        return ()
    if not (state.has(Want.PERSON) and _is_of_numbers(one, state)):
        return ()
    linked = [{*link.columns} for link in state.free]
    if any(not columns & {*alike} for columns in linked):
        return ()
    single = [columns for columns in linked if len(columns & {*alike}) == 1]
    return (
        tuple(sorted(single[0] & {*alike}))
        if len(single) == 1 == len(linked)
        else (() if single else alike)
    )


def _is_one_of_alike(group: int, state: State) -> bool:
    """Whether a word names several columns of a matrix, of which a group is one."""
    alike = {*state.shape.alike}
    links = [{*one.columns} for one in state.free if group in one.columns]
    return group in alike and all(len(one & alike) > 1 for one in links)


def _is_of_numbers(one: Wanted, state: State) -> bool:
    """Whether it may be the number of rows that is the highest: 最多, by number of. The largest
    room is none that comes in most rows."""
    text = state.links.text
    word = text[one.start : one.end]
    return bool(re.search(r"[多少]|most|fewest|least|often|\d", word)) or bool(
        re.search(r"数|number|count|times|how many|how often|in terms of", text)
    )


def _beside(one: Wanted, state: State) -> list[int]:
    """The numeric columns that are named; those named by a part only right beside the word: 顾问 of
    顾问单位最多 is no 顾问费."""
    parts = [link for link in state.free if link.strength is Strength.PART]
    text = state.links.text
    for other in state.wants(Want.AVERAGE, Want.SUM):  # the highest average pay
        text = text[: other.start] + " " * (other.end - other.start) + text[other.end :]
    apart = [
        link
        for link in parts
        if re.search(rf"[{HAN}a-z]", text[link.end : one.start])
        or re.search(rf"[{HAN}a-z]", text[one.end : link.start])
    ]
    kept = replace(state, free=[link for link in state.free if link not in apart])
    return numeric(kept)


_GROUPED = 0.8


def _has_groups(column: int, state: State) -> bool:
    """Whether a column's values come several times: those of 14 clubs in 15 rows are no groups."""
    return state.shape.distinct(column) <= _GROUPED * state.shape.table.plain


def _nearest(numbers: Sequence[int], one: Wanted, state: State) -> int:
    """Of the numbers that are named the one beside the word: which week had the highest takings."""

    def distance(column: int) -> int:
        links = [link for link in state.free if column in link.columns]
        return min(max(link.start - one.end, one.start - link.end) for link in links)

    return min(numbers, key=distance)


def _day_of(state: State, one: Wanted, named: list[int], numbers: Sequence[int]) -> int | None:
    """The column that says what is first and last: the day, or year, that is named, else the place
    in a ranking (who came last), else the only day, or the one on which something began."""
    shape = state.shape
    if numbers and not named:
        return numbers[0]
    placed = _PLACED.search(state.links.text[: one.start].rstrip(), max(0, one.start - 10))
    if not named and (placed or not shape.times):
        return only_rank(shape)
    if named:
        return named[0]
    plain = [c for c in shape.years if shape.is_plain_time(c)]
    begun = [c for c in shape.years if _BEGINS.search(shape.names[c])]
    years = plain or ([] if state.filters else only(begun))
    if len(shape.dates) < 2 and not (shape.dates and begun):
        return next(iter(shape.dates or years), None)
    # Of several days the one that is no other's: the day itself, or that of a beginning.
    begun = [c for c in shape.times if _BEGINS.search(shape.names[c])]
    called = [c for c in shape.dates if shape.is_plain_time(c)]
    first = only(begun) if _AGED.search(state.links.text) else only(called) or only(begun)
    return next(iter(first), None)


_AGED = re.compile(r"oldest|newest|youngest|longest|[最更][老久]")
_BEGINS = re.compile(
    r"\b(?:start|from|began|begin|took|since|elected|appointed|founded|opened|made|built|born"
    r"|joined|hired|commissioned|established)|投用|启用|开[业工始]|成立|建[成造]|竣工|入职|出生|生产|制造|起始|始建"
)


def _extreme_measure(state: State, one: Wanted) -> int | None:
    numbers = _beside(one, state)
    text = state.links.text[one.start : one.end]
    if one.kind is Kind.DATE and not numbers and (said := dimension(text, state.shape)) is not None:
        return said
    dates = [c for link in state.free for c in link.columns if c in state.shape.times]
    if one.kind is Kind.MONEY:
        money = [c for c in numbers if c in state.shape.money]
        return (money or state.shape.money or [None])[0]  # type: ignore[list-item]
    if one.kind is Kind.DATE:
        return _day_of(state, one, dates, numbers)
    if numbers:
        return _nearest(numbers, one, state)
    if (said := dimension(text, state.shape)) is not None:
        return said
    if any(other.kind is Kind.MONEY for other in state.links.wants) and state.shape.money:
        return state.shape.money[0]
    named = any(link.strength is not Strength.ENTITY for link in state.free)
    return None if named else next(iter(state.shape.main_money), None)
