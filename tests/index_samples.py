"""Small documents with synthetic vectors, for the tests of kb/index."""

from __future__ import annotations

import math
import random
from array import array
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from kb.index import checksums
from kb.index.catalog import Catalog
from kb.index.draft import Draft
from kb.index.generation import Collection
from kb.index.manifest import Fingerprint
from kb.index.sparse import document_vector
from kb.table_types import Column, ColumnType, Row, Table
from kb.types import (
    Chunk,
    DocumentRecord,
    EmbeddedChunk,
    Vector,
    chunk_id,
    document_id,
)

DIMENSION = 8
FINGERPRINT = Fingerprint("parser-1", "chunker-1", "synthetic", "ab" * 32, DIMENSION, "edge")


def unit_vector(seed: str) -> Vector:
    """A vector of length 1 that is the same for the same seed."""
    source = random.Random(seed)
    numbers = [source.gauss(0, 1) for _ in range(DIMENSION)]
    length = math.hypot(*numbers)
    return array("f", [number / length for number in numbers])


def document(
    path: str, texts: Sequence[str], labels: tuple[tuple[str, str], ...] = ()
) -> tuple[DocumentRecord, list[Chunk]]:
    """A document of one chunk a text."""
    doc_id = document_id("docs", path)
    chunks: list[Chunk] = []
    for ordinal, text in enumerate(texts):
        occurrence = sum(chunk.text == text for chunk in chunks)
        name = chunk_id(doc_id, "", text, occurrence)
        chunks.append(Chunk(name, doc_id, ordinal, text, "", None, None, "", 0, len(text)))
    sha256 = document_id("content", "\n".join(texts))
    characters = sum(map(len, texts))
    record = DocumentRecord(
        doc_id, "docs", path, characters, 0, sha256, path, len(chunks), characters, labels
    )
    return record, chunks


def embedded(chunk: Chunk, labels: tuple[tuple[str, str], ...] = ()) -> EmbeddedChunk:
    return EmbeddedChunk(chunk, unit_vector(chunk.text), document_vector(chunk.text), dict(labels))


def table_of(texts: Sequence[str]) -> Table:
    """A table with a row a text, which it displays, and the number of its characters."""
    columns = (Column("text", ColumnType.TEXT), Column("length", ColumnType.INTEGER))
    rows = (
        Row(place, (text.upper(), f"{len(text)}.0"), (text, len(text)))
        for place, text in enumerate(texts, 1)
    )
    return Table(0, "texts", "", None, columns, tuple(rows))


def put(
    draft: Draft,
    path: str,
    texts: Sequence[str],
    labels: tuple[tuple[str, str], ...] = (),
    tables: Sequence[Table] = (),
    rows: Sequence[str] = (),
) -> None:
    """Add a document to a draft as a pipeline does: catalog, new vectors, old vectors. `rows` are
    those of its texts that are not embedded, as rows of large tables are."""
    record, chunks = document(path, texts, labels)
    chunks = [replace(chunk, lexical_only=chunk.text in rows) for chunk in chunks]
    points = {chunk.id: embedded(chunk, labels) for chunk in chunks}
    for chunk in chunks:
        if chunk.lexical_only:
            points[chunk.id] = replace(points[chunk.id], dense=None)
    terms = [points[chunk.id].sparse.indices for chunk in chunks]
    change = draft.catalog.put_document(record, chunks, terms, tables)
    draft.vectors.upsert([points[name] for name in change.upsert])
    draft.vectors.delete(change.delete)


def put_archive(draft: Draft, path: str) -> None:
    """An archive's own record; its members are put as documents at `path!/member`."""
    record, _ = document(path, [])
    draft.catalog.put_document(record, [], [])


def take_out(draft: Draft, path: str) -> None:
    change = draft.catalog.remove_document(document_id("docs", path))
    draft.vectors.delete(change.delete)


def as_written(folder: Path) -> None:
    """A generation's files have been changed by a test as if kb had written them so: with
    checksums that fit."""
    written = checksums.compute(folder, int(folder.name), None)
    (folder / checksums.NAME).write_text(written.text())


def contents(catalog: Catalog) -> dict[str, list[str]]:
    """The texts by path: what a reader sees of a generation."""
    return {
        record.path: [chunk.text for chunk in catalog.document_chunks(record.doc_id)]
        for record in catalog.documents()
    }


def commit(
    collection: Collection, path: str, *texts: str, fingerprint: Fingerprint = FINGERPRINT
) -> int:
    """Add a document, or replace it, in a generation of its own; the generation's number."""
    with collection.writer() as draft:
        draft.begin(fingerprint)
        put(draft, path, texts)
        return draft.commit()


def seen(collection: Collection) -> dict[str, list[str]]:
    """The texts of the live generation by path."""
    with collection.reader() as live:
        return contents(live.catalog)


def generation_names(collection: Collection) -> set[str]:
    """The folders of the generations that are there."""
    return {path.name for path in (collection.folder / "generations").iterdir()}
