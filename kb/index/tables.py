"""The tables of a generation's documents: put, listed, read, and asked with SQL.

What is read is compared with the checksum that was stored with it: the head of a table always, its
rows where it has no more than `MOST_VERIFIED`. `kb check` compares all of them.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from kb.index import near_values
from kb.index.database import Database
from kb.index.database import Row as Stored
from kb.index.faults import damaged, state_faults
from kb.index.table_schema import (
    HEAD,
    DistinctValues,
    RowsSum,
    cell_columns,
    columns_of,
    columns_text,
    create_rows,
    fitting,
    head_checksum,
    head_of,
    id_range,
    row_of,
    row_table,
    select_rows,
    stored_rows,
    table_ids,
    view_sql,
)
from kb.statefile import texts
from kb.table_types import (
    DOCUMENTS,
    STATED,
    ColumnType,
    Row,
    RowFlag,
    StoredTable,
    Table,
    ValueHit,
)
from kb.types import DocumentRecord

MOST_VERIFIED = 20_000
"""Rows of a table that are compared with their checksum before an answer is made of them."""

LISTED = ", ".join(f"table_.{name}" for name in HEAD.split(", "))
_OF_DOCUMENT = "table_ JOIN document USING (doc_id)"
# A document that an earlier kb has read anew has the tables of another content.
_CURRENT = "table_.made_of = document.sha256"


class TableStore:
    """Not for two threads at once while writing. `put` and `remove` belong into a transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._verified: set[int] = set()
        self._listed: list[StoredTable] | None = None
        self._by_id: dict[int, StoredTable] | None = None
        found = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'table_'"
        self.exists = bool(database.all(found))

    # --- reading ----------------------------------------------------------------------

    def tables(self) -> list[StoredTable]:
        """Every table of a document, by the document's root and path, and its place there; then
        those whose rows are documents.

        Raises:
            StoreDamaged: what is stored of one is not what was written.
        """
        return [one for one in self._all() if one.place != STATED]

    def of_document(self, doc_id: str) -> list[StoredTable]:
        """What is kept of a document: its tables, and the row of what it states about itself."""
        return [one for one in self._all() if one.doc_id == doc_id]

    def stated(self) -> list[StoredTable]:
        """The rows of what documents state about themselves, a table each."""
        return [one for one in self._all() if one.place == STATED]

    def table(self, table_id: int) -> StoredTable:
        """Raises KeyError: there is none."""
        if self._by_id is None:
            self._by_id = {one.id: one for one in self._all()}
        return self._by_id[table_id]

    def values_among(self, words: Collection[str]) -> list[ValueHit]:
        """Those of some folded words that are values of a column, in the order of the words."""
        if not self.exists or not words:
            return []
        known = {one.id for one in self.tables()}
        order = {word: place for place, word in enumerate(words)}
        rows = self._database.all(
            "SELECT folded, table_id, column_, count FROM table_value"
            " WHERE folded IN (SELECT value FROM json_each(?))",
            json.dumps([*words], ensure_ascii=False),
        )
        hits = [ValueHit(*row) for row in rows if row[1] in known]
        return sorted(hits, key=lambda one: (order[one.folded], one.table_id, one.column))

    def values_like(self, word: str, *, most: int = 20) -> list[ValueHit]:
        """Values that one wrong, missing, additional or exchanged character makes of a folded
        word, the best first. Of very many values only some are looked at."""
        if not self.exists:
            return []
        return self.values_among(near_values.near(self._database, word, most))

    def formed_alike(self, word: str) -> list[near_values.Alike]:
        """Of each column the values that are formed like a folded word, the most first."""
        return near_values.formed_alike(self._database, word) if self.exists else []

    def rows(
        self,
        table_id: int,
        *,
        numbers: Collection[int] | None = None,
        where: str = "",
        parameters: Sequence[object] = (),
        most: int | None = None,
    ) -> list[Row]:
        """Rows of a table in their order.

        Args:
            numbers: only rows with these numbers.
            where: SQL over the columns of `view_sql`, trusted; its values are `parameters`.
            most: no more than so many.

        Raises:
            KeyError: there is no such table.
            StoreDamaged: its rows are not what was written.
        """
        table = self.table(table_id)
        self.verify(table_id)
        width = len(table.columns)
        names = ", ".join(f"{kind}{place}" for kind in "cx" for place in range(width))
        conditions = [f"({where})"] if where else []
        values = [*parameters]
        if numbers is not None:
            conditions.append("number IN (SELECT value FROM json_each(?))")
            values.append(json.dumps([*numbers]))
        sql = f"SELECT number, flags, {names} FROM {view_sql(table)}"
        sql += f" WHERE {' AND '.join(conditions)}" if conditions else ""
        sql += f" LIMIT {int(most)}" if most is not None else ""
        return [
            Row(row[0], row[2 + width :], row[2 : 2 + width], RowFlag(row[1]))
            for row in self._database.each(sql, *values)
        ]

    def read(self, table_id: int) -> Table:
        """A whole table, compared with its checksum whatever its size. Raises as `rows`."""
        rows = [*self.stored_rows(table_id)]
        return replace(head_of(self.table(table_id)), rows=tuple(map(row_of, rows)))

    def stored_rows(self, table_id: int) -> Iterator[Stored]:
        """A table's rows as they are stored, one after another; the end is not reached where they
        are not what was written. Raises as `rows`."""
        [(doc_id, width, *written)] = self._database.all(
            "SELECT doc_id, json_array_length(columns), rows, plain, rows_checksum FROM table_"
            " WHERE id = ?",
            table_id,
        )
        found = RowsSum(width)
        for row in self._database.each(select_rows(table_id, width)):
            yield found.add(row)
        if [found.rows, found.plain, found.checksum] != written:
            raise damaged(
                self._database.path, f"the rows of a table of {doc_id!r} are not what was written"
            )

    def values(self, table_id: int) -> list[tuple[int, str, int]]:
        """Every value of a table that words are compared with: its column, it, its rows."""
        return self._database.all(
            "SELECT column_, folded, count FROM table_value WHERE table_id = ? ORDER BY 1, 2",
            table_id,
        )

    def verify(self, table_id: int) -> None:
        """Compare a table of up to MOST_VERIFIED rows with its checksum; once while it is open.
        To be called of each table that `run` reads. Raises as `rows`."""
        if table_id not in self._verified and self.table(table_id).rows <= MOST_VERIFIED:
            for _ in self.stored_rows(table_id):
                pass
            self._verified.add(table_id)

    def run(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """A SELECT of ours over what `view_sql` gives; nothing in it comes from outside but the
        parameters. `verify` its tables before."""
        return self._database.all(sql, *parameters)

    # --- writing ----------------------------------------------------------------------

    def put(self, record: DocumentRecord, tables: Iterable[Table]) -> None:
        """Put a document's tables in the place of those that it had."""
        self.remove(record.doc_id)
        for table in tables:
            fits = fitting(table)
            self._put(record.doc_id, record.sha256, fits, stored_rows(fits))

    def put_documents(self, tables: Sequence[Table], made_of: str) -> None:
        """Put the tables whose rows are documents in the place of those that there were."""
        with self._database.transaction():
            self.remove(DOCUMENTS)
            for table in tables:
                self._put(DOCUMENTS, made_of, table, stored_rows(table))

    def stated_checksums(self) -> list[Stored]:
        """Of what documents state their ids, in their order, the columns and the rows' checksum."""
        sums = "SELECT doc_id, columns, rows_checksum FROM table_ WHERE place = ? ORDER BY doc_id"
        return self._database.all(sums, STATED) if self.exists else []

    def documents_made_of(self) -> str:
        """What the tables whose rows are documents were made of; empty where there are none."""
        made_of = "SELECT made_of FROM table_ WHERE doc_id = ? LIMIT 1"
        found = self._database.all(made_of, DOCUMENTS) if self.exists else []
        return str(found[0][0]) if found else ""

    def remove(self, doc_id: str) -> None:
        """Delete a document's tables, whatever they hold by now."""
        self._changed()
        if not self.exists:
            return
        found = self._database.all("SELECT id FROM table_ WHERE doc_id = ?", doc_id)
        rooms = self.row_tables() if found else []
        for (table_id,) in found:
            for room in rooms:  # all: the width may be what is damaged
                between = "id BETWEEN ? AND ?"
                self._database.run(f"DELETE FROM {room} WHERE {between}", *id_range(table_id))
            self._database.run("DELETE FROM table_value WHERE table_id = ?", table_id)
            self._database.run("DELETE FROM table_ WHERE id = ?", table_id)

    def copy(self, other: TableStore, record: DocumentRecord) -> None:
        """Put the tables that a document has in another generation.

        Raises:
            StoreDamaged: they are not what was written there.
        """
        with self._database.transaction():
            self.remove(record.doc_id)
            for table in other.of_document(record.doc_id):
                rows = other.stored_rows(table.id)
                self._put(record.doc_id, record.sha256, head_of(table), rows)

    def remove_stale(self) -> None:
        """Delete the tables of documents that an earlier kb has removed, or read anew."""
        rows = self._database.all(
            "SELECT DISTINCT doc_id FROM table_ WHERE doc_id != ? AND NOT EXISTS"
            f" (SELECT 1 FROM document WHERE document.doc_id = table_.doc_id AND {_CURRENT})",
            DOCUMENTS,
        )
        with self._database.transaction():
            for (doc_id,) in rows:
                self.remove(doc_id)

    def row_tables(self) -> list[str]:
        """The SQL tables that hold rows, as far as there are any."""
        found = "SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB 'table_row_*'"
        return [name for (name,) in self._database.all(f"{found} ORDER BY name")]

    def samples(self, doc_id: str, most: int) -> list[str]:
        """Texts of a document's cells, of each table the longest of some rows."""
        found: list[str] = []
        for table in self.of_document(doc_id):
            kinds = enumerate(table.columns)
            texts = [place for place, one in kinds if one.type is ColumnType.TEXT]
            step = max(1, table.rows // most)
            some = f" AND (id - {id_range(table.id)[0]}) % {step} = 0"
            every = select_rows(table.id, len(table.columns), some)
            for row in map(row_of, self._database.each(every) if texts else ()):
                found.append(max((row.texts[place] for place in texts), key=len))
        return list(filter(None, dict.fromkeys(found)))

    def root_lines(self) -> Iterator[str]:
        """What the root hash is made of: documents, places and checksums, and no id."""
        if self.exists:
            yield from (
                f"table {doc_id} {place} {checksum}\n"
                for doc_id, place, checksum in self._database.each(
                    f"SELECT table_.doc_id, place, table_.checksum FROM {_OF_DOCUMENT}"
                    f" WHERE {_CURRENT} ORDER BY table_.doc_id, place"
                )
            )

    # --- within -----------------------------------------------------------------------

    def _all(self) -> list[StoredTable]:
        if self._listed is None:
            self._listed = [*self._list()]
        return self._listed

    def _list(self) -> Iterator[StoredTable]:
        if not self.exists:
            return
        rows = self._database.all(
            f"SELECT {LISTED}, table_.checksum, root, path, title, mtime_ns FROM {_OF_DOCUMENT}"
            f" WHERE {_CURRENT} ORDER BY root, path, place"
        )
        with state_faults(self._database.path):
            for *head, checksum, root, path, title, mtime_ns in rows:
                yield self.stored_table((*head,), checksum, f"{root}/{path}", title, mtime_ns)
            for *head, checksum in self._database.all(
                f"SELECT {LISTED}, checksum FROM table_ WHERE doc_id = ? ORDER BY place", DOCUMENTS
            ):
                yield self.stored_table((*head,), checksum, DOCUMENTS, "", 0)

    def stored_table(
        self, head: Stored, checksum: int, source: str, title: str, mtime_ns: int
    ) -> StoredTable:
        # The id is no part of it: two generations with equal content may give other ones.
        if head_checksum(head[1:]) != checksum:
            raise damaged(
                self._database.path,
                f"what is stored of a table of {source!r} is not what was written",
            )
        (
            table_id,
            doc_id,
            place,
            _,
            name,
            caption,
            page,
            columns,
            hidden,
            remarks,
            rows,
            plain,
            _,
        ) = head
        return StoredTable(
            table_id, doc_id, source, title, mtime_ns, place, name, caption, page,
            columns_of(columns), rows, plain, bool(hidden), texts(remarks),
        )  # fmt: skip

    def _put(self, doc_id: str, made_of: str, head: Table, rows: Iterable[Stored]) -> None:
        """`rows` are those of the table, whose own are not looked at."""
        width = len(head.columns)
        self._database.run(create_rows(width))
        table_id = self._free_id(doc_id, head.place)
        first, _ = id_range(table_id)
        sums, values = RowsSum(width), DistinctValues(head.columns)
        columns = ", ".join(("id", "number", "flags", *cell_columns(width)))
        self._database.run_each(
            f"INSERT INTO {row_table(width)} ({columns})"
            f" VALUES ({', '.join('?' * (3 + 2 * width))})",
            ((first + place, *values.add(sums.add(row))) for place, row in enumerate(rows)),
        )
        self._database.run_each(
            "INSERT INTO table_value VALUES (?, ?, ?, ?)",
            ((table_id, *value) for value in values.counted()),
        )
        stored = (
            doc_id, head.place, made_of, head.name, head.caption, head.page,
            columns_text(head.columns), int(head.hidden),
            json.dumps(head.remarks, ensure_ascii=False),
            sums.rows, sums.plain, sums.checksum,
        )  # fmt: skip
        self._database.run(
            f"INSERT INTO table_ ({HEAD}, checksum) VALUES ({', '.join('?' * 14)})",
            table_id,
            *stored,
            head_checksum(stored),
        )

    def _free_id(self, doc_id: str, place: int) -> int:
        for table_id in table_ids(doc_id, place):
            if not self._database.all("SELECT 1 FROM table_ WHERE id = ?", table_id):
                return table_id
        raise AssertionError("the ids have no end")

    def _changed(self) -> None:
        self._listed = self._by_id = None
        self._verified.clear()
