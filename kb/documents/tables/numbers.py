"""A number as it is displayed: 1,234.50, (1,234), ¥80, 98.5%, 12.5万元, 30天, 1.234,5."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from kb.documents.tables.units import NONE, Unit, unit_of
from kb.text.fold import standard

_SHAPE = re.compile(
    r"(?P<before>[^\d\s+(.%-]{1,4}|[A-Za-z]{3}(?=\s)|)\s*(?P<sign>[-+(]?)\s*(?P<inner>[^\d\s+(.%-]?)\s*"
    r"(?P<digits>\d[\d., ']*|[.,]\d+)(?P<power>[eE][-+]?\d{1,3})?(?P<shut>\)?)\s*"
    r"(?P<behind>(?:[^\W\d_]|[%‰°/·$€£¥ .])*(?:\^?[23])?)(?P<close>\)?)"
)
_GROUPS = re.compile(r"\d{1,3}(?:[, ']\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+")
_GROUPS_COMMA = re.compile(r"\d{1,3}(?:[. ']\d{3})+(?:,\d+)?|\d+(?:,\d+)?|,\d+")
_ONLY_COMMA = re.compile(r"\d{1,3}(?:\.\d{3})+,\d+|\d+,(?:\d{1,2}|\d{4,})")
_ONLY_POINT = re.compile(r"\d{1,3}(?:,\d{3})+\.\d+|\d+\.(?:\d{1,2}|\d{4,})|\d{1,3}(?:,\d{3}){2,}")
_FOOTNOTE = re.compile(r"(?<=[\d%)])\s*(?:\[[^\]\s]{1,4}\]|[*†‡§])+$|^[↑↓]\s*|(?<=\d)\s*[↑↓]$")
"""A mark behind a number, and the arrows of a value beyond its range."""
_CONVERTED = re.compile(r"([^()]*\d\s?[^\W\d_]+)\s*\(\s*-?\d[\d.,]*\s?[^\W\d_]+\s*\)")
"""12 m (39 ft): what stands in brackets is the same in another unit."""
_POWER = re.compile(r"(?:(?P<times>(?<=\d) ?[x×*·] ?)|(?<![\d.,^]))10\^(?P<power>[-+−]?\d{1,2})\b")
"""3.2×10^6, or 10^6 alone."""
_IN_HAN = re.compile(
    r"[整正]?\s*\([^()\d]*[零〇一二三四五六七八九十壹贰叁肆伍陆柒捌玖拾][^()\d]*\)$"
)
"""1205 (一千二百〇五): the same number again."""
_ORDINAL = frozenset(("st", "nd", "rd", "th"))
_LONGEST = 48
_MOST_POWER = 60

NOTHING = frozenset(
    ("-", "--", "---", "—", "——", "–", "−", "/", "\\", "n/a", "na", "n.a.", "nil", "null", "none",
     "nan", "…", "...", "*", "－", "N/A", "NA")
)  # fmt: skip
"""What stands in a cell that holds nothing."""


@dataclass(frozen=True, slots=True)
class Number:
    """A number as displayed, and the unit at it."""

    shown: Decimal
    unit: Unit = NONE


def is_nothing(text: str) -> bool:
    return text in NOTHING or (len(text) < 5 and text.lower() in NOTHING)


def decimal_comma(texts: Iterable[str]) -> bool:
    """Whether a column writes 1.234,5 for what others write as 1,234.5."""
    comma = point = 0
    for text in texts:
        for digits in re.findall(r"\d[\d.,]*\d", text):
            comma += bool(_ONLY_COMMA.fullmatch(digits))
            point += bool(_ONLY_POINT.fullmatch(digits))
    return comma > 0 and point == 0


def number_of(text: str, *, comma: bool = False) -> Number | None:
    """The number that a text is, with nothing besides but a unit; None where it is none."""
    if text.isascii() and text.isdecimal() and len(text) < 16:
        return Number(Decimal(text))
    if len(text) > _LONGEST:
        return None
    even = _FOOTNOTE.sub("", standard(text).strip())
    if even.endswith(")"):
        even = _IN_HAN.sub("", even)
    if "^" in even:
        even = _POWER.sub(_with_power, even)
    if again := _CONVERTED.fullmatch(even):
        even = again[1]
    found = _SHAPE.fullmatch(even)
    if found is None:
        return None
    digits = found["digits"].strip()
    if not (_GROUPS_COMMA if comma else _GROUPS).fullmatch(digits):
        return None
    if (found["sign"] == "(") != (found["shut"] + found["close"] == ")"):
        return None
    unit = _unit(found["before"] + found["inner"], found["behind"].strip())
    if unit is None:
        return None
    plain = (
        re.sub(r"[. ']", "", digits).replace(",", ".") if comma else re.sub(r"[, ']", "", digits)
    )
    try:
        shown = Decimal(plain + (found["power"] or ""))
    except InvalidOperation:
        return None
    if not -_MOST_POWER < shown.adjusted() < _MOST_POWER:
        return None
    return Number(-shown if found["sign"] in ("-", "(") else shown, unit)


def _with_power(match: re.Match[str]) -> str:
    return f"{'' if match['times'] else '1'}e{match['power'].replace('−', '-')}"


def _unit(before: str, behind: str) -> Unit | None:
    """The unit at a number; None where what stands there is none."""
    if not before and not behind:
        return NONE
    if before:
        front = unit_of(before)
        if front is None or not front.is_money:
            return None
        if not behind:
            return front
        # ¥12.5万: the scale stands behind, the currency in front.
        back = unit_of(behind) or unit_of(f"{behind}元")
        if back is None or (back.is_money and behind == back.name):
            return None if back is None else front
        if behind.lower() in ("k", "m", "b", "bn", "mn"):
            back = unit_of(f"{behind}€") or back
        return Unit(front.name, back.scale, True)
    return NONE if behind in _ORDINAL else unit_of(behind)
