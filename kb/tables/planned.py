"""A plan while it is made, and what every step asks of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from kb.tables import concepts
from kb.tables.column_names import bare
from kb.tables.joined import Joined
from kb.tables.links import ColumnLink, Links, Strength
from kb.tables.operations import Want, Wanted
from kb.tables.plan import Filter, Operation, Plan
from kb.tables.shape import Shape
from kb.tables.verbs import is_inflected
from kb.text.fold import fold
from kb.text.han import HAN


@dataclass(slots=True)
class State:
    """A plan while it is made. `free` are the column links that no filter has used."""

    links: Links
    shape: Shape
    filters: list[Filter] = field(default_factory=list)
    at: list[int] = field(default_factory=list)
    """Where in the question each filter's value stands."""
    free: list[ColumnLink] = field(default_factory=list)
    sides: list[Filter] = field(default_factory=list)
    denied: bool = False
    """Whether a not of the question is that of a column of yes and no."""

    def wants(self, *wants: Want) -> list[Wanted]:
        return [one for one in self.links.wants if one.want in wants]

    def has(self, *wants: Want) -> bool:
        return bool(self.wants(*wants))

    def put(self, at: int, one: Filter) -> None:
        self.filters.append(one)
        self.at.append(at)


def base(state: State, operation: Operation, **how: object) -> Plan:
    return replace(
        Plan(state.links.table, operation, tuple(state.filters)),
        **how,  # type: ignore[arg-type]
    )


def numeric(state: State) -> list[int]:
    """The numeric columns that are named, in the question's order, one a link."""
    links = [one for one in state.free if one.strength is not Strength.ENTITY]
    whole = [one for one in links if one.strength is Strength.WHOLE]
    if any({*one.columns} & {*state.shape.numbers} for one in whole):
        # 实收 of 实收 四季度 and 应收 四季度 says which
        open_ = {c for one in whole if len(one.columns) > 1 for c in one.columns}
        links = [
            one for one in links if one.strength is not Strength.PART or {*one.columns} & open_
        ]
    links.sort(key=lambda one: one.start)
    numbers = narrowed([[c for c in link.columns if c in state.shape.numbers] for link in links])
    sure = [columns[0] for columns in numbers if len(columns) == 1]
    found: list[int] = []
    for columns in numbers:
        if len(columns) > 1 and any(c in sure for c in columns):
            continue  # 收入 of 二季度: a part of the other name
        if columns and columns[0] not in found:
            found.append(columns[0])
    return found


def narrowed(numbers: list[list[int]]) -> list[list[int]]:
    """The columns that words may name, of which two words of one name leave the same one: reading
    and pass rate of Reading Pass rate."""
    found = [*numbers]
    for at, one in enumerate(numbers):
        both = [{*one} & {*other} for k, other in enumerate(numbers) if k != at and len(other) > 1]
        shared = [some for some in both if some and len(some) < len(one)]
        if len(one) > 1 and shared:
            found[at] = [c for c in one if c in shared[0]]
    return found


def is_open(measure: int, state: State) -> bool:
    """Whether the word that names a measure is a part of several columns' names, of one kind, and
    no other word says which: weight of gross weight and net weight. A sum of all is none."""
    links = [one for one in state.free if one.strength is not Strength.ENTITY]
    numbers = [[c for c in link.columns if c in state.shape.numbers] for link in links]
    named = [some for some in narrowed(numbers) if measure in some]
    return bool(named) and all(_are_of_one_kind(some, state) for some in named)


def _are_of_one_kind(columns: Sequence[int], state: State) -> bool:
    if len(columns) < 2 or {*columns} & {*state.shape.totals}:
        return False
    table = state.links.table
    if isinstance(table, Joined) and len({c < len(table.left.columns) for c in columns}) > 1:
        return False
    return len({(state.shape.columns[c].type, state.shape.columns[c].unit) for c in columns}) == 1


def all_numeric(state: State) -> list[int]:
    """The numeric columns that one word names together: 各季度收入 is every quarter's."""
    sure = any(
        len([c for c in link.columns if c in state.shape.numbers]) == 1 for link in state.free
    )
    if sure or len(numeric(state)) != 1:
        return []
    for link in state.free:
        columns = [c for c in link.columns if c in state.shape.numbers]
        kinds = {(state.shape.columns[c].type, state.shape.columns[c].unit) for c in columns}
        if len(columns) > 1 and not _are_series(columns, state):
            continue
        if len(columns) > 1 and {*columns} >= {*numeric(state)} and len(kinds) == 1:
            return [c for c in columns if c not in state.shape.totals]
    return []


def _are_series(columns: Sequence[int], state: State) -> bool:
    """Whether columns are of one form but for a period or a number, and so add up: each quarter's,
    each half year's; gross and net are none."""
    names = [state.shape.names[c] for c in columns]
    return {*columns} <= {*state.shape.alike} or all(map(_PERIOD.search, names))


