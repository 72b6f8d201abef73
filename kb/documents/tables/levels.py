"""What the first rows of a table say besides the names of columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kb.documents.tables.heads import read_head


@dataclass(frozen=True, slots=True)
class Top:
    """The first rows: `captions`, then so many `rows` that name the columns (with those of units
    and of column numbers below them)."""

    captions: tuple[str, ...] = ()
    rows: int = 0
    names: tuple[str, ...] = ()
    form: bool = False

    @property
    def skipped(self) -> int:
        return len(self.captions) + self.rows


def top_of(rows: Sequence[Sequence[str]], known: int | None) -> Top:
    """Find out what the first rows are; `known`: how many name the columns."""
    head = read_head(rows, known=known)
    captions = tuple(" ".join(dict.fromkeys(filter(None, row))) for row in rows[: head.captions])
    return Top(captions, head.rows, head.names, head.form)
