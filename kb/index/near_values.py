"""Values that are one character away from a word: what a slip of the pen made of them.

One half of such a value is as the word has it. The first half is a range of the index; for the
second the values are gone through, as many as that takes no noticeable time.
"""

from __future__ import annotations

from collections.abc import Iterator

from kb.index.database import Database

_SHORTEST = 3
"""Characters of a word: of two, most others are one away."""
_SCANNED = 300_000
_CANDIDATES = 2_000
_LAST = "\U0010ffff"


def near(database: Database, word: str, most: int) -> list[str]:
    """The values one character away from a folded word: exchanged ones first, then another
    character in the place of one, then one more or one less."""
    if len(word) < _SHORTEST:
        return []
    found = {other: kind for other in _candidates(database, word) if (kind := _slip(word, other))}
    return sorted(found, key=lambda other: (found[other], other))[:most]


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


def _slip(word: str, other: str) -> int:
    """1: two neighbours are exchanged, 2: one character is another, 3: one is missing or more;
    0: they are equal or further apart."""
    start = 0
    while start < min(len(word), len(other)) and word[start] == other[start]:
        start += 1
    one, two = word[start:], other[start:]
    if not one and not two:
        return 0
    if len(one) == len(two):
        if one[2:] == two[2:] and one[:2] == two[1::-1]:
            return 1
        return 2 if one[1:] == two[1:] else 0
    return 3 if one[1:] == two or one == two[1:] else 0
