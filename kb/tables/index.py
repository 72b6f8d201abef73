"""What is asked of the tables of a generation; kb/index/tables.py answers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from kb.table_types import Column


class Stored(Protocol):
    """A table that is stored. `source` is its document's, as passages name it; `rows` how many."""

    @property
    def id(self) -> int: ...
    @property
    def doc_id(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def caption(self) -> str: ...
    @property
    def page(self) -> int | None: ...
    @property
    def columns(self) -> tuple[Column, ...]: ...
    @property
    def rows(self) -> int: ...
    @property
    def hidden(self) -> bool: ...


class ValueHit(Protocol):
    """A distinct value of a text column: how many rows hold it."""

    @property
    def folded(self) -> str: ...
    @property
    def table_id(self) -> int: ...
    @property
    def column(self) -> int: ...
    @property
    def count(self) -> int: ...


class TableIndex(Protocol):
    def tables(self) -> Sequence[Stored]: ...

    def values_among(self, words: Collection[str], /) -> Sequence[ValueHit]:
        """The stored values that are one of the folded words."""

    def values_holding(self, words: Collection[str], /) -> Sequence[ValueHit]:
        """The stored values that have one of the folded words in them, and are longer."""

    def values_near(self, word: str, /) -> Sequence[ValueHit]:
        """The stored values of the same length that differ in one character."""

    def view_sql(self, table: Stored, /) -> str:
        """A subselect: `number`, `flags`, c0… (what cells are worth), x0… (as displayed)."""

    def verify(self, table_id: int, /) -> None:
        """Raises StoreDamaged: the rows of a table are not what was written."""

    def run(self, sql: str, parameters: Sequence[object], /) -> Sequence[tuple[object, ...]]:
        """The rows of a select."""
