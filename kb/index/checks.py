"""Does a generation's catalog agree with its vectors? What `kb check` reports."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from kb.errors import StoreDamaged, StoreError, StoreUnavailable
from kb.index import checksums, source_list, versions
from kb.index.catalog import Catalog
from kb.index.faults import system_hint
from kb.index.integrity import DamagedDocument, damaged_documents, term_problem
from kb.index.layout import Layout
from kb.index.lexical import LexicalIndex
from kb.index.retention import kept_catalogs
from kb.index.snapshot import Snapshot
from kb.index.table_checks import documents_problem
from kb.ports import VectorIndex

_BATCH = 5_000
_LARGEST_COSINE = 1.01


@dataclass(frozen=True, slots=True)
class CheckReport:
    """`chunks` are in the catalog. `missing`: ids of chunks without vectors; `orphaned`: names of
    vectors that no kept generation needs; `problems`: what else is wrong, in words.

    `readable` is false where vectors that are there cannot be read, or are not what was written:
    all are to be made anew. `damaged`: the documents whose rows are not what was written;
    `terms`: in how many chunks each term occurs is not, or in which rows of large tables;
    `versions`: nor which documents are versions of one another, or the tables whose rows are
    documents.
    `checksums` is false where an earlier version of kb wrote the generation: then its files and
    rows have none, and less can be told."""

    chunks: int
    missing: tuple[str, ...]
    orphaned: tuple[str, ...]
    problems: tuple[str, ...]
    readable: bool = True
    damaged: tuple[DamagedDocument, ...] = ()
    terms: bool = False
    checksums: bool = True
    versions: bool = False

    @property
    def sound(self) -> bool:
        return not (self.missing or self.orphaned or self.problems)


@dataclass(frozen=True, slots=True)
class CatalogReport:
    """`problems`, in words; the `damaged` documents; `terms`: the counts of terms are wrong, or the
    lists of the rows that hold one; `versions`: rows of the table of versions are, or of those
    whose rows are documents."""

    problems: tuple[str, ...]
    damaged: tuple[DamagedDocument, ...] = ()
    terms: bool = False
    versions: bool = False

    @property
    def mendable(self) -> bool:
        """Whether it is known which documents are damaged, and all else can stay."""
        return self.can_be_thinned and all(one.is_named for one in self.damaged)

    @property
    def can_be_thinned(self) -> bool:
        """Whether it can be read, and rows that belong to no document that is known can go."""
        return bool(self.damaged or self.terms or self.versions)


def look_over(snapshot: Snapshot) -> CheckReport:
    """Read every file of a generation and compare it with its checksum, and no more: no vector is
    loaded, and what an earlier version of kb wrote has none."""
    found, vectors = _of_files(snapshot)
    return CheckReport(
        chunks=snapshot.manifest.chunks,
        missing=(),
        orphaned=(),
        problems=(*found, *vectors, *_of_sources(snapshot)),
        readable=not vectors,
        checksums=_has_checksums(snapshot),
    )


def compare(snapshot: Snapshot) -> CheckReport:
    """Read a generation whole: SQLite's own check, the root hash, every file, row and text against
    its checksum, every id on both sides, and every dense vector (the engine computes a cosine with
    it, which must be one).

    Raises:
        StoreError: the vectors cannot be read now: the disk is full or read-only, a server is down.
    """
    files, vectors = _of_files(snapshot)
    catalog = _examine(snapshot, files)
    problems = [*catalog.problems, *vectors, *_of_sources(snapshot)]
    chunks = snapshot.catalog.chunk_count()
    missing: list[str] = []
    orphaned: list[str] = []
    readable = not vectors
    try:
        if chunks:
            missing, orphaned = differences(snapshot.catalog, snapshot.vectors)
            if snapshot.shares_vectors:
                orphaned = _unneeded(snapshot)
        if broken := _unreadable(snapshot, {*missing}):
            problems.append(f"{broken} vectors cannot be read")
            readable = False
    except (StoreDamaged, StoreError) as error:
        if isinstance(error, StoreUnavailable) or system_hint(error.why):
            raise  # the disk is full or read-only, or the server is down: that is no damage
        problems.append(f"{error.what}: {error.why}")
        readable = False
    return CheckReport(
        chunks,
        tuple(missing),
        tuple(orphaned),
        tuple(problems),
        readable,
        damaged=catalog.damaged,
        terms=catalog.terms,
        versions=catalog.versions,
        checksums=_has_checksums(snapshot),
    )


def examine_catalog(snapshot: Snapshot) -> CatalogReport:
    """What is wrong with the catalog; nothing when it is what was committed."""
    files, _ = _of_files(snapshot)
    return _examine(snapshot, files)


def catalog_problems(snapshot: Snapshot) -> tuple[str, ...]:
    return examine_catalog(snapshot).problems


def _of_files(snapshot: Snapshot) -> tuple[list[str], list[str]]:
    """What is wrong with the files: the catalog and the manifest, and the vectors."""
    found = checksums.problems(snapshot.folder)
    vectors = [problem for problem in found if problem.startswith("vectors/")]
    return [problem for problem in found if problem not in vectors], vectors


def _of_sources(snapshot: Snapshot) -> list[str]:
    why = source_list.problem(snapshot.folder.parent.parent)
    return [why] if why else []


def _examine(snapshot: Snapshot, files: Sequence[str]) -> CatalogReport:
    try:
        problems = [f"catalog.sqlite: {problem}" for problem in snapshot.catalog.integrity()]
        if problems:
            return CatalogReport(tuple(problems))
        database = snapshot.catalog.database
        damaged = damaged_documents(database)
        problems = [f"{one.name}: {one.why}" for one in damaged]
        if terms := term_problem(database) or LexicalIndex(database).problem():
            problems.append(f"catalog.sqlite: {terms}")
        of_versions = [*filter(None, (versions.problem(database), documents_problem(database)))]
        problems += [f"catalog.sqlite: {problem}" for problem in of_versions]
        hashes = (snapshot.catalog.root_hash(), snapshot.catalog.root_hash(tables=False))
        if snapshot.manifest.root_hash not in hashes:
            problems.append("the catalog's content is not what manifest.json says was committed")
        return CatalogReport(
            (*problems, *files), damaged, terms=bool(terms), versions=bool(of_versions)
        )
    except StoreDamaged as error:
        return CatalogReport((f"{error.what}: {error.why}",))


def _has_checksums(snapshot: Snapshot) -> bool:
    try:
        return checksums.read(snapshot.folder) is not None
    except (OSError, ValueError):
        return True  # there are, and they are damaged


def _unreadable(snapshot: Snapshot, missing: set[str]) -> int:
    """How many of the chunks that have vectors have one whose cosine with a probe is none."""
    fingerprint = snapshot.manifest.fingerprint
    if fingerprint is None or not snapshot.manifest.chunks:
        return 0
    # Square roots, since a vector of round numbers may stand at a right angle to equal ones.
    probe = array("f", [math.sqrt(place + 2) for place in range(fingerprint.dimension)])
    ids = (one for one in snapshot.catalog.chunk_ids(embedded=True) if one not in missing)
    broken = 0
    while batch := [*islice(ids, _BATCH)]:
        cosines = snapshot.vectors.score_dense(probe, batch)
        # A vector that was never written, or lies in a hole, is all zeros.
        broken += sum(not 0 < abs(cosines.get(i, 0.0)) <= _LARGEST_COSINE for i in batch)
    return broken


def differences(catalog: Catalog, vectors: VectorIndex) -> tuple[list[str], list[str]]:
    """The ids of chunks without vectors, and of vectors without a chunk. Both sides come in
    ascending order, so one pass over each finds what the other lacks."""
    missing: list[str] = []
    extra: list[str] = []
    named, there = catalog.chunk_ids(), vectors.ids()
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
    return missing, extra


def _unneeded(snapshot: Snapshot) -> list[str]:
    """Vectors that no kept generation needs, where all share one place for them."""
    made = snapshot.manifest.fingerprint
    if made is None:
        return []
    with kept_catalogs(Layout(snapshot.folder.parent.parent), made) as kept:
        return [*snapshot.orphans(kept)]
