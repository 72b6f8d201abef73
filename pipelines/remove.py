"""`kb remove`: documents out of the live generation, with the proof that nothing is left."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kb.documents import roots
from kb.errors import NothingFound, UsageError
from kb.index.catalog import Catalog
from kb.index.generation import Collection
from kb.types import DocumentRecord, SourceRoot


@dataclass(frozen=True, slots=True)
class RemovalReport:
    """`remaining` counts the removed documents' chunks that the live vectors still hold."""

    removed: int
    remaining: int
    generation: int


def remove(collection: Collection, paths: Sequence[Path], *, wait: float) -> RemovalReport:
    """Remove what lies at the paths, with the sources that are named whole.

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
        draft.begin()
        gone: list[str] = []
        for record in records:
            gone += draft.catalog.remove_document(record.doc_id).delete
            draft.catalog.clear_failures(record.root, record.path)
        for source in sources:
            draft.catalog.remove_source(source.label)
            for failure in draft.catalog.failures():
                if failure.root == source.label:
                    draft.catalog.clear_failures(failure.root, failure.path)
        if gone:
            draft.vectors.delete(gone)
        generation = draft.commit()
    return RemovalReport(len(records), _remaining(collection, gone), generation)


def _named(
    catalog: Catalog, paths: Sequence[Path]
) -> tuple[list[DocumentRecord], list[SourceRoot]]:
    known = catalog.sources()
    places = {root.label: root.location for root in known}
    records: dict[str, DocumentRecord] = {}
    sources = []
    for path in paths:
        location = os.path.abspath(path)
        here = [root for root in known if roots.is_inside(root.location, location)]
        found = [
            record
            for record in catalog.documents()
            if roots.is_inside(os.path.join(places.get(record.root, ""), record.path), location)
            or str(path) in (record.path, f"{record.root}/{record.path}")
        ]
        if not found and not here:
            raise UsageError(
                f"'{path}' names nothing that is indexed",
                why="no document and no source lies there",
                hint="see what is indexed with: kb sources",
            )
        records |= {record.doc_id: record for record in found}
        sources += here
    return list(records.values()), sources


def _remaining(collection: Collection, gone: Sequence[str]) -> int:
    """Asked of the generation that is live now, not of what the removal believes it did."""
    with collection.reader() as live:
        left = live.catalog.known_ids(gone)
        if live.manifest.chunks:
            left |= set(live.vectors.ids()) & set(gone)
    return len(left)
