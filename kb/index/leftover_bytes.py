"""Whether bytes are in a catalog: in its rows, and in its file, free pages included."""

from __future__ import annotations

import mmap
from collections.abc import Sequence

from kb.index.database import Database
from kb.index.faults import store_faults
from kb.index.tables import TableStore

_TERMS = 500
"""Of an expression; SQLite takes no more than 1,000 within one another."""

_HOLDS = """
SELECT 1 FROM chunk WHERE instr(context || char(0) || text, ?1) UNION ALL
SELECT 1 FROM document WHERE instr(title || char(0) || path || char(0) || labels, ?1) UNION ALL
SELECT 1 FROM failure WHERE instr(path || char(0) || message, ?1) LIMIT 1
"""


def bytes_left(database: Database, tables: TableStore, needles: Sequence[bytes]) -> int:
    """How many of some deleted texts the file's bytes still hold, free pages included.

    What a row that is still there holds as well does not count.
    """
    with (
        store_faults(database.path),
        database.path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as data,
    ):
        found = [needle for needle in needles if needle and data.find(needle) >= 0]
    return sum(not holds(database, tables, needle) for needle in found)


def holds(database: Database, tables: TableStore, needle: bytes) -> bool:
    """Whether a chunk, a document, a failure or a table has these bytes in it."""
    text = needle.decode("utf-8", "ignore")
    return bool(database.all(_HOLDS, text)) or _in_tables(database, tables, text)


def _in_tables(database: Database, tables: TableStore, text: str) -> bool:
    """Whether a text is in a cell, or in what else is stored of a table."""
    if not tables.exists:
        return False
    head = "instr(name || char(0) || caption || char(0) || columns || remarks, ?1)"
    if database.all(f"SELECT 1 FROM table_ WHERE {head} LIMIT 1", text):
        return True
    for room in tables.row_tables():
        cells = [row[1] for row in database.all(f"PRAGMA table_info({room})")[3:]]
        for start in range(0, len(cells), _TERMS):
            inside = " OR ".join(f"instr({one}, ?1)" for one in cells[start : start + _TERMS])
            if database.all(f"SELECT 1 FROM {room} WHERE {inside} LIMIT 1", text):
                return True
    return False
