"""From the links of one table to a plan: filters first, then what is wanted of the rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from kb.tables.concepts import singular
from kb.tables.days import take_periods
from kb.tables.dimensions import dimension
from kb.tables.durations import lasting
from kb.tables.extremes import extreme, is_of_versions
from kb.tables.filters import (
    take_absent,
    take_amounts,
    take_differing,
    take_values,
)
from kb.tables.joined import Joined
from kb.tables.links import ColumnLink, Links, Strength
from kb.tables.neighbours import neighbour
from kb.tables.operations import Kind, Want, Wanted
from kb.tables.pairs import made_of_price, of_pair, take_pairs
from kb.tables.plan import Comparison, Operation, Plan
from kb.tables.planned import (
    State,
    all_numeric,
    base,
    counted_measures,
    is_open,
    is_per_unit,
    named_texts,
    numeric,
    only,
)
from kb.tables.selecting import selected
from kb.tables.series import adds_up_year, change_from_before, says_before
from kb.tables.shape import Shape
from kb.tables.shares import quotient, share
from kb.tables.truths import take_truths
from kb.text.fold import fold


def plan_for(links: Links, shape: Shape) -> Plan | None:
    """The one plan that the links of a table make; None where they make none."""
    links = _looking_up(_summing(links, shape), shape)
    state = State(links, shape, free=[*links.columns])
    take_truths(state)
    take_absent(state)
    if not take_pairs(state):
        return None
    if not (take_values(state) and take_periods(state) and take_amounts(state)):
        return None
    take_differing(state)
    plan = of_pair(state) or _operation(state)
    plan = plan and made_of_price(state, plan)
    if plan is None or (_counts_people(state, plan) and not _lists_people(state)):
        return None
    return None if _counts_loosely(state, plan) or is_per_unit(state, plan) else plan


def _summing(links: Links, shape: Shape) -> Links:
    """合计 of 6月合计 adds up the rows of June: it is no column 合计 where another column that it
    adds up is named, and rows are not named by what they are called."""
    alike = {*shape.alike}
    named = any(len({*one.columns}) == 1 and {*one.columns} <= alike for one in links.columns)
    totals = [one for one in links.columns if {*one.columns} <= {*shape.totals}]
    of_rows = any({*one.columns} <= {*shape.labels} for one in links.values)
    if not named or not totals or of_rows:
        return links
    wants = [Wanted(one.start, one.end, Want.SUM) for one in totals]
    columns = [one for one in links.columns if one not in totals]
    return replace(links, columns=columns, wants=[*links.wants, *wants])


def _looking_up(links: Links, shape: Shape) -> Links:
    """多少 behind a column's name asks what stands there, of a row that is named: 电话多少."""
    if not any({*one.columns} & {*shape.labels} for one in links.values):
        return links
    ends = {one.end for one in links.columns if not {*one.columns} & {*shape.labels}}
    asks = [
        one.want is Want.NUMBER and one.start in ends and links.text[one.start : one.end] == "多少"
        for one in links.wants
    ]
    pairs = zip(links.wants, asks, strict=True)
    wants = [replace(one, want=Want.WHICH) if it else one for one, it in pairs]
    return replace(links, wants=wants)


def _counts_loosely(state: State, plan: Plan) -> bool:
    """Whether rows are counted by a part of their names (Astronomy of Astronomy Evening), or
    are those of a table that the counted thing is not of."""
    if plan.operation not in (Operation.COUNT, Operation.EXISTS, Operation.SHARE):
        return False
    if state.shape.table.plain == 1 and not plan.table.of_documents:
        return True  # a form: nothing is counted by it
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
        named = any({*link.columns} <= left for link in state.links.columns)
        return not (named or state.links.people or _counts_a_cell(state, plan.table))
    used = {c for one in plan.filters for c in one.columns} | labels | {plan.group}
    free = (
        one
        for one in state.free
        if one.strength is not Strength.ENTITY and not _is_in_name(one, state)
    )
    return plan.operation is Operation.COUNT and not all({*one.columns} & used for one in free)


