"""What a collection's catalog tells without a model: its state, its documents, their text."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from kb.config.settings import Retrieval
from kb.errors import UsageError
from kb.index.catalog import Catalog
from kb.index.generation import Collection
from kb.session.results import Document, Excerpt, Listing, Status
from kb.types import MEMBER, DocumentRecord, Failure
from kb.unicode import require_unicode

if TYPE_CHECKING:
    from kb.version_types import Families

_ID = re.compile("[0-9a-f]{6,32}")
_stored: WeakKeyDictionary[Catalog, Families] = WeakKeyDictionary()


def status(place: Collection, home: Path) -> Status:
    """See `Session.status`."""
    if not place.exists():
        return Status(place.name, home)
    with place.reader() as live:
        counts, manifest = live.catalog.counts(), live.manifest
        return Status(
            collection=place.name,
            home=home,
            generation=manifest.generation,
            created=manifest.created,
            documents=counts.documents,
            chunks=counts.chunks,
            characters=counts.characters,
            sources=tuple(live.catalog.sources()),
            fingerprint=manifest.fingerprint,
            models_engine=live.catalog.meta("models.engine") or "",
            root_hash=manifest.root_hash,
            failed=tuple(live.catalog.failures()),
        )


def listing(place: Collection, how: Retrieval, *, failed_only: bool) -> Listing:
    """See `Session.sources`."""
    with place.reader() as live:
        documents = () if failed_only else tuple(live.catalog.documents())
        members = {
            record.doc_id: len(live.catalog.members(record.root, record.path))
            for record in documents
            if record.is_archive
        }
        families = () if failed_only else families_of(live.catalog, how).all
        return Listing(documents, tuple(live.catalog.failures()), members, families)


@dataclass(frozen=True, slots=True)
class TakenIn:
    """Of a source: the paths of its documents, and the first failure of each file by its path."""

    documents: frozenset[str]
    failed: Mapping[str, Failure]


def taken_in(place: Collection, folder: Path) -> TakenIn:
    """What the index holds of a folder that is a source. Raises StoreError, StoreDamaged."""
    if not place.exists():
        return TakenIn(frozenset(), {})
    with place.reader() as live:
        catalog, location = live.catalog, os.path.realpath(folder)
        labels = [
            one.label for one in catalog.sources() if os.path.realpath(one.location) == location
        ]
        failed: dict[str, Failure] = {}
        for failure in catalog.failures():
            if failure.root in labels:
                failed.setdefault(failure.path.partition(MEMBER)[0], failure)
        known = (one.path for label in labels for one in catalog.documents(label))
        return TakenIn(frozenset(known), failed)


def families_of(catalog: Catalog, how: Retrieval) -> Families:
    """Which documents are versions of one another, set right by the configuration. Read once from
    a catalog that is open."""
    from kb.index import versions
    from kb.versions.corrections import corrected

    if catalog not in _stored:
        _stored[catalog] = versions.stored(catalog.database)
    found = _stored[catalog]
    if not (how.versions or how.not_versions):
        return found
    return corrected(
        found,
        {record.doc_id: record.path for record in catalog.documents()},
        versions=how.versions,
        not_versions=how.not_versions,
    )


def document(place: Collection, name: str) -> Document:
    """See `Session.document`."""
    require_unicode(name)
    with place.reader() as live:
        record = named_document(live.catalog, name)
        archive = live.catalog.members(record.root, record.path) if record.is_archive else ()
        return Document(record, tuple(live.catalog.document_chunks(record.doc_id)), tuple(archive))


def excerpt(place: Collection, chunk_id: str, distance: int, prefix: str) -> Excerpt:
    """See `Session.around`. `prefix` stands before ids and paths where several collections are
    searched."""
    require_unicode(chunk_id)
    with place.reader() as live:
        found = live.catalog.chunks([chunk_id])
        record = live.catalog.document(found[0].doc_id) if found else None
        if record is None:
            raise UsageError(
                f"the collection '{place.name}' has no chunk '{chunk_id}'",
                why="it is another collection's, or its document was changed or removed",
                hint="search again: a hit names its chunk",
            )
        chunks = (
            replace(one, id=prefix + one.id, doc_id=prefix + one.doc_id)
            for one in live.catalog.neighbours(found[0], distance)
        )
        return Excerpt(prefix + record.path, tuple(chunks))


def named_document(catalog: Catalog, name: str) -> DocumentRecord:
    documents = catalog.documents()
    found = [one for one in documents if name in (one.path, f"{one.root}/{one.path}")]
    found = found or catalog.documents_matching(name)
    if not found and _ID.fullmatch(name):
        found = [one for one in documents if one.doc_id.startswith(name)]
    if len(found) != 1:
        raise UsageError(
            f"'{name}' names {len(found)} documents, not one",
            why=", ".join(f"{one.root}/{one.path}" for one in found[:5]) or "no path fits",
            hint="see the paths with: kb sources",
        )
    return found[0]
