"""Dates that documents are labelled with, and the days that a condition asks for."""

from __future__ import annotations

import re

from kb.errors import UsageError

KEYS = ("date", "after", "before")
_DAY = re.compile(r"(\d{4})(?:\s*[-/.年]\s*(\d{1,2})(?:\s*[-/.月]\s*(\d{1,2}))?)?(?!\d)")
_LAST = 99_999_999


def day(text: str) -> int | None:
    """A label's date as the number yyyymmdd: ISO 8601, 2024/9/17, 2024年9月17日, a mail's date.

    None where it is not a whole date.
    """
    match = _DAY.match(text.strip())
    if match and match[3]:
        return int(match[1]) * 10_000 + int(match[2]) * 100 + int(match[3])
    from email.utils import parsedate_to_datetime  # few labels are a mail's date

    try:
        sent = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return sent.year * 10_000 + sent.month * 100 + sent.day


def days(key: str, value: str) -> tuple[int, int]:
    """The first and the last day that a condition allows: `date=2024-09` is that month,
    `after=2024-09` what comes when it is over, `before=2024` what came until 2023.

    Raises:
        UsageError: it is not a year, a month or a day.
    """
    match = _DAY.fullmatch(value.strip().removesuffix("日").removesuffix("月").removesuffix("年"))
    if match is None:
        raise UsageError(
            f"'{value}' is not a date",
            why=f"--where {key}= takes a year, a month or a day",
            hint=f"for example --where {key}=2024-09 or --where {key}=2024-09-17",
        )
    year, month, one = (int(part) if part else 0 for part in match.groups())
    first = year * 10_000 + month * 100 + one
    last = year * 10_000 + (month or 99) * 100 + (one or 99)
    if key == "after":
        return last + 1, _LAST
    return (0, first - 1) if key == "before" else (first, last)
