"""Stretches of a question, half-open: which are taken."""

from __future__ import annotations

from collections.abc import Iterable


def overlaps(start: int, end: int, taken: Iterable[tuple[int, int]]) -> bool:
    return any(one < end and start < other for one, other in taken)
