"""`kb check --repair`: what is damaged is made anew, as a generation of its own.

    fall back   a damaged catalog or CURRENT: to the newest whole generation
    compare     which documents' rows are damaged, which chunks have no vectors, which vectors no
                chunk, which cannot be read
    mend        in a draft: documents from an earlier generation, or out; sources that a lost
                catalog had; vectors from the embedding cache, else from the model
    commit      the draft becomes the live generation
    compare     again

Nothing is changed in place, so a repair that is killed has changed nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from kb.errors import KbError, ModelError, NothingFound
from kb.index import versions
from kb.index.checks import CheckReport, compare
from kb.index.draft import Draft
from kb.index.generation import Collection, FallBack
from kb.index.manifest import Manifest
from kb.index.run_log import RunRecord
from kb.index.source_list import Sources, put_back, sources_of
from kb.pipelines.embedding import Patience, embed
from kb.pipelines.mend_rows import MendedRows, mend_rows
from kb.pipelines.points import embedded_chunk, lexical_text
from kb.pipelines.runs import log_run
from kb.pipelines.versions import note_versions
from kb.ports import Embedder
from kb.run_types import RunCounts
from kb.table_types import DOCUMENTS
from kb.types import (
    Chunk,
    DocumentRecord,
    Listener,
    Progress,
    SparseVector,
    Vector,
)

_CHUNKS_HELD = 512
_BATCH = 32
"""Texts a call of the engine."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What a repair works with. `embedder` is called when the cache lacks a vector; `patience`:
    seconds to wait for an engine that dies."""

    collection: Collection
    embedder: Callable[[], Embedder]
    sparse: Callable[[str], SparseVector]
    patience: float = 0.0


@dataclass(frozen=True, slots=True)
class RepairReport:
    """`found` is what was wrong, `after` what is now. `vectors_added` are `reused` from the cache
    or `embedded`; `refused` tells why the model did not take a text. `swept`: folders that killed
    runs had left. `fell_back` is None where the live generation's catalog was whole. `documents`
    had damaged rows; `sources` are places that a lost catalog knew, and that are known again."""

    found: CheckReport
    after: CheckReport
    generation: int
    vectors_added: int
    vectors_removed: int
    embedded: int
    reused: int
    refused: tuple[str, ...]
    swept: int
    fell_back: FallBack | None
    documents: MendedRows = field(default_factory=MendedRows)
    sources: tuple[str, ...] = ()


def repair(
    tools: Tools, *, wait: float = 0.0, listen: Listener = lambda progress: None
) -> RepairReport:
    """Mend the live generation; a line in the collection's log, also when it fails.

    Raises:
        NothingFound: the collection is empty.
        LockHeld: another run is writing.
        ModelMismatch: vectors are to be embedded, and the configured model is another one.
        ModelError: the engine is missing or gone; nothing was committed.
        StoreDamaged: no generation is whole.
    """
    began, started = datetime.now(UTC).isoformat(timespec="seconds"), time.monotonic()
    try:
        report = _repair(tools, wait, listen)
    except NothingFound:
        raise
    except KbError as error:
        seconds = round(time.monotonic() - started, 3)
        failed = RunRecord(began, "repair", error.reference, 0, seconds=seconds)
        log_run(tools.collection, failed)
        raise
    outcome = "done" if report.after.sound else "damaged"
    record = RunRecord(
        began,
        "repair",
        outcome,
        report.generation,
        RunCounts(chunks=report.vectors_added, embedded=report.embedded, reused=report.reused),
        seconds=round(time.monotonic() - started, 3),
    )
    log_run(tools.collection, record)
    return report


def _repair(tools: Tools, wait: float, listen: Listener) -> RepairReport:
    collection = tools.collection
    fell_back = collection.fall_back(wait_seconds=wait)
    swept = len(collection.leftovers())
    with collection.writer(wait) as draft:
        if draft.base is None:
            raise NothingFound(
                f"the collection '{collection.name}' is empty",
                why="nothing was ingested into it yet",
                hint="add documents with: kb ingest PATH",
            )
        listen(Progress("check", 0, 0, ""))
        found = compare(draft.base)
        mending = _Mending(tools, draft, draft.base.manifest, listen)
        lost = fell_back.sources if fell_back else ()
        whole = found.sound and {*lost} <= {*sources_of(draft.base.catalog)}
        generation = draft.base.number if whole else mending.run(found, lost)
    with collection.reader() as live:
        after = compare(live)
    return RepairReport(
        found=found,
        after=after,
        generation=generation,
        vectors_added=mending.embedded + mending.reused,
        vectors_removed=mending.removed,
        embedded=mending.embedded,
        reused=mending.reused,
        refused=tuple(mending.refused),
        swept=swept,
        fell_back=fell_back,
        documents=mending.documents,
        sources=mending.sources,
    )


class _Mending:
    """One repair's changes to its draft, and the count of them."""

    def __init__(self, tools: Tools, draft: Draft, manifest: Manifest, listen: Listener) -> None:
        self.embedded = self.reused = self.removed = 0
        self.documents = MendedRows()
        self.sources: tuple[str, ...] = ()
        self.refused: list[str] = []
        self._tools = tools
        self._draft = draft
        self._manifest = manifest
        self._listen = listen
        self._embedder: Embedder | None = None
        self._patience = Patience(tools.patience, _sleep)

    def run(self, found: CheckReport, sources: Sources) -> int:
        self._draft.begin(repairing=True)
        if found.versions:
            versions.forget(self._draft.catalog.database)
            self._draft.catalog.table_store.remove(DOCUMENTS)
        if found.damaged or found.terms:
            self.documents = mend_rows(self._tools.collection, self._draft.catalog, found.damaged)
        self.sources = put_back(self._draft.catalog, sources)
        self._mend_vectors(found)
        note_versions(self._draft.catalog)
        self._listen(Progress("commit", 0, 0, ""))
        return self._draft.commit()

    def _mend_vectors(self, found: CheckReport) -> None:
        wanted: set[str] | None = None
        if found.readable:
            missing, orphaned = self._differences(found)
            self._draft.forget_vectors(orphaned)
            wanted, self.removed = {*missing}, len(orphaned)
        else:
            self._draft.renew_vectors()
        total = self._draft.catalog.chunk_count() if wanted is None else len(wanted)
        done = 0
        for group in self._groups(wanted):
            vectors = self._vectors(
                [chunk.embedding_text for _, chunk in group if not chunk.lexical_only]
            )
            self._draft.vectors.upsert(
                [
                    embedded_chunk(
                        record,
                        chunk,
                        None if chunk.lexical_only else vectors[chunk.embedding_text],
                        self._tools.sparse(lexical_text(record, chunk)),
                    )
                    for record, chunk in group
                    if chunk.lexical_only or chunk.embedding_text in vectors
                ]
            )
            done += len(group)
            self._listen(Progress("repair", done, total, "chunks"))

    def _differences(self, found: CheckReport) -> tuple[Sequence[str], Sequence[str]]:
        """Between catalog and vectors, as they are when the documents' rows are mended."""
        if found.damaged or found.terms:
            missing, extra = self._draft.differences()
            return missing, sorted({*extra, *found.orphaned})
        return found.missing, found.orphaned

    def _groups(self, wanted: set[str] | None) -> Iterator[list[tuple[DocumentRecord, Chunk]]]:
        """The chunks that want vectors (None: all of them), some at a time."""
        held: list[tuple[DocumentRecord, Chunk]] = []
        for record in self._draft.catalog.documents():
            for chunk in self._draft.catalog.document_chunks(record.doc_id):
                if wanted is None or chunk.id in wanted:
                    held.append((record, chunk))
            if len(held) >= _CHUNKS_HELD:
                yield held
                held = []
        if held:
            yield held

    def _vectors(self, texts: Sequence[str]) -> Mapping[str, Vector]:
        """By text; those that the model refuses are left out."""
        digest = self._manifest.fingerprint.digest if self._manifest.fingerprint else ""
        known = dict(self._draft.cache.get(digest, texts))
        self.reused += sum(text in known for text in texts)
        lacking = sorted(set(texts) - known.keys())
        for start in range(0, len(lacking), _BATCH):
            batch = lacking[start : start + _BATCH]
            got = embed(batch, self._model(), self._patience)
            self._draft.cache.put(digest, got.vectors)
            known |= got.vectors
            self.refused += [_refusal(text, error) for text, error in got.refused.items()]
        fresh = {*lacking} & known.keys()
        self.embedded += sum(text in fresh for text in texts)
        return known

    def _model(self) -> Embedder:
        if self._embedder is None:
            self._embedder = self._tools.embedder()
            self._manifest.check_model(self._embedder.info())
        return self._embedder


def _refusal(text: str, error: ModelError) -> str:
    return f"a chunk of {len(text)} characters stays without a vector: {error.what}"


def _sleep(seconds: float) -> bool:
    time.sleep(seconds)
    return False
