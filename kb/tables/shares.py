"""Shares and quotients: of rows, or of a sum, what part has a value; one column by another."""

from __future__ import annotations

import re
from dataclasses import replace

from kb.tables.links import ColumnLink, Strength
from kb.tables.operations import Want
from kb.tables.plan import Operation, Plan
from kb.tables.planned import State, base, numeric
from kb.text.fold import fold
from kb.text.han import HAN


def share(state: State) -> Plan | None:
    if not state.filters:
        return None
    place = state.wants(Want.SHARE)[0]
    english = state.links.text[place.start : place.end].isascii()
    pairs = sorted(zip(state.at, state.filters, strict=True), key=lambda pair: pair[0])
    whole = [one for at, one in pairs if at > place.start]
    if english or len(whole) == len(pairs):
        whole = [one for _, one in pairs[:-1]]
    measures = tuple(numeric(state)[:1])
    if measures and _OF_A_COUNT.search(state.links.text):
        measures = tuple(numeric(replace(state, free=_wholly_named(state)))[:1])
    named = [one for one in state.free if one.strength is not Strength.ENTITY]
    if not measures and any({*one.columns} & {*state.shape.numbers} for one in named):
        return None  # of what it is a share is said, and not known
    if not measures and _is_of_a_property(state, place.start):
        return None  # 的耗时占…: of what it is a share is another word of the table's own name
    if not measures and re.search(r"总(?!数|人数|量|体|共|计)", state.links.text):
        return None  # 在总耗时中: of a sum, and no column that is summed up is known
    return base(state, Operation.SHARE, measures=measures, whole=tuple(whole))


_OF_A_COUNT = re.compile(r"总数|总人数|[家件台份]数|total number|number of all")


def _wholly_named(state: State) -> list[ColumnLink]:
    """Without the columns that a word is only a part of: 顾问 of 顾问单位总数 is no 顾问费."""
    return [one for one in state.free if one.strength is not Strength.PART]


def _is_of_a_property(state: State, place: int) -> bool:
    """Whether a word right before 占 is said to be of something, and only means the same as a word
    of the table's name: 耗时 of 工时."""
    text, table = state.links.text, state.links.table
    own = fold(f"{table.name} {table.caption} {table.title}")
    return any(
        end == place and text[start - 1 : start] == "的" and text[start:end] not in own
        for start, end in state.links.named
        if start
    )


def quotient(state: State) -> Plan | None:
    numbers = numeric(state)
    text = state.links.text
    if len(numbers) >= 2 and (
        state.has(Want.QUOTIENT) or re.search(rf"[{HAN}]\s*/\s*[{HAN}]", text)
    ):
        return base(state, Operation.QUOTIENT, measures=tuple(numbers[-2:]))
    return None
