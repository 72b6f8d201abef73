"""The tables of a generation, as a question is linked to them (kb/tables/index.py)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from kb.index.catalog import Catalog
from kb.index.held_values import HeldValues
from kb.index.table_schema import view_sql
from kb.table_types import ColumnType, Mention, StoredTable, ValueHit, ValueRange
from kb.text.fold import fold, plain

_MOST_VALUES = 300_000
"""Distinct values that are searched for a part of them; of more, only whole values are found."""
_MOST_HELD = 5_000
_HELD: WeakKeyDictionary[Catalog, HeldValues | None] = WeakKeyDictionary()
"""Of catalogs that are open."""
_NOWHERE = Mention()
_NEAR = 3
_LEAST_ALIKE = 3
"""Values from which on a range says what there is."""


class TableSearch:
    """What kb.tables asks of a catalog's tables."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._store = catalog.table_store

    def tables(self, globs: Sequence[str] = (), /) -> Sequence[StoredTable]:
        """Those of the documents whose paths fit each of the globs, as `--where` has them."""
        fitting = [{*self._catalog.document_ids_matching(glob)} for glob in globs]
        return [one for one in self._store.tables() if all(one.doc_id in ids for ids in fitting)]

    def values_among(self, words: Collection[str], /) -> Sequence[ValueHit]:
        return self._store.values_among(words)

    def values_holding(self, words: Collection[str], /) -> Sequence[ValueHit]:
        """The stored values that have one of the folded words in them, and are longer."""
        held = self._held() if words else None
        if held is None:
            return ()
        known = {one.id for one in self._store.tables()}
        hits = held.holding(words, _MOST_HELD)
        return [one for one in hits if one.table_id in known]

    def _held(self) -> HeldValues | None:
        """None where there are too many."""
        if self._catalog not in _HELD:
            [[count]] = self._store.run("SELECT count(*) FROM table_value")
            rows = self._store.run(
                "SELECT folded, table_id, column_, count FROM table_value"
                " ORDER BY table_id, column_, folded LIMIT ?",
                (count if count <= _MOST_VALUES else 0,),
            )
            _HELD[self._catalog] = HeldValues(rows) if count <= _MOST_VALUES else None
        return _HELD[self._catalog]

    def documents_with(self, phrase: str, /) -> Mapping[str, Mention]:
        """Where the documents hold a phrase, in text, title or cells, by their ids; Latin words
        are found whole."""
        folded, written = fold(phrase), plain(phrase)
        rows = self._store.run(
            "SELECT doc_id, context, text, page, line FROM chunk"
            " WHERE instr(lower(context || ' ' || text), ?1)"
            " OR instr(lower(context || ' ' || text), ?2) ORDER BY doc_id, ordinal",
            (folded, written),
        )
        whole = re.compile(
            rf"(?<![a-z0-9])(?:{re.escape(folded)}|{re.escape(written)})(?![a-z0-9])"
            if folded.isascii()
            else f"{re.escape(folded)}|{re.escape(written)}"
        )
        found: dict[str, Mention] = {}
        for doc_id, context, text, page, line in rows:
            if match := whole.search(text.lower()):
                if not found.get(doc_id, _NOWHERE).text:
                    below = text.count("\n", 0, match.start()) if line else 0
                    found[doc_id] = Mention(text, page, line + below if line else line)
            elif whole.search(context.lower()):
                found.setdefault(doc_id, _NOWHERE)
        of_tables = {one.id: one.doc_id for one in self._store.tables() if not one.of_documents}
        hits = (*self.values_among([folded]), *self.values_holding([folded]))
        for hit in hits:
            if hit.table_id in of_tables and whole.search(hit.folded):
                found.setdefault(of_tables[hit.table_id], _NOWHERE)
        return found

    def values_like(self, word: str, /) -> Sequence[str]:
        """Values that are one character away from a folded word, as displayed."""
        known = {one.id: one for one in self._shown()}
        hits = [one for one in self._store.values_like(word, most=_NEAR) if one.table_id in known]
        shown = (self._displayed(known[one.table_id], one.column, one.folded) for one in hits)
        return [*dict.fromkeys(shown)]

    def alike(self, word: str, /) -> ValueRange | None:
        """The range of the codes of the column that has the most of a word's form."""
        known = {one.id: one for one in self._shown()}
        for one in self._store.formed_alike(word):
            table = known.get(one.table_id)
            if table is None or one.count < _LEAST_ALIKE:
                continue
            column = table.columns[one.column]
            if column.type is ColumnType.CODE and not column.hidden:
                first, last = (
                    self._displayed(table, one.column, value) for value in (one.first, one.last)
                )
                return ValueRange(table.path, table.title, column.name, first, last)
        return None

    def distinct(self, table_id: int, column: int, /) -> int:
        """How many values a column of texts or codes has, long ones left out."""
        if held := self._held():
            return held.distinct(table_id, column)
        [[count]] = self._store.run(
            "SELECT count(*) FROM table_value WHERE table_id = ? AND column_ = ?",
            (table_id, column),
        )
        return int(count)

    def view_sql(self, table: StoredTable, /) -> str:
        return view_sql(table)

    def verify(self, table_id: int, /) -> None:
        self._store.verify(table_id)

    def run(self, sql: str, parameters: Sequence[object], /) -> Sequence[tuple[Any, ...]]:
        return self._store.run(sql, parameters)

    def _shown(self) -> Iterator[StoredTable]:
        return (one for one in self._store.tables() if not (one.hidden or one.of_documents))

    def _displayed(self, table: StoredTable, column: int, value: str) -> str:
        select = f"SELECT max(x{column}) FROM {view_sql(table)} WHERE c{column} = ?"
        [[shown]] = self._store.run(select, (value,))
        return str(shown or value)
