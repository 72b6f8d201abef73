"""What is told of the rows that the filters leave: the columns that a question asks for."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kb.table_types import ColumnType
from kb.tables.amounts_due import adds_up
from kb.tables.dimensions import dimension
from kb.tables.joined import Joined
from kb.tables.links import ColumnLink, Strength
from kb.tables.loose import does_work
from kb.tables.operations import Want
from kb.tables.plan import Comparison, Operation, Plan
from kb.tables.planned import State, base, is_verb_of_time, only
from kb.tables.shape import asks_a_price, says_money


def selected(state: State) -> Plan | None:
    if not state.filters:
        return None
    if any(len(one.columns) > 1 for one in state.filters):
        return base(state, Operation.WHERE)
    several = any(one.part and len(one.values) > 1 for one in state.links.values)
    if several and not state.links.table.of_documents:
        return None  # a word that is in several names names none
    targets = _of_the_kind(_targets(state), state)
    if not targets:
        return None
    # Which documents there are: the replaced ones are told as well, and marked.
    older = state.links.table.of_documents and targets == state.shape.labels
    if _happened(state, targets):
        return base(state, Operation.SUM, measures=targets)
    return base(state, Operation.SELECT, targets=targets, hidden=older)


_PAST = re.compile(
    r"了(?:多少|几)|过(?:多少|几)|(?:多少|几).*了"
    r"|\bhow (?:many|much)\b.*?\b(?:did|was|were|have|has|had)\b"
)


def _happened(state: State, targets: Sequence[int]) -> bool:
    """Whether it is asked how much was done in all, of rows with a day each of which none is named:
    how many miles did she drive in May. Then the amounts of the rows are added up."""
    shape = state.shape
    texts = {c for one in state.filters for c in one.columns} & {*shape.texts}
    named = any(map(shape.tells_apart, texts))
    return (
        len(targets) == 1
        and targets[0] in shape.numbers
        and adds_up(targets[0], shape)
        and not named
        and bool(shape.dates)
        and not state.links.table.of_documents
        and state.has(Want.NUMBER, Want.MONEY)
        and bool(_PAST.search(state.links.text))
    )


def _targets(state: State) -> tuple[int, ...]:
    used = {c for one in state.filters if one.test is Comparison.EQUAL for c in one.columns}
    if _asks_for_the_filtered(state, used):
        return ()
    found: list[int] = []
    sure = {one.columns[0] for one in state.free if _is_sure(one)}
    for link in sorted(state.free, key=lambda one: one.start):
        if is_verb_of_time(link, state):
            continue
        columns = [c for c in link.columns if c not in used]
        if len(columns) > 1 and not _is_sure(link) and {*columns} & sure & {*state.shape.numbers}:
            continue  # 支出 of 三季度, whose columns are all of 支出
        if link.strength is Strength.ENTITY and len(columns) > 1:
            if {*columns} <= {*state.shape.numbers}:
                return ()  # a property, and it is open which
            columns = [c for c in columns if c in state.shape.labels]
        if link.strength is Strength.ENTITY and not state.has(Want.MONEY, Want.NUMBER, Want.TIME):
            columns = [c for c in columns if c not in state.shape.numbers]
        if link.strength is Strength.ENTITY and _names_money(link, columns, state):
            return ()
        if link.strength in (Strength.PART, Strength.CONCEPT):
            columns = _preferred(columns, state)
        if _is_open(columns, state):
            return ()
        if columns and columns[0] not in found and not any(c in found for c in columns):
            found.append(columns[0])
    if _asks_how_much(state) and all(one.strength is Strength.ENTITY for one in state.free):
        return ()  # 人工成本 is no Payroll ID
    if state.has(Want.DURATION) and (long := dimension("最长", state.shape)) is not None:
        return (long,)
    if state.has(Want.SIZE):
        return _sized(state, found)
    if found and (_is_stated(state, found) or not _is_entity_only(state, found)):
        return _with_labels(tuple(found), state)
    for want, columns in (
        (Want.PERSON, state.shape.people),
        (Want.TIME, state.shape.times),
        (Want.PLACE, state.shape.places),
        (Want.MONEY, state.shape.money),
    ):
        usable = [c for c in columns if c not in used]
        if state.has(want):
            if want is Want.PERSON:
                return tuple(_person(usable, state) or found)
            if want is Want.TIME and not found and _is_of_its_subject(state):
                return ()
            if len(usable) > 1 and not found:
                return ()  # of several days, or amounts, none is named
            return tuple(usable[:1] or found)
    if found:
        return tuple(found)
    if does_work(state.links.text):
        return ()
    if state.has(Want.WHICH, Want.LIST) or not state.links.wants:
        if state.links.table.of_documents:
            return state.shape.labels
        labels = tuple(c for c in _row_names(state) if c not in used)
        return labels or state.shape.labels
    return ()


_MOST_NAMES = 4


def _row_names(state: State) -> Sequence[int]:
    """What a row is called by: its labels; where they do not tell rows apart, all texts."""
    shape = state.shape
    if any(map(shape.tells_apart, shape.labels)) or len(shape.texts) > _MOST_NAMES:
        return shape.labels
    return shape.texts


def _sized(state: State, found: Sequence[int]) -> tuple[int, ...]:
    """What how large, how high asks for: the number that is named, else the one of the dimension,
    else the only amount."""
    one = state.wants(Want.SIZE)[0]
    numbers = [c for c in state.shape.numbers if c not in state.shape.years]
    said = dimension(state.links.text[one.start : one.end], state.shape)
    named = [c for c in found if c in numbers] or ([] if said is None else [said])
    return tuple(named or only(state.shape.money) or only(numbers))


_DATED = re.compile(
    r"(?<![宴晚茶酒])会(?![客员计])|纪要|邮件|来信|发|寄|写|签|印|报告|周报|月报|通知|公告"
    r"|meeting|minutes|mail|letter|message|report|notice|sent|send|wr[io]t|dated|published|signed|issued"
)


def _is_of_its_subject(state: State) -> bool:
    """Whether a day is asked for that is not the documents' own: when is the banquet, of a mail
    about the banquet."""
    return state.links.table.of_documents and not _DATED.search(state.links.text)


def _is_sure(link: ColumnLink) -> bool:
    return len(link.columns) == 1 and link.strength is not Strength.ENTITY


def _asks_for_the_filtered(state: State, used: set[int]) -> bool:
    """Whether what is asked for is the column that the question's cell was taken to stand in:
    which head is listed for … the person named is no head then."""
    ends = {one.end for one in state.wants(Want.WHICH)}
    heads = {one.start for one in state.free}  # 顾问 of 顾问单位 is no head
    asked = [
        one
        for one in state.free
        if (one.start - 1 in ends or one.start in ends) and one.end not in heads
    ]
    return any({*one.columns} <= used and one.strength is not Strength.ENTITY for one in asked)


def _names_money(link: ColumnLink, columns: Sequence[int], state: State) -> bool:
    """Whether a word says an amount and names no column of numbers: 金额 is no 单号."""
    word = state.links.text[link.start : link.end]
    return says_money(word) and not {*columns} & {*state.shape.numbers}


def _is_open(columns: Sequence[int], state: State) -> bool:
    """Whether a word names several columns of numbers of one kind: payroll, of four quarters."""
    kinds = {(state.shape.columns[c].type, state.shape.columns[c].unit) for c in columns}
    return len(columns) > 1 and len(kinds) == 1 and {*columns} <= {*state.shape.numbers}


def _asks_how_much(state: State) -> bool:
    """Whether a number is asked for, and no price of what is named: 是多少, how many."""
    text = state.links.text
    asked = [text[one.start : one.end] for one in state.wants(Want.WHICH, Want.NUMBER)]
    return any("多少" in one or "how many" in one for one in asked) and not state.has(Want.MONEY)


def _of_the_kind(targets: tuple[int, ...], state: State) -> tuple[int, ...]:
    """The targets, if one of them is of each kind that the question's words ask for; without the
    columns by which two tables are joined, where others are asked for."""
    table = state.links.table
    if isinstance(table, Joined):
        keys = {table.here, len(table.left.columns) + table.there}
        targets = tuple(c for c in targets if c not in keys) or targets
    amounts = [c for c in state.shape.numbers if c not in state.shape.years]
    priced = state.shape.money and asks_a_price(state.links.text)
    if priced and not any(c in state.shape.money for c in targets):
        return ()  # how many were sold is not for how much
    for want, kind in (
        (Want.PERSON, state.shape.texts),
        (Want.TIME, state.shape.times),
        (Want.MONEY, amounts),
        (Want.SIZE, amounts),
    ):
        if state.has(want) and not any(c in kind for c in targets):
            return ()
    if state.has(Want.PERSON) and all(_is_number(c, state) for c in targets):
        return ()  # who is no number of a thing
    return targets


def _is_number(column: int, state: State) -> bool:
    """Whether a column has codes, and none of people."""
    return state.shape.columns[column].type is ColumnType.CODE and column not in state.shape.people


def _with_labels(found: tuple[int, ...], state: State) -> tuple[int, ...]:
    """Who asks for what names a row is told all that names it: the code and the name."""
    labels = state.shape.labels
    if set(found) <= set(labels):
        used = {c for one in state.filters for c in one.columns}
        return tuple(c for c in labels if c in found or c not in used)
    return found


def _preferred(columns: Sequence[int], state: State) -> list[int]:
    """Of the columns that a word may name, first those of the kind that is asked for."""
    shape = state.shape
    for want, kind in (
        (Want.PERSON, shape.people),
        (Want.TIME, shape.times),
        (Want.MONEY, shape.money),
        (Want.NUMBER, shape.numbers),
    ):
        if state.has(want):
            ours = [c for c in columns if c in kind]
            if ours:
                return ours
    return [*columns]


def _is_entity_only(state: State, found: Sequence[int]) -> bool:
    """Whether the columns are only named as what the table is of: 资产 in 「资产…的使用人是谁」."""
    if not state.has(Want.PERSON, Want.TIME, Want.MONEY):
        return False
    kinds = {
        Want.PERSON: state.shape.people,
        Want.TIME: state.shape.times,
        Want.MONEY: state.shape.numbers,
    }
    return not any(
        c in columns for want, columns in kinds.items() if state.has(want) for c in found
    )


def _is_stated(state: State, found: Sequence[int]) -> bool:
    """Whether what documents state is asked for by its own name: who is the donor of…"""
    whole = (link for link in state.free if link.strength is Strength.WHOLE)
    return state.links.table.of_documents and any({*one.columns} & {*found} for one in whole)


def _person(people: Sequence[int], state: State) -> list[int]:
    named = [c for c in people if c in state.shape.labels]
    return named[:1] or ([*people] if len(people) == 1 else [])
