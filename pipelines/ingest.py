"""`kb ingest`: from files to one committed generation.

    survey   scan the folders, compare with the catalog: new, changed, moved, unchanged, removed
    flow     file → text → chunks in processes, chunks → vectors from the cache or the engine
    store    catalog and vectors of a draft
    relate   which documents are versions of one another
    measure  the refusal threshold, from the collection's own text
    commit   the draft becomes the live generation

Until the commit readers see the old generation. A run that is told to stop, or whose engine or
vector server fails, commits what is whole and says how it ended; the next one goes on from there.
"""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from kb.documents.pool.workers import ParsedChunks
from kb.errors import GateFailed, Interrupted, KbError, ModelError, StoreUnavailable, UsageError
from kb.index.catalog import Catalog
from kb.index.draft import Draft
from kb.index.generation import Collection
from kb.index.manifest import Fingerprint
from kb.index.run_log import RunRecord
from kb.index.snapshot import Snapshot
from kb.memory import give_back
from kb.pipelines.flow import Stages, flow
from kb.pipelines.runs import log_run
from kb.pipelines.storing import Store
from kb.pipelines.survey import Known, Patterns, Survey, survey
from kb.ports import Embedder
from kb.run_types import IngestPlan, IngestReport
from kb.types import (
    DocumentRecord,
    Failure,
    Listener,
    Progress,
    SourceFile,
    SparseVector,
)


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
    before that, with the files, for the parsing processes take longest to start; `halt`
    ends them; `free` frees what the engine has loaded, until it is asked again.

    `parser` and `chunker` name the versions and settings whose change makes every document
    worth reading again. `patience`: seconds to wait for an engine that dies. `stop` says whether
    the run is to end.
    """

    collection: Collection
    prepare: Callable[[Sequence[SourceFile]], None]
    parse: Callable[[Iterable[SourceFile]], Iterator[ParsedChunks | Failure]]
    embedder: Callable[[], Embedder]
    sparse: Callable[[str], SparseVector]
    parser: str
    chunker: str
    store: str
    halt: Callable[[], None] = lambda: None
    free: Callable[[], None] = lambda: None
    patience: float = 0.0
    stop: Callable[[], bool] = lambda: False


Accept = Callable[[Snapshot], None]


def plan(job: IngestJob, tools: Tools) -> IngestPlan:
    """What a run would do, and nothing done."""
    if not tools.collection.exists():
        return _survey(job, tools, None).plan
    with tools.collection.reader() as live:
        return _survey(job, tools, live).plan


def ingest(
    job: IngestJob,
    tools: Tools,
    listen: Listener,
    *,
    command: str = "ingest",
    accept: Accept | None = None,
) -> IngestReport:
    """Bring the collection up to date with the job's paths, and commit if there is a change.

    A run that is told to stop, or whose engine or vector server fails, commits the documents that
    are whole, and says so in the report's `ended_by`; not where the server has not come back by
    then, and not one that reads everything anew, for that would lose
    what it did not come to. Every run leaves a line in the collection's log, but a path
    that was mistyped.

    Args:
        accept: judges the new generation before it is committed. Where it raises GateFailed,
            the old one stays live and the report is `ended_by` that; a run that ends early,
            before its result can be judged, commits nothing.

    Raises:
        UsageError: a path does not exist.
        LockHeld: another run is writing.
        ModelMismatch: the index was built with another embedding model.
        ModelError: the engine is missing, or gone before anything was whole.
        Interrupted: the run was stopped before anything was whole.
        StoreError: the store cannot be written; nothing was committed.
    """
    began, started = datetime.now(UTC).isoformat(timespec="seconds"), time.monotonic()
    try:
        report = _ingest(job, tools, listen, accept)
    except KbError as error:
        if command == "ingest" and isinstance(error, UsageError):
            raise  # a slip of who typed it, not a run
        seconds = round(time.monotonic() - started, 3)
        log_run(tools.collection, RunRecord(began, command, error.reference, 0, seconds=seconds))
        raise
    log_run(tools.collection, _run_record(report, began, command))
    return report


def _ingest(job: IngestJob, tools: Tools, listen: Listener, accept: Accept | None) -> IngestReport:
    started = time.monotonic()
    listen(Progress("scan", 0, 0, ""))
    with tools.collection.writer(job.wait) as draft:
        found = _survey(job, tools, draft.base)
        store = Store(draft, found, tools.sparse)
        generation = draft.base.number if draft.base else 0
        ended: KbError | None = None
        if job.rebuild or found.has_work(prune=job.prune):
            gone = found.plan.removed if job.prune else ()
            embedder = _begin(draft, found, tools, listen, fresh=job.rebuild)
            carried = _carried(draft, found, gone) if job.rebuild else ()
            store.remove(gone)
            if embedder:
                ended = _add(carried, found, store, _stages(tools, embedder, draft), listen)
            if ended and (job.rebuild or found.reparse or accept or not store.files_done):
                if isinstance(ended, StoreUnavailable):
                    raise _nothing_committed(ended, generation)
                raise ended
            store.note()
            _relate_and_measure(draft, None if ended else embedder, listen, tools.stop)
            listen(Progress("commit", 0, 0, ""))
            try:
                # A run that is to stop has no time for what the next one can do as well.
                generation = draft.commit(accept, merge=not tools.stop())
            except GateFailed as error:
                ended = error
            except StoreUnavailable as error:
                raise _nothing_committed(error, generation) from error
        return IngestReport(
            counts=store.counts,
            # In the order in which the next run finds them in the catalog.
            failed=tuple(sorted(store.failures, key=lambda failure: (failure.root, failure.path))),
            generation=generation,
            seconds=round(time.monotonic() - started, 3),
            ended_by=ended,
        )


def _survey(job: IngestJob, tools: Tools, live: Snapshot | None) -> Survey:
    fingerprint = live.manifest.fingerprint if live else None
    return survey(
        Known.of(live.catalog) if live else Known(),
        job.paths,
        patterns=Patterns(job.include, job.exclude),
        rebuild=job.rebuild,
        reparse=fingerprint is not None
        and (fingerprint.parser, fingerprint.chunker) != (tools.parser, tools.chunker),
        stop=tools.stop,
    )


def _relate_and_measure(
    draft: Draft, embedder: Embedder | None, listen: Listener, stop: Callable[[], bool]
) -> None:
    """Which documents are versions of one another; the threshold, where there is an embedder.

    Most runs find no change, and then what this imports would be half of their time.
    """
    from kb.pipelines.self_calibration import calibrate_itself
    from kb.pipelines.versions import note_versions

    give_back()  # what the last document took, before a model is loaded
    note_versions(draft.catalog)
    if embedder:
        calibrate_itself(draft, embedder, listen, stop)


def _begin(
    draft: Draft, found: Survey, tools: Tools, listen: Listener, *, fresh: bool
) -> Embedder | None:
    """Open the draft. The model is asked for only when there is something to embed."""
    if not found.to_parse and not fresh:
        draft.begin()
        return None
    tools.prepare(found.to_parse)
    embedder = tools.embedder()
    model = embedder.info()
    listen(Progress("load", 1, 1, "", f"{model.name}, {model.engine}"))
    fingerprint = Fingerprint(
        parser=tools.parser,
        chunker=tools.chunker,
        embedding=model.name,
        digest=model.digest,
        dimension=model.dimension,
        engine=tools.store,
    )
    draft.begin(fingerprint, fresh=fresh)
    draft.catalog.set_meta("models.engine", model.engine)
    embedder.load()
    return embedder


def _carried(draft: Draft, found: Survey, gone: Sequence[DocumentRecord]) -> Iterator[ParsedChunks]:
    """The documents that a rebuild cannot read anew, for their source is not there tonight: from
    their stored chunks."""
    if draft.base is None:
        return
    catalog = draft.base.catalog
    dropped = {record.doc_id for record in gone}
    for source in found.to_parse:
        dropped |= {source.doc_id, *(record.doc_id for record in found.inside(source))}
    for record in catalog.documents():
        if record.doc_id not in dropped:
            yield _stored(record, catalog)


def _stored(record: DocumentRecord, catalog: Catalog) -> ParsedChunks:
    source = SourceFile(record.root, record.path, "", record.size, record.mtime_ns, record.sha256)
    chunks = tuple(catalog.document_chunks(record.doc_id))
    return ParsedChunks(source, chunks, record.title, record.labels, record.characters)


def _stages(tools: Tools, embedder: Embedder, draft: Draft) -> Stages:
    return Stages(
        tools.parse, tools.halt, embedder, draft.cache, tools.patience, tools.stop, tools.free
    )


def _add(
    carried: Iterable[ParsedChunks],
    found: Survey,
    store: Store,
    stages: Stages,
    listen: Listener,
) -> Interrupted | ModelError | StoreUnavailable | None:
    """Store the documents as they come. What fails is noted and the rest goes in.

    Returns what ended it before its end, if something did.
    """
    total, embedded = len(found.to_parse), 0

    def tell(chunks: int | None = None) -> None:
        nonlocal embedded
        embedded = embedded if chunks is None else chunks
        detail = f"{embedded} chunks embedded, {store.reused} reused"
        listen(Progress("ingest", store.files_done, total, "files", detail))

    both = replace(stages, parse=lambda files: itertools.chain(carried, stages.parse(files)))
    with contextlib.closing(flow(found.to_parse, both, tell)) as documents:
        try:
            for document in documents:
                if isinstance(document, Failure):
                    store.fail(document)
                else:
                    store.put(document)
                tell()
        except (Interrupted, ModelError, StoreUnavailable) as error:
            return error
    return None


def _nothing_committed(error: StoreUnavailable, generation: int) -> StoreUnavailable:
    stays = f"; generation {generation} stays live" if generation else ""
    return StoreUnavailable(
        error.what,
        why=f"{error.why}; nothing was committed{stays}",
        hint=f"{error.hint}; what was embedded is kept, and not computed again",
    )


def _run_record(report: IngestReport, began: str, command: str) -> RunRecord:
    outcome = "failures" if report.failed else "done"
    return RunRecord(
        started=began,
        command=command,
        outcome=report.ended_by.reference if report.ended_by else outcome,
        generation=report.generation,
        counts=report.counts,
        seconds=report.seconds,
    )
