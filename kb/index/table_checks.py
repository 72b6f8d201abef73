"""Whether a catalog's tables are what was written: heads and rows against their checksums, the
values that words are compared with against the rows."""

from __future__ import annotations

from kb.errors import StoreDamaged
from kb.index.database import Database
from kb.index.database import Row as Stored
from kb.index.table_schema import DistinctValues
from kb.index.tables import LISTED, TableStore
from kb.table_types import DOCUMENTS


def damaged_tables(database: Database) -> dict[str, str]:
    """What is wrong with the tables of documents, by the documents' ids."""
    return _damaged(database, "doc_id != ?")


def _damaged(database: Database, which: str) -> dict[str, str]:
    store = TableStore(database)
    if not store.exists:
        return {}
    rows = database.all(f"SELECT {LISTED}, checksum FROM table_ WHERE {which}", DOCUMENTS)
    return {str(row[1]): why for row in rows if (why := _problem(store, row))}


def documents_problem(database: Database) -> str:
    """What is wrong with the tables whose rows are documents; empty where nothing is."""
    found = _damaged(database, "doc_id = ?").get(DOCUMENTS, "")
    return f"of the tables of documents, {found.removeprefix('its ')}" if found else ""


def _problem(store: TableStore, row: Stored) -> str:
    *head, checksum = row
    try:
        table = store.stored_table((*head,), checksum, str(head[1]), "", 0)
        values = DistinctValues(table.columns)
        for stored in store.stored_rows(table.id):
            values.add(stored)
        written = store.values(table.id)
    except StoreDamaged:
        return f"its table {head[2]} is not what was written"
    if written != [*values.counted()]:
        return f"the values of its table {head[2]} are not those of its rows"
    return ""
