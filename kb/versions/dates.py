"""Days in names and texts, as numbers yyyymmdd: 2024-03-01, 20240301, 2024年3月1日, 1 March 2024,
March 2024, 2024. What a date lacks is 0: 20240300 is a month, 20240000 a year."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from kb.text.months import MONTH_NAME, month_number

_YEAR = r"(?:19|20)\d\d"

DAY = (
    rf"(?:{_YEAR}\s*[-/.年]\s*\d{{1,2}}\s*[-/.月]\s*\d{{1,2}}(?:\s*[日号])?(?!\d)"
    rf"|(?<!\d){_YEAR}[01]\d[0-3]\d(?!\d)"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?\s+{MONTH_NAME}\.?,?\s+{_YEAR}"
    rf"|{MONTH_NAME}\.?\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+{_YEAR})"
)
"""A pattern (without groups) of a whole day, in folded text."""

_MONTH_OF = (
    rf"(?:{_YEAR}\s*(?:[-/.]\s*(?:0?[1-9]|1[0-2])(?!\d)|年\s*\d{{1,2}}\s*月(?:份)?)"
    rf"|{MONTH_NAME}\.?,?\s+{_YEAR})"
)
_YEAR_ALONE = rf"(?<![\d.]){_YEAR}(?![\d.]\d|\d|\s*[号#])(?:\s*年度?)?"

_ANY = re.compile(rf"(?P<day>{DAY})|(?P<month>{_MONTH_OF})|(?P<year>{_YEAR_ALONE})")
_DIGITS = re.compile(r"\d+")
_HAS_YEAR = re.compile(_YEAR)
_WORD = re.compile(MONTH_NAME)


@dataclass(frozen=True, slots=True)
class Dated:
    """Where a date stands, and the day that it names."""

    start: int
    end: int
    day: int


def dates(text: str) -> Iterator[Dated]:
    """The dates of a folded text, in its order; what cannot be a date is left out."""
    for found in _ANY.finditer(text) if has_year(text) else ():
        if day := _number(found):
            yield Dated(found.start(), found.end(), day)


def has_year(text: str) -> bool:
    """Whether there are four digits of a year, which every date has."""
    return _HAS_YEAR.search(text) is not None


def first_day(text: str) -> int:
    """The first date of a folded text; 0 where there is none."""
    return next((one.day for one in dates(text)), 0)


def is_within(day: int, period: int) -> bool:
    """Whether a day, month or year lies in another: 20240301 in 20240300 and 20240000."""
    if period % 10_000 == 0:
        return day // 10_000 == period // 10_000
    return day // 100 == period // 100 if period % 100 == 0 else day == period


def today() -> int:
    """The day by this machine's clock and time zone."""
    now = date.today()
    return now.year * 10_000 + now.month * 100 + now.day


def shown(day: int) -> str:
    """As ISO 8601 writes it, as far as it is known."""
    year, month, last = day // 10_000, day // 100 % 100, day % 100
    return "-".join([f"{year:04}", *(f"{part:02}" for part in (month, last) if part)])


def _number(found: re.Match[str]) -> int:
    text = found.group()
    digits = _DIGITS.findall(text)
    if named := _WORD.search(text):
        month = month_number(named.group())
        year, day = int(digits[-1]), int(digits[0]) if len(digits) > 1 else 0
    elif len(digits[0]) == 8:
        year, month, day = int(text[:4]), int(text[4:6]), int(text[6:8])
    else:
        year, month, day = (int(digits[at]) if at < len(digits) else 0 for at in range(3))
    return year * 10_000 + month * 100 + day if month <= 12 and day <= 31 else 0
