"""`kb ingest`: from files to one committed generation.

    survey   scan the folders, compare with the catalog: new, changed, moved, unchanged, removed
    parse    in worker processes: file → text → chunks
    embed    chunks → vectors, from the cache or the engine
    store    catalog and vectors of a draft
    commit   the draft becomes the live generation

Until the commit readers see the old generation. A run that ends early has lost nothing but
time: its embeddings are in the cache.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from kb.documents.workers import ParsedChunks
from kb.errors import KbError, ModelError, StoreError
from kb.index.draft import Draft
from kb.index.generation import Collection
from kb.index.manifest import Fingerprint, RunRecord
from kb.index.snapshot import Snapshot
from kb.language import LANGUAGE_LABEL, language
from kb.ports import Embedder
from kb.types import (
    Chunk,
    DocumentRecord,
    EmbeddedChunk,
    Failure,
    IngestPlan,
    IngestReport,
    Listener,
    Progress,
    SourceFile,
    SparseVector,
    Vector,
    document_id,
)
from pipelines.embedding import BATCH, Embedded, embed
from pipelines.survey import Known, Survey, survey

log = logging.getLogger(__name__)

_Group = Sequence[tuple[DocumentRecord, Sequence[Chunk]]]

_CHUNKS_HELD = 2 * BATCH
"""Chunks gathered before they are embedded: enough for full batches, few enough to begin soon."""


@dataclass(frozen=True, slots=True)
class IngestJob:
    """What the user asked for; no path means every known source. `wait`: seconds to wait for
    another run to end."""

    paths: tuple[Path, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    prune: bool = False
    rebuild: bool = False
    wait: float = 0.0


@dataclass(frozen=True, slots=True)
class Tools:
    """What a run works with. `embedder` is called when there is something to embed; `prepare`
    before that, for the parsing processes take longest to start.

    `parser` and `chunker` name the versions and settings whose change makes every document
    worth reading again.
    """

    collection: Collection
    prepare: Callable[[], None]
    parse: Callable[[Sequence[SourceFile]], Iterator[ParsedChunks | Failure]]
    embedder: Callable[[], Embedder]
    sparse: Callable[[str], SparseVector]
    parser: str
    chunker: str
    store: str


def plan(job: IngestJob, tools: Tools) -> IngestPlan:
    """What a run would do, and nothing done."""
    if not tools.collection.exists():
        return _survey(job, tools, None).plan
    with tools.collection.reader() as live:
        return _survey(job, tools, live).plan


def ingest(
    job: IngestJob, tools: Tools, listen: Listener, *, command: str = "ingest"
) -> IngestReport:
    """Bring the collection up to date with the job's paths, and commit if there is a change.

    Every run leaves a line in the collection's log, also one that fails.

    Raises:
        UsageError: a path does not exist.
        LockHeld: another run is writing.
        ModelMismatch: the index was built with another embedding model.
        ModelError: the engine is missing or gone; nothing was committed.
        StoreError: the store cannot be written; nothing was committed.
    """
    began, started = datetime.now(UTC).isoformat(timespec="seconds"), time.monotonic()
    try:
        report = _ingest(job, tools, listen)
    except KbError as error:
        seconds = round(time.monotonic() - started, 3)
        _log_run(tools, RunRecord(began, command, error.reference, 0, seconds=seconds))
        raise
    _log_run(tools, _run_record(report, began, command))
    return report


def _ingest(job: IngestJob, tools: Tools, listen: Listener) -> IngestReport:
    started = time.monotonic()
    listen(Progress("scan", 0, 0, ""))
    with tools.collection.writer(job.wait) as draft:
        found = _survey(job, tools, draft.base)
        run = _Run(draft, tools, found, listen)
        gone = found.plan.removed if job.prune else ()
        if job.rebuild or found.has_work(prune=job.prune):
            run.begin(fresh=job.rebuild)
            if job.rebuild:
                run.carry(gone)
            run.remove(gone)
            run.add(found.to_parse)
            run.remove(old for old, new in found.plan.moved if new.doc_id not in run.failed)
            run.note(found)
            generation = run.commit()
        else:
            generation = draft.base.number if draft.base else 0
        return run.report(generation, time.monotonic() - started, removed=len(gone))


def _log_run(tools: Tools, record: RunRecord) -> None:
    try:
        tools.collection.append_run(record)
    except StoreError as error:
        log.warning("the run could not be logged: %s (%s)", error.what, error.why)


def _run_record(report: IngestReport, began: str, command: str) -> RunRecord:
    return RunRecord(
        started=began,
        command=command,
        outcome="failures" if report.failed else "done",
        generation=report.generation,
        added=report.added,
        updated=report.updated,
        moved=report.moved,
        unchanged=report.unchanged,
        removed=report.removed,
        failed=len(report.failed),
        chunks=report.chunks,
        embedded=report.embedded,
        reused=report.reused,
        seconds=report.seconds,
    )


def _survey(job: IngestJob, tools: Tools, live: Snapshot | None) -> Survey:
    fingerprint = live.manifest.fingerprint if live else None
    return survey(
        Known.of(live.catalog) if live else Known(),
        job.paths,
        include=job.include,
        exclude=job.exclude,
        rebuild=job.rebuild,
        reparse=fingerprint is not None
        and (fingerprint.parser, fingerprint.chunker) != (tools.parser, tools.chunker),
    )


class _Run:
    """One run's changes to its draft, and the count of them."""

    def __init__(self, draft: Draft, tools: Tools, found: Survey, listen: Listener) -> None:
        self.draft = draft
        self.tools = tools
        self.found = found
        self.listen = listen
        self.embedder: Embedder | None = None
        self.failures = list(found.failures)
        self.failed: set[str] = set()
        self.chunks = self.embedded = self.reused = 0
        self.files_done = 0

    def begin(self, *, fresh: bool) -> None:
        """Open the draft. The model is asked for only when there is something to embed."""
        if not self.found.to_parse and not fresh:
            self.draft.begin()
            return
        self.tools.prepare()
        self.embedder = self.tools.embedder()
        model = self.embedder.info()
        self.listen(Progress("load", 1, 1, "", f"{model.name}, {model.engine}"))
        fingerprint = Fingerprint(
            parser=self.tools.parser,
            chunker=self.tools.chunker,
            embedding=model.name,
            digest=model.digest,
            dimension=model.dimension,
            engine=self.tools.store,
        )
        self.draft.begin(fingerprint, fresh=fresh)
        self.draft.catalog.set_meta("models.engine", model.engine)
        self.embedder.load()

    def carry(self, gone: Sequence[DocumentRecord]) -> None:
        """Take over, from their stored chunks, the documents that a rebuild cannot read anew:
        their source is not there tonight."""
        if self.draft.base is None:
            return
        old = self.draft.base.catalog
        dropped = {record.doc_id for record in gone}
        dropped |= {source.doc_id for source in self.found.to_parse}
        for record in old.documents():
            if record.doc_id not in dropped:
                group = [(record, old.document_chunks(record.doc_id))]
                self.store(group, self.embed(group))

    def remove(self, records: Iterable[DocumentRecord]) -> None:
        for record in records:
            change = self.draft.catalog.remove_document(record.doc_id)
            if change.delete:
                self.draft.vectors.delete(change.delete)

    def add(self, sources: Sequence[SourceFile]) -> None:
        """Parse, chunk, embed and store; what fails is noted and the rest goes in.

        While one group is embedded, the one before is stored and the next is parsed.
        """
        with ThreadPoolExecutor(1, "embed") as engine:
            before: tuple[_Group, Future[Embedded]] | None = None
            for group in self.groups(sources):
                following = group, engine.submit(self.embed, group)
                if before:
                    self.store(before[0], before[1].result())
                before = following
            if before:
                self.store(before[0], before[1].result())

    def groups(self, sources: Sequence[SourceFile]) -> Iterator[_Group]:
        """Documents as they are parsed, as many together as make full batches."""
        held: list[tuple[DocumentRecord, Sequence[Chunk]]] = []
        for result in self.tools.parse(sources) if sources else ():
            if isinstance(result, Failure):
                self.fail(result)
                continue
            held.append((_record(result), result.chunks))
            if sum(len(chunks) for _, chunks in held) >= _CHUNKS_HELD:
                yield held
                held = []
        if held:
            yield held

    def fail(self, failure: Failure) -> None:
        self.failures.append(failure)
        self.failed.add(document_id(failure.root, failure.path))
        self.files_done += 1
        self.progress(0)

    def embed(self, group: _Group) -> Embedded:
        assert self.embedder is not None, "begin() opens it where there is something to embed"
        chunks = [chunk for _, one in group for chunk in one]
        share = len(group) / max(len(chunks), 1)
        return embed(
            chunks,
            embedder=self.embedder,
            cache=self.draft.cache,
            on_batch=lambda done: self.progress(done * share),
        )

    def store(self, group: _Group, result: Embedded) -> None:
        """Put documents with their chunks into the draft, but for the chunks without a vector."""
        refused = {chunk.id: error for chunk, error in result.failures}
        for record, one in group:
            self.put(record, [chunk for chunk in one if chunk.id not in refused], result.vectors)
            for chunk in one:
                if chunk.id in refused:
                    self.failures.append(_chunk_failure(record, chunk, refused[chunk.id]))
            self.chunks += len(one)
        self.embedded += result.embedded
        self.reused += result.reused
        self.files_done += len(group)
        self.progress(0)

    def put(
        self, record: DocumentRecord, chunks: Sequence[Chunk], vectors: Mapping[str, Vector]
    ) -> None:
        sparse = {chunk.id: self.tools.sparse(chunk.embedding_text) for chunk in chunks}
        change = self.draft.catalog.put_document(
            replace(record, chunks=len(chunks)), chunks, [sparse[c.id].indices for c in chunks]
        )
        wanted = set(change.upsert)
        labels = {**dict(record.labels), "root": record.root, "type": _type(record.path)}
        labelled = {c.id: {**labels, LANGUAGE_LABEL: language(c.text).value} for c in chunks}
        self.draft.vectors.upsert(
            [
                EmbeddedChunk(chunk, vectors[chunk.id], sparse[chunk.id], labelled[chunk.id])
                for chunk in chunks
                if chunk.id in wanted
            ]
        )
        self.draft.vectors.delete(change.delete)

    def progress(self, within: float) -> None:
        total = len(self.found.to_parse)
        done = min(self.files_done + within, total)
        self.listen(Progress("ingest", done, total, "files", f"{self.chunks} chunks"))

    def note(self, found: Survey) -> None:
        """What changed besides documents: times, failures, sources."""
        catalog = self.draft.catalog
        for file in found.touched:
            catalog.touch_document(file.doc_id, file.size, file.mtime_ns)
        for failure in (*found.before, *self.failures):
            catalog.clear_failures(failure.root, failure.path)
        for failure in self.failures:
            catalog.put_failure(failure)
        for source in found.sources:
            catalog.put_source(source)

    def commit(self) -> int:
        self.listen(Progress("commit", 0, 0, ""))
        return self.draft.commit()

    def report(self, generation: int, seconds: float, *, removed: int) -> IngestReport:
        plan = self.found.plan
        return IngestReport(
            added=self.went_in(plan.new),
            updated=self.went_in(plan.changed),
            moved=self.went_in([file for _, file in plan.moved]),
            unchanged=len(plan.unchanged),
            removed=removed,
            failed=tuple(self.failures),
            chunks=self.chunks,
            embedded=self.embedded,
            reused=self.reused,
            generation=generation,
            seconds=round(seconds, 3),
        )

    def went_in(self, files: Sequence[SourceFile]) -> int:
        return sum(file.doc_id not in self.failed for file in files)


def _record(parsed: ParsedChunks) -> DocumentRecord:
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


def _type(path: str) -> str:
    """What `--where type=` compares with: the name's extension, lower case, without the dot."""
    return PurePosixPath(path).suffix.lower().lstrip(".")


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
