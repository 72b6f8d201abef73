"""Words that are one slip of a finger apart: E1399 and E1339."""

from __future__ import annotations


def slip(word: str, other: str) -> int:
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
