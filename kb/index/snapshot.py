"""One committed generation, open to be read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from kb.errors import NothingFound, StoreError
from kb.index.catalog import Catalog
from kb.index.layout import Layout
from kb.index.locks import Hold
from kb.index.manifest import Manifest, read_manifest

if TYPE_CHECKING:
    from kb.index.stores import VectorStore
    from kb.ports import VectorIndex


class Snapshot:
    """A generation that cannot change and is not swept while it is open.

    The catalog is opened at once, the vectors when they are first asked for.
    """

    manifest: Manifest
    catalog: Catalog

    def __init__(self, folder: Path, collection: str, store: VectorStore) -> None:
        """Raises FileNotFoundError when the generation was swept, BlockingIOError while it is."""
        self.folder = folder
        self._collection = collection
        self._place = Layout(folder.parent.parent)
        self._store = store
        self._open = ExitStack()
        with ExitStack() as undo:
            hold = Hold(folder / "manifest.json", shared=True)
            undo.callback(hold.release)
            self.manifest = read_manifest(folder / "manifest.json")
            self.catalog = Catalog(folder / "catalog.sqlite")
            undo.callback(self.catalog.close)
            self._open = undo.pop_all()

    @property
    def number(self) -> int:
        return self.manifest.generation

    @property
    def shares_vectors(self) -> bool:
        """Whether other generations keep their vectors in the same place."""
        return self._store.shared

    def orphans(self, kept: Sequence[Catalog]) -> Iterator[str]:
        """Names of shared vectors that none of these catalogs needs."""
        made = self.manifest.fingerprint
        return self._store.orphans(self._place, made, kept) if made else iter(())

    @cached_property
    def vectors(self) -> VectorIndex:
        """Raises NothingFound when the generation holds no chunk."""
        from kb.index.split_index import of_reader

        fingerprint = self.manifest.fingerprint
        if fingerprint is None or self.manifest.chunks == 0:
            raise NothingFound(
                f"the collection '{self._collection}' is empty",
                why="no document with text was ingested",
                hint="add documents with: kb ingest PATH",
            )
        if fingerprint.engine != self._store.engine:
            raise StoreError(
                f"the vectors of the collection '{self._collection}' are not in this store",
                why=f"they are in '{fingerprint.engine}', store.engine is '{self._store.engine}'",
                hint=f"set store.engine to {fingerprint.engine}, or rebuild: kb ingest --rebuild",
            )
        index = self._store.reader(self._place, self.folder / "vectors", self.catalog, fingerprint)
        self._open.callback(index.close)
        return of_reader(index, self.catalog)

    def close(self) -> None:
        self._open.close()
