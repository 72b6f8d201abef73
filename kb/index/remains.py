"""Whether bytes are in a catalog: in its rows, and in its file, free pages included."""

from __future__ import annotations

import mmap
from collections.abc import Sequence

from kb.index.database import Database
from kb.index.faults import store_faults
from kb.index.tables import TableStore

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
    return bool(database.all(_HOLDS, text)) or tables.hold(text)
