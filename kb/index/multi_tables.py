"""The tables of several collections, searched as if they were one collection's.

Ids of documents, and paths, carry the collection's name (`law:prices.csv`), as those of passages do
(kb/retrieval/multi_collection.py). All catalogs are read over one connection, so that a table of
one collection can be joined with one of another.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from kb.index.catalog import Catalog
from kb.index.database import MOST_ATTACHED, Attached
from kb.index.table_schema import view_sql
from kb.index.table_search import TableSearch
from kb.table_types import Mention, StoredTable, ValueHit, ValueRange

_OWN_BITS = 40
"""Of a table's id in its collection; the collection's number stands above them."""


class MultiTables:
    """kb.tables.index.TableIndex over several catalogs, by the names of their collections."""

    def __init__(self, catalogs: Mapping[str, Catalog], attached: Attached) -> None:
        self._names = [*catalogs]
        self._parts = [TableSearch(one) for one in catalogs.values()]
        self._attached = attached

    def tables(self, globs: Sequence[str] = (), /) -> Sequence[StoredTable]:
        return [
            replace(
                one,
                id=number << _OWN_BITS | one.id,
                doc_id=one.doc_id if one.of_documents else f"{name}:{one.doc_id}",
                collection=name,
            )
            for number, (name, part) in enumerate(zip(self._names, self._parts, strict=True))
            for one in part.tables(globs)
        ]

    def values_among(self, words: Collection[str], /) -> Sequence[ValueHit]:
        return self._hits(part.values_among(words) for part in self._parts)

    def values_holding(self, words: Collection[str], /) -> Sequence[ValueHit]:
        return self._hits(part.values_holding(words) for part in self._parts)

    def documents_with(self, phrase: str, /) -> Mapping[str, Mention]:
        """None: documents are counted within one collection only."""
        return {}

    def values_like(self, word: str, /) -> Sequence[str]:
        return [*dict.fromkeys(one for part in self._parts for one in part.values_like(word))]

    def alike(self, word: str, /) -> ValueRange | None:
        """Of the first collection that has codes of this form."""
        for name, part in zip(self._names, self._parts, strict=True):
            if found := part.alike(word):
                return replace(found, source=f"{name}:{found.source}")
        return None

    def distinct(self, table_id: int, column: int, /) -> int:
        number, own = _own(table_id)
        return self._parts[number].distinct(own, column)

    def view_sql(self, table: StoredTable, /) -> str:
        number, own = _own(table.id)
        return view_sql(replace(table, id=own), f"c{number}")

    def verify(self, table_id: int, /) -> None:
        number, own = _own(table_id)
        self._parts[number].verify(own)

    def run(self, sql: str, parameters: Sequence[object], /) -> Sequence[tuple[Any, ...]]:
        return self._attached.all(sql, *parameters)

    def _hits(self, parts: Iterable[Sequence[ValueHit]]) -> list[ValueHit]:
        return [
            replace(hit, table_id=number << _OWN_BITS | hit.table_id)
            for number, hits in enumerate(parts)
            for hit in hits
        ]


def _own(table_id: int) -> tuple[int, int]:
    """The number of a table's collection, and the table's id there."""
    return table_id >> _OWN_BITS, table_id & (1 << _OWN_BITS) - 1


@contextmanager
def opened(catalogs: Mapping[str, Catalog]) -> Iterator[MultiTables | None]:
    """The tables of some catalogs; None where there are more than can be read together.

    Raises:
        StoreError: a catalog cannot be opened once more.
    """
    if len(catalogs) > MOST_ATTACHED:
        yield None
        return
    attached = Attached([one.database.path for one in catalogs.values()])
    try:
        yield MultiTables(catalogs, attached)
    finally:
        attached.close()
