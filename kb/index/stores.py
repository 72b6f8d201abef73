"""Where a collection's vectors live: the one seam between the generations and the engines.

Imports no engine before one is opened.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from kb.index.layout import FIXED_FILES, Layout

if TYPE_CHECKING:
    from kb.index.catalog import Catalog
    from kb.index.manifest import Fingerprint
    from kb.ports import VectorIndex


class VectorStore(Protocol):
    """Opens the vectors that belong to a generation's folder and catalog.

    `engine` is the store's name in a fingerprint; `shared` says whether all generations of a
    collection keep their vectors in one place. `fixed_files` are names of files in a generation's
    folder that are written once, and so may be shared between generations.
    """

    engine: str
    shared: bool
    fixed_files: frozenset[str]

    def reader(
        self, place: Layout, folder: Path, catalog: Catalog, fingerprint: Fingerprint
    ) -> VectorIndex:
        """The vectors of a committed generation, as its catalog has them: what a draft writes or
        deletes later changes nothing of it."""

    def writer(
        self, place: Layout, folder: Path, catalog: Catalog, fingerprint: Fingerprint
    ) -> VectorIndex:
        """The vectors of a draft, created where there are none. A chunk is in the catalog before
        it is upserted."""

    def rewrite(self, folder: Path, catalog: Catalog, fingerprint: Fingerprint) -> None:
        """Write a draft's vectors anew, those of its catalog and no others, before they are
        opened: nothing that was ever deleted is in the folder's files afterwards."""

    def forget(
        self, place: Layout, fingerprint: Fingerprint, gone: Catalog, kept: Sequence[Catalog]
    ) -> None:
        """Called before a generation, or an abandoned draft, is deleted: delete its vectors that
        none of the kept generations with this fingerprint needs."""

    def orphans(
        self, place: Layout, fingerprint: Fingerprint, kept: Sequence[Catalog]
    ) -> Iterator[str]:
        """Names of vectors that no kept generation needs. Asked of a shared store alone."""

    def forget_orphans(
        self, place: Layout, fingerprint: Fingerprint, orphans: Sequence[str]
    ) -> None:
        """Delete vectors that `orphans` named. Asked of a shared store alone."""


class EdgeStore:
    """A shard within each generation's folder: what is deleted in a draft is in no one's way."""

    engine = "edge"
    shared = False
    fixed_files = FIXED_FILES

    def reader(
        self, place: Layout, folder: Path, catalog: Catalog, fingerprint: Fingerprint
    ) -> VectorIndex:
        from kb.index.qdrant_edge.index import EdgeIndex

        return EdgeIndex(folder, documents=catalog.document_ids_matching)

    def writer(
        self, place: Layout, folder: Path, catalog: Catalog, fingerprint: Fingerprint
    ) -> VectorIndex:
        from kb.index.qdrant_edge.index import EdgeIndex

        return EdgeIndex(
            folder, dimension=fingerprint.dimension, documents=catalog.document_ids_matching
        )

    def rewrite(self, folder: Path, catalog: Catalog, fingerprint: Fingerprint) -> None:
        from kb.index.qdrant_edge.index import rewrite

        if folder.is_dir():
            rewrite(folder, fingerprint.dimension, catalog.chunk_ids())

    def forget(
        self, place: Layout, fingerprint: Fingerprint, gone: Catalog, kept: Sequence[Catalog]
    ) -> None:
        """Nothing to do: a swept generation takes its shard with it."""

    def orphans(
        self, place: Layout, fingerprint: Fingerprint, kept: Sequence[Catalog]
    ) -> Iterator[str]:
        return iter(())

    def forget_orphans(
        self, place: Layout, fingerprint: Fingerprint, orphans: Sequence[str]
    ) -> None:
        """Nothing to do: a generation's own index deletes its orphans."""
