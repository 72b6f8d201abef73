"""What a plan gives: the number, or the cells, and the rows that it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kb.table_types import Mention
from kb.tables.joined import Joined, Readable
from kb.tables.plan import Plan

MOST_LISTED = 200
"""Rows of which the answer tells the cells; how many there are besides is said."""


@dataclass(frozen=True, slots=True)
class Told:
    """A row that the answer rests on: of which table, its number there, its cells as displayed.
    `other` is the number of the row that it is joined with, None where there is none."""

    table: Readable
    number: int
    texts: tuple[str, ...]
    other: int | None = None

    def parts(self) -> tuple[Told, ...]:
        """The rows of stored tables that it is made of."""
        table = self.table
        if not isinstance(table, Joined):
            return (self,)
        width = len(table.left.columns)
        left = Told(table.left, self.number, self.texts[:width])
        if self.other is None:
            return (left,)
        return left, Told(table.right, self.other, self.texts[width:])


@dataclass(frozen=True, slots=True)
class Result:
    """`value` is the number that was computed, None where cells are told; `rows` are those that it
    rests on, up to MOST_LISTED, of `used`; `of` are the rows that the table has without totals and
    hidden ones. `groups` are pairs of a displayed value and its number. `cells` are what is told:
    a tuple a row, one text a target."""

    plan: Plan
    value: float | None
    used: int
    of: int
    rows: tuple[Told, ...]
    cells: tuple[tuple[str, ...], ...] = ()
    groups: tuple[tuple[str, float], ...] = ()
    missing: int = 0
    """Of documents: those that would count if they stated what is computed with."""
    replaced: int = 0
    """Of documents: those that would count if no other version were in their place."""
    older: frozenset[int] = frozenset()
    """Of documents that are told: the numbers of those that another version replaces."""
    mentions: Mapping[str, Mention] = field(default_factory=dict)
    """Of documents: where they hold what is asked for, by their ids."""
    parts: tuple[float, ...] = ()
    """What a share, a difference or a quotient was made of."""
