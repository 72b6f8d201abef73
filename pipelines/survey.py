"""The first stage of an ingest: what is there, what is known, and what is to be done.

Reads names, sizes and times; opens a file only where its hash decides something.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from kb.documents.scan import roots
from kb.documents.scan.names import printable
from kb.documents.scan.plan import plan
from kb.documents.scan.walk import ScanResult, Stop, hash_file, scan
from kb.index.catalog import Catalog
from kb.run_types import IngestPlan
from kb.types import (
    MEMBER,
    DocumentRecord,
    Failure,
    SourceFile,
    SourceRoot,
    document_id,
)

_MENDABLE = frozenset(
    {"unreadable-file", "missing-program", "engine-failed", "source-missing", "egress-refused"}
)
"""Failures whose cause lies outside the file: tried again although the file is the same."""


@dataclass(frozen=True, slots=True)
class Patterns:
    """What of a source is wanted: `--include` and `--exclude` of its last ingest."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


_ANY = Patterns()


@dataclass(frozen=True, slots=True)
class Known:
    """What the live generation holds; nothing before the first one."""

    documents: tuple[DocumentRecord, ...] = ()
    failures: tuple[Failure, ...] = ()
    sources: tuple[SourceRoot, ...] = ()
    patterns: Mapping[str, Patterns] = field(default_factory=dict)

    @classmethod
    def of(cls, catalog: Catalog) -> Known:
        sources = tuple(catalog.sources())
        return cls(
            documents=tuple(catalog.documents()),
            failures=tuple(catalog.failures()),
            sources=sources,
            patterns={source.label: recall(catalog, source.label) for source in sources},
        )


def recall(catalog: Catalog, label: str) -> Patterns:
    """The patterns that `remember` wrote for a source."""
    return Patterns(*catalog.patterns(label))


def remember(catalog: Catalog, label: str, patterns: Patterns) -> None:
    catalog.set_patterns(label, patterns.include, patterns.exclude)


def forget_patterns(catalog: Catalog, label: str) -> None:
    """What `remember` kept of a source that is no more."""
    catalog.clear_meta(f"patterns:{label}")


@dataclass(frozen=True, slots=True)
class Survey:
    """What was found.

    `plan` leaves out the files that failed before and are still the same; `failures` are theirs
    and the scan's, and take the place of `before` in the catalog. `members`: what is known to be
    inside a file, by the file's document id. `touched` files have another time and the same
    content. `sources` and `patterns` are what to remember; `unremembered`: some of it is new.
    `outer` leads from a member's root and path to the path of the file it is inside of.
    `unchanged` counts documents: not an archive itself, but what is inside.
    """

    plan: IngestPlan
    unchanged: int
    members: Mapping[str, tuple[DocumentRecord, ...]]
    sources: tuple[SourceRoot, ...]
    patterns: Mapping[str, Patterns]
    failures: tuple[Failure, ...]
    before: tuple[Failure, ...]
    touched: tuple[SourceFile, ...]
    unremembered: bool
    reparse: bool
    outer: Callable[[str, str], str]

    @property
    def to_parse(self) -> tuple[SourceFile, ...]:
        return (*self.plan.new, *self.plan.changed, *(file for _, file in self.plan.moved))

    def inside(self, file: SourceFile | DocumentRecord) -> tuple[DocumentRecord, ...]:
        return self.members.get(file.doc_id, ())

    def has_work(self, *, prune: bool) -> bool:
        """Whether a new generation is needed."""
        return bool(
            self.to_parse
            or self.touched
            or self.unremembered
            or set(self.failures) != set(self.before)
            or (prune and self.plan.removed)
        )


