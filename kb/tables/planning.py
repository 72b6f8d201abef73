"""From the links of one table to a plan: filters first, then what is wanted of the rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from kb.tables.filters import take_amounts, take_differing, take_periods, take_values
from kb.tables.joined import Joined
from kb.tables.links import Links, Strength
from kb.tables.operations import Kind, Want, Wanted
from kb.tables.plan import Comparison, Operation, Plan
from kb.tables.planned import (
    State,
    all_numeric,
    base,
    counted_measures,
    is_per_unit,
    named_texts,
    numeric,
)
from kb.tables.selecting import selected
from kb.tables.shape import Shape
from kb.text.han import HAN


def plan_for(links: Links, shape: Shape) -> Plan | None:
    """The one plan that the links of a table make; None where they make none."""
    state = State(links, shape, free=[*links.columns])
    if not (take_values(state) and take_periods(state) and take_amounts(state)):
        return None
    take_differing(state)
    plan = _operation(state)
    if plan is None or (_counts_people(state, plan) and not _lists_people(state)):
        return None
    return None if _counts_loosely(state, plan) or is_per_unit(state, plan) else plan


def _counts_loosely(state: State, plan: Plan) -> bool:
    """Whether rows are counted by a part of their names (Astronomy of Astronomy Evening), or
    are those of a table that the counted thing is not of."""
    if plan.operation not in (Operation.COUNT, Operation.EXISTS, Operation.SHARE):
        return False
    if plan.table.of_documents:  # its rows are what is called so; 供应商合同 are not all contracts
        known = {c for one in plan.filters for c in one.columns} | {plan.group}
        unused = (one for one in state.free if one.strength is not Strength.ENTITY)
        return not all({*one.columns} & known for one in unused)
    labels = {*state.shape.labels}
    if any(one.part and {*one.columns} & labels for one in state.links.values):
        return True
    single = any(
        one.test is Comparison.EQUAL
        and len(one.values) == len(one.columns) == 1
        and {*one.columns} <= labels
        for one in plan.filters
    )
    if single and plan.operation is Operation.COUNT and len(plan.filters) == 1:
        return True  # one row, named: it has no number
    if isinstance(plan.table, Joined):
        left = {c for c in labels if c < len(plan.table.left.columns)}
        return not any({*link.columns} <= left for link in state.links.columns)
    used = {c for one in plan.filters for c in one.columns} | labels | {plan.group}
    free = (one for one in state.free if one.strength is not Strength.ENTITY)
    return plan.operation is Operation.COUNT and not all({*one.columns} & used for one in free)


def _counts_people(state: State, plan: Plan) -> bool:
    """Whether people are counted: 几位, 多少人, 人数."""
    if plan.operation not in (Operation.COUNT, Operation.SHARE, Operation.MOST) or plan.measures:
        return False
    text = state.links.text
    if re.search(r"人数|(?:多少|几)(?:个?人|名|位)", text):
        return True
    return bool(state.links.people)


def _lists_people(state: State) -> bool:
    return any(c in state.shape.labels for c in state.shape.people)


def cell_plan(links: Links, shape: Shape) -> Plan | None:
    """The plan that reads one number of the rows with the question's cells."""
    state = State(links, shape, free=[*links.columns])
    take_values(state)
    measures = numeric(state)[:1] or shape.money[:1]
    if not measures or not state.filters:
        return None
    return base(state, Operation.DIFFERENCE, measures=tuple(measures))


# --- what is wanted -------------------------------------------------------------------


def _operation(state: State) -> Plan | None:
    if state.has(Want.SHARE):
        return _quotient(state) or _share(state)
    if state.has(Want.DIFFERENCE, Want.GROWTH):
        return _change(state)
    if plan := _quotient(state):
        return plan
    if state.has(Want.HIGHEST, Want.LOWEST) and not _is_of_versions(state):
        return _extreme(state)
    for make in (_aggregate, _existing, _counted):
        if plan := make(state):
            return plan
    if state.links.table.of_documents and state.has(*_COMPUTES):
        return None  # documents whose number, or sum, is asked for are not listed instead
    return selected(state)


_COMPUTES = (Want.NUMBER, Want.SUM, Want.AVERAGE, Want.EACH, Want.NOT)


def _change(state: State) -> Plan | None:
    operation = Operation.GROWTH if state.has(Want.GROWTH) else Operation.DIFFERENCE
    numbers = numeric(state)
    text = state.links.text
    if len(numbers) == 2 and not state.sides:
        first, second = numbers
        if re.search(r"\bfrom\b.*\bto\b|从.*到|由.*到", text):
            first, second = second, first
        return base(state, operation, measures=(first, second))
    if len(state.sides) == 2:
        measures = numbers[:1] or state.shape.money[:1] or _only(state.shape.numbers)
        kept = tuple(one for one in state.filters if one.columns != state.sides[0].columns)
        if measures:
            return base(
                state, operation, measures=tuple(measures), sides=tuple(state.sides), filters=kept
            )
    return None


def _is_of_versions(state: State) -> bool:
    """Whether 最新 and latest are said of the document: of a table without dates."""
    one = state.wants(Want.HIGHEST, Want.LOWEST)[0]
    return one.kind is Kind.DATE and one.want is Want.HIGHEST and not state.shape.dates


def _only(columns: Sequence[int]) -> list[int]:
    return [*columns] if len(columns) == 1 else []