def _counts_a_cell(state: State, table: Joined) -> bool:
    """Whether what is counted is called as cells of the first table are: how many nurses."""
    ends = {at for one in state.wants(Want.NUMBER) for at in (one.end, one.end + 1)}
    width = len(table.left.columns)
    return any(
        one.start in ends and not one.part and all(c < width for c in one.columns)
        for one in state.links.values
    )


def _is_in_name(link: ColumnLink, state: State) -> bool:
    """Whether the name of the table says that its rows are what a word counts: competitions."""
    table, word = state.links.table, state.links.text[link.start : link.end]
    own = fold(f"{table.name} {table.caption}")
    return word.isascii() and bool(re.search(rf"\b{re.escape(singular(word))}(?:e?s)?\b", own))


def _counts_people(state: State, plan: Plan) -> bool:
    """Whether people are counted: 几位, 多少人, 人数."""
    if plan.operation not in (Operation.COUNT, Operation.SHARE, Operation.MOST) or plan.measures:
        return False
    text = state.links.text
    if re.search(r"人数|(?:多少|几)(?:个?人|名|位)|人(?:最[多少]|[多少]的)", text):
        return True
    return bool(state.links.people)


def _lists_people(state: State) -> bool:
    return state.shape.lists_people


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
    if state.has(Want.NEXT, Want.PREVIOUS):
        return neighbour(state)
    if plan := lasting(state):
        return plan
    if state.has(Want.SHARE) and not says_before(state.links.text):
        return quotient(state) or share(state)
    if state.has(Want.DIFFERENCE, Want.GROWTH, Want.SHARE):  # by what share of the year before
        return _change(state)
    if plan := quotient(state):
        return plan
    if state.has(Want.HIGHEST, Want.LOWEST) and not is_of_versions(state):
        return extreme(state)
    for make in (_aggregate, _existing, _counted):
        if plan := make(state):
            return plan
    if state.links.table.of_documents and state.has(*_COMPUTES):
        return None  # documents whose number, or sum, is asked for are not listed instead
    if _adds_up(state):
        return None  # and it is not known of which column
    return selected(state)


_COMPUTES = (Want.NUMBER, Want.SUM, Want.AVERAGE, Want.MEDIAN, Want.EACH, Want.NOT)


def _change(state: State) -> Plan | None:
    operation = Operation.GROWTH if state.has(Want.GROWTH, Want.SHARE) else Operation.DIFFERENCE
    numbers = numeric(state)
    text = state.links.text
    if says_before(text) and (len(numbers) < 2 or state.sides):
        return change_from_before(state, operation)
    if len(numbers) == 2 and not state.sides:
        first, second = numbers
        if re.search(r"\b(?:from|between)\b.*\b(?:to|and)\b|从.*到|由.*到", text):
            first, second = second, first
        return base(state, operation, measures=(first, second))
    if len(state.sides) == 2:
        asked = state.wants(Want.DIFFERENCE, Want.GROWTH)[0]
        said = dimension(state.links.text[asked.start : asked.end], state.shape)
        measures = numbers[:1] or ([] if said is None else [said]) or only(state.shape.money)
        measures = measures or only(state.shape.numbers) or only(state.shape.totals)
        kept = tuple(one for one in state.filters if one.columns != state.sides[0].columns)
        if measures:
            return base(
                state, operation, measures=tuple(measures), sides=tuple(state.sides), filters=kept
            )
    return None


