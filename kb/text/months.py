"""English months by name."""

from __future__ import annotations

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
"""The first three letters of each, by which it is known."""

MONTH_NAME = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
"""A pattern (without groups) of a month's name, whole or short, in lower case."""


def month_number(name: str) -> int:
    """1 to 12, by a name in lower case. Raises ValueError: it is none."""
    return MONTHS.index(name[:3]) + 1
