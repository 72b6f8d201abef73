"""What a session tells of the tables of documents: listed, shown, asked with SQL."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from kb.config import Settings
from kb.errors import UsageError
from kb.index.generation import Collection
from kb.session.results import TableListing, TableRows
from kb.unicode import require_unicode

if TYPE_CHECKING:
    from kb.table_types import NamedTable, SqlResult


class Tabular(ABC):
    """The part of a session that is about tables."""

    @property
    @abstractmethod
    def settings(self) -> Settings: ...

    @abstractmethod
    def _one(self, collection: str) -> Collection: ...

    def tables(self, *, collection: str = "") -> TableListing:
        """Every table of the documents, with the name that `table` and `sql` know it by.

        Raises:
            NothingFound, UsageError, StoreError, StoreDamaged: as `sources`.

        >>> session.tables().tables
        ()
        """
        from kb.index.table_names import named

        with self._one(collection).reader() as live:
            return TableListing(tuple(named(live.catalog.table_store.tables())))

    def table(self, name: str, *, most: int | None = None, collection: str = "") -> TableRows:
        """A table with its rows, or with the first of them.

        Raises:
            UsageError: there is no table of this name.
            NothingFound, StoreError, StoreDamaged: as `sources`.

        >>> session.table("pumps")
        Traceback (most recent call last):
        kb.errors.UsageError: there is no table 'pumps'
        """
        from kb.index.table_names import named

        require_unicode(name)
        with self._one(collection).reader() as live:
            store = live.catalog.table_store
            table = _named(named(store.tables()), name)
            return TableRows(table, tuple(store.rows(table.table.id, most=most)))

    def sql(self, text: str, *, collection: str = "") -> SqlResult:
        """What one SELECT over the tables gives; docs/tables.md says what it may be.

        Raises:
            UsageError: it is none, names what is not there, or takes longer than `tables.seconds`.
            NothingFound, StoreError, StoreDamaged: as `sources`.

        >>> session.sql("SELECT 6 * 7 AS n").rows
        ((42,),)
        """
        from kb.index.table_names import named
        from kb.index.table_sql import Limits, select

        require_unicode(text)
        limits = Limits(self.settings.tables.seconds, self.settings.tables.rows)
        with self._one(collection).reader() as live:
            store = live.catalog.table_store
            return select(live.catalog.database.path, store, named(store.tables()), text, limits)


def _named(tables: list[NamedTable], name: str) -> NamedTable:
    from kb.index.table_sql import nearest

    for table in tables:
        if table.name.casefold() == name.casefold():
            return table
    near = nearest(name, [table.name for table in tables])
    raise UsageError(
        f"there is no table '{name}'",
        why=f"the nearest: {', '.join(near)}" if near else f"there are {len(tables)} tables",
        hint="see their names with: kb tables",
    )
