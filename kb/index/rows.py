"""The catalog's tables, how documents and chunks become rows of them and back, and the checksums
that go with the rows."""

from __future__ import annotations

import json
from dataclasses import dataclass
from zlib import crc32

from kb.index.database import Database, Row
from kb.statefile import lists_of_texts
from kb.types import Chunk, DocumentRecord, chunk_id

SCHEMA = """
CREATE TABLE source (label TEXT PRIMARY KEY, location TEXT NOT NULL, only_ TEXT NOT NULL);
CREATE TABLE document (
    doc_id TEXT PRIMARY KEY, root TEXT NOT NULL, path TEXT NOT NULL, size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL, sha256 TEXT NOT NULL, title TEXT NOT NULL,
    chunks INTEGER NOT NULL, characters INTEGER NOT NULL, labels TEXT NOT NULL,
    checksum INTEGER, UNIQUE (root, path)
);
CREATE TABLE chunk (
    id TEXT PRIMARY KEY, doc_id TEXT NOT NULL, ordinal INTEGER NOT NULL, text TEXT NOT NULL,
    context TEXT NOT NULL, page INTEGER, line INTEGER, section TEXT NOT NULL,
    start_at INTEGER NOT NULL, end_at INTEGER NOT NULL, terms BLOB NOT NULL,
    checksum INTEGER, terms_checksum INTEGER, lexical_only INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX chunk_of_document ON chunk (doc_id, ordinal);
CREATE TABLE failure (
    root TEXT NOT NULL, path TEXT NOT NULL, stage TEXT NOT NULL, reference TEXT NOT NULL,
    message TEXT NOT NULL, hint TEXT NOT NULL, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL
);
CREATE INDEX failure_of_path ON failure (root, path);
CREATE TABLE term (id INTEGER PRIMARY KEY, chunks INTEGER NOT NULL);
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
LEXICAL_ONLY = """
CREATE INDEX IF NOT EXISTS chunk_lexical_only ON chunk (doc_id, ordinal) WHERE lexical_only;
"""

DOCUMENT = "doc_id, root, path, size, mtime_ns, sha256, title, chunks, characters, labels"
CHUNK = "id, doc_id, ordinal, text, context, page, line, section, start_at, end_at"

_NO_LABELS = "[]"
"""What most documents have; a run reads every document's."""

_TEN_COLUMNS = "\0".join(["%s"] * 10)

PUT_DOCUMENT = (
    f"INSERT OR REPLACE INTO document ({DOCUMENT}, checksum) VALUES (?,?,?,?,?,?,?,?,?,?,?)"
)
PUT_CHUNK = (
    f"INSERT INTO chunk ({CHUNK}, terms, checksum, terms_checksum, lexical_only)"
    " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
)


def has_checksums(database: Database) -> bool:
    """Whether the tables have them: those of an earlier version do not."""
    return _has_column(database, "checksum")


def has_lexical_only(database: Database) -> bool:
    """Whether chunks say if they are embedded: in those of an earlier version each one is."""
    return _has_column(database, "lexical_only")


def _has_column(database: Database, name: str) -> bool:
    return any(row[1] == name for row in database.all("PRAGMA table_info(chunk)"))


@dataclass(frozen=True, slots=True)
class Change:
    """What a change of one document asks of the vector index: chunk ids to upsert, to delete."""

    upsert: tuple[str, ...]
    delete: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    documents: int
    chunks: int
    characters: int
    failures: int


def document_record(row: Row) -> DocumentRecord:
    """Raises ValueError: its labels are none."""
    values = [*row]
    values[-1] = () if row[-1] == _NO_LABELS else lists_of_texts(row[-1])
    if any(len(label) != 2 for label in values[-1]):
        raise ValueError(f"the labels of {row[1]}/{row[2]} are none")
    return DocumentRecord(*values)


def document_row(record: DocumentRecord) -> Row:
    row = (
        record.doc_id,
        record.root,
        record.path,
        record.size,
        record.mtime_ns,
        record.sha256,
        record.title,
        record.chunks,
        record.characters,
        json.dumps(record.labels, ensure_ascii=False) if record.labels else _NO_LABELS,
    )
    return (*row, checksum(row))


def chunk_row(chunk: Chunk, terms: bytes) -> Row:
    row = (
        chunk.id,
        chunk.doc_id,
        chunk.ordinal,
        chunk.text,
        chunk.context,
        chunk.page,
        chunk.line,
        chunk.section,
        chunk.start,
        chunk.end,
    )
    return (
        *row,
        terms,
        checksum(row),
        terms_checksum(terms, chunk.lexical_only),
        chunk.lexical_only,
    )


def checksum(row: Row) -> int:
    """CRC-32 of a row's ten columns as text, with a zero byte between them."""
    return crc32((_TEN_COLUMNS % row).encode("utf-8", "surrogatepass"))


def terms_checksum(terms: bytes, lexical_only: object) -> int:
    """CRC-32 of a chunk's terms; of one that is not embedded it begins at 1, and so covers that."""
    return crc32(terms, 1 if lexical_only else 0)


def is_named_by_its_text(chunk: Chunk, seen: int) -> bool:
    """Whether a chunk's id is the hash of what it holds. `seen`: how many chunks before it in its
    document hold the same; some that the engine refused may lack, so more are tried."""
    numbers = (seen, *range(seen), *range(seen + 1, chunk.ordinal + 1))
    text, context = chunk.text, chunk.context
    return any(chunk_id(chunk.doc_id, context, text, number) == chunk.id for number in numbers)
