"""How many generations are kept, and taking out the others, with the drafts that were left behind.

The live one and its parent are kept, for `kb rollback`; and any that a reader holds.

A folder is renamed to `.trash-…` first, in one step; what a crash leaves there the next writer
takes out. Before a folder goes, a shared vector store forgets the chunks that only it held.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Set
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from kb.errors import StoreDamaged
from kb.index import disk
from kb.index.catalog import Catalog
from kb.index.faults import store_faults
from kb.index.layout import Layout
from kb.index.locks import Hold
from kb.index.manifest import Fingerprint, read_manifest
from kb.index.stores import VectorStore

log = logging.getLogger(__name__)


def retained(place: Layout, live: int) -> frozenset[int]:
    """The numbers of the generations that are kept for as long as this one is live."""
    return frozenset({live, read_manifest(place.generation(live) / "manifest.json").parent})


def sweep(place: Layout, keep: Set[int]) -> None:
    """Discard every generation that is not among `keep` and that no reader holds."""
    for number in place.numbers():
        if number in keep:
            continue
        folder = place.generation(number)
        with store_faults(folder):
            try:
                hold = Hold(folder / "manifest.json", shared=False)
            except BlockingIOError:
                log.debug("generation %d is still being read", number)
                continue
            except FileNotFoundError:
                place.discard(folder)
                continue
            try:
                place.discard(folder)
            finally:
                hold.release()


def empty_trash(place: Layout, store: VectorStore) -> None:
    """Delete what was discarded. The lock is held."""
    with store_faults(place.generations):
        for folder in place.trash():
            _forget(place, folder, store)
            disk.remove_tree(folder)


def _forget(place: Layout, folder: Path, store: VectorStore) -> None:
    if not (folder / "manifest.json").is_file():
        return  # killed while it was cloned: it had written no vector yet
    try:
        fingerprint = read_manifest(folder / "manifest.json").fingerprint
        if fingerprint is None or fingerprint.engine != store.engine:
            return
        with (
            kept_catalogs(place, fingerprint) as kept,
            closing(Catalog(folder / "catalog.sqlite")) as gone,
        ):
            store.forget(place, fingerprint, gone, kept)
    except StoreDamaged as error:
        # Killed in the middle of a write: which chunks were its own cannot be told any more.
        log.warning("%s was left behind unreadable (%s); see kb check", folder.name, error.why)


@contextmanager
def kept_catalogs(place: Layout, fingerprint: Fingerprint) -> Iterator[list[Catalog]]:
    """The catalogs of the kept generations whose vectors are of the same model and store."""
    with ExitStack() as opened:
        kept = []
        for number in place.numbers():
            other = read_manifest(place.generation(number) / "manifest.json").fingerprint
            if other is not None and same_vectors(other, fingerprint):
                kept.append(Catalog(place.generation(number) / "catalog.sqlite"))
                opened.callback(kept[-1].close)
        yield kept


def same_vectors(one: Fingerprint, other: Fingerprint) -> bool:
    return (one.engine, one.digest, one.dimension) == (other.engine, other.digest, other.dimension)
