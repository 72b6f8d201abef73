"""Words that are about two columns of a row: what is still owed, what is left, who was late, whose
stock is below the minimum, what was spent at a unit price; and the plans that they make."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

from kb.table_types import ColumnType
from kb.tables.amounts_due import by_and_on, due_and_done, is_of_accounts, is_unit_price, product
from kb.tables.links import Between, ColumnLink, Links, PairLink, Strength
from kb.tables.operations import Want
from kb.tables.plan import Combined, Comparison, Filter, Operation, Plan
from kb.tables.planned import State, base, named_texts
from kb.tables.shape import Shape
from kb.tables.spans import overlaps

_OWED = re.compile(
    r"还?拖?欠(?:款|费|缴|着|了)?|还?(?:未|没有?)(?:[收付缴交还]|结)(?:回来?|到|齐|清|完|足|上来)?"
    r"|尾款|还[差欠]|差额"
    r"|(?:still )?(?<![a-z])(?:owed|owes?|owing)(?: (?:to )?us)?(?![a-z])|(?:still )?outstanding"
    r"|unpaid|(?:not|n't)(?: yet)?(?: been)?(?: fully)?"
    r" (?:paid|settled)(?: (?:in full|up|off|yet))*"
    r"|(?:still|yet) to (?:be )?(?:paid?|collect(?:ed)?|settled?)|in arrears|unsettled"
)
_LEFT = re.compile(
    r"还?剩(?:余|下)?[了着]?|没用完|未用完?"
    r"|(?<![a-z])(?:(?:still|have|has|is|are|was|were) )?(?:left|remain(?:s|ing)?|unspent|unused"
    r"|not used up)(?![a-z])(?! (?:us|the))"
)
_OVER = re.compile(r"超支|超出?预算|超额|over ?budget|overspent|overdrawn")
_LATE = re.compile(
    r"逾期|超期|迟[到交还付了]?|晚[交还付到]了?|过期|延[期误]"
    r"|(?<![a-z])(?:late|(?:past|after) (?:the )?(?:due date|deadline))(?![a-z])"
)
_BELOW = re.compile(
    r"(?:的|数|还)*(?:小于|低于|少于|不足|不到|没到|未到|不够|早于|<)了?"
    r"|(?:(?:is|was|are|were|has|have|had|been|fallen|dropped|that|which) )*"
    r"(?:(?:less|lower|smaller|fewer|earlier) than|below|under|short of|before)"
)
_ABOVE = re.compile(
    r"(?:的|数|还)*(?:大于|高于|多于|超过|超出|晚于|>)了?"
    r"|(?:(?:is|was|are|were|has|have|had|been|that|which) )*"
    r"(?:(?:more|higher|greater|larger|later) than|above|over|exceed(?:s|ed|ing)?|after)"
)
_MINUS = re.compile(r"减去?|扣除|-|−|minus|less")
_TIMES = re.compile(r"乘以?|×|\*|x|times|multiplied by")
_ARTICLES = re.compile(r"^(?:the|their|its|of|数|额|了|的)+ ?| ?(?:the|their|its|of|数|额)+$")
_SPENDS = re.compile(
    r"花(?:了|费|掉)?|支出|总?金额|总[额价]|货[款值]|采购额|销售额"
    r"|(?<![a-z])(?:spen[dt]|spending|total (?:value|cost|amount|price)|worth"
    r"|(?:cost|paid|pay|total)(?! per))(?![a-z])"
)
_PER_PIECE = re.compile(
    r"单价|每[吨方个件箱台米升公斤]|[钱元块]一[吨方个件箱台米升斤公]"
    r"|per (?!cent)[a-z]+|unit (?:price|cost)|\beach\b"
)


def link_words_of_pairs(found: Links, taken: list[tuple[int, int]], shape: Shape) -> None:
    """What is owed, or left, late, over budget: of a table that has the two columns for it."""
    if found.table.of_documents:
        return
    text = found.text
    said = any(word.search(text) for word in (_OWED, _LEFT, _OVER))
    if said and (pair := due_and_done(shape)):
        due, done = pair
        words = [_LEFT, _OWED] if is_of_accounts(done, shape) else [_LEFT]
        for word in words:
            _put(found, taken, word, Between.REST, (due, done))
        _put(found, taken, _OVER, Between.ABOVE, (done, due))
    if _LATE.search(text) and (days := by_and_on(shape)):
        _put(found, taken, _LATE, Between.ABOVE, (days[1], days[0]))


def link_spending(found: Links, taken: list[tuple[int, int]], shape: Shape) -> None:
    """Words for an amount that no column states, of a table with a unit price and a quantity."""
    if found.table.of_documents or not _SPENDS.search(found.text):
        return
    if not _PER_PIECE.search(found.text) and (pair := product(shape)):
        _put(found, taken, _SPENDS, Between.PRODUCT, pair)


def link_compared_columns(found: Links, taken: list[tuple[int, int]]) -> None:
    """Two columns that are named with a word between them that compares, or computes: 实收小于应收,
    stock below the reorder point, 应收减实收, price times quantity."""
    columns = sorted((one for one in found.columns if _is_sure(one, found)), key=lambda o: o.start)
    for one, other in pairwise(columns):
        if one.columns[0] == other.columns[0] or found.table.of_documents:
            continue
        between = found.text[one.end : other.start].strip()
        between = _ARTICLES.sub("", _ARTICLES.sub("", between)).strip()
        for word, asked in (
            (_BELOW, Between.BELOW),
            (_ABOVE, Between.ABOVE),
            (_MINUS, Between.REST),
            (_TIMES, Between.PRODUCT),
        ):
            span = one.end, other.start
            if word.fullmatch(between) and not overlaps(*span, taken):
                pair = one.columns[0], other.columns[0]
                found.pairs.append(PairLink(*span, asked, *pair, said=True))
                taken.append(span)


def _is_sure(link: ColumnLink, found: Links) -> bool:
    kinds = {found.table.columns[c].type for c in link.columns}
    known = all(one.is_number or one is ColumnType.DATE for one in kinds)
    return len(link.columns) == 1 and known and link.strength is not Strength.ENTITY


def _put(
    found: Links,
    taken: list[tuple[int, int]],
    word: re.Pattern[str],
    asked: Between,
    pair: tuple[int, int],
) -> None:
    for match in word.finditer(found.text):
        if match.group() and not overlaps(*match.span(), taken):
            found.pairs.append(PairLink(*match.span(), asked, *pair))
            taken.append(match.span())


# --- plans ----------------------------------------------------------------------------

_TESTS = {Between.BELOW: Comparison.BELOW, Between.ABOVE: Comparison.ABOVE}
_OF_ROWS = re.compile(r"[笔家户个张份单项位人名次件台][人]?$")


def take_pairs(state: State) -> bool:
    """The rows that a comparison of two of their columns leaves. False where two words are about
    other columns."""
    pairs = state.links.pairs
    if len({(one.asked, one.one, one.other) for one in pairs}) > 1:
        return False
    if not pairs:
        return True
    one = pairs[0]
    both = {one.one, one.other}
    state.free = [it for it in state.free if not {*it.columns} & both or _is_group(it, state)]
    test = _TESTS.get(one.asked)
    if one.asked is Between.REST and not one.said and _asks_for_rows(state):
        state.denied = True
        state.put(one.start, Filter((one.other,), Comparison.SHORT, (one.one,)))
    elif test is not None:
        state.put(one.start, Filter((one.one,), test, (one.other,)))
    return True


def _is_group(link: ColumnLink, state: State) -> bool:
    return not {*link.columns} & {*state.shape.numbers, *state.shape.dates}


def _asks_for_rows(state: State) -> bool:
    """Whether the rows are asked for of which something is owed, or how many they are."""
    if state.has(Want.HIGHEST, Want.LOWEST, Want.SUM, Want.MONEY, Want.AVERAGE, Want.EACH):
        return False
    text = state.links.text
    one = state.links.pairs[0]
    for want in state.wants(Want.NUMBER):
        word = text[want.start : want.end]
        rows = {it.start for it in state.links.columns if {*it.columns} & {*state.shape.labels}}
        counts = word.isascii() and want.end + 1 in rows
        return bool(_OF_ROWS.search(word)) or counts or bool(state.links.people)
    owed = is_of_accounts(one.other, state.shape)
    return state.has(Want.WHICH, Want.PERSON, Want.LIST, Want.EXISTS) and (
        owed or state.has(Want.PERSON, Want.LIST) or _names_rows(state)
    )


def _names_rows(state: State) -> bool:
    ends = {at for it in state.wants(Want.WHICH) for at in (it.end, it.end + 1)}
    return any(link.start in ends for link in state.links.columns)


def of_pair(state: State) -> Plan | None:
    """The number that two columns make: in a row, over rows, for each of some groups, or of the
    group that has the most."""
    if not state.links.pairs:
        return None
    one = state.links.pairs[0]
    if one.asked is Between.PRODUCT:
        if not one.said and not _asks_for_money(state):
            return None
        return _made(state, (one.one, one.other), Combined.PRODUCT)
    if one.asked is Between.REST and not any(it.test is Comparison.SHORT for it in state.filters):
        return _made(state, (one.one, one.other), Combined.REST)
    return None


def _asks_for_money(state: State) -> bool:
    """Whether an amount is asked for, and no other number or price is named."""
    shape = state.shape
    numbers = [c for it in state.free for c in it.columns if c in shape.numbers]
    asks = state.has(Want.MONEY, Want.SUM, Want.WHICH, Want.HIGHEST, Want.LOWEST, Want.NUMBER)
    return asks and not numbers


def made_of_price(state: State, plan: Plan) -> Plan | None:
    """What a plan that adds up unit prices, or tells the one of an order that is named, computes
    with the quantity: what the order cost. Without a quantity unit prices are not added up."""
    told = plan.targets if plan.operation is Operation.SELECT else plan.measures
    prices = [c for c in told if is_unit_price(c, state.shape)]
    adds = Operation.SUM in (plan.operation, plan.aggregate) and plan.combined is Combined.ADDED
    if not prices or not (adds or _is_of_an_order(state, plan)):
        return plan
    pair = product(state.shape)
    named = any({*it.columns} & {*prices} for it in state.free)
    if pair is None or named or len(told) > 1:
        return None if adds else plan
    plan = plan if adds else replace(plan, operation=Operation.SUM, targets=())
    return replace(plan, measures=pair, combined=Combined.PRODUCT)


def _is_of_an_order(state: State, plan: Plan) -> bool:
    """Whether the price is told of one row with a day that is named by its code."""
    shape = state.shape
    codes = [c for c in shape.labels if shape.columns[c].type is ColumnType.CODE]
    named = any({*one.columns} <= {*codes} for one in plan.filters)
    return (
        plan.operation is Operation.SELECT
        and named
        and bool(shape.dates)
        and not _PER_PIECE.search(state.links.text)
    )


def _made(state: State, pair: tuple[int, int], combined: Combined) -> Plan | None:
    refused = (Want.SHARE, Want.GROWTH, Want.QUOTIENT, Want.MEDIAN, Want.NEXT, Want.PREVIOUS)
    if state.has(*refused) or state.sides or len(pair) != 2:
        return None
    how: dict[str, object] = {"measures": pair, "combined": combined}
    groups = [c for c in named_texts(state) if not _is_filtered(c, state)]
    if state.has(Want.HIGHEST, Want.LOWEST):
        one = state.wants(Want.HIGHEST, Want.LOWEST)[0]
        group = next(iter(groups), None)
        if group is None and state.has(Want.PERSON):
            group = next(iter(state.shape.people), None)
        if group is None:
            return None
        down = one.want is Want.HIGHEST
        how |= {"group": group, "descending": down, "limit": one.number or 1}
        return base(state, Operation.MOST, aggregate=Operation.SUM, **how)
    if state.has(Want.AVERAGE):
        return base(state, Operation.AVERAGE, **how)
    if state.has(Want.EACH):
        if not groups:
            return None
        return base(state, Operation.GROUPS, group=groups[0], aggregate=Operation.SUM, **how)
    return base(state, Operation.SUM, **how)


def _is_filtered(column: int, state: State) -> bool:
    return any(column in one.columns for one in state.filters)
