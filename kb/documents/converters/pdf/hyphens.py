"""Words that a line's end divides: whether the hyphen is the word's own (well-known) or the line's.

A line knows nothing of it; the document does, once all of its words are known. `layout.join` leaves
DIVIDED where it cannot tell.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

DIVIDED = "\xad"

DIVIDED_LINE = re.compile(rf"[^\W_][-‐{DIVIDED}]$")
"""A line that ends in a hyphen, behind a letter or a digit."""

_TOKEN = re.compile(r"[^\W\d_]+(?:[-‐'’][^\W\d_]+)*")
_JOINT = re.compile(rf"([^\W_]+(?:[-‐][^\W_]+)*){DIVIDED}([^\W\d_]+)")
_STANDS_BEFORE = frozenset(
    ["non", "self", "well", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty"]
)
"""What is part of a compound with a hyphen, and next to never the beginning of a divided word."""
_MAY_STAND_BEFORE = frozenset(["full", "half", "high", "long", "low", "ninety", "short"])
_ENDINGS = ("age", "ed", "en", "er", "est", "ing", "ish", "it", "land", "ly", "ness")
_CLOSED = re.compile(
    "a|after|any?|back|be|by|can|every|for|fore|here|how|in|inter|into|may|mis|more|no|on|out|over|"
    "some|sub|super|there|to|trans|un|under|up|what|when|where|which|who|with"
)
"""Words that begin others without a hyphen: with-out, an-other."""
_NO_STARTS = frozenset("，。；、：！？）")
_LINKS = frozenset(["and", "und", "oder", "bis", "sowie"])
"""What follows a word whose second part comes later: in- and outpatients."""


class Words:
    """The words of a document that no line's end divides."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._counts: Counter[str] = Counter()
        is_rest, starts = False, 0
        for line in lines:
            starts += line[:1] in _NO_STARTS
            found = _TOKEN.findall(_JOINT.sub(" ", line))
            goes_on = bool(DIVIDED_LINE.search(line))
            tokens = map(_folded, found[is_rest : len(found) - goes_on])
            is_rest = goes_on
            for token in tokens:
                self._counts.update({token, *token.split("-")})

        self.divides_numbers = starts > 1
        """Whether lines begin with what cannot begin one in Chinese: then they end anywhere, in
        the middle of a number too."""

    def whole(self, text: str) -> str:
        """The text with its divided words made whole."""
        while DIVIDED in text:
            made = _JOINT.sub(self._joined, text)
            if made == text:
                return text.replace(DIVIDED, "-")
            text = made
        return text

    def _joined(self, match: re.Match[str]) -> str:
        first, second = match.groups()
        before, after = _folded(first), _folded(second)
        if after in _LINKS and not self._counts[before + after]:
            return f"{first}- {second}"
        return f"{first}-{second}" if self._keeps(before, after) else first + second

    def _keeps(self, first: str, second: str) -> bool:
        with_hyphen, without = self._counts[f"{first}-{second}"], self._counts[first + second]
        if with_hyphen or without:
            return with_hyphen > without
        last = first.rsplit("-", 1)[-1]
        if last != first or len(last) == 1 or last in _STANDS_BEFORE:
            return True  # state-of-the-art, X-ray
        if last in _MAY_STAND_BEFORE and not second.startswith(_ENDINGS):
            return True
        if last == "re" and second.startswith("e"):
            return True  # re-examine
        return not _CLOSED.fullmatch(last) and bool(self._counts[last] and self._counts[second])


def _folded(word: str) -> str:
    return word.casefold().replace("‐", "-")
