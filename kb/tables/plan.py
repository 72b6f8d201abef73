"""A plan: what is computed over which rows. A small relational algebra, made by us alone."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kb.table_types import Column, Value
from kb.tables.joined import Readable


class Comparison(StrEnum):
    EQUAL = "="
    NOT = "≠"
    LESS = "<"
    AT_MOST = "≤"
    MORE = ">"
    AT_LEAST = "≥"
    BETWEEN = "between"
    """Both ends count."""
    PERIOD = "in"
    """A date of any year: of the month `03`, of the day `06-06`."""
    AMONG = "mentions"
    """The rows with one of the numbers: documents that mention a text."""
    EMPTY = "is empty"
    """Nothing stands there: no day on which it was returned."""
    DIFFERS = "differs from"
    """Another column of the row: its number is the value. So of the two below."""
    BELOW = "below"
    ABOVE = "above"
    SHORT = "short of"
    """Below another column of the row, where an empty cell is none: nothing was paid of it."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Rows where one of the columns passes the test against one of the values."""

    columns: tuple[int, ...]
    test: Comparison
    values: tuple[Value, ...]
    shown: str = ""
    """The value as the question, or a cell, writes it."""


class Combined(StrEnum):
    """What is done with the measures of one row, before anything is done over the rows."""

    ADDED = "+"
    PRODUCT = "×"
    """Of two: the unit price by the quantity."""
    REST = "−"
    """Of two: what is due without what was paid. An empty second cell is none."""


class Operation(StrEnum):
    SELECT = "select"
    COUNT = "count"
    EXISTS = "exists"
    SUM = "sum"
    AVERAGE = "average"
    MEDIAN = "median"
    TOP = "top"
    """The first `limit` rows by `measure`; with a `group` only if it has the most in all, too."""
    MOST = "most"
    """Of the groups, the first `limit` by the number of rows, or by the sum of `measure`."""
    GROUPS = "groups"
    """Each group with its number of rows, or its aggregate."""
    SHARE = "share"
    """Rows (or the sum of `measure`) with all filters of those with `whole`'s."""
    QUOTIENT = "quotient"
    """The sum of the first measure by that of the second."""
    DIFFERENCE = "difference"
    """Between two rows, or two columns of one row."""
    GROWTH = "growth"
    """Of two columns of one row, or of two rows: the change by the first."""
    DURATION = "duration"
    """From the first measure of one row, a day or a year, to the second."""
    NEXT = "next"
    """The row behind the one that the filters leave; `measures` are the columns of its days."""
    PREVIOUS = "previous"
    PEAK = "peak"
    """Of one row, the column of `spread` with the highest, or lowest, number: the best year."""
    WHERE = "column"
    """The names of the columns that hold a value."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`targets` are the columns that are told."""

    table: Readable
    operation: Operation
    filters: tuple[Filter, ...] = ()
    targets: tuple[int, ...] = ()
    measures: tuple[int, ...] = ()
    combined: Combined = Combined.ADDED
    group: int | None = None
    descending: bool = True
    limit: int = 0
    whole: tuple[Filter, ...] = ()
    aggregate: Operation = Operation.COUNT
    hidden: bool = False
    """Whether rows that a reader does not see are told as well."""
    spread: tuple[int, ...] = ()
    """Of the groups with the most cells: the columns in whose cells they stand."""
    sides: tuple[Filter, ...] = ()
    """Of a difference between two rows: one filter for each."""

    @property
    def columns(self) -> tuple[Column, ...]:
        return self.table.columns
