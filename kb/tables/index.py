"""What is asked of the tables of a generation; kb/index/table_search.py answers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Protocol

from kb.table_types import Mention, StoredTable, ValueHit, ValueRange


class TableIndex(Protocol):
    def tables(self, globs: Sequence[str] = (), /) -> Sequence[StoredTable]:
        """Those of the documents whose paths fit each of the globs."""

    def values_among(self, words: Collection[str], /) -> Sequence[ValueHit]:
        """The stored values that are one of the folded words."""

    def values_holding(self, words: Collection[str], /) -> Sequence[ValueHit]:
        """The stored values that have one of the folded words in them, and are longer."""

    def documents_with(self, phrase: str, /) -> Mapping[str, Mention]:
        """Where documents hold a phrase of a question, in text, title or cells, by their ids."""

    def values_like(self, word: str, /) -> Sequence[str]:
        """Stored values that are one character away from a folded word, as displayed."""

    def alike(self, word: str, /) -> ValueRange | None:
        """The range of the codes that are formed like a folded word."""

    def distinct(self, table_id: int, column: int, /) -> int:
        """How many values a column of texts or codes has, totals and hidden rows left out."""

    def view_sql(self, table: StoredTable, /) -> str:
        """A subselect: `number`, `flags`, c0… (what cells are worth), x0… (as displayed)."""

    def verify(self, table_id: int, /) -> None:
        """Raises StoreDamaged: the rows of a table are not what was written."""

    def run(self, sql: str, parameters: Sequence[object], /) -> Sequence[tuple[Any, ...]]:
        """The rows of a select."""