def _aggregate(state: State) -> Plan | None:
    averaged = state.has(Want.AVERAGE, Want.MEDIAN)
    measures = numeric(state)
    counted = [] if measures or averaged else counted_measures(state)
    summed = state.has(Want.SUM) or _is_of_all(state) or adds_up_year(state)
    if not (averaged or counted or summed):
        return None
    measures = measures or counted or ([] if averaged else _all_spoken_of(state))
    if not measures and not averaged and _IN_TOTAL.search(state.links.text) and state.filters:
        measures = only(state.shape.totals)
    if not measures and any(one.kind is Kind.MONEY for one in state.links.wants):
        measures = only(state.shape.money)
    if not measures and not state.has(Want.NUMBER):
        measures = state.shape.main_money[:1]
    if not measures and averaged:
        measures = only(state.shape.numbers) or only(state.shape.money)
    of_row = any({*one.columns} <= {*state.shape.labels} for one in state.filters)
    counts = state.has(Want.NUMBER) and not of_row
    if not measures and not averaged and state.shape.is_matrix and not counts:
        alike = [c for c in state.shape.alike if c in state.shape.numbers]
        measures = state.shape.totals[:1] or alike
    if not measures or (is_open(measures[0], state) and (averaged or not all_numeric(state))):
        return None
    if not averaged and _counts_things(state) and {*measures} <= {*state.shape.money}:
        return None  # 合同一共有几份: not how much they come to
    measures = measures[:1] if averaged else all_numeric(state) or measures
    operation = Operation.AVERAGE if averaged else Operation.SUM
    operation = Operation.MEDIAN if state.has(Want.MEDIAN) else operation
    group = _each(state, named_texts(state))
    if group is not None and state.has(Want.EACH) and operation is not Operation.MEDIAN:
        return base(
            state, Operation.GROUPS, group=group, measures=tuple(measures[:1]), aggregate=operation
        )
    return base(state, operation, measures=tuple(measures))


_IN_TOTAL = re.compile(r"\b(?:in total|altogether|in all)\b")


def _each(state: State, texts: Sequence[int]) -> int | None:
    """The column whose values are told apart: the one behind each, else the first that is named."""
    ends = [one.end for one in state.wants(Want.EACH)]
    groups = [c for c in texts if not state.shape.tells_apart(c)]
    behind = [
        c
        for c in groups
        for link in state.free
        if c in link.columns and any(0 <= link.start - end <= _ARTICLE for end in ends)
    ]
    return next(iter((*behind, *groups)), None)


_ARTICLE = 1


def _all_spoken_of(state: State) -> list[int]:
    """The columns of a matrix that one word of their names means: spending, of four quarters."""
    if any(c in state.shape.totals for c in state.shape.numbers):
        return []
    alike = {c for c in state.shape.alike if c in state.shape.numbers}
    spoken = ({*one.columns} for one in state.free if one.strength is Strength.ENTITY)
    return sorted(alike) if any(one == alike for one in spoken) else []


def _adds_up(state: State) -> bool:
    """Whether a sum, or a mean, is asked for; 一共有哪些 asks for none."""
    text = state.links.text
    words = [text[one.start : one.end] for one in state.wants(Want.SUM, Want.AVERAGE, Want.MEDIAN)]
    return any(not re.match(r"一共|总共|共|in all|overall|all", one) for one in words)


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


_TOTAL_NUMBER = re.compile(r"\btotal (?:number|count) of ")
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
        total = _TOTAL_NUMBER.search(state.links.text)
        return base(state, Operation.COUNT) if total and not numeric(state) else None
    filtered = {c for one in state.filters for c in one.columns}
    if {*numeric(state)} - filtered or _counts_a_measure(state):
        return None
    texts = named_texts(state)
    number = state.wants(Want.NUMBER)[0]
    different = "different" in state.links.text[number.start : number.end]
    group = next(
        (
            c
            for link in state.free
            for c in link.columns
            if c in texts
            and not state.shape.tells_apart(c)
            and 0 <= link.start - number.end <= 1
            and (link.strength in (Strength.WHOLE, Strength.CONCEPT) or different)
        ),
        None,
    )
    if state.has(Want.EACH) and (grouped := _each(state, texts)) is not None:
        return base(state, Operation.GROUPS, group=grouped)
    if group is not None and not (group in state.shape.people and state.filters):
        return base(state, Operation.COUNT, group=group)
    return base(state, Operation.COUNT)
