"""Where a collection's vectors live: the one seam between the generations and the engines.

Imports no engine before one is opened.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from kb.index.catalog import Catalog
from kb.index.layout import FIXED_FILES
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
        self, collection: str, folder: Path, catalog: Catalog, fingerprint: Fingerprint
    ) -> VectorIndex:
        """The vectors of a committed generation. Finds nothing that its catalog does not hold."""

    def writer(
        self, collection: str, folder: Path, catalog: Catalog, fingerprint: Fingerprint
    ) -> VectorIndex:
        """The vectors of a draft, created where there are none.

        What it deletes must stay visible to the readers of committed generations.
        """

    def rewrite(self, folder: Path, catalog: Catalog, fingerprint: Fingerprint) -> None:
        """Write a draft's vectors anew, those of its catalog and no others, before they are
        opened: nothing that was ever deleted is in the folder's files afterwards."""

    def forget(self, collection: str, fingerprint: Fingerprint, gone: Iterator[str]) -> None:
        """Called after a commit: chunk ids that no kept generation holds any more."""


class EdgeStore:
    """A shard within each generation's folder: what is deleted in a draft is in no one's way."""

    engine = "edge"
    shared = False
    fixed_files = FIXED_FILES

    def reader(
        self, collection: str, folder: Path, catalog: Catalog, fingerprint: Fingerprint
    ) -> VectorIndex:
        from kb.index.edge import EdgeIndex

        return EdgeIndex(folder, documents=catalog.document_ids_matching)

    def writer(
        self, collection: str, folder: Path, catalog: Catalog, fingerprint: Fingerprint
    ) -> VectorIndex:
        from kb.index.edge import EdgeIndex

        return EdgeIndex(
            folder, dimension=fingerprint.dimension, documents=catalog.document_ids_matching
        )

    def rewrite(self, folder: Path, catalog: Catalog, fingerprint: Fingerprint) -> None:
        from kb.index import edge

        if folder.is_dir():
            edge.rewrite(folder, fingerprint.dimension, catalog.chunk_ids())

    def forget(self, collection: str, fingerprint: Fingerprint, gone: Iterator[str]) -> None:
        """Nothing to do: a swept generation takes its shard with it."""