def _share(state: State) -> Plan | None:
    if not state.filters:
        return None
    place = state.wants(Want.SHARE)[0]
    english = state.links.text[place.start : place.end].isascii()
    pairs = sorted(zip(state.at, state.filters, strict=True), key=lambda pair: pair[0])
    whole = [one for at, one in pairs if at > place.start]
    if english or len(whole) == len(pairs):
        whole = [one for _, one in pairs[:-1]]
    measures = tuple(numeric(state)[:1])
    named = [one for one in state.free if one.strength is not Strength.ENTITY]
    if not measures and any({*one.columns} & {*state.shape.numbers} for one in named):
        return None  # of what it is a share is said, and not known
    if not measures and re.search(r"总(?!数|人数|量|体|共|计)", state.links.text):
        return None  # 在总耗时中: of a sum, and no column that is summed up is known
    return base(state, Operation.SHARE, measures=measures, whole=tuple(whole))


def _quotient(state: State) -> Plan | None:
    numbers = numeric(state)
    text = state.links.text
    if len(numbers) >= 2 and (
        state.has(Want.QUOTIENT) or re.search(rf"[{HAN}]\s*/\s*[{HAN}]", text)
    ):
        return base(state, Operation.QUOTIENT, measures=tuple(numbers[-2:]))
    return None


def _extreme(state: State) -> Plan | None:
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
        group = next(iter(_only(state.shape.people)), None)
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


def _has_groups(column: int, state: State) -> bool:
    """Whether a column's values come several times: those of 14 clubs in 15 rows are no groups."""
    return state.shape.distinct(column) <= _GROUPED * state.shape.table.plain


_GROUPED = 0.8


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


def _aggregate(state: State) -> Plan | None:
    averaged = state.has(Want.AVERAGE)
    measures = numeric(state)
    counted = [] if measures or averaged else counted_measures(state)
    if not (averaged or counted or state.has(Want.SUM) or _is_of_all(state)):
        return None
    measures = measures or counted
    if not measures and any(one.kind is Kind.MONEY for one in state.links.wants):
        measures = state.shape.money[:1]
    if not measures and not state.has(Want.NUMBER):
        measures = state.shape.main_money[:1]
    if not measures and averaged:
        measures = _only(state.shape.numbers) or _only(state.shape.money)
    if not measures and not averaged and (spoken := _all_spoken_of(state)):
        measures = spoken
    elif not measures and not averaged and state.shape.is_matrix and not state.has(Want.NUMBER):
        alike = [c for c in state.shape.alike if c in state.shape.numbers]
        measures = state.shape.totals[:1] or alike
    if not measures:
        return None
    if not averaged and _counts_things(state) and {*measures} <= {*state.shape.money}:
        return None  # 合同一共有几份: not how much they come to
    measures = measures[:1] if averaged else all_numeric(state) or measures
    operation = Operation.AVERAGE if averaged else Operation.SUM
    group = next((c for c in named_texts(state) if not state.shape.tells_apart(c)), None)
    if group is not None and state.has(Want.EACH):
        return base(
            state, Operation.GROUPS, group=group, measures=tuple(measures[:1]), aggregate=operation
        )
    return base(state, operation, measures=tuple(measures))


def _all_spoken_of(state: State) -> list[int]:
    """The columns of a matrix that one word of their names means: spending, of four quarters."""
    if any(c in state.shape.totals for c in state.shape.numbers):
        return []
    alike = {c for c in state.shape.alike if c in state.shape.numbers}
    spoken = ({*one.columns} for one in state.free if one.strength is Strength.ENTITY)
    return sorted(alike) if any(one == alike for one in spoken) else []


def _is_of_all(state: State) -> bool:
    """Whether one number of all documents is asked for: the amount due of all invoices."""
    if not state.links.table.of_documents or state.has(Want.LIST, Want.NUMBER):
        return False
    every = re.search(r"\ball\b|所有|全部", state.links.text)
    return bool(every) and len(numeric(state)) == 1


def _counts_things(state: State) -> bool:
    """Whether what is asked for is a number of things: 几份, 多少家."""
    text = state.links.text
    return any(re.search(r"[份封篇家名位人台]$", text[one.start : one.end])
               for one in state.wants(Want.NUMBER))  # fmt: skip


def _existing(state: State) -> Plan | None:
    if not state.has(Want.EXISTS) or state.has(Want.NUMBER) or not state.filters:
        return None
    return base(state, Operation.EXISTS, targets=state.shape.labels)


_MEASURED = re.compile(
    r"(?:个月|小时|分钟|万?元|块钱?|公斤|千克|吨|公里|平方米|(?<!平方)米|岁|度)$"
)


def _counts_a_measure(state: State) -> bool:
    """Whether a number of months, of euros is asked for: no number of rows."""
    text = state.links.text
    asked = (text[one.start : one.end] for one in state.wants(Want.NUMBER))
    return any(_MEASURED.search(one) for one in asked)


def _counted(state: State) -> Plan | None:
    if not state.has(Want.NUMBER):
        return None
    filtered = {c for one in state.filters for c in one.columns}
    if {*numeric(state)} - filtered or _counts_a_measure(state):
        return None
    texts = named_texts(state)
    number = state.wants(Want.NUMBER)[0]
    group = next(
        (
            c
            for link in state.free
            for c in link.columns
            if c in texts
            and not state.shape.tells_apart(c)
            and 0 <= link.start - number.end <= 1
            and link.strength in (Strength.WHOLE, Strength.CONCEPT)
        ),
        None,
    )
    if state.has(Want.EACH) and texts:
        grouped = next((c for c in texts if not state.shape.tells_apart(c)), None)
        if grouped is not None:
            return base(state, Operation.GROUPS, group=grouped)
    if group is not None and not (group in state.shape.people and state.filters):
        return base(state, Operation.COUNT, group=group)
    return base(state, Operation.COUNT)