def survey(
    known: Known,
    paths: Sequence[Path],
    *,
    patterns: Patterns = _ANY,
    rebuild: bool = False,
    reparse: bool = False,
    stop: Stop = lambda: False,
) -> Survey:
    """Look at the paths, or at every known source when none is given.

    Args:
        patterns: for the paths; a source that is not among them keeps its own.
        rebuild: look at every known source beside the paths, and take every file anew.
        reparse: take every file anew, since the parser or the chunker is another one.
        stop: whether the run has been told to end.

    Raises:
        UsageError: a path does not exist.
        Interrupted: it was told to stop.
    """
    wanted = roots.resolve(paths, known.sources)
    given = {root.label for root in wanted}
    if rebuild or not paths:
        wanted = (*wanted, *(root for root in known.sources if root.label not in given))
    scope = _Scope(roots.outermost(wanted), known.sources)
    applied = {
        root.label: patterns if root.label in given else known.patterns.get(root.label, _ANY)
        for root in scope.scanned
    }
    scans = [_scan(root, applied[root.label], known.documents, stop) for root in scope.scanned]
    scan_failures = tuple(failure for one in scans for failure in one.failures)
    files = [file for one in scans for file in one.files]
    outer = _Outer(files, known.documents)
    records, members = _split(known.documents, outer, scope)
    before = tuple(f for f in known.failures if scope.covers(f.root, outer(f.root, f.path)))
    planned = plan(
        files,
        records,
        scan_failures,
        rebuild=rebuild or reparse,
        hash_of=lambda location: hash_file(location, stop),
    )
    planned = replace(planned, removed=tuple(_gone(planned.removed, members, scope, scans)))
    anew = rebuild or reparse or not before
    settled = (planned, ()) if anew else _settle(planned, before, outer)
    places = {(record.root, record.path): record for record in records.values()}
    unchanged = [places[file.root, file.path] for file in settled[0].unchanged]
    sources = roots.merged(known.sources, scope.scanned)
    remembered = _remembered(known, sources, scope, applied)
    return Survey(
        plan=settled[0],
        unchanged=sum(
            (not record.is_archive) + len(members.get(record.doc_id, ())) for record in unchanged
        ),
        members=members,
        sources=sources,
        patterns=remembered,
        failures=(*scan_failures, *settled[1]),
        before=before,
        touched=tuple(file for file in planned.unchanged if _is_stale(file, places)),
        unremembered=set(sources) != set(known.sources) or remembered != known.patterns,
        reparse=reparse,
        outer=outer,
    )


class _Outer:
    """From a member's path to that of the file it is inside of.

    A folder may be called `a!`; so only what was scanned, or has a record, can hold members.
    """

    def __init__(self, files: Iterable[SourceFile], documents: Iterable[DocumentRecord]) -> None:
        self._files = {(file.root, file.path) for file in files}
        self._known = {(record.root, record.path) for record in documents}

    def __call__(self, root: str, path: str) -> str:
        if MEMBER not in path or (root, path) in self._files:
            return path
        parts = path.split(MEMBER)
        for count in range(1, len(parts)):
            place = root, MEMBER.join(parts[:count])
            if place in self._files or place in self._known:
                return place[1]
        return path


def _split(
    documents: Iterable[DocumentRecord], outer: _Outer, scope: _Scope
) -> tuple[dict[str, DocumentRecord], dict[str, tuple[DocumentRecord, ...]]]:
    """The records of files that the run speaks for, by id, and of the members of each."""
    records: dict[str, DocumentRecord] = {}
    members: dict[str, list[DocumentRecord]] = {}
    for record in documents:
        path = outer(record.root, record.path)
        if scope.covers(record.root, path):
            if path == record.path:
                records[record.doc_id] = record
            else:
                members.setdefault(document_id(record.root, path), []).append(record)
    return records, {doc_id: tuple(inside) for doc_id, inside in members.items()}


def _gone(
    removed: Iterable[DocumentRecord],
    members: Mapping[str, tuple[DocumentRecord, ...]],
    scope: _Scope,
    scans: Sequence[ScanResult],
) -> Iterator[DocumentRecord]:
    """With what was inside. A file that a pattern leaves out is not gone."""
    for record in removed:
        places = zip(scans, scope.places(record), strict=True)
        if not any(place is not None and found.keeps_out(place) for found, place in places):
            yield record
            yield from members.get(record.doc_id, ())


def _remembered(
    known: Known,
    sources: Sequence[SourceRoot],
    scope: _Scope,
    applied: Mapping[str, Patterns],
) -> dict[str, Patterns]:
    """A source's patterns are those of its last ingest; not of an ingest of a part of it."""
    whole = {root.label for root in scope.scanned if not root.only}
    parts = {root.label for root in sources if root.only}
    return {
        label: applied[label] if label in applied and label in whole | parts else before
        for label, before in (
            (source.label, known.patterns.get(source.label, _ANY)) for source in sources
        )
    }


