"""One writer's draft: a clone of the live generation, changed in private, committed as a whole."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from kb import atomic
from kb.errors import StoreError
from kb.index import checksums, disk, layout, source_list
from kb.index.cache import EmbeddingCache
from kb.index.catalog import Catalog
from kb.index.checksums import Checksums
from kb.index.faults import damaged, store_faults
from kb.index.layout import NO_GENERATION, Layout
from kb.index.locks import WriterLock
from kb.index.manifest import Fingerprint, Manifest, manifest_text
from kb.index.snapshot import Snapshot
from kb.index.source_list import Sources, sources_of
from kb.index.split_index import of_writer
from kb.index.stores import VectorStore
from kb.ports import VectorIndex


class Draft:
    """What the writer holds. `base` is the live generation, None when there is none.

    Reading `base` and filling `cache` cost nothing; `begin` clones, after which `catalog` and
    `vectors` may be changed at will; `commit` makes them the live generation.
    """

    def __init__(
        self,
        place: Layout,
        collection: str,
        store: VectorStore,
        base: Snapshot | None,
        lock: WriterLock,
    ) -> None:
        self.base = base
        self._lock = lock
        self._folder: os.stat_result | None = None
        self._place = place
        self._path = place.draft  # looked at before each change
        self._collection = collection
        self._store = store
        self._fingerprint: Fingerprint | None = None
        self._catalog: Catalog | None = None
        self._vectors: VectorIndex | None = None
        self._cache: EmbeddingCache | None = None
        self._open = ExitStack()
        self._forgets = False
        self.committed: int | None = None

    @property
    def cache(self) -> EmbeddingCache:
        """The collection's embedding cache; what is put there stays, committed or not."""
        if self._cache is None:
            self._cache = EmbeddingCache(self._place.embeddings)
        return self._cache

    @property
    def begun(self) -> bool:
        return self._catalog is not None

    def begin(
        self,
        fingerprint: Fingerprint | None = None,
        *,
        fresh: bool = False,
        repairing: bool = False,
    ) -> None:
        """Clone the live generation, or with `fresh` start from an empty one.

        One whose files are gone is cloned by who is `repairing` it alone: its chunks without
        vectors would be committed again, and no search would find them.

        Without a fingerprint the live one's stays in force; where there is none either, no
        vector can be written.

        Raises:
            ModelMismatch: the live vectors were made by another model, and it is not `fresh`.
            StoreError: they are in another store, and it is not `fresh`.
            StoreDamaged: files of the live generation are gone.
        """
        if self.begun:
            raise RuntimeError("a draft is begun once")
        base = None if fresh else self.base
        known = base.manifest.fingerprint if base else None
        self._fingerprint = fingerprint or known
        if known and fingerprint:
            _check_engine(known, fingerprint.engine)
            known.check_model(fingerprint.embedding, fingerprint.digest, fingerprint.dimension)
        folder = self._place.draft
        with store_faults(folder):
            disk.require_space(self._place.generations, disk.RESERVE)
            self._make_folder()
            if base:
                if not repairing:
                    _require_whole(base.folder)
                disk.clone_tree(base.folder, folder, self._store.fixed_files)
            layout.step("cloned")
            self._catalog = Catalog(folder / "catalog.sqlite", writable=True)
            self._open.callback(self._catalog.close)
            # Until the commit it says whose vectors these are, should the draft be left behind.
            disk.write_durably(folder / "manifest.json", manifest_text(self._manifest("")))
        layout.step("begun")

    def adopt(self, folder: Path, fingerprint: Fingerprint | None) -> None:
        """Begin with the files of a generation from another machine, in place of a clone.

        Raises:
            StoreError: its vectors are not in a store of this kind.
        """
        if self.begun:
            raise RuntimeError("a draft is begun once")
        if fingerprint:
            _check_engine(fingerprint, self._store.engine)
        self._fingerprint = fingerprint
        place = self._place.draft
        with store_faults(place):
            disk.require_space(self._place.generations, disk.RESERVE + disk.tree_size(folder))
            self._make_folder()
            disk.clone_tree(folder, place)
            layout.step("cloned")
            self._catalog = Catalog(place / "catalog.sqlite", writable=True)
            self._open.callback(self._catalog.close)
        layout.step("begun")

    @property
    def catalog(self) -> Catalog:
        if self._catalog is None:
            raise RuntimeError("begin() comes before any change")
        return self._catalog

    @property
    def vectors(self) -> VectorIndex:
        """Asked for before each change, so the lock and the folder are looked at each time.

        Raises:
            StoreError: the lock is lost, or the draft was taken away.
        """
        self._verify()
        if self._vectors is None:
            if self._fingerprint is None:
                raise RuntimeError("begin(fingerprint) comes before any vector")
            index = self._store.writer(
                self._place, self._place.draft / "vectors", self.catalog, self._fingerprint
            )
            self._open.callback(index.close)
            self._vectors = of_writer(index, self.catalog)
        return self._vectors

    def open_vectors(self) -> None:
        """As the first change does. Raises StoreUnavailable: a server does not answer."""
        if self._vectors is None:
            _ = self.vectors

    def renew_vectors(self) -> None:
        """Throw the clone's vectors away, unread: they are to be written anew."""
        self._verify()
        folder = self._place.draft / "vectors"
        with store_faults(folder):
            if folder.is_dir():
                disk.remove_tree(folder)

    def differences(self) -> tuple[list[str], list[str]]:
        """The ids of chunks without vectors, and of vectors without a chunk, as the draft is now;
        none of the latter where other generations keep their vectors in the same place."""
        from kb.index.checks import differences

        if not self.catalog.chunk_count() and not (self._place.draft / "vectors").is_dir():
            return [], []
        missing, extra = differences(self.catalog, self.vectors)
        return missing, [] if self._store.shared else extra

    def rewrite(self) -> None:
        """Write the clone's catalog and vectors anew, of what the catalog holds by now: no byte
        is left of what was ever deleted, and no way back to an earlier generation either.

        Comes after every change of the catalog, and instead of one of the vectors.
        """
        from kb.index.lexical import LexicalIndex

        self._verify()
        self._forgets = True
        if self._fingerprint:
            folder = self._place.draft / "vectors"
            self._store.rewrite(folder, self.catalog, self._fingerprint)
        LexicalIndex(self.catalog.database).keep_only_known()
        self.catalog.compact()

    def forget_vectors(self, names: Sequence[str]) -> None:
        """Delete vectors that no generation needs, by the names that a check gave them."""
        if self._store.shared and self._fingerprint:
            self._store.forget_orphans(self._place, self._fingerprint, names)
        elif names:
            self.vectors.delete(names)

    def commit(
        self, accept: Callable[[Snapshot], None] | None = None, *, merge: bool = True
    ) -> int:
        """Make the draft the live generation; its number. The draft cannot be used afterwards.

        Either this returns and the generation is on the disk, or the old one stays live.

        Args:
            accept: looks at the complete generation before anybody else can; what it raises,
                this raises, and nothing is committed.
            merge: see `VectorIndex.flush`.

        Raises:
            StoreError: the disk is full, or the like; or another process has taken the lock or
                the draft away, or changed what is live.
        """
        self._verify()
        draft = self._place.draft
        if self._vectors is not None:
            self._vectors.flush(merge=merge)
        layout.step("vectors-flushed")
        with store_faults(draft):
            self.catalog.finish()
            manifest = self._manifest(self.catalog.root_hash())
            sources = sources_of(self.catalog)
            self._open.close()
            layout.step("catalog-finished")
            number = max([NO_GENERATION, self._place.live(), *self._place.numbers()]) + 1
            disk.write_durably(
                draft / "manifest.json", manifest_text(replace(manifest, generation=number))
            )
            layout.step("manifest-written")
            if accept:
                with closing(Snapshot(draft, self._collection, self._store)) as candidate:
                    accept(candidate)
            written = self._make_durable(number)
            layout.step("synced")
            self._verify()
            draft.rename(self._place.generation(number))
            atomic.sync(self._place.generations)
            layout.step("renamed")
        self._note_sources(number, sources)
        self._place.make_live(number, lambda: self._verify_whole(number, written))
        self.committed = number
        layout.step("committed")
        return number

    def discard(self) -> None:
        """Throw it away, uncommitted; never another writer's."""
        if self._folder and _is_folder(self._place.draft, self._folder):
            self._place.discard_draft()

    def close(self) -> None:
        self._open.close()
        if self._cache is not None:
            self._cache.close()
            self._cache = None

    def _make_folder(self) -> None:
        self._place.draft.mkdir()
        self._folder = self._place.draft.stat()

    def _verify(self) -> None:
        """Raises StoreError unless nobody else can have written to what this writer writes to."""
        self._lock.verify()
        if self._folder and not _is_folder(self._path, self._folder):
            raise _disturbed(f"the draft {self._path} was taken away")

    def _make_durable(self, number: int) -> Checksums:
        """Force the draft onto the disk, and write meanwhile what each of its files holds."""
        from concurrent.futures import ThreadPoolExecutor  # a command that reads needs it not

        draft = self._place.draft
        with ThreadPoolExecutor(1, "checksums") as beside:
            base = self.base.folder if self.base else None
            summing = beside.submit(checksums.compute, draft, number, base)
            disk.sync_tree(draft)
            written = summing.result()
        disk.write_durably(draft / checksums.NAME, written.text())
        atomic.sync(draft)
        return written

    def _note_sources(self, number: int, sources: Sources) -> None:
        """Before the commit, so that no generation is ever live whose sources stand once only."""
        by_generation = {number: sources}
        if self.base and not self._forgets:
            by_generation[self.base.number] = sources_of(self.base.catalog)
        source_list.write(self._place.folder, by_generation)
        layout.step("sources-noted")

    def _verify_whole(self, number: int, written: Checksums) -> None:
        """The last look before the commit: what is to become live is this draft, whole, and takes
        the place of the generation that it was made from."""
        self._lock.verify()
        folder = self._place.generation(number)
        if self._folder and not _is_folder(folder, self._folder):
            raise _disturbed(f"{folder} is not what this run wrote")
        if not checksums.is_complete(folder, written):
            raise _disturbed(f"files of {folder} were deleted or cut off")
        if self._place.live() != (int(self.base.folder.name) if self.base else NO_GENERATION):
            raise _disturbed(f"{self._place.current} was changed while this run worked")

    def _manifest(self, root_hash: str) -> Manifest:
        counts = self.catalog.counts()
        return Manifest(
            generation=NO_GENERATION,
            parent=self.base.number if self.base and not self._forgets else NO_GENERATION,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            documents=counts.documents,
            chunks=counts.chunks,
            failures=counts.failures,
            root_hash=root_hash,
            fingerprint=self._fingerprint,
        )


def _is_folder(path: Path, known: os.stat_result) -> bool:
    """Whether the name still leads to the same folder."""
    try:
        return os.path.samestat(path.stat(), known)
    except FileNotFoundError:
        return False


def _disturbed(why: str) -> StoreError:
    return StoreError(
        "another process changed the collection while this run worked, so it commits nothing",
        why=why,
        hint="find out what it was (a restore, a cleaner, a run on another machine), look with "
        "kb check, then run the same command again",
    )


def _require_whole(folder: Path) -> None:
    if gone := checksums.missing(folder):
        raise damaged(folder / gone, "the file is gone")


def _check_engine(known: Fingerprint, engine: str) -> None:
    if known.engine != engine:
        raise StoreError(
            f"the vectors of this collection are in the '{known.engine}' store",
            why=f"store.engine is now '{engine}'",
            hint="set store.engine back, or move over with: kb ingest --rebuild",
        )
