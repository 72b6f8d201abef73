"""Whether a catalog's rows are what was written: every row against its checksum, every chunk's
text against its id, and what is derived from rows against the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from zlib import crc32

from kb.index import lexical, table_schema
from kb.index.database import Database, Row
from kb.index.rows import (
    CHUNK,
    DOCUMENT,
    LEXICAL_ONLY,
    checksum,
    document_record,
    has_checksums,
    has_lexical_only,
    is_named_by_its_text,
    terms_checksum,
)
from kb.index.table_checks import damaged_tables
from kb.index.term_frequencies import count_terms
from kb.types import Chunk, document_id

_ADD_COLUMNS = (
    "ALTER TABLE document ADD COLUMN checksum INTEGER",
    "ALTER TABLE chunk ADD COLUMN checksum INTEGER",
    "ALTER TABLE chunk ADD COLUMN terms_checksum INTEGER",
)


def add_columns(database: Database) -> None:
    """Add what a new catalog lacks yet, and what an earlier version did not have. A chunk that is
    not what its id was made of gets a checksum that does not fit: it is damaged, and stays so."""
    if not has_lexical_only(database):
        database.run("ALTER TABLE chunk ADD COLUMN lexical_only INTEGER NOT NULL DEFAULT 0")
    database.script(LEXICAL_ONLY)
    database.script(lexical.SCHEMA)
    database.script(table_schema.SCHEMA)
    if has_checksums(database):
        return
    with database.transaction():
        for statement in _ADD_COLUMNS:
            database.run(statement)
        update = "UPDATE document SET checksum = ? WHERE rowid = ?"
        for rowid, *row in database.all(f"SELECT rowid, {DOCUMENT} FROM document"):
            database.run(update, checksum((*row,)), rowid)
        for (doc_id,) in database.all("SELECT DISTINCT doc_id FROM chunk"):
            _add_to_chunks(database, doc_id)


def _add_to_chunks(database: Database, doc_id: str) -> None:
    found = database.all(
        f"SELECT rowid, {CHUNK}, terms FROM chunk WHERE doc_id = ? ORDER BY ordinal", doc_id
    )
    named = _named([row[1:-1] for row in found])
    database.run_each(
        "UPDATE chunk SET checksum = ?, terms_checksum = ? WHERE rowid = ?",
        [
            (checksum(row[1:-1]) ^ (not fits), crc32(row[-1]), row[0])
            for row, fits in zip(found, named, strict=True)
        ],
    )


@dataclass(frozen=True, slots=True)
class DamagedDocument:
    """A document whose rows are not what was written; so its `root` and `path` may be wrong too,
    or empty where no row has them."""

    doc_id: str
    root: str
    path: str
    why: str

    @property
    def is_named(self) -> bool:
        """Whether root and path are the document's."""
        return document_id(self.root, self.path) == self.doc_id

    @property
    def name(self) -> str:
        return f"{self.root}/{self.path}" if self.root else f"document {self.doc_id}"


def damaged_documents(database: Database) -> tuple[DamagedDocument, ...]:
    """The documents whose rows are not what was written, by their names."""
    sums = ["checksum", "terms_checksum"] if has_checksums(database) else ["NULL", "NULL"]
    sums.append("lexical_only" if has_lexical_only(database) else "0")
    documents = f"SELECT {DOCUMENT}, {sums[0]} FROM document"
    of_chunks = f"SELECT {CHUNK}, terms, {', '.join(sums)} FROM chunk ORDER BY doc_id, ordinal"
    with database.any_text():
        known = {row[0]: row for row in database.all(documents)}
        found = {doc_id: why for doc_id, row in known.items() if (why := _of_document(row))}
        counted: Counter[str] = Counter()
        for doc_id, rows in groupby(database.each(of_chunks), key=lambda row: str(row[1])):
            chunks = [*rows]
            counted[doc_id] = len(chunks)
            if why := _of_chunks(chunks):
                found.setdefault(doc_id, why)
        of_tables = damaged_tables(database)
        for doc_id in {*known, *counted}:
            if doc_id not in known:
                found[doc_id] = "there are chunks of it, and no document"
            elif counted[doc_id] != known[doc_id][7]:
                found.setdefault(
                    doc_id, f"{counted[doc_id]} chunks, and {known[doc_id][7]} were written"
                )
    for doc_id in of_tables.keys() & known:
        found.setdefault(doc_id, of_tables[doc_id])
    names = {doc_id: (_shown(row[1]), _shown(row[2])) for doc_id, row in known.items()}
    each = [DamagedDocument(i, *names.get(i, ("", "")), why) for i, why in found.items()]
    return tuple(sorted(each, key=lambda one: (one.name, one.doc_id)))


def term_problem(database: Database) -> str:
    """What is wrong with the number of chunks that hold each term; empty where nothing is."""
    try:
        counted = count_terms(database)
    except (TypeError, ValueError) as error:
        return f"the terms of a chunk are none: {error}"
    written: dict[int, int] = dict(database.each("SELECT id, chunks FROM term WHERE chunks > 0"))
    differ = sum(written.get(term) != count for term, count in counted.items())
    differ += sum(term not in counted for term in written)
    return f"{differ} terms are in another number of chunks than is written" if differ else ""


def _shown(value: object) -> str:
    return str(value).encode("utf-8", "backslashreplace").decode()


def _of_document(row: Row) -> str:
    if row[-1] is not None and checksum(row[:-1]) != row[-1]:
        return "what is stored of it is not what was written"
    try:
        document_record(row[:-1])
    except (TypeError, ValueError):
        return "its labels are none"
    return ""


def _of_chunks(rows: list[Row]) -> str:
    """What is wrong with one document's chunks."""
    for *found, terms, stored, of_terms, lexical_only in rows:
        if stored is not None and checksum(tuple(found)) != stored:
            return f"the text of chunk {found[2]} is not what was written"
        if of_terms is not None and (
            not isinstance(terms, bytes) or terms_checksum(terms, lexical_only) != of_terms
        ):
            return f"the terms of chunk {found[2]} are not what was written"
    if not all(_named([tuple(row[:-4]) for row in rows])):
        return "a chunk is not what its id was made of"
    return ""


def _named(rows: list[Row]) -> Iterator[bool]:
    """Of each chunk of a document, in their order, whether its id is made of its text."""
    seen: Counter[tuple[str, str]] = Counter()
    for row in rows:
        try:
            chunk = Chunk(*row)
            yield is_named_by_its_text(chunk, seen[chunk.context, chunk.text])
        except TypeError:
            yield False
            continue
        seen[chunk.context, chunk.text] += 1
