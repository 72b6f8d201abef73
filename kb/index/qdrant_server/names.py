"""Which point is whose: the names of Qdrant collections, and of the points in them.

All generations of a collection share one Qdrant collection. A chunk whose labels or terms change
keeps its id, so its point cannot be named by that alone: a draft would overwrite the point that
the live generation reads, and a rollback would not bring it back. A point's id is therefore made
of the chunk's id and of all that decides what else is in the point, as the generation's own
catalog has it. Each generation finds its own points and no others.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from typing import Protocol

from kb.index.catalog import Catalog
from kb.index.manifest import Fingerprint


class PointNames(Protocol):
    def of(self, chunk_ids: Sequence[str]) -> Mapping[str, str]:
        """The id of each chunk's point; chunks that are not this generation's are left out."""


class ChunkNames:
    """A point bears its chunk's id, whatever chunk it is."""

    def of(self, chunk_ids: Sequence[str]) -> Mapping[str, str]:
        return {chunk_id: chunk_id for chunk_id in chunk_ids}


class OldNames:
    """A point bears its chunk's id, as it was until every collection had an id of its own."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def of(self, chunk_ids: Sequence[str]) -> Mapping[str, str]:
        return {chunk_id: chunk_id for chunk_id in self._catalog.known_ids(chunk_ids)}


class GenerationNames:
    """A point bears an id of its chunk's id and content, see above."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def of(self, chunk_ids: Sequence[str]) -> Mapping[str, str]:
        return {
            chunk_id: point_id(chunk_id, labels, terms)
            for chunk_id, labels, terms in self._catalog.point_contents(chunk_ids)
        }


def point_id(chunk_id: str, labels: str = "", terms: bytes = b"") -> str:
    """`labels` and `terms` are those of the catalog: its document's, and the chunk's own."""
    digest = hashlib.sha256(f"{chunk_id}\0{labels}\0".encode("utf-8", "replace") + terms)
    return str(uuid.UUID(bytes=digest.digest()[:16]))


def qdrant_name(owner: str, collection: str, fingerprint: Fingerprint) -> str:
    """The Qdrant collection of a collection; `owner` is its folder's id. Vectors of two models,
    or of two homes, never share one."""
    return f"kb-{owner[:12]}-{old_name(collection, fingerprint).removeprefix('kb-')}"


def old_name(collection: str, fingerprint: Fingerprint) -> str:
    """As it was until every collection had an id of its own: two homes could share it."""
    return f"kb-{collection}-{fingerprint.digest[:12]}-{fingerprint.dimension}"
