"""`kb remove`: documents out of the live generation, with the proof that nothing is left."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kb.documents.scan import roots
from kb.documents.scan.names import printable
from kb.errors import NothingFound, UsageError
from kb.index.catalog import Catalog
from kb.index.generation import Collection
from kb.pipelines import self_calibration
from kb.pipelines.survey import forget_patterns
from kb.pipelines.traces import of_cells
from kb.pipelines.versions import note_versions
from kb.types import MEMBER, Chunk, DocumentRecord, Failure, SourceRoot

_NEEDLES = 50
"""Chunks whose bytes are searched for in the catalog's file; each search reads it whole."""

_NEEDLE_BYTES = 48

CELLS = 200
"""Rows of a table of which a cell is searched for, some of them in the bytes of files."""


@dataclass(frozen=True, slots=True)
class RemovalReport:
    """`remaining` counts what the live generation still holds of the removed documents: chunks in
    the catalog or the vectors, and texts in the bytes of the catalog's file.

    `kept` are the older generations, which still hold them, as does the embedding cache.
    `on_disk`: paths of removed files that are there, and come back with the next ingest.
    """

    removed: int
    remaining: int
    generation: int
    kept: tuple[int, ...]
    on_disk: tuple[str, ...]


def remove(collection: Collection, paths: Sequence[Path], *, wait: float) -> RemovalReport:
    """Remove what lies at the paths, with the sources that are named whole. With an archive go
    its members.

    Raises:
        NothingFound: the collection is empty.
        UsageError: a path names nothing that is indexed.
        LockHeld: another run is writing.
    """
    with collection.writer(wait) as draft:
        if draft.base is None:
            raise NothingFound(
                f"the collection '{collection.name}' is empty",
                why="nothing was ingested into it yet",
                hint="there is nothing to remove",
            )
        what = named(draft.base.catalog, paths)
        gone = [
            chunk
            for record in what.records
            for chunk in draft.base.catalog.document_chunks(record.doc_id)
        ]
        store = draft.base.catalog.table_store
        cells = [cell for one in what.records for cell in store.samples(one.doc_id, CELLS)]
        draft.begin()
        take_out(draft.catalog, what)
        note_versions(draft.catalog)
        if made := draft.base.manifest.fingerprint:
            self_calibration.forget_removed(draft.catalog, made.digest)
        if gone:
            draft.vectors.delete([chunk.id for chunk in gone])
        generation = draft.commit()
        on_disk = files_of(what.records, draft.base.catalog)
    return RemovalReport(
        removed=sum(not record.is_archive for record in what.records),
        remaining=left_of(collection, gone, cells),
        generation=generation,
        kept=tuple(m.generation for m in collection.generations() if m.generation != generation),
        on_disk=on_disk,
    )


def outermost(path: str) -> str:
    """The file that holds what is at a path."""
    return path.partition(MEMBER)[0]


def files_of(records: Sequence[DocumentRecord], catalog: Catalog) -> tuple[str, ...]:
    """The documents' files that are there, sorted."""
    places = {root.label: root.location for root in catalog.sources()}
    files = {os.path.join(places.get(one.root, ""), outermost(one.path)) for one in records}
    return tuple(sorted(file for file in files if os.path.exists(file)))


@dataclass(frozen=True, slots=True)
class Named:
    """What lies at some paths: documents, with what is inside of them, the sources that are
    named whole, and the failures of files."""

    records: tuple[DocumentRecord, ...] = ()
    sources: tuple[SourceRoot, ...] = ()
    failures: tuple[Failure, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.records or self.sources or self.failures)


def named(catalog: Catalog, paths: Sequence[Path]) -> Named:
    """Raises UsageError where a path names nothing."""
    records: dict[str, DocumentRecord] = {}
    sources: list[SourceRoot] = []
    failures: list[Failure] = []
    for path in paths:
        found = find(catalog, path)
        if not found:
            raise nothing_at(path)
        records |= {record.doc_id: record for record in found.records}
        sources += found.sources
        failures += found.failures
    return Named(tuple(records.values()), tuple(sources), tuple(failures))


def nothing_at(path: Path) -> UsageError:
    return UsageError(
        f"'{path}' names nothing that is indexed",
        why="no document and no source lies there",
        hint="see what is indexed with: kb sources",
    )


def find(catalog: Catalog, path: Path) -> Named:
    """What lies at a path, if anything."""
    known = catalog.sources()
    places = {root.label: printable(root.location) for root in known}
    # Names are compared as they are stored; see docs/sync.md.
    location, name = printable(os.path.abspath(path)), printable(str(path))

    def is_here(root: str, inside: str) -> bool:
        if name in (inside, f"{root}/{inside}"):
            return True
        return roots.is_inside(os.path.join(places.get(root, ""), inside), location)

    records = [record for record in catalog.documents() if is_here(record.root, record.path)]
    records += [inside for one in records for inside in catalog.members(one.root, one.path)]
    return Named(
        records=tuple({record.doc_id: record for record in records}.values()),
        sources=tuple(r for r in known if roots.is_inside(printable(r.location), location)),
        failures=tuple(
            failure
            for failure in catalog.failures()
            if is_here(failure.root, outermost(failure.path)) or is_here(failure.root, failure.path)
        ),
    )


def take_out(catalog: Catalog, what: Named) -> None:
    for source in what.sources:
        catalog.remove_source(source.label)
        forget_patterns(catalog, source.label)
    for record in what.records:
        catalog.remove_document(record.doc_id)
    for failure in what.failures:
        catalog.clear_failures(failure.root, failure.path)


def left_of(collection: Collection, gone: Sequence[Chunk], cells: Sequence[str]) -> int:
    """What `RemovalReport.remaining` says, asked of the generation that is live now, not of what
    the removal believes it did."""
    ids = {chunk.id for chunk in gone}
    with collection.reader() as live:
        left = live.catalog.known_ids(sorted(ids))
        if live.manifest.chunks and not live.shares_vectors:
            left |= {chunk_id for chunk_id in live.vectors.ids() if chunk_id in ids}
        step = max(1, len(gone) // _NEEDLES)
        texts = [chunk.text.encode()[:_NEEDLE_BYTES] for chunk in gone[::step]]
        names = [chunk.id.encode() for chunk in gone[::step]]
        found = of_cells(cells[:: max(1, len(cells) // _NEEDLES)])
        return len(left) + live.catalog.bytes_left([*names, *texts, *found])
