"""What a cited document looks like: rows of its tables, and the file behind it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

from kb.documents.filetime import modified_ns
from kb.errors import UsageError
from kb.index.generation import Collection
from kb.session.inspection import named_document
from kb.table_types import Row, StoredTable
from kb.text.fold import plain
from kb.types import MEMBER, SourceFile

MOST_ROWS = 500


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table as it lies in a document, `rows` in part: `of` are all. `cited` are the numbers of
    the rows that a quote holds, `others` the names of the document's other tables."""

    name: str
    caption: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    of: int
    cited: frozenset[int]
    others: tuple[str, ...]


def sheet(place: Collection, source: str, section: str, quote: str, row: int | None) -> Sheet:
    """The table of a document that holds what a citation quotes.

    Args:
        section: headings of the citation; the table's name is among them.
        row: a row that is cited, or near to it: those around it are shown.

    Raises:
        UsageError: the document is none, or has no table; and as `Session.document`.
    """
    with place.reader() as live:
        record = named_document(live.catalog, source)
        store = live.catalog.table_store
        tables = [one for one in store.tables() if one.doc_id == record.doc_id]
        if not tables:
            raise UsageError(
                f"'{source}' has no table", why="its text holds none", hint="read its text"
            )
        fitting = [one for one in tables if one.name and one.name in section] or tables
        quoted, best = _lines(quote), None
        for table in fitting:
            rows = store.rows(table.id, numbers=_around(row), most=MOST_ROWS)
            cited = frozenset(one.number for one in rows if _is_quoted(one, quoted))
            if best is None or len(cited) > len(best.cited):
                best = _sheet(table, rows, cited, tables)
        assert best is not None
        return best


def pdf_file(place: Collection, source: str) -> SourceFile:
    """The PDF that a document was read from, which has not changed since; it may lie within
    another file, whose size is not compared.

    Raises:
        UsageError: it is no PDF, or has changed; and as `Session.document`.
    """
    with place.reader() as live:
        record = named_document(live.catalog, source)
        places = {one.label: one.location for one in live.catalog.sources()}
    if not record.path.lower().endswith(".pdf"):
        raise _no_picture(source, "it is no PDF")
    location, member = _outermost(places.get(record.root, ""), record.path)
    try:
        status = os.stat(location)
    except OSError as error:
        raise _no_picture(source, error.strerror or str(error)) from error
    size = record.size if member else status.st_size
    if (size, modified_ns(status)) != (record.size, record.mtime_ns):
        raise _no_picture(source, "the file has changed since it was read")
    return SourceFile(
        record.root, record.path, location, record.size, record.mtime_ns, member=member
    )


def _outermost(folder: str, path: str) -> tuple[str, tuple[str, ...]]:
    """The file of the operating system that a document lies in, and the way from there. A folder
    may have the same `!` at its end."""
    first, *rest = path.split(MEMBER)
    location = os.path.join(folder, first)
    while rest and not os.path.isfile(location):
        location += MEMBER + rest.pop(0)
    return location, tuple(rest)


def _no_picture(source: str, why: str) -> UsageError:
    return UsageError(
        f"there is no picture of '{source}'", why=why, hint="read its text, or open the file"
    )


def _sheet(
    table: StoredTable, rows: Iterable[Row], cited: frozenset[int], all_: Iterable[StoredTable]
) -> Sheet:
    others = tuple(one.name for one in all_ if one.id != table.id)
    columns = tuple(one.name for one in table.columns)
    return Sheet(table.name, table.caption, columns, tuple(rows), table.rows, cited, others)


def _around(row: int | None) -> range | None:
    """Numbers of rows to show: from the first one on, or around one."""
    return None if row is None else range(max(0, row - MOST_ROWS // 4), row + MOST_ROWS)


def _lines(quote: str) -> list[frozenset[str]]:
    """What is in the cells of each line of a quote: "part: A-1 | price: 120"."""
    parts = ([_folded(one) for one in line.split(" | ")] for line in quote.splitlines())
    return [frozenset((*line, *(one.partition(":")[2] for one in line))) for line in parts]


def _is_quoted(row: Row, quoted: Iterable[frozenset[str]]) -> bool:
    """Whether a line of a quote holds the row: each of its cells, but for empty ones, whole."""
    cells = frozenset(filter(None, map(_folded, row.texts)))
    return bool(cells) and any(cells <= line for line in quoted)


def _folded(text: str) -> str:
    """Blanks are not the same in a quote and in a cell."""
    return "".join(plain(text).split())
