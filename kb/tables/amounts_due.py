"""Columns of a row that belong together: the unit price and the quantity, what is due and what was
paid of it, the day by which and the day on which. Where a table has one such pair, and no column
that says what they make, a question may ask for it: what was spent, what is still owed, who was
late."""

from __future__ import annotations

import re
from collections.abc import Iterable

from kb.table_types import ColumnType
from kb.tables import concepts
from kb.tables.column_names import bare
from kb.tables.shape import Shape

_UNIT_PRICE = re.compile(
    r"单价|均价|^价格$|[售进]价$|价格?[(（].*/|元/"
    r"|\bunit (?:price|cost)|\b(?:price|cost) (?:per|each|a)\b|^price$|[$£€]/|/unit"
)
_RATE = re.compile(
    r"[率比价温湿龄级次距]|评分|得分|分数|满意|强度|浓度|密度|速度|排名|名次"
    r"|%|\b(?:rate|ratio|price|score|rating|age|temp\w*|humidity|percent\w*|average|mean|rank\w*"
    r"|position|density|speed|grade|points?|abv|og|ph|per)\b"
)
_DUE = re.compile(
    r"应[收付缴交还到发]|预算|计划|目标|额度|定额|标准工时|核定"
    r"|\b(?:due|payable|receivable|budget\w*|planned|target|invoiced|billed|entitle\w*|allowance"
    r"|allocat\w*|capacity|places|quota|ordered|pledged)\b"
)
_DONE = re.compile(
    r"[实已](?:际)?[收付缴交还到发用领完支]|实际|到账|回款|完成|报名"
    r"|\b(?:received|paid|spent|used|taken|actual|booked|delivered|collected|sold|filled)\b"
)
_AMOUNT = re.compile(
    r"^(?:合同|发票|账单|订单)?(?:金额|总额|总价)$|^(?:(?:invoice|bill) )?(?:amount|total)$"
)
_SAID = re.compile(
    r"欠|未[收付缴交还]|剩|余|差额|库存"
    r"|\b(?:balance|outstanding|owed|owing|remaining|left|arrears|unpaid|shortfall|variance)\b"
)
_BY_WHEN = re.compile(
    r"应[收付缴交还到]|期限|截止|到期|限期|约定|计划|预计|^要求"
    r"|\b(?:due|deadline|planned|expected|return by|deliver by|pay by|promised|target)\b"
)
_WHEN_DONE = re.compile(
    r"[实已](?:际)?[收付缴交还到]|归还|完成|交付|到货|送达|付款|回款|还书|交还"
    r"|\b(?:returned|completed|finished|delivered|paid|received|submitted|arrived|actual\w*|closed"
    r"|came back)\b"
)


def product(shape: Shape) -> tuple[int, int] | None:
    """The unit price and the quantity, where no column states the amount that they make."""
    prices = [c for c in shape.numbers if is_unit_price(c, shape)]
    quantity = concepts.groups("数量")
    numbers = [c for c in shape.numbers if c not in prices]
    many = [c for c in numbers if concepts.groups(bare(shape.names[c])) & quantity]
    amounts = [c for c in shape.money if c not in prices]
    return (prices[0], many[0]) if len(prices) == len(many) == 1 and not amounts else None


def is_unit_price(column: int, shape: Shape) -> bool:
    """Whether a number is of one piece, and is not added up."""
    return bool(_UNIT_PRICE.search(shape.names[column]))


def adds_up(column: int, shape: Shape) -> bool:
    """Whether the numbers of several rows make one together: amounts and quantities, no rates."""
    own = shape.columns[column]
    return own.type is not ColumnType.PERCENT and not _RATE.search(shape.names[column])


def due_and_done(shape: Shape) -> tuple[int, int] | None:
    """What is due, planned, allowed, and what was received, done, taken of it, in one unit; none
    where a column says what is left, or where there are several."""
    if any(map(_SAID.search, shape.names)):
        return None
    done = _only(shape.numbers, _DONE, shape, without=_DUE)
    due = _only(shape.numbers, _DUE, shape) or (done and _only(shape.numbers, _AMOUNT, shape))
    return _of_one_unit(due, done, shape)


def by_and_on(shape: Shape) -> tuple[int, int] | None:
    """The day by which something was to be done, and the one on which it was."""
    by = _only(shape.dates, _BY_WHEN, shape)
    on = _only((c for c in shape.dates if [c] != by), _WHEN_DONE, shape)
    return (by[0], on[0]) if by and on else None


def is_of_accounts(column: int, shape: Shape) -> bool:
    """Whether what was done is that money came in, or went out: it may be owed."""
    return bool(_PAID.search(shape.names[column]))


_PAID = re.compile(r"[收付缴交还]|到账|回款|\b(?:received|paid|collected)\b")


def _only(
    columns: Iterable[int],
    name: re.Pattern[str],
    shape: Shape,
    without: re.Pattern[str] | None = None,
) -> list[int]:
    found = [c for c in columns if name.search(bare(shape.names[c]))]
    if without is not None:
        found = [c for c in found if not without.search(bare(shape.names[c]))]
    return found if len(found) == 1 else []


def _of_one_unit(
    one: list[int] | None, other: list[int] | None, shape: Shape
) -> tuple[int, int] | None:
    if not one or not other or one == other:
        return None
    a, b = shape.columns[one[0]], shape.columns[other[0]]
    alike = a.unit == b.unit and ColumnType.PERCENT not in (a.type, b.type)
    return (one[0], other[0]) if alike else None