@dataclass(frozen=True, slots=True)
class _Scope:
    """Which documents a run speaks for: those of the scanned roots, and of roots inside them."""

    scanned: tuple[SourceRoot, ...]
    known: Sequence[SourceRoot]

    def covers(self, label: str, path: str) -> bool:
        for root in self.scanned:
            if root.label == label:
                parts = _shown(root.only)
                return not root.only or any(place in parts for place in _with_folders(path))
            location = "" if root.only else self._location(label)
            if location and roots.is_inside(location, root.location):
                return True
        return False

    def places(self, record: DocumentRecord) -> Iterator[str | None]:
        """Where a document lies below each scanned root; None where it does not."""
        location = self._location(record.root)
        for root in self.scanned:
            if root.label == record.root:
                yield record.path
            elif location and roots.is_inside(location, root.location):
                inner = printable(os.path.relpath(location, root.location))
                yield f"{inner}/{record.path}"
            else:
                yield None

    def _location(self, label: str) -> str:
        return next((root.location for root in self.known if root.label == label), "")


def _scan(
    root: SourceRoot, patterns: Patterns, documents: Sequence[DocumentRecord], stop: Stop
) -> ScanResult:
    """A root, or a folder that was ingested as a part of one, that is missing or suddenly empty
    (a share that is not mounted) is a failure: nothing of it counts as gone."""
    if not os.path.lexists(root.location):
        return ScanResult((), (_missing(root, ".", "nothing is at that place"),))
    result = scan(root, patterns.include, patterns.exclude, stop)
    there = _folders((*(one.path for one in result.files), *(one.path for one in result.failures)))
    known = _folders(one.path for one in documents if one.root == root.label)
    empty = tuple(
        _missing(root, part, "the folder is empty, or not there")
        for part in (map(printable, root.only) if root.only else (".",))
        if not result.left_out and part not in there and part in known
    )
    return replace(result, failures=(*result.failures, *empty))


def _folders(paths: Iterable[str]) -> set[str]:
    """All folders around some paths; the source itself is `.`."""
    found: set[str] = set()
    for folder in {path.rpartition("/")[0] or "." for path in paths}:
        found.update(_with_folders(folder))
        found.add(".")
    return found


def _with_folders(path: str) -> Iterator[str]:
    """A path and the folders around it, the innermost first."""
    yield path
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


@functools.lru_cache(maxsize=64)
def _shown(parts: tuple[str, ...]) -> frozenset[str]:
    return frozenset(map(printable, parts))


def _missing(root: SourceRoot, part: str, why: str) -> Failure:
    location = os.path.normpath(os.path.join(root.location, part))
    return Failure(
        root=root.label,
        path=part,
        stage="scan",
        reference="source-missing",
        message=f"the source {location} is not there: {why}",
        hint=f"mount it and run again; if it is gone for good: kb remove {location}",
    )


def _settle(
    planned: IngestPlan, before: Sequence[Failure], outer: _Outer
) -> tuple[IngestPlan, tuple[Failure, ...]]:
    """Do not try again what failed by itself and has not changed; try again what may be mended.

    Returns the plan that is left, and the failures that stay. A file is tried again whole for
    the sake of one member.
    """
    hopeless = {_state(f) for f in before if f.reference not in _MENDABLE}
    mendable = {(f.root, outer(f.root, f.path)) for f in before if f.reference in _MENDABLE}
    again = tuple(file for file in planned.unchanged if (file.root, file.path) in mendable)
    retried = {(file.root, file.path) for file in again}
    left = replace(
        planned,
        new=tuple(file for file in planned.new if _state(file) not in hopeless),
        changed=(*(f for f in planned.changed if _state(f) not in hopeless), *again),
        unchanged=tuple(f for f in planned.unchanged if (f.root, f.path) not in retried),
    )
    tried = {(file.root, file.path) for file in (*left.new, *left.changed)}
    present = {(f.root, f.path) for f in (*planned.new, *planned.changed, *planned.unchanged)}
    left_alone = present - tried
    kept = tuple(f for f in before if (f.root, outer(f.root, f.path)) in left_alone)
    return left, kept


def _state(item: SourceFile | Failure) -> tuple[str, str, int, int]:
    return item.root, item.path, item.size, item.mtime_ns


def _is_stale(file: SourceFile, known: Mapping[tuple[str, str], DocumentRecord]) -> bool:
    record = known[file.root, file.path]
    return (record.size, record.mtime_ns) != (file.size, file.mtime_ns)
