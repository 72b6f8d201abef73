"""The names that SQL knows tables and columns by: of the document and the sheet, each once."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import PurePosixPath

from kb.table_types import Column, NamedTable, StoredTable
from kb.text.fold import standard
from kb.types import MEMBER

ALL = "__all"
"""Behind a table's name: with the rows and columns that are left out otherwise."""

NUMBER, FLAGS = "_row", "_flags"
_LONGEST = 60
_DEFAULT_SHEET = re.compile(r"(?:sheet|tabelle|feuil|hoja|foglio|工作表|表)\s*\d*", re.IGNORECASE)


def named(tables: Sequence[StoredTable]) -> list[NamedTable]:
    """The tables in their order with their names, which need no quotes."""
    siblings = Counter(table.doc_id for table in tables)
    found, taken = [], set[str]()
    with closing(sqlite3.connect(":memory:")) as database:
        for table in tables:
            name = _identifier(_name(table, siblings[table.doc_id] > 1), database)
            name = _free(name, taken, [ALL])
            found.append(NamedTable(name, table, _columns(table.columns)))
    return found


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _name(table: StoredTable, has_siblings: bool) -> str:
    if table.of_documents:
        return table.name if table.name == table.source else f"{table.source}_{table.name}"
    inner = table.source.rpartition(MEMBER)[2]
    stem = PurePosixPath(inner).stem[:_LONGEST]
    tells = table.name and (has_siblings or not _DEFAULT_SHEET.fullmatch(table.name.strip()))
    return f"{stem}_{table.name[:_LONGEST]}" if tells and table.name != stem else stem


def _identifier(text: str, database: sqlite3.Connection) -> str:
    """The text as a name that needs no quotes."""
    name = re.sub(r"_*\W+_*", "_", standard(text)).strip("_") or "table"
    if name[0].isdigit():
        name = f"_{name}"
    try:
        database.execute(f"SELECT 1 FROM (SELECT 1) AS {name}")
    except sqlite3.Error:  # a word of SQL
        name += "_"
    return name


def _columns(columns: Sequence[Column]) -> tuple[str, ...]:
    """As they are displayed, each once; they may need quotes."""
    taken = {NUMBER, FLAGS}
    names = (" ".join(column.name.split()) or f"column_{n}" for n, column in enumerate(columns, 1))
    return tuple(_free(name, taken) for name in names)


def _free(name: str, taken: set[str], endings: Sequence[str] = ()) -> str:
    """The name, or with the first number that makes it free; taken from then on."""
    number, free = 1, name
    while not taken.isdisjoint(_forms(free, endings)):
        number += 1
        free = f"{name}_{number}"
    taken.update(_forms(free, endings))
    return free


def _forms(name: str, endings: Sequence[str]) -> list[str]:
    return [f"{name}{ending}".casefold() for ending in ("", *endings)]
