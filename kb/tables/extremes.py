"""The first of some order: the highest, the latest three, the group with the most rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from kb.tables.links import Strength
from kb.tables.operations import Kind, Want, Wanted
from kb.tables.plan import Operation, Plan
from kb.tables.planned import State, base, named_texts, numeric, only
from kb.text.han import HAN


def is_of_versions(state: State) -> bool:
    """Whether 最新 and latest are said of the document: of a table without dates."""
    one = state.wants(Want.HIGHEST, Want.LOWEST)[0]
    return one.kind is Kind.DATE and one.want is Want.HIGHEST and not state.shape.dates


def extreme(state: State) -> Plan | None:
    one = state.wants(Want.HIGHEST, Want.LOWEST)[0]
    descending = one.want is Want.HIGHEST
    limit = next((other.number for other in (one, *state.wants(Want.WHICH)) if other.number), 1)
    averaged = state.has(Want.AVERAGE)
    measure = _extreme_measure(state, one)
    if len(state.sides) > 1 and measure is None:
        return None
    texts = named_texts(state)
    group = next((c for c in texts if not state.shape.tells_apart(c)), None)
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
    if state.has(Want.TIME) and not {group, measure} & {*state.shape.dates}:
        return None  # a day is asked for, and no day can be told
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
    targets = tuple(dict.fromkeys((*(c for c in texts if c not in labels), *labels)))
    return base(
        state,
        Operation.TOP,
        measures=(measure,),
        targets=targets,
        descending=descending,
        limit=limit,
        group=group if measure in state.shape.numbers else None,
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
        re.search(r"数|number|count|times|how many|how often", text)
    )


def _beside(one: Wanted, state: State) -> list[int]:
    """The numeric columns that are named; those named by a part only right beside the word: 顾问 of
    顾问单位最多 is no 顾问费."""
    parts = [link for link in state.free if link.strength is Strength.PART]
    apart = [
        link
        for link in parts
        if re.search(rf"[{HAN}a-z]", state.links.text[link.end : one.start])
        or re.search(rf"[{HAN}a-z]", state.links.text[one.end : link.start])
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


def _extreme_measure(state: State, one: Wanted) -> int | None:
    numbers = _beside(one, state)
    dates = [c for link in state.free for c in link.columns if c in state.shape.dates]
    if one.kind is Kind.MONEY:
        money = [c for c in numbers if c in state.shape.money]
        return (money or state.shape.money or [None])[0]  # type: ignore[list-item]
    if one.kind is Kind.DATE:
        if numbers and not dates:
            return numbers[0]
        return (dates or state.shape.dates or [None])[0]  # type: ignore[list-item]
    if numbers:
        return _nearest(numbers, one, state)
    if any(other.kind is Kind.MONEY for other in state.links.wants) and state.shape.money:
        return state.shape.money[0]
    named = any(link.strength is not Strength.ENTITY for link in state.free)
    return None if named else next(iter(state.shape.main_money), None)
