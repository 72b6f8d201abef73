"""Dates and times made one way: `2024-03-05`, `2024-03`, `03-05`, `08:30`."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable

from kb.text.fold import standard

_CLOCK = (
    r"(?P<hour>[01]?\d|2[0-4])\s*[:时点]\s*(?P<minute>[0-5]\d)?"
    r"(?:\s*[:分]\s*(?P<second>[0-5]\d)?(?:\.\d+)?)?\s*[分秒]?"
)
_TIME = re.compile(rf"(?P<half>上午|下午|晚上|早上)?\s*{_CLOCK}\s*(?P<noon>[ap]\.?m\.?)?", re.I)
_WEEKDAY = (
    r"(?:[\s,(]*(?:星期|周|礼拜)[一二三四五六日天]\)?"
    r"|[\s,(]*(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\)?)?"
)
_BEHIND = (
    rf"{_WEEKDAY}(?:[T\s,]+(?P<clock>[0-2]?\d:[0-5]\d(?::[0-5]\d)?)"
    r"(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?)?"
)
_YEAR_FIRST = re.compile(
    r"(?P<year>[1-9]\d{3})\s*[-/.年]\s*(?P<month>\d{1,2})\s*[-/.月]\s*(?P<day>\d{1,2})\s*[日号]?"
    rf"{_BEHIND}",
    re.I,
)
_YEAR_MONTH = re.compile(
    r"(?P<year>[12]\d{3})(?:\s*年\s*(?P<han>\d{1,2})\s*月份?|[-/](?P<month>\d{1,2}))"
)
_MONTH_DAY = re.compile(rf"(?P<month>\d{{1,2}})\s*月\s*(?P<day>\d{{1,2}})\s*[日号]?{_WEEKDAY}")
_SHORT = re.compile(r"(?P<month>\d{1,2})[-/](?P<day>\d{1,2})")
_THREE = re.compile(rf"(?P<a>\d{{1,2}})[-/.](?P<b>\d{{1,2}})[-/.](?P<year>\d{{4}}){_BEHIND}", re.I)
_EIGHT = re.compile(r"(?P<year>(?:19|20)\d\d)(?P<month>\d\d)(?P<day>\d\d)")
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar", "february feb februar", "march mar märz mär", "april apr",
            "may mai", "june jun juni", "july jul juli", "august aug",
            "september sep sept", "october oct oktober okt", "november nov",
            "december dec dezember dez",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_LETTERS = re.compile(
    rf"(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th|\.)?[\s-]+)?(?P<month>[a-zä]{{3,9}})\.?[\s,-]*"
    rf"(?:(?P<late>\d{{1,2}})(?:st|nd|rd|th)?,?\s+)?(?P<year>\d{{4}}){_BEHIND}",
    re.I,
)
_MARKS = re.compile(
    r"^(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+|\s*\[[^\]\s]{1,4}\]$",
    re.I,
)
"""A day of the week in front, a footnote's mark behind."""
_DAY_NAME = re.compile(r"(?P<day>\d{1,2})(?:st|nd|rd|th|\.)?[\s-]+(?P<month>[a-zä]{3,9})\.?", re.I)
_NAME_DAY = re.compile(r"(?P<month>[a-zä]{3,9})\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?", re.I)
_HEAD = re.compile(r"日期|时间|日$|date|day$|datum|deadline|截止|到期|生日|month|月份", re.I)


def says_date(head: str) -> bool:
    """Whether a column's head says that digits below it are dates: 20240305, 3/5."""
    return bool(_HEAD.search(head))


def is_dotted_month(text: str) -> bool:
    """2024.05: a number, unless all of its column look so."""
    return bool(re.fullmatch(r"(?:19[5-9]|20[0-4])\d\.(?:0[1-9]|1[0-2])", text))


def day_first(texts: Iterable[str]) -> bool | None:
    """How a column writes 3/5/2024: the day first, the month first, None where nothing tells."""
    firsts = seconds = False
    for text in texts:
        if found := _THREE.fullmatch(text):
            firsts |= int(found["a"]) > 12
            seconds |= int(found["b"]) > 12
            if "." in text:
                return True
    return firsts if firsts != seconds else None


def date_of(text: str, *, day_first: bool = False, told: bool = False) -> str | None:
    """A date, None for what is none. `told`: the head says that they are dates."""
    if len(text) > 40 or not any(map(str.isdigit, text)):
        return None
    text = _MARKS.sub("", standard(text).strip())
    if found := _YEAR_FIRST.fullmatch(text):
        return _iso(found["year"], found["month"], found["day"], found["clock"])
    if found := _THREE.fullmatch(text):
        day, month = (found["a"], found["b"]) if day_first else (found["b"], found["a"])
        return _iso(found["year"], month, day, found["clock"])
    if found := _YEAR_MONTH.fullmatch(text):
        month = found["han"] or found["month"]
        return f"{found['year']}-{int(month):02d}" if 1 <= int(month) <= 12 else None
    if found := _MONTH_DAY.fullmatch(text):
        return _month_day(found["month"], found["day"])
    if told and (found := _EIGHT.fullmatch(text)):
        return _iso(found["year"], found["month"], found["day"], None)
    if told and (found := re.fullmatch(r"([12]\d{3})\.(\d\d)", text)):
        return f"{found[1]}-{found[2]}" if 1 <= int(found[2]) <= 12 else None
    if told and (found := _SHORT.fullmatch(text)):
        return _month_day(found["month"], found["day"])
    return _with_letters(text)


def time_of(text: str) -> str | None:
    """A time of the day, None for what is none: a duration may have more hours."""
    if len(text) > 16 or (
        not text[:1].isdigit() and text[:1] not in "上下晚早０１２３４５６７８９"
    ):
        return None
    found = _TIME.fullmatch(standard(text).strip())
    if found is None or (found["minute"] is None and ":" in text):
        return None
    hour = int(found["hour"])
    late = (found["noon"] or "").lower().startswith("p") or found["half"] in ("下午", "晚上")
    if late and hour < 12:
        hour += 12
    elif (found["noon"] or "").lower().startswith("a") and hour == 12:
        hour = 0
    if hour > 23 and (hour, found["minute"] or "00") != (24, "00"):
        return None
    shown = f"{hour:02d}:{found['minute'] or '00'}"
    return f"{shown}:{found['second']}" if found["second"] else shown


def _with_letters(text: str) -> str | None:
    if found := _LETTERS.fullmatch(text):
        month = _month(found["month"])
        day = found["day"] or found["late"]
        if month is None or (found["day"] and found["late"]):
            return None
        return (
            _iso(found["year"], month, day, found["clock"])
            if day
            else f"{found['year']}-{int(month):02d}"
        )
    found = _DAY_NAME.fullmatch(text) or _NAME_DAY.fullmatch(text)
    month = _month(found["month"]) if found else None
    return _month_day(month, found["day"]) if found and month else None


def _month(name: str) -> str | None:
    number = _MONTHS.get(name.lower())
    return str(number) if number else None


def _month_day(month: str, day: str) -> str | None:
    whole = _iso("2000", month, day, None)  # a leap year
    return whole and whole[5:]


def _iso(year: str, month: str, day: str, clock: str | None) -> str | None:
    try:
        shown = datetime.date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None
    time = time_of(clock) if clock else None
    return shown if time is None or time in ("00:00", "00:00:00") else f"{shown} {time}"
