"""Two tables that share values, read as one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from kb.table_types import Column, StoredTable, ValueHit
from kb.tables.index import TableIndex


@dataclass(frozen=True, slots=True)
class Joined:
    """Each row of `left` with the row of `right` whose column `there` has the value of `here`."""

    left: StoredTable
    right: StoredTable
    here: int
    there: int

    @property
    def id(self) -> int:
        return -(self.left.id * 1_000_003 + self.right.id * 997 + self.here)

    @property
    def doc_id(self) -> str:
        return self.left.doc_id

    @property
    def source(self) -> str:
        return self.left.source

    @property
    def collection(self) -> str:
        return self.left.collection

    @property
    def title(self) -> str:
        return f"{self.left.title} {self.right.title}"

    @property
    def name(self) -> str:
        return self.left.name

    @property
    def caption(self) -> str:
        return f"{self.left.caption} {self.right.caption}"

    @property
    def page(self) -> int | None:
        return self.left.page

    @property
    def columns(self) -> tuple[Column, ...]:
        return (*self.left.columns, *self.right.columns)

    @property
    def plain(self) -> int:
        return self.left.plain

    @property
    def hidden(self) -> bool:
        return False

    @property
    def of_documents(self) -> bool:
        return False


Readable = StoredTable | Joined
"""A table whose rows can be read."""


class WithJoins:
    """A table index that reads joined tables as well."""

    def __init__(self, index: TableIndex) -> None:
        self._index = index
        self.values_among = index.values_among
        self.values_holding = index.values_holding
        self.run = index.run
        self.verify = index.verify
        self.distinct = index.distinct
        self.documents_with = index.documents_with

    def view_sql(self, table: Readable) -> str:
        if isinstance(table, StoredTable):
            return self._index.view_sql(table)
        width = len(table.left.columns)
        right = ", ".join(
            f"b.c{at} AS c{width + at}, b.x{at} AS x{width + at}"
            for at in range(len(table.right.columns))
        )
        return (
            f"(SELECT a.*, {right}, b.number AS other FROM {self._index.view_sql(table.left)} AS a"
            f" LEFT JOIN (SELECT * FROM {self._index.view_sql(table.right)} WHERE flags = 0) AS b"
            f" ON a.c{table.here} = b.c{table.there})"
        )


def joined_hits(table: Joined, hits: Collection[ValueHit]) -> list[ValueHit]:
    """The values of both tables, as those of the joined one."""
    width = len(table.left.columns)
    found: list[ValueHit] = []
    for hit in hits:
        if hit.table_id == table.left.id:
            found.append(ValueHit(hit.folded, table.id, hit.column, hit.count))
        elif hit.table_id == table.right.id:
            found.append(ValueHit(hit.folded, table.id, hit.column + width, hit.count))
    return found
