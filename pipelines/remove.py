"""`kb remove`: documents out of the live generation, with the proof that nothing is left."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kb.documents import roots
from kb.documents.scan import printable
from kb.errors import NothingFound, UsageError
from kb.index.catalog import Catalog
from kb.index.generation import Collection
from kb.types import MEMBER, Chunk, DocumentRecord, SourceRoot

_NEEDLES = 50
"""Chunks whose bytes are searched for in the catalog's file; each search reads it whole."""

_NEEDLE_BYTES = 48


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
        records, sources = _named(draft.base.catalog, paths)
        places = {root.label: root.location for root in draft.base.catalog.sources()}
        gone = [
            chunk
            for record in records
            for chunk in draft.base.catalog.document_chunks(record.doc_id)
        ]
        draft.begin()
        for record in records:
            draft.catalog.remove_document(record.doc_id)
            draft.catalog.clear_failures(record.root, record.path)
        _forget_sources(draft.catalog, sources)
        if gone:
            draft.vectors.delete([chunk.id for chunk in gone])
        generation = draft.commit()
    files = {os.path.join(places.get(one.root, ""), outermost(one.path)) for one in records}
    return RemovalReport(
        removed=sum(not record.is_archive for record in records),
        remaining=_remaining(collection, gone),
        generation=generation,
        kept=tuple(m.generation for m in collection.generations() if m.generation != generation),
        on_disk=tuple(sorted(file for file in files if os.path.exists(file))),
    )


def outermost(path: str) -> str:
    """The file that holds what is at a path."""
    return path.partition(MEMBER)[0]


def _forget_sources(catalog: Catalog, sources: Sequence[SourceRoot]) -> None:
    gone = {source.label for source in sources}
    for label in gone:
        catalog.remove_source(label)
    for failure in catalog.failures():
        if failure.root in gone:
            catalog.clear_failures(failure.root, failure.path)


def _named(
    catalog: Catalog, paths: Sequence[Path]
) -> tuple[list[DocumentRecord], list[SourceRoot]]:
    known = catalog.sources()
    places = {root.label: printable(root.location) for root in known}
    records: dict[str, DocumentRecord] = {}
    sources = []
    for path in paths:
        # Names are compared as they are stored; see docs/sync.md.
        location, name = printable(os.path.abspath(path)), printable(str(path))
        here = [root for root in known if roots.is_inside(printable(root.location), location)]
        found = [
            record
            for record in catalog.documents()
            if roots.is_inside(os.path.join(places.get(record.root, ""), record.path), location)
            or name in (record.path, f"{record.root}/{record.path}")
        ]
        found += [inside for one in found for inside in catalog.members(one.root, one.path)]
        if not found and not here:
            raise UsageError(
                f"'{path}' names nothing that is indexed",
                why="no document and no source lies there",
                hint="see what is indexed with: kb sources",
            )
        records |= {record.doc_id: record for record in found}
        sources += here
    return list(records.values()), sources


def _remaining(collection: Collection, gone: Sequence[Chunk]) -> int:
    """Asked of the generation that is live now, not of what the removal believes it did."""
    ids = {chunk.id for chunk in gone}
    with collection.reader() as live:
        left = live.catalog.known_ids(sorted(ids))
        if live.manifest.chunks and not live.shares_vectors:
            left |= {chunk_id for chunk_id in live.vectors.ids() if chunk_id in ids}
        step = max(1, len(gone) // _NEEDLES)
        texts = [chunk.text.encode()[:_NEEDLE_BYTES] for chunk in gone[::step]]
        names = [chunk.id.encode() for chunk in gone[::step]]
        return len(left) + live.catalog.bytes_left([*names, *texts])
