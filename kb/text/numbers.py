"""Numbers in the ways they are written: telephone numbers, plates, Chinese numerals."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# --- Chinese numerals -----------------------------------------------------------------

HAN_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
HAN_UNITS = {"十": 10, "百": 100, "千": 1_000}
HAN_GROUPS = {"万": 10_000, "亿": 100_000_000}


def han_value(numerals: str) -> int:
    """二十四 is 24, 三万二千 is 32000, 一九九八 is 1998. Raises KeyError for another character."""
    if all(char in HAN_DIGITS for char in numerals):
        return int("".join(str(HAN_DIGITS[char]) for char in numerals))
    total = group = digit = 0
    for char in numerals:
        if char in HAN_DIGITS:
            digit = HAN_DIGITS[char]
        elif char in HAN_UNITS:
            group += (digit or 1) * HAN_UNITS[char]
            digit = 0
        else:
            total = (total + group + digit) * HAN_GROUPS[char]
            group = digit = 0
    return total + group + digit


_SMALL = "".join((*HAN_DIGITS, *HAN_UNITS))
_ORDINAL = re.compile(f"第([{_SMALL}]{{1,7}})(?=[条款项章节编篇卷部页号期])")


COUNTED = re.compile(r"第\d+[条款项章节编篇卷部页号期]")
"""第17条, as folded text has it."""


def with_digits(text: str) -> str:
    """第十二条 as 第12条. Only where something is counted: 第三方 and 第一 stay."""
    if "第" not in text:
        return text
    return _ORDINAL.sub(lambda found: f"第{han_value(found[1])}", text)


# --- Roman numerals -------------------------------------------------------------------

_ROMAN = ((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"),
          (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))  # fmt: skip


def roman(count: int) -> str:
    """14 is XIV."""
    text = ""
    for worth, letters in _ROMAN:
        text += letters * (count // worth)
        count %= worth
    return text


# --- plates ---------------------------------------------------------------------------

PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
PLATE = re.compile(
    f"(?P<place>[{PROVINCES}][A-Z])[ ·•.-]{{0,3}}(?P<code>[A-Z0-9]{{4,5}}[A-Z0-9挂学警港澳])"
    r"(?![A-Z0-9])",
    re.IGNORECASE,
)
"""A car's plate in half width, Simplified: 浙B·12345, 浙B 12345, 浙B12345."""

# --- telephone numbers ----------------------------------------------------------------

_LEAST, _MOST = 7, 15
# Digits with single marks between them, and what an international number begins with.
_RUN = re.compile(
    r"(?<![A-Za-z0-9+])(?<![\d][.,/-])"
    r"(?:\+?\(?\d+(?:(?: ?[()] ?|\) ?[-.]|[-./ ])\(?\d+){1,7}"
    r"|\+\d{10,15}|00[1-9]\d{9,13}|861[3-9]\d{9})"
    r"(?![A-Za-z0-9])(?![.,/-]\d)"
)
_OF_A_RUN = re.compile(r"\d(?:[ ()./-]{1,4}\d|\d{9})")
"""What every run has in it: two groups, or ten digits. Most texts have neither, and to go through
them for a run takes five times as long."""
_GROUP = re.compile(r"\d+")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
# Country codes of one and of two digits; all others have three.
_ONE = ("1", "7")
_TWO = frozenset(
    re.findall(
        r"\d+",
        "20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 "
        "64 65 66 81 82 84 86 90 91 92 93 94 95 98",
    )
)
_WITHOUT_ZERO = frozenset(("1", "7", "30", "34", "39", "45", "47", "48", "65", "351", "420", "852"))
"""Where a national number begins with no 0 that is left out behind the country code."""


@dataclass(frozen=True, slots=True)
class Telephone:
    """`start` and `end` in the text, the `groups` of digits as they are written there, and the
    `number` as it is dialled within its country."""

    start: int
    end: int
    groups: tuple[str, ...]
    number: str


