"""Names and values of SpreadsheetML (ISO 29500-1, 18)."""

from __future__ import annotations

import re
from typing import Any

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_CELL = re.compile(r"([A-Z]{1,3})(\d{1,7})")


def place(name: str | None) -> tuple[int, int] | None:
    """Row and column, from 1, of a cell's name (`$B$7`); None where it is none."""
    match = _CELL.fullmatch((name or "").replace("$", ""))
    if match is None:
        return None
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(match[2]), column


def area(names: str | None) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """The first and the last place of `B2:D7`, or of one cell."""
    first, _, last = (names or "").partition(":")
    start, end = place(first), place(last or first)
    return (start, end) if start and end else None


def is_true(value: str | None) -> bool:
    return value in ("1", "true", "on")


def is_on(element: Any) -> bool:
    """Whether a property is there, and not with the value that takes it away."""
    return element is not None and is_true(element.get("val", "1"))


def whole(text: str | None) -> int:
    """A number of an attribute; 0 where it is none."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 10 else 0