_PERIOD = re.compile(r"[上下]半年|季度|\d{4}|\d+月|[一二三四五六七八九十]+月|\b[qh][1-4]\b|\d")
_OF_GOODS = "台件支只套箱袋瓶盒罐柜块片桶粒双对艘枚册本辆把架部"
"""Measure words of what a row may hold several of; not of kinds, people, orders (种, 位, 张)."""


def counted_measures(state: State) -> list[int]:
    """The one column that says how many there are of what a question counts: its unit is the
    question's measure word (多少支 of 数量(支)), or it is the table's only quantity and the word is
    one of goods. Rows are not such a number."""
    text = state.links.text
    words = [text[one.start : one.end] for one in state.wants(Want.NUMBER)]
    units = {c: fold(state.shape.columns[c].unit) for c in state.shape.numbers}
    found = [c for c, unit in units.items() if unit and any(one.endswith(unit) for one in words)]
    named = _counts_a_name(state)
    if not found and (named or any(one[-1] in _OF_GOODS for one in words)):
        quantity = concepts.groups("数量") | concepts.groups("库存")
        names = {c: bare(state.shape.names[c]) for c, unit in units.items() if named or not unit}
        found = [c for c, name in names.items() if concepts.groups(name) & quantity]
    return found if len(found) == 1 else []


def _counts_a_name(state: State) -> bool:
    """Whether what is counted is called as a row is: how many gaskets, 多少个扳手. The orders of
    how many open orders are rows."""
    ends = [one.end for one in state.wants(Want.NUMBER)]
    after = {one.start for one in state.links.columns} | {one for one, _ in state.links.named}
    return any(
        0 <= one.start - end <= 1
        and {*one.columns} & {*state.shape.labels}
        and not {one.end, one.end + 1} & after
        for one in state.links.values
        for end in ends
    )


def named_texts(state: State) -> list[int]:
    """The columns of text that are named, one a link; and what 哪一类, 哪条线 ask for by a
    character of the name."""
    used = {c for one in state.filters for c in one.columns}
    found: list[int] = []
    for one in state.wants(Want.WHICH):
        last = state.links.text[one.end - 1]
        if re.match(f"[{HAN}]", last) and last not in "个些么哪一":
            found += [
                c for c in state.shape.texts if last in state.shape.names[c] and c not in used
            ][:1]
    for link in sorted(state.free, key=lambda one: one.start):
        columns = [c for c in link.columns if c in state.shape.texts and c not in used]
        columns.sort(key=lambda c: not state.shape.tells_apart(c))
        if columns and not any(c in found for c in columns):
            found.append(columns[0])
    return found


def is_verb_of_time(link: ColumnLink, state: State) -> bool:
    """Whether a verb names a column of days, and no day is asked for: which episode aired …"""
    word = state.links.text[link.start : link.end]
    asked = state.has(Want.TIME) or not {*link.columns} <= {*state.shape.times}
    return not asked and (is_inflected(word) or _is_what_is_dated(word, link, state))


def _is_what_is_dated(word: str, link: ColumnLink, state: State) -> bool:
    """Whether a word is what a column has the days of, and no day itself: which orders of Order
    date."""
    ends = {at for one in state.wants(Want.WHICH, Want.NUMBER) for at in (one.end, one.end + 1)}
    if link.strength is not Strength.PART or link.start not in ends:
        return False
    names = [bare(state.shape.names[c]) for c in link.columns]
    return all(name.startswith((word, concepts.singular(word))) and _DAY_NAME.search(name)
               for name in names)  # fmt: skip


_DAY_NAME = re.compile(r"(?:日期|时间|日|年份)$|\b(?:date|day|time|on|year)$")


def is_per_unit(state: State, plan: Plan) -> bool:
    """Whether a number is asked for per unit of another column: 每平方米租金 of rows that have
    the rent and the area. The rent alone is no answer."""
    told = {*plan.measures, *plan.targets}
    names = "".join(state.shape.names[c] for c in told)
    units = {state.shape.columns[c].unit for c in state.shape.numbers if c not in told}
    return any(
        unit
        and unit not in names
        and re.search(rf"每{re.escape(unit)}|\bper {re.escape(unit)}\b", state.links.text)
        for unit in units
    )


def only(columns: Sequence[int]) -> list[int]:
    return [*columns] if len(columns) == 1 else []


def nearest(state: State, start: int, columns: Sequence[int]) -> ColumnLink | None:
    """The unused name of one of the columns that stands nearest to a place of the question."""
    linked = [one for one in state.free if any(c in columns for c in one.columns)]
    return min(linked, key=lambda one: abs(one.start - start), default=None)