def telephones(text: str) -> Iterator[Telephone]:
    """The telephone numbers that are written with marks or a country code, in half width.

    Dates, ranges, addresses of computers and rows of figures are none. Digits in one run without a
    country code need no reading, and are left out too.
    """
    for run in _RUN.finditer(text) if _OF_A_RUN.search(text) else ():
        groups = [*_GROUP.finditer(run.group())]
        # A figure may stand before a number, and an extension behind it.
        for first, last in _cuts(len(groups)):
            part = groups[first:last]
            start = part[0].start()
            while start and run.group()[start - 1] in "+(":
                start -= 1
            if first and run.group()[start - 1] != " ":
                continue
            end = part[-1].end()
            if number := _national(run.group()[start:end], [group.group() for group in part]):
                end += run.group()[end : end + 1] == ")" and run.group()[start] == "("
                digits = tuple(group.group() for group in part)
                yield Telephone(run.start() + start, run.start() + end, digits, number)
                break


def _cuts(count: int) -> Iterator[tuple[int, int]]:
    """The whole, then without its last group, its first, and its first two."""
    yield 0, count
    yield from ((first, last) for first in (0, 1, 2) for last in (count, count - 1) if first < last)


def _national(written: str, groups: Sequence[str]) -> str:
    """The number as it is dialled within its country; empty where it is no telephone number."""
    digits = "".join(groups)
    if not _LEAST <= len(digits) <= _MOST:
        return ""
    if written[0] == "+":
        return _from_abroad(digits)
    if groups[0].startswith("00") and len(digits) > 11:
        return _from_abroad(digits[2:])
    if len(digits) == 13 and digits.startswith("86") and _MOBILE.fullmatch(digits[2:]):
        return digits[2:]
    if len(groups) == 1 or _is_date(groups) or max(map(len, groups)) > 8:
        return ""
    return digits if _is_shaped(written, groups, digits) else ""


def _is_shaped(written: str, groups: Sequence[str], digits: str) -> bool:
    lengths = [*map(len, groups)]
    if _MOBILE.fullmatch(digits) and lengths[0] == 3:
        return True
    area = groups[0].startswith("0") and 2 <= lengths[0] <= 5
    if area and 9 <= len(digits) <= 12 and min(lengths) >= 2:
        return True
    if lengths == [3, 3, 4] and groups[0][0] > "1" and groups[1][0] > "1":
        return True
    hyphened = len(groups) > 2 and not set(written) - set("0123456789-")
    return hyphened and max(lengths) > 2 and min(lengths) > 1


def _is_date(groups: Sequence[str]) -> bool:
    """2024-09-17, 17.09.2024, a range of years, and what begins with one of them."""
    years = [bool(_YEAR.fullmatch(group)) for group in groups]
    short = [len(group) <= 2 for group in groups]
    if len(groups) > 1 and years[0] and (years[1] or short[1]):
        return True
    return len(groups) > 2 and short[0] and short[1] and years[2]


def _from_abroad(digits: str) -> str:
    """The number behind a country code, with the 0 that is left out there."""
    size = 1 if digits[0] in _ONE else 2 if digits[:2] in _TWO else 3
    country, rest = digits[:size], digits[size:]
    if len(rest) < _LEAST - 1:
        return ""
    mobile = country == "86" and _MOBILE.fullmatch(rest)
    return rest if mobile or country in _WITHOUT_ZERO or rest[0] == "0" else f"0{rest}"


def joined(text: str) -> str:
    """The text with each of its telephone numbers in one run of digits, and its plates joined."""
    if found := [*telephones(text)]:
        pieces: list[str] = []
        at = 0
        for one in found:
            pieces += [text[at : one.start], one.number]
            at = one.end
        text = "".join((*pieces, text[at:]))
    if text.isascii():
        return text
    return PLATE.sub(lambda found: found["place"] + found["code"], text)
