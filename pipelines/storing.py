"""The last stage of an ingest: documents into the draft, and the count of what went in."""

from __future__ import annotations

import logging
from array import array
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Literal, get_args

from kb.documents.failures import failure_of, unexpected
from kb.documents.pool.workers import ParsedChunks
from kb.errors import LimitExceeded, ModelError, StoreUnavailable
from kb.index.draft import Draft
from kb.pipelines.flow import OF_THE_STORE, EmbeddedDocument
from kb.pipelines.points import embedded_chunk, lexical_text
from kb.pipelines.survey import Survey, remember
from kb.run_types import RunCounts
from kb.table_types import Table
from kb.types import (
    Chunk,
    DocumentRecord,
    Failure,
    SourceFile,
    SparseVector,
    Vector,
    document_id,
)

log = logging.getLogger(__name__)

_BATCH = 1_000
"""Points that are made at a time."""

Kind = Literal["added", "updated", "moved", "unchanged", "removed"]


class Store:
    """A draft while it is changed. Documents go in whole, one at a time.

    What is inside a file comes before the file; when that comes, those of its former members
    that were not seen again are taken out.
    """

    def __init__(self, draft: Draft, found: Survey, sparse: Callable[[str], SparseVector]) -> None:
        self.chunks = self.embedded = self.reused = 0
        self.failures = list(found.failures)
        self._documents: Counter[Kind] = Counter({"unchanged": found.unchanged})
        self._draft = draft
        self._found = found
        self._sparse = sparse
        self._files = len(found.to_parse)
        self._untried = {source.doc_id: source for source in found.to_parse}
        self._origin = {file.doc_id: record for record, file in found.plan.moved}
        self._moved = {file.location for _, file in found.plan.moved}
        self._changed = {file.doc_id for file in found.plan.changed}
        self._former = {
            record.doc_id: record.sha256 for inside in found.members.values() for record in inside
        }
        self._seen: set[str] = set()
        self._given_up: set[str] = set()
        self._inside: dict[str, list[tuple[DocumentRecord, Kind]]] = {}

    @property
    def counts(self) -> RunCounts:
        kinds: tuple[Kind, ...] = get_args(Kind)
        return RunCounts(
            **{kind: self._documents[kind] for kind in kinds},
            failed=len(self.failures),
            chunks=self.chunks,
            embedded=self.embedded,
            reused=self.reused,
        )

    @property
    def files_done(self) -> int:
        return self._files - len(self._untried)

    def put(self, document: EmbeddedDocument) -> None:
        """A document with its chunks, but for the chunks that the engine refused.

        Raises:
            StoreUnavailable: the server that holds the vectors failed. The document is in all the
                same once the draft's vectors have been flushed.
        """
        parsed, refused = document.parsed, document.refused
        if parsed.source.location in self._given_up:
            return
        record = record_of(parsed)
        left_out = [one for one in parsed.chunks if _is_refused(one, refused)]
        for chunk in left_out:
            error = refused[chunk.embedding_text]
            self.failures.append(_chunk_failure(record, chunk, error))
        self.failures.extend(_loss(record, loss) for loss in parsed.losses)
        chunks = parsed.chunks
        if left_out:
            chunks = [one for one in chunks if not _is_refused(one, refused)]
        unavailable: StoreUnavailable | None = None
        if chunks:
            self._draft.open_vectors()  # before the catalog names what they could not hold
        try:
            whole = replace(record, chunks=len(chunks))
            self._write(whole, chunks, document.vectors, _kept(parsed))
        except StoreUnavailable as error:
            unavailable = error
        except OF_THE_STORE:
            raise
        except Exception as error:  # a bug of ours on one document must not lose the others
            log.exception("an unexpected error while one document was stored")
            self._take_out(record)
            self.fail(failure_of(parsed.source, "store", unexpected(record.path, "store", error)))
            return
        self._count(record, parsed.source, document)
        if parsed.source.member:
            self._seen.add(record.doc_id)
        elif record.doc_id in self._untried:
            self._finish(parsed.source)
        if unavailable:
            raise unavailable

    def fail(self, failure: Failure) -> None:
        """A file, or what is inside of one, did not go in. What was there of it before stays; of
        a file that is given up half-way nothing that came out of it does."""
        self.failures.append(failure)
        doc_id = document_id(failure.root, failure.path)
        self._seen.add(doc_id)
        source = self._untried.pop(doc_id, None)
        if source:
            self._given_up.add(source.location)
            for record, kind in self._inside.pop(source.location, ()):
                self._documents[kind] -= 1
                self._take_out(record)

    def remove(self, records: Iterable[DocumentRecord]) -> None:
        for record in records:
            self._documents["removed"] += not record.is_archive
            self._take_out(record)

    def note(self) -> None:
        """What changed besides documents: times, failures, sources and their patterns."""
        catalog, found = self._draft.catalog, self._found
        for file in found.touched:
            catalog.touch_document(file.doc_id, file.size, file.mtime_ns)
        dealt_with = [f for f in found.before if self._file_of(f) not in self._untried]
        for failure in (*dealt_with, *self.failures):
            catalog.clear_failures(failure.root, failure.path)
        for failure in self.failures:
            catalog.put_failure(failure)
        for source in found.sources:
            catalog.put_source(source)
            remember(catalog, source.label, found.patterns[source.label])

    # --- within -----------------------------------------------------------------------

    def _file_of(self, failure: Failure) -> str:
        return document_id(failure.root, self._found.outer(failure.root, failure.path))

    def _finish(self, source: SourceFile) -> None:
        """A file is in, with all that is inside of it."""
        del self._untried[source.doc_id]
        self._inside.pop(source.location, None)
        self.remove(r for r in self._found.inside(source) if r.doc_id not in self._seen)
        before = self._origin.get(source.doc_id)
        if before:
            for record in (before, *self._found.inside(before)):
                self._take_out(record)

    def _take_out(self, record: DocumentRecord) -> None:
        change = self._draft.catalog.remove_document(record.doc_id)
        if change.delete:
            self._draft.vectors.delete(change.delete)

    def _count(
        self, record: DocumentRecord, source: SourceFile, document: EmbeddedDocument
    ) -> None:
        chunks = document.parsed.chunks
        self.chunks += len(chunks)
        self.embedded += document.embedded
        without = sum(one.lexical_only or _is_refused(one, document.refused) for one in chunks)
        self.reused += len(chunks) - without - document.embedded
        kind = self._kind(record, source)
        if not record.is_archive:
            self._documents[kind] += 1
            if source.member:
                self._inside.setdefault(source.location, []).append((record, kind))

    def _kind(self, record: DocumentRecord, source: SourceFile) -> Kind:
        """The count that a document belongs to."""
        former = self._former.get(record.doc_id)
        if source.location in self._moved:
            return "moved"
        if record.doc_id in self._changed or former not in (None, record.sha256):
            return "updated"
        is_new = record.doc_id in self._untried or (source.member and former is None)
        return "added" if is_new else "unchanged"

    def _write(
        self,
        record: DocumentRecord,
        chunks: Sequence[Chunk],
        vectors: Mapping[str, Vector],
        tables: Sequence[Table],
    ) -> None:
        sparse: deque[_Terms] = deque()

        def terms() -> Iterator[Sequence[int]]:
            for chunk in chunks:
                sparse.append(_Terms(self._sparse(lexical_text(record, chunk))))
                yield sparse[-1].indices

        change = self._draft.catalog.put_document(record, chunks, terms(), tables)
        wanted = set(change.upsert)
        points = (
            embedded_chunk(
                record,
                chunk,
                None if chunk.lexical_only else vectors[chunk.embedding_text],
                of_chunk.vector(),
            )
            for chunk in chunks
            if (of_chunk := sparse.popleft()) and (self._found.reparse or chunk.id in wanted)
        )
        while some := [*islice(points, _BATCH)]:
            self._draft.vectors.upsert(some)
        if change.delete:
            self._draft.vectors.delete(change.delete)


