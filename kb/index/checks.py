"""Does a generation's catalog agree with its vectors? What `kb check` reports."""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass
from itertools import islice

from kb.errors import StoreDamaged, StoreError, StoreUnavailable
from kb.index.faults import system_hint
from kb.index.layout import Layout
from kb.index.snapshot import Snapshot
from kb.index.sweep import kept_catalogs

_BATCH = 5_000
_LARGEST_COSINE = 1.01


@dataclass(frozen=True, slots=True)
class CheckReport:
    """`chunks` are in the catalog. `missing`: ids of chunks without vectors; `orphaned`: names of
    vectors that no kept generation needs; `problems`: what else is wrong, in words.

    `readable` is false where vectors that are there cannot be read: all are to be made anew."""

    chunks: int
    missing: tuple[str, ...]
    orphaned: tuple[str, ...]
    problems: tuple[str, ...]
    readable: bool = True

    @property
    def sound(self) -> bool:
        return not (self.missing or self.orphaned or self.problems)


def compare(snapshot: Snapshot) -> CheckReport:
    """Read a generation whole: SQLite's own check, the root hash, every id on both sides, and
    every dense vector (the engine computes a cosine with it, which must be one).

    Raises:
        StoreError: the vectors cannot be read now: the disk is full or read-only, a server is down.
    """
    problems = catalog_problems(snapshot)
    chunks = snapshot.catalog.chunk_count()
    missing: list[str] = []
    orphaned: list[str] = []
    readable = True
    try:
        missing, orphaned = _differences(snapshot) if chunks else ([], [])
        if broken := _unreadable(snapshot, {*missing}):
            problems.append(f"{broken} vectors cannot be read")
            readable = False
    except (StoreDamaged, StoreError) as error:
        if isinstance(error, StoreUnavailable) or system_hint(error.why):
            raise  # the disk is full or read-only, or the server is down: that is no damage
        problems.append(f"{error.what}: {error.why}")
        readable = False
    return CheckReport(chunks, tuple(missing), tuple(orphaned), tuple(problems), readable)


def catalog_problems(snapshot: Snapshot) -> list[str]:
    """What is wrong with the catalog; nothing when it is what was committed."""
    try:
        problems = [f"catalog.sqlite: {problem}" for problem in snapshot.catalog.integrity()]
        if not problems and snapshot.catalog.root_hash() != snapshot.manifest.root_hash:
            problems.append("the catalog's content is not what manifest.json says was committed")
    except StoreDamaged as error:
        problems = [f"{error.what}: {error.why}"]
    return problems


def _unreadable(snapshot: Snapshot, missing: set[str]) -> int:
    """How many of the chunks that have vectors have one whose cosine with a probe is none."""
    fingerprint = snapshot.manifest.fingerprint
    if fingerprint is None or not snapshot.manifest.chunks:
        return 0
    # Square roots, since a vector of round numbers may stand at a right angle to equal ones.
    probe = array("f", [math.sqrt(place + 2) for place in range(fingerprint.dimension)])
    ids = (chunk_id for chunk_id in snapshot.catalog.chunk_ids() if chunk_id not in missing)
    broken = 0
    while batch := [*islice(ids, _BATCH)]:
        cosines = snapshot.vectors.score_dense(probe, batch)
        # A vector that was never written, or lies in a hole, is all zeros.
        broken += sum(not 0 < abs(cosines.get(i, 0.0)) <= _LARGEST_COSINE for i in batch)
    return broken


def _differences(snapshot: Snapshot) -> tuple[list[str], list[str]]:
    """Both sides come in ascending order, so one pass over each finds what the other lacks."""
    missing: list[str] = []
    extra: list[str] = []
    named, there = snapshot.catalog.chunk_ids(), snapshot.vectors.ids()
    one, other = next(named, None), next(there, None)
    while one is not None or other is not None:
        if other is None or (one is not None and one < other):
            missing.append(str(one))
            one = next(named, None)
        elif one is None or other < one:
            extra.append(other)
            other = next(there, None)
        else:
            one, other = next(named, None), next(there, None)
    return missing, _unneeded(snapshot) if snapshot.shares_vectors else extra


def _unneeded(snapshot: Snapshot) -> list[str]:
    """Vectors that no kept generation needs, where all share one place for them."""
    made = snapshot.manifest.fingerprint
    if made is None:
        return []
    with kept_catalogs(Layout(snapshot.folder.parent.parent), made) as kept:
        return [*snapshot.orphans(kept)]
