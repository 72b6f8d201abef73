"""The time that a head, or a question, speaks of: 期末 and 年末, 期初 and 上年末, 本期, last year,
31 December 2024, the end of 2024.

A report counts from its own year: 期末 is the end of it, 上期 the year before. Such times and
calendar days are compared where the year of the report is known.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kb.tables.literals import single_periods
from kb.tables.spans import overlaps


@dataclass(frozen=True, slots=True)
class Moment:
    """A day, or a period, that stands from `start` to `end` of a folded text. Either `first` and
    `last` are ISO days, both counted; or `year` counts from that of the report (0: its own, -1: the
    one before) and `is_end` says whether the end of that year is meant, and not all of it."""

    start: int
    end: int
    first: str = ""
    last: str = ""
    year: int = 0
    is_end: bool = False

    @property
    def is_calendar(self) -> bool:
        return bool(self.first)


_THIS = r"本|当|今|本报告|报告"
_LAST = r"(?<!以)上一?(?:报告)?|前一|去"
_Y = r"(?P<y>(?:19|20)\d\d)"
_END_EN = r"(?:the )?(?:end of|close of|year[- ]end(?: of)?)"
_START_EN = r"(?:the )?(?:beginning of|start of|opening of)"

_RELATIVE: tuple[tuple[str, int, bool], ...] = (
    (r"年初至(?:本?报告)?期末", 0, False),
    (rf"(?:{_LAST})(?:年度?|期)(?:年|期)?初", -2, True),
    (rf"(?:{_LAST})(?:年度?|期)(?:年|期)?[末底]", -1, True),
    (rf"(?:{_THIS})?(?:年度?|期)(?:年|期)?初", -1, True),
    (rf"(?:{_THIS})?(?:年度?|期)(?:年|期)?[末底]|年终", 0, True),
    (r"前年度?", -2, False),
    (rf"(?:{_LAST})(?:年度?|期)(?:同期)?", -1, False),
    (rf"(?:{_THIS})(?:年度?|期)", 0, False),
    (rf"{_START_EN} (?:the |this )?(?:year|period)|opening", -1, True),
    (rf"{_END_EN} (?:the )?(?:last|previous|prior|preceding) (?:year|period)", -1, True),
    (r"(?:the )?(?:last|previous|prior|preceding) year[- ]end", -1, True),
    (rf"{_END_EN}(?: (?:the |this )?(?:year|period))|year[- ]end|closing", 0, True),
    (
        r"(?:the )?(?:last|previous|prior|preceding) (?:financial |fiscal )?(?:year|period)",
        -1,
        False,
    ),
    (r"(?:this|(?:the )?current) (?:financial |fiscal )?(?:year|period)", 0, False),
)
_EDGES: tuple[tuple[str, int], ...] = (
    (rf"{_Y}\s*年?度?的?\s*年?初|{_START_EN} (?:the year )?{_Y.replace('<y>', '<y2>')}", -1),
    (
        rf"{_Y}\s*年?度?的?\s*年?[末底]"
        rf"|{_END_EN} (?:the year )?{_Y.replace('<y>', '<y2>')}"
        rf"|{_Y.replace('<y>', '<y3>')} year[- ]end",
        0,
    ),
)
_FISCAL = re.compile(rf"(?<![a-z0-9])(?:fy|(?:fiscal|financial)(?: year)?) ?{_Y}(?![0-9])")
_WHOLE = r"(?:(?<![a-z0-9])|(?![a-z]))(?:{})(?![a-z])"
_COMPILED = tuple(
    (re.compile(_WHOLE.replace("{}", pattern)), year, is_end) for pattern, year, is_end in _RELATIVE
)
_COMPILED_EDGES = tuple(
    (re.compile(rf"(?<!\d)(?:{pattern})(?!\d)"), year) for pattern, year in _EDGES
)


def moments(text: str) -> list[Moment]:
    """The times that a folded text speaks of, in its order."""
    found: list[Moment] = []

    def put(one: Moment) -> None:
        if not overlaps(one.start, one.end, ((it.start, it.end) for it in found)):
            found.append(one)

    for pattern, shift in _COMPILED_EDGES:
        for match in pattern.finditer(text):
            year = int(next(filter(None, match.groups()))) + shift
            put(Moment(*match.span(), f"{year}-12-31", f"{year}-12-31"))
    for match in _FISCAL.finditer(text):
        put(Moment(*match.span(), f"{match['y']}-01-01", f"{match['y']}-12-31"))
    for one in single_periods(text):
        if one.first:
            put(_of_days(one.start, one.end, one.first, one.last))
    for pattern, shift, is_end in _COMPILED:
        for match in pattern.finditer(text):
            put(Moment(*match.span(), year=shift, is_end=is_end))
    return sorted(found, key=lambda one: one.start)


def _of_days(start: int, end: int, first: str, last: str) -> Moment:
    """The first day of a year is the end of the year before, as reports count."""
    if first == last and first.endswith("-01-01"):
        first = last = f"{int(first[:4]) - 1}-12-31"
    return Moment(start, end, first, last)


_MAY_BE = re.compile(r"[年期]|(?:19|20)\d\d|year|period|opening|closing")


def may_be_time(text: str) -> bool:
    """Whether a folded text may speak of a time, by a quick look."""
    return bool(_MAY_BE.search(text))


def only_year(texts: Sequence[str]) -> int | None:
    """The one year that the first of some folded texts with a year speaks of."""
    for text in texts:
        years = {one.first[:4] for one in single_periods(text) if one.first}
        if years:
            return int(years.pop()) if len(years) == 1 else None
    return None


def fits(asked: Moment, head: Moment, year: int | None) -> int:
    """How well a time that is asked for fits that of a head, in a report of a `year`: 2 if they are
    the same, 1 if the head's is in it, or ends with it, else 0."""
    if asked.is_calendar or head.is_calendar:
        if year is None and not (asked.is_calendar and head.is_calendar):
            return 0
        one, other = _days(asked, year or 0), _days(head, year or 0)
        if one == other:
            return 2
        # June is not told by what is said of the year; the end of the year is.
        return int((one[0] <= other[0] and other[1] <= one[1]) or one[0] == one[1] == other[1])
    if asked.year != head.year or (asked.is_end and not head.is_end):
        return 0
    return 2 if asked.is_end == head.is_end else 1


def _days(one: Moment, year: int) -> tuple[str, str]:
    if one.is_calendar:
        return one.first, one.last
    of = year + one.year
    return (f"{of}-12-31" if one.is_end else f"{of}-01-01"), f"{of}-12-31"