class _Terms:
    """A sparse vector in a twelfth of the memory: a large document's wait for its catalog rows."""

    __slots__ = ("indices", "values")

    def __init__(self, vector: SparseVector) -> None:
        # Both engines hold weights as numbers of 32 bits.
        self.indices, self.values = array("I", vector.indices), array("f", vector.values)

    def vector(self) -> SparseVector:
        return SparseVector(tuple(self.indices), tuple(self.values))


def _is_refused(chunk: Chunk, refused: Mapping[str, ModelError]) -> bool:
    return not chunk.lexical_only and chunk.embedding_text in refused


def record_of(parsed: ParsedChunks) -> DocumentRecord:
    """A document as the catalog has it."""
    source = parsed.source
    return DocumentRecord(
        doc_id=source.doc_id,
        root=source.root,
        path=source.path,
        size=source.size,
        mtime_ns=source.mtime_ns,
        sha256=source.sha256,
        title=parsed.title,
        chunks=len(parsed.chunks),
        characters=parsed.characters,
        labels=parsed.labels,
    )


def _kept(parsed: ParsedChunks) -> Sequence[Table]:
    """A document's tables, and the row of what it states about itself."""
    return (*parsed.tables, parsed.stated) if parsed.stated else parsed.tables


def _loss(record: DocumentRecord, loss: str) -> Failure:
    """What a document lost that is in otherwise: by a limit, damaged, or not to be seen."""
    return Failure(
        root=record.root,
        path=record.path,
        stage="parse",
        reference=LimitExceeded.reference,
        message=f"the rest of it is in: {loss}",
        hint="what a limit cut goes in where the file is split; the rest: docs/formats.md",
        size=record.size,
        mtime_ns=record.mtime_ns,
    )


def _chunk_failure(record: DocumentRecord, chunk: Chunk, error: ModelError) -> Failure:
    return Failure(
        root=record.root,
        path=record.path,
        stage="embed",
        reference=error.reference,
        message=f"characters {chunk.start} to {chunk.end} are left out: {error.what}",
        hint=error.hint,
        size=record.size,
        mtime_ns=record.mtime_ns,
    )
