"""Hebrew and Arabic, which are drawn from left to right as often as not, and read the other way."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

LETTERS = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_RUN = re.compile(rf"{LETTERS.pattern}{{2,}}")
_MARKS_FIRST = re.compile(r"([\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670]+)(.)")
_LATIN = re.compile(r"[A-Za-z]")
_STOPS_FIRST = re.compile(rf"^([.,:;!?،؛؟]+)(?={LETTERS.pattern})(.*)$", re.DOTALL)

Place = Callable[[int], float]
"""The left edge of a character, by its number in the text."""


def is_written_so(text: str) -> bool:
    """Whether most letters of a page are read from right to left."""
    return len(LETTERS.findall(text)) > len(_LATIN.findall(text))


def word_as_read(word: str, start: int, left: Place) -> str:
    """A word that begins at a number of the text, with its letters in the order of reading: one in
    Latin letters or digits (an address, a number) as it stands on the page."""
    if not LETTERS.search(word):
        order = sorted(range(len(word)), key=lambda place: left(start + place))
        return "".join(word[place] for place in order)

    def turned(found: re.Match[str]) -> str:
        run = found[0]
        if left(start + found.start()) >= left(start + found.end() - 1):
            return run
        return _MARKS_FIRST.sub(r"\2\1", run[::-1])

    return _RUN.sub(turned, word)


def words_as_read(
    line: str, spans: Sequence[tuple[int, int]], offset: int, left: Place
) -> list[tuple[int, int]]:
    """The words of a line in the order of reading, where they come from left to right: what is in
    Latin letters or digits keeps its own order within."""
    places = [left(offset + start) for start, _ in spans]
    if not LETTERS.search(line) or len(spans) < 2 or places != sorted(places):
        return [*spans]
    ordered: list[tuple[int, int]] = []
    at = 0  # where what is in Latin letters begins
    for start, end in reversed(spans):
        if LETTERS.search(line[start:end]):
            ordered.append((start, end))
            at = len(ordered)
        else:
            ordered.insert(at, (start, end))
    return ordered


def stops_behind(word: str) -> str:
    """What ends a sentence stands left of its last word, and so before it in the file."""
    return _STOPS_FIRST.sub(r"\2\1", word)
