"""Exponents on a page: a small digit that is set raised says 10^6, and no 106."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from kb.documents.text.exponent import is_exponent

RAISED = 0.15
"""Of the type size: so much higher than its neighbours stands what is raised at least."""

_SMALLER = 0.85
_CLOSE = 0.2
_WITHIN = re.compile(r"(?<=[^\W_])[0-9a-z](?=\W+$|/)")


class Placed(NamedTuple):
    """How a character is set: its baseline, upwards, and its type size, in points."""

    baseline: float
    size: float


def looked_at(word: str) -> int:
    """Which character of a word tells whether it has an exponent: the last, or the one before a
    mark."""
    if len(word) > 2 and not word[-1].isalnum() and (found := _WITHIN.search(word)):
        return found.start()
    if "/" in word[2:-1] and (found := _WITHIN.search(word)):
        return found.start()
    return len(word) - 1


def marked(word: str, places: Sequence[Placed]) -> str:
    """The word with a ^ before each exponent. `places` says how each character is set."""
    base = places[0]
    raised = [
        place.size < _SMALLER * base.size
        and RAISED * base.size < place.baseline - base.baseline < base.size
        for place in places
    ]
    parts: list[str] = []
    start = 0
    for end in range(1, len(word) + 1):
        if end == len(word) or raised[end] is not raised[start]:
            part = word[start:end]
            parts.append(f"^{part}" if raised[start] and is_exponent(part) else part)
            start = end
    return "".join(parts)


def is_attached(word: str, gap: float, above: float, height: float, before: float) -> bool:
    """Whether a word is the exponent of the one before it: `gap` points behind it, its lower edge
    `above` that one's, `height` and `before` how high both are."""
    return (
        height < _SMALLER * before
        and RAISED * before < above < before
        and abs(gap) < _CLOSE * before
        and is_exponent(word)
    )
