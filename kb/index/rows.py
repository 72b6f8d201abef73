"""The catalog's tables, and how documents and chunks become rows of them and back."""

from __future__ import annotations

import json
from typing import Any

from kb.types import Chunk, DocumentRecord

SCHEMA = """
CREATE TABLE source (label TEXT PRIMARY KEY, location TEXT NOT NULL, only_ TEXT NOT NULL);
CREATE TABLE document (
    doc_id TEXT PRIMARY KEY, root TEXT NOT NULL, path TEXT NOT NULL, size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL, sha256 TEXT NOT NULL, title TEXT NOT NULL,
    chunks INTEGER NOT NULL, characters INTEGER NOT NULL, labels TEXT NOT NULL,
    UNIQUE (root, path)
);
CREATE TABLE chunk (
    id TEXT PRIMARY KEY, doc_id TEXT NOT NULL, ordinal INTEGER NOT NULL, text TEXT NOT NULL,
    context TEXT NOT NULL, page INTEGER, line INTEGER, section TEXT NOT NULL,
    start_at INTEGER NOT NULL, end_at INTEGER NOT NULL, terms BLOB NOT NULL
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

DOCUMENT = "doc_id, root, path, size, mtime_ns, sha256, title, chunks, characters, labels"
CHUNK = "id, doc_id, ordinal, text, context, page, line, section, start_at, end_at"


def document_record(row: tuple[Any, ...]) -> DocumentRecord:
    values = [*row]
    values[-1] = tuple((key, value) for key, value in json.loads(row[-1]))
    return DocumentRecord(*values)


def document_row(record: DocumentRecord) -> tuple[object, ...]:
    return (
        record.doc_id,
        record.root,
        record.path,
        record.size,
        record.mtime_ns,
        record.sha256,
        record.title,
        record.chunks,
        record.characters,
        json.dumps(record.labels, ensure_ascii=False),
    )


def chunk_row(chunk: Chunk) -> tuple[object, ...]:
    return (
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
