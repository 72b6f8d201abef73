"""Values that are one character away from a word: what a slip of the pen made of them.

One half of such a value is as the word has it. The first half is a range of the index; for the
second the values are gone through, as many as that takes no noticeable time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kb.index.database import Database
from kb.text.han import HAN
from kb.text.slips import slip

_SHORTEST = 3
"""Characters of a word: of two, most others are one away."""
_SCANNED = 300_000
_CANDIDATES = 2_000
_LAST = "\U0010ffff"
_IDENTIFIER = re.compile(r"[a-z0-9]+(?:[-_./][a-z0-9]+)*")
_NAME = re.compile(f"[{HAN}]{{2}}")
_MOST_NAMES = 3
"""Of two characters that share the first: of more, none is meant rather than another."""


def near(database: Database, word: str, most: int) -> list[str]:
    """The values one character away from a folded word: exchanged ones first, then another
    character in the place of one, then one more or one less. Of a Chinese word of two characters
    those of two that begin alike, if they are few."""
    if _NAME.fullmatch(word):
        return _beginning_alike(database, word)
    if len(word) < _SHORTEST:
        return []
    found = {other: kind for other in _candidates(database, word) if (kind := slip(word, other))}
    return sorted(found, key=lambda other: (found[other], other))[:most]


def _beginning_alike(database: Database, word: str) -> list[str]:
    rows = database.all(
        "SELECT DISTINCT folded FROM table_value WHERE folded >= ? AND folded < ?"
        f" AND length(folded) = 2 AND folded != ? ORDER BY 1 LIMIT {_MOST_NAMES + 1}",
        word[0],
        word[0] + _LAST,
        word,
    )
    return [value for (value,) in rows] if len(rows) <= _MOST_NAMES else []


def _candidates(database: Database, word: str) -> Iterator[str]:
    half = len(word) // 2
    head, tail = word[:half], word[half:]
    long = f"length(folded) BETWEEN {len(word) - 1} AND {len(word) + 1}"
    by_head = f"folded >= ? AND folded < ? AND {long} LIMIT {_CANDIDATES}"
    select = "SELECT DISTINCT folded FROM"
    rows = database.all(f"{select} table_value WHERE {by_head}", head, head + _LAST)
    scanned = f"(SELECT folded FROM table_value LIMIT {_SCANNED})"
    by_tail = f"{long} AND substr(folded, ?) = ? LIMIT {_CANDIDATES}"
    rows += database.all(f"{select} {scanned} WHERE {by_tail}", -len(tail), tail)
    swapped = word[: half - 1] + word[half] + word[half - 1] + word[half + 1 :]
    rows += database.all(f"{select} table_value WHERE folded = ? LIMIT 1", swapped)
    return (value for (value,) in rows)


@dataclass(frozen=True, slots=True)
class Alike:
    """The first and the last of the `count` values of a column that are formed like a word."""

    table_id: int
    column: int
    first: str
    last: str
    count: int


def formed_alike(database: Database, word: str) -> list[Alike]:
    """By column, those with the most first: letters and marks are the word's, digits are any."""
    form = "".join("[0-9]" if char.isdigit() else char for char in word)
    if form == word or not _IDENTIFIER.fullmatch(word):
        return []
    head = word[: next(at for at, char in enumerate(word) if char.isdigit())]
    rows = database.all(
        "SELECT table_id, column_, min(folded), max(folded), count(*) FROM table_value"
        " WHERE folded >= ? AND folded < ? AND folded GLOB ? GROUP BY table_id, column_"
        " ORDER BY 5 DESC, 1, 2",
        head,
        head + _LAST,
        form,
    )
    return [Alike(*row) for row in rows]
