"""A collection on disk: one writer's draft, the commit point, and readers that are never blocked.

The write order, the commit point and what a crash leaves behind in each window: ARCHITECTURE.md.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kb.errors import NothingFound, StoreDamaged, StoreError, UsageError
from kb.index import layout
from kb.index.faults import damaged, state_faults, store_faults
from kb.index.layout import NO_GENERATION, Layout, private_files
from kb.index.locks import WriterLock, holders, writer_lock
from kb.index.manifest import Fingerprint, Manifest, read_manifest
from kb.index.owner import require_own
from kb.index.retention import empty_trash, retained, sweep
from kb.index.snapshot import Snapshot
from kb.index.stores import EdgeStore, VectorStore
from kb.statefile import append_line

# What only a writer needs: a reader is there sooner without it.
if TYPE_CHECKING:
    from kb.index.draft import Draft
    from kb.index.run_log import RunRecord
    from kb.index.source_list import Sources

__all__ = ["Collection", "Fingerprint", "Manifest", "Snapshot"]

log = logging.getLogger(__name__)

_NAME = re.compile(r"\w[\w.-]{0,63}")
_OPEN_SECONDS = 5.0
_RETRY_SECONDS = 0.01
_SWEEP_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class FallBack:
    """Which generation is live now, why the one before is not, and the numbers that are lost;
    `sources` are those of the newest of them, where they are known."""

    why: str
    live: Manifest
    lost: tuple[int, ...]
    sources: Sources = ()


@dataclass(frozen=True, slots=True)
class Held:
    """A generation that is being read, and the process ids of its readers as far as known."""

    generation: int
    readers: tuple[int, ...]


class Collection:
    """One collection below a home folder. Nothing is created before the first `writer`.

    Raises:
        UsageError: the name is not one.
        StoreError: the folder cannot be used, or its format is unknown.
        StoreDamaged: what is there is not whole.
    """

    def __init__(self, home: Path, name: str, vectors: VectorStore | None = None) -> None:
        if not _NAME.fullmatch(name):
            raise UsageError(
                f"'{name}' is not a name for a collection",
                why="it takes 1 to 64 letters, digits, '_', '-' and '.', and starts with a letter",
                hint="choose another name with --collection",
            )
        self.home = home
        self.name = name
        self._store: VectorStore = vectors or EdgeStore()
        self._place = Layout(home / "collections" / name)

    @property
    def folder(self) -> Path:
        return self._place.folder

    # --- reading ----------------------------------------------------------------------

    def exists(self) -> bool:
        """Whether a generation was committed."""
        return self._place.live() != NO_GENERATION

    @contextmanager
    def reader(self) -> Iterator[Snapshot]:
        """The live generation as it is now, for as long as the block lasts.

        Raises:
            NothingFound: nothing was ingested into this collection yet.
        """
        snapshot = self._open_live()
        if snapshot is None:
            raise NothingFound(
                f"the collection '{self.name}' is empty",
                why="nothing was ingested into it yet",
                hint="add documents with: kb ingest PATH",
            )
        try:
            yield snapshot
        finally:
            snapshot.close()

    def is_live(self, snapshot: Snapshot) -> bool:
        """Whether `reader` would give this very generation now; a number may be used again.

        Raises:
            StoreError, StoreDamaged: CURRENT, or what it names, cannot be read.
        """
        number = self._place.live()
        manifest = self._place.generation(number) / "manifest.json"
        return number == snapshot.number and read_manifest(manifest) == snapshot.manifest

    @contextmanager
    def generation(self, number: int) -> Iterator[Snapshot]:
        """One of the kept generations, live or not, for as long as the block lasts.

        Raises:
            UsageError: it is not kept.
        """
        folder = self._place.generation(number)
        try:
            with store_faults(folder):
                snapshot = self._open(number)
        except StoreError as error:
            if not isinstance(error.__cause__, FileNotFoundError | BlockingIOError):
                raise
            there = ", ".join(map(str, self._place.numbers()))
            raise UsageError(
                f"generation {number} is not kept",
                why=f"there are: {there or 'none'}",
                hint="see them with: kb history",
            ) from error
        with closing(snapshot):
            yield snapshot

    def generations(self) -> list[Manifest]:
        """Every whole generation that is still there, oldest first."""
        found = []
        for number in self._place.numbers():
            try:
                found.append(read_manifest(self._place.generation(number) / "manifest.json"))
            except StoreDamaged as error:
                log.warning("generation %d is left out: %s", number, error.why)
        return found

    def runs(self) -> list[RunRecord]:
        """Every run, oldest first."""
        from kb.index.run_log import read_runs

        return read_runs(self._place.runs)

    # --- writing ----------------------------------------------------------------------

    @contextmanager
    def writer(self, wait_seconds: float = 0.0) -> Iterator[Draft]:
        """The one writer's draft. Leaving the block without `commit` changes nothing that is live.

        Raises:
            LockHeld: another writer is still at work after `wait_seconds`.
        """
        from kb.index.draft import Draft

        with self._locked(wait_seconds) as lock:
            with store_faults(self._place.generations):
                self._place.discard_draft()
            empty_trash(self._place, self._store)
            layout.step("locked")
            with ExitStack() as closing:
                base = self._open_live()
                draft = Draft(self._place, self.name, self._store, base, lock)
                closing.callback(lambda: self._clean_up(lock, draft))
                if base:
                    closing.callback(base.close)
                closing.callback(draft.close)
                yield draft

    def rollback(self, number: int | None = None, *, wait_seconds: float = 0.0) -> int:
        """Make another generation live, by default the live one's parent; its number.

        Where CURRENT cannot be read, the default is the newest whole generation.

        Raises:
            UsageError: there is no such generation.
        """
        with self._locked(wait_seconds) as lock:
            there = {manifest.generation: manifest for manifest in self.generations()}
            target = self._earlier(there) if number is None else number
            if target not in there:
                raise UsageError(
                    f"there is no generation {target} to go back to"
                    if target
                    else "there is no earlier generation to go back to",
                    why=f"there are: {', '.join(map(str, there)) or 'none'}",
                    hint="see what is there with: kb history",
                )
            # Opening it proves that it is whole.
            with store_faults(self._place.generation(target)):
                self._open(target).close()
            self._place.make_live(target, lock.verify)
            return target

    def fall_back(self, *, wait_seconds: float = 0.0) -> FallBack | None:
        """Where CURRENT or the live catalog is damaged, make the newest whole generation live.

        A catalog in which some documents' rows are damaged stays live, for a repair can mend it;
        one in which it cannot be told whose rows they were only where nothing better is there.
        Vectors are not looked at: they can be made anew from a whole catalog.

        Raises:
            StoreDamaged: no generation is whole.
        """
        with self._locked(wait_seconds) as lock:
            live = NO_GENERATION
            try:
                live = self._place.live()
                trouble = self._trouble(live) if live else ""
            except StoreDamaged as error:
                trouble = f"{error.what}: {error.why}"
            if not trouble:
                return None
            numbers = self._place.numbers()
            newest = self._newest_whole(numbers)
            sources = self._listed_sources(live, above=newest)
            if newest == NO_GENERATION:
                raise self._lost(trouble, sources)
            if newest == live:
                return None
            self._place.make_live(newest, lock.verify)
            manifest = read_manifest(self._place.generation(newest) / "manifest.json")
            return FallBack(trouble, manifest, tuple(n for n in numbers if n > newest), sources)

    def sweep_others(self, wait_seconds: float = 0.0) -> tuple[Held, ...]:
        """Delete every generation but the live one, also its parent; those that readers still
        hold after `wait_seconds`."""
        deadline = time.monotonic() + wait_seconds
        with self._locked(wait_seconds):
            while True:
                live = self._place.live()
                sweep(self._place, {live})
                empty_trash(self._place, self._store)
                left = [number for number in self._place.numbers() if number != live]
                if not left or time.monotonic() >= deadline:
                    break
                time.sleep(_SWEEP_SECONDS)
            return tuple(
                Held(n, holders(self._place.generation(n) / "manifest.json")) for n in left
            )

    def leftovers(self) -> list[str]:
        """Folders that a run left behind which was killed; the next writer deletes them."""
        left = self._place.trash() + ([self._place.draft] if self._place.draft.is_dir() else [])
        return [folder.name for folder in left]

    def append_run(self, record: RunRecord) -> None:
        """Raises StoreError: it cannot be written; StoreDamaged: something else is there."""
        from kb.index.run_log import run_line

        path = self._place.runs
        with store_faults(path), state_faults(path):  # no folder to put it into is a StoreError
            append_line(path, run_line(record).encode("utf-8", "replace"), fsync=True)

    # --- within -----------------------------------------------------------------------

    @contextmanager
    def _locked(self, wait_seconds: float) -> Iterator[WriterLock]:
        with private_files():
            with store_faults(self.home):
                require_own(self.home, self._place.folder)
                self._place.folder.mkdir(parents=True, exist_ok=True)
            self._place.is_initialised()
            with writer_lock(self._place.lock, wait_seconds) as lock:
                self._place.initialise()
                yield lock

    def _open(self, number: int) -> Snapshot:
        return Snapshot(self._place.generation(number), self.name, self._store)

    def _open_live(self) -> Snapshot | None:
        deadline = time.monotonic() + _OPEN_SECONDS
        while True:
            number = self._place.live()
            if number == NO_GENERATION:
                return None
            try:
                return self._open(number)
            except (FileNotFoundError, BlockingIOError) as error:
                # Swept after CURRENT was read: then CURRENT names another by now.
                gone = isinstance(error, FileNotFoundError) and self._place.live() == number
                if gone or time.monotonic() > deadline:
                    manifest = self._place.generation(number) / "manifest.json"
                    raise damaged(manifest, error.strerror or "") from error
                time.sleep(_RETRY_SECONDS)
            except OSError:
                with store_faults(self._place.generation(number)):
                    raise

    def _listed_sources(self, live: int, above: int) -> Sources:
        """The sources of a generation whose catalog is lost: the live one's, or of the newest."""
        from kb.index import source_list

        try:
            listed = source_list.read(self.folder)
        except (OSError, ValueError) as error:
            log.warning("%s is left out: %s", self.folder / source_list.NAME, error)
            return ()
        newest = max((number for number in listed if number > above), default=NO_GENERATION)
        return listed.get(live or newest, ())

    def _lost(self, why: str, sources: Sources) -> StoreDamaged:
        places = ", ".join(one.location for one in sources)
        return StoreDamaged(
            f"no generation of the collection '{self.name}' is whole",
            why=f"{why}; it was made of: {places}" if places else why,
            hint=f"move {self.folder} away, then: kb ingest PATH"
            + (", for each of these places" if places else ""),
        )

    def _newest_whole(self, numbers: Sequence[int]) -> int:
        newest_first = [*reversed(numbers)]
        whole = (n for n in newest_first if not self._trouble(n))
        readable = (n for n in newest_first if not self._trouble(n, lenient=True))
        return next(whole, next(readable, NO_GENERATION))

    def _trouble(self, number: int, *, lenient: bool = False) -> str:
        """Why a generation is not whole, but for its vectors and for rows that a repair can mend,
        if `lenient` of whatever documents; empty when it is."""
        from kb.index.checks import examine_catalog

        try:
            snapshot = self._open(number)
        except (StoreError, StoreDamaged) as error:
            return f"{error.what}: {error.why}"
        except OSError as error:
            return f"{self._place.generation(number)}: {error.strerror}"
        with closing(snapshot):
            found = examine_catalog(snapshot)
            mendable = found.can_be_thinned if lenient else found.mendable
            return "" if mendable else "; ".join(found.problems)

    def _earlier(self, there: dict[int, Manifest]) -> int:
        try:
            live = self._place.live()
        except StoreDamaged:
            return max(there, default=NO_GENERATION)
        return there[live].parent if live in there else max(there, default=NO_GENERATION)

    def _clean_up(self, lock: WriterLock, draft: Draft) -> None:
        """Take out what is no longer kept. What fails here the next writer does again."""
        try:
            lock.verify()
            if draft.committed is None:
                draft.discard()
            else:
                sweep(self._place, retained(self._place, draft.committed))
                layout.step("swept")
            empty_trash(self._place, self._store)
            layout.step("emptied")
        except StoreError as error:
            log.warning("old generations are still there: %s (%s)", error.what, error.why)
