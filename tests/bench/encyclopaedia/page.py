"""A page with one table, and the questions that its rows answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

Need = list[list[str]]
Asked = tuple[str, str, Need]
"""Class, question, need."""


@dataclass(slots=True)
class Page:
    title: str
    heading: str
    head: tuple[str, ...]
    rows: list[tuple[str, ...]]
    asked: list[Asked] = field(default_factory=list)

    def ask(self, cls: str, text: str, *need: str | Sequence[str]) -> None:
        self.asked.append((cls, text, [[one] if isinstance(one, str) else [*one] for one in need]))

    def column(self, name: str) -> list[str]:
        at = self.head.index(name)
        return [row[at] for row in self.rows]


def number(text: str) -> int:
    return int(text.replace(",", ""))


def only(values: Sequence[int], *, high: bool = True) -> int | None:
    """The place of the one largest, or smallest, value."""
    best = max(values) if high else min(values)
    return values.index(best) if values.count(best) == 1 else None
