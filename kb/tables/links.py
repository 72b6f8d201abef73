"""What the words of a question are in one table."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from kb.tables.joined import Readable
from kb.tables.literals import Amount, Period, single_periods
from kb.tables.operations import Wanted
from kb.text.fold import fold

DIFFERS = re.compile(r"不一致|不相符|不符|不等|有差异|对不上|differs?|mismatch|disagree")
"""Two columns of a row are not the same."""


class Strength(IntEnum):
    """How surely a word names a column."""

    ENTITY = 1
    """It names what the rows are, by a word of the column's name: assets of 资产编号."""
    CONCEPT = 2
    PART = 3
    WHOLE = 4


@dataclass(frozen=True, slots=True)
class ColumnLink:
    start: int
    end: int
    columns: tuple[int, ...]
    """Those it may name, all with this strength."""
    strength: Strength


@dataclass(frozen=True, slots=True)
class ValueLink:
    """`columns` are those that hold the value. `part`: it is only a part of the cells named."""

    start: int
    end: int
    columns: tuple[int, ...]
    values: tuple[str, ...]
    part: bool = False
    instead: str = ""
    """What stands in the table where the question has another character."""


class Between(StrEnum):
    """What is asked of two columns of a row."""

    REST = "rest"
    """The first without the second: what is still owed, what is left; or the rows that have any."""
    BELOW = "below"
    ABOVE = "above"
    PRODUCT = "product"
    """Unit price by quantity: what was spent."""


@dataclass(frozen=True, slots=True)
class PairLink:
    """A word that is about two columns of a row."""

    start: int
    end: int
    asked: Between
    one: int
    other: int
    said: bool = False
    """Whether both columns are named: 应收减实收."""


@dataclass(slots=True)
class Links:
    """What a question's words are in one table. `left`: the words that nothing explains."""

    table: Readable
    values: list[ValueLink] = field(default_factory=list)
    columns: list[ColumnLink] = field(default_factory=list)
    amounts: list[Amount] = field(default_factory=list)
    periods: list[Period] = field(default_factory=list)
    wants: list[Wanted] = field(default_factory=list)
    named: list[tuple[int, int]] = field(default_factory=list)
    """Words of the table's, or its document's, own name."""
    people: list[tuple[int, int]] = field(default_factory=list)
    """Words for the people that the table lists."""
    pairs: list[PairLink] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    text: str = ""

    def spans(self) -> list[tuple[int, int]]:
        marks: list[ValueLink | ColumnLink | Amount | Period | Wanted | PairLink] = [
            *self.values, *self.columns, *self.amounts, *self.periods, *self.wants, *self.pairs
        ]  # fmt: skip
        return [(one.start, one.end) for one in marks] + self.named + self.people


def is_of_the_table(one: Period, table: Readable) -> bool:
    """Whether the table's own name says that it is of the period: 价格表-2024-03. One that is only
    a part of the table's own, such as a month of its year, tells rows apart."""
    for own in single_periods(fold(f"{table.title} {table.source} {table.name} {table.caption}")):
        if one.first and own.first and one.first <= own.first and own.last <= one.last:
            return True
        if not one.first and own.months and {*own.months} <= {*one.months}:
            return one.day in (0, own.day)
    return False
