"""How long something lasted: between the two days, or years, that a row states for it.

Took office and Left office, 入职日期 and 离职日期. A column that says it (工期, Duration) comes
first. What is said of today (还有多久到期) is not computed.
"""

from __future__ import annotations

import re
from datetime import date

from kb.table_types import ColumnType
from kb.tables.operations import Want
from kb.tables.plan import Comparison, Operation, Plan
from kb.tables.planned import State, base, only
from kb.tables.shape import Shape

_BEGINS = re.compile(
    r"\b(?:start|began|begin|from|took|since|join|elected|appointed|entered|effective|commence"
    r"|check-?in|arriv|departure|hired|opened)"
    r"|开始|起始|起$|生效|签订|签署|入职|上任|就任|任职|入住|借出|开工|起租|入学|入院|开业|启用"
)
ENDS = re.compile(
    r"\b(?:end|until|till|to\b|left|leav|expir|finish|closed|return|retired|resigned|check-?out"
    r"|terminat)"
    r"|结束|截止|止$|到期|离职|离任|卸任|退房|归还|竣工|完工|终止|失效|退休|毕业|出院|停业|关闭"
)
_STATED = re.compile(
    r"\b(?:duration|length|term)\b|期限|时长|工期|租期|任期|长度|年限|有效期|保质期"
)
_OF_TODAY = re.compile(
    r"还[有剩]|剩余|剩下|距|已经|至今|以来"
    r"|\b(?:left|remain(?:s|ing)?|ago|until|till|since|so far|yet)\b"
)
_MONTH = re.compile(r"\d{4}-\d\d")
_COUNTED = re.compile(r"(?:年|个月|天|日)$|^how many (?:years|months|days)(?![a-z])")
_COARSE = re.compile(r"月|天|日|month|day|week|hour|小时|周")


def lasting(state: State) -> Plan | None:
    """The plan that tells how long the one row lasted that the question names by what it is
    called; None where the table has no such days, or several."""
    asked = _asked(state)
    if not asked:
        return None
    named = {c for one in state.filters if one.test is Comparison.EQUAL for c in one.columns}
    if state.sides or not named & {*state.shape.labels} or _OF_TODAY.search(state.links.text):
        return None
    kept = [one for one in state.free if not {*one.columns} & {*state.shape.times}]
    stated = [c for c, name in enumerate(state.shape.names) if _STATED.search(name)]
    if stated:
        return base(state, Operation.SELECT, targets=tuple(stated)) if len(stated) == 1 else None
    if any({*one.columns} & {*state.shape.numbers} for one in kept):
        return None
    pair = _pair(state.shape)
    if pair is None or (state.shape.columns[pair[0]].type is not ColumnType.DATE
                        and _COARSE.search(asked)):  # fmt: skip
        return None  # of years nobody knows the months
    return base(state, Operation.DURATION, measures=pair)


def _pair(shape: Shape) -> tuple[int, int] | None:
    begun = [c for c in shape.times if _BEGINS.search(shape.names[c])]
    ended = [c for c in shape.times if ENDS.search(shape.names[c])]
    first, last = only(begun), only(ended)
    if not first or not last or first == last:
        return None
    one, other = first[0], last[0]
    return (one, other) if shape.columns[one].type is shape.columns[other].type else None


def _asked(state: State) -> str:
    """The words that ask how long; empty where none does."""
    text = state.links.text
    for one in state.wants(Want.DURATION):
        return text[one.start : one.end]
    for one in state.wants(Want.NUMBER):
        word = text[one.start : one.end if not text[one.start].isascii() else one.end + 7]
        if found := _COUNTED.search(word):
            return found[0]
    return ""


def between(first: object, last: object) -> tuple[float, str] | None:
    """How long it is from one year, or ISO day, to another, and in what: years, months or days.
    Months and years are whole ones; the last day may count. None where they are no such pair, or
    the last is before the first."""
    if isinstance(first, int | float) and isinstance(last, int | float):
        return (float(last - first), "years") if last >= first else None
    if not isinstance(first, str) or not isinstance(last, str) or last < first:
        return None
    if _MONTH.fullmatch(first) and _MONTH.fullmatch(last):
        return float(_months(first, last)), "months"
    try:
        one, other = date.fromisoformat(first), date.fromisoformat(last)
    except ValueError:
        return None
    return float((other - one).days), "days"


def whole_months(first: str, last: str) -> int:
    """From one ISO day to another, if these are whole months, with or without the last day; 0 if
    they are not."""
    one, other = date.fromisoformat(first), date.fromisoformat(last)
    following = date.fromordinal(other.toordinal() + 1)
    for end in (other, following):
        if end.day == one.day:
            return _months(first, end.isoformat())
    return 0


def _months(first: str, last: str) -> int:
    return 12 * (int(last[:4]) - int(first[:4])) + int(last[5:7]) - int(first[5:7])


def duration_text(value: float, first: str, last: str, chinese: bool) -> str:
    """`first` and `last` as they are compared: a year, a month, an ISO day."""
    found = between(*(int(one) if one.isdecimal() else one for one in (first, last)))
    unit = found[1] if found else "days"
    said = f"{value:,.0f} {_UNITS[unit][not chinese]}"
    if unit == "days" and (months := whole_months(first, last)):
        years, rest = divmod(months, 12)
        parts = [f"{years} {_UNITS['years'][not chinese]}"] if years else []
        parts += [f"{rest} {_UNITS['months'][not chinese]}"] if rest else []
        said += f"（{''.join(parts)}）" if chinese else f" ({' '.join(parts)})"
    return said if chinese or value != 1 else said.replace("s", "", 1)


_UNITS = {"years": ("年", "years"), "months": ("个月", "months"), "days": ("天", "days")}
