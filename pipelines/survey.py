"""The first stage of an ingest: what is there, what is known, and what is to be done.

Reads names, sizes and times; opens a file only where its hash decides something.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from kb.documents import roots
from kb.documents.plan import plan
from kb.documents.scan import ScanResult, scan
from kb.index.catalog import Catalog
from kb.types import DocumentRecord, Failure, IngestPlan, SourceFile, SourceRoot

_MENDABLE = frozenset({"unreadable-file", "missing-program", "engine-failed", "source-missing"})
"""Failures whose cause lies outside the file: tried again although the file is the same."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the live generation holds; nothing before the first one."""

    documents: tuple[DocumentRecord, ...] = ()
    failures: tuple[Failure, ...] = ()
    sources: tuple[SourceRoot, ...] = ()

    @classmethod
    def of(cls, catalog: Catalog) -> Known:
        return cls(tuple(catalog.documents()), tuple(catalog.failures()), tuple(catalog.sources()))


@dataclass(frozen=True, slots=True)
class Survey:
    """What was found. `plan` leaves out the files that failed before and are still the same;
    `failures` are theirs and the scan's, and take the place of `before` in the catalog.
    `touched` files have another time and the same content. `sources` is what to remember."""

    plan: IngestPlan
    sources: tuple[SourceRoot, ...]
    failures: tuple[Failure, ...]
    before: tuple[Failure, ...]
    touched: tuple[SourceFile, ...]
    new_sources: bool

    @property
    def to_parse(self) -> tuple[SourceFile, ...]:
        return (*self.plan.new, *self.plan.changed, *(file for _, file in self.plan.moved))

    def has_work(self, *, prune: bool) -> bool:
        """Whether a new generation is needed."""
        return bool(
            self.to_parse
            or self.touched
            or self.new_sources
            or set(self.failures) != set(self.before)
            or (prune and self.plan.removed)
        )


def survey(
    known: Known,
    paths: Sequence[Path],
    *,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
    rebuild: bool = False,
    reparse: bool = False,
) -> Survey:
    """Look at the paths, or at every known source when none is given.

    Args:
        include, exclude: patterns for this run.
        rebuild: look at every known source beside the paths, and take every file anew.
        reparse: take every file anew, since the parser or the chunker is another one.

    Raises:
        UsageError: a path does not exist.
    """
    wanted = roots.resolve(paths, known.sources)
    if rebuild or not paths:
        labels = {root.label for root in wanted}
        wanted = (*wanted, *(root for root in known.sources if root.label not in labels))
    scope = _Scope(roots.outermost(wanted), known.sources)
    records = {r.doc_id: r for r in known.documents if scope.covers(r.root, r.path)}
    before = tuple(f for f in known.failures if scope.covers(f.root, f.path))
    scans = [_scan(root, include, exclude, records) for root in scope.scanned]
    scan_failures = tuple(failure for one in scans for failure in one.failures)
    files = [file for one in scans for file in one.files]
    planned = plan(files, records, scan_failures, rebuild=rebuild or reparse)
    if include or exclude:
        # What a pattern leaves out is not gone.
        planned = replace(planned, removed=tuple(filter(scope.is_gone, planned.removed)))
    planned, kept = (planned, ()) if rebuild or reparse else _settle(planned, before)
    sources = roots.merged(known.sources, scope.scanned)
    return Survey(
        plan=planned,
        sources=sources,
        failures=(*scan_failures, *kept),
        before=before,
        touched=tuple(file for file in planned.unchanged if _is_stale(file, records)),
        new_sources=set(sources) != set(known.sources),
    )


@dataclass(frozen=True, slots=True)
class _Scope:
    """Which documents a run speaks for: those of the scanned roots, and of roots inside them."""

    scanned: tuple[SourceRoot, ...]
    known: Sequence[SourceRoot]

    def covers(self, label: str, path: str) -> bool:
        location = self._location(label)
        for root in self.scanned:
            if root.label == label:
                return not root.only or any(roots.is_inside(path, part) for part in root.only)
            if not root.only and location and roots.is_inside(location, root.location):
                return True
        return False

    def is_gone(self, record: DocumentRecord) -> bool:
        return not os.path.lexists(os.path.join(self._location(record.root), record.path))

    def _location(self, label: str) -> str:
        return next((root.location for root in self.known if root.label == label), "")


def _scan(
    root: SourceRoot,
    include: Sequence[str],
    exclude: Sequence[str],
    known: Mapping[str, DocumentRecord],
) -> ScanResult:
    """A root that is missing or suddenly empty (a share that is not mounted) is a failure:
    nothing of it counts as gone."""
    if not os.path.lexists(root.location):
        return ScanResult((), (_missing(root, "nothing is at that place"),))
    result = scan(root, include, exclude)
    held = any(record.root == root.label for record in known.values())
    if held and not root.only and not (result.files or result.failures):
        return ScanResult((), (_missing(root, "the folder is empty"),))
    return result


def _missing(root: SourceRoot, why: str) -> Failure:
    return Failure(
        root=root.label,
        path=".",
        stage="scan",
        reference="source-missing",
        message=f"the source {root.location} is not there: {why}",
        hint=f"mount it and run again; if it is gone for good: kb remove {root.location}",
    )


def _settle(
    planned: IngestPlan, before: Sequence[Failure]
) -> tuple[IngestPlan, tuple[Failure, ...]]:
    """Do not try again what failed by itself and has not changed; try again what may be mended.

    Returns the plan that is left, and the failures that stay.
    """
    hopeless = {_state(f) for f in before if f.reference not in _MENDABLE}
    mendable = {(f.root, f.path) for f in before if f.reference in _MENDABLE}
    again = tuple(file for file in planned.unchanged if (file.root, file.path) in mendable)
    left = replace(
        planned,
        new=tuple(file for file in planned.new if _state(file) not in hopeless),
        changed=(*(f for f in planned.changed if _state(f) not in hopeless), *again),
        unchanged=tuple(file for file in planned.unchanged if file not in again),
    )
    tried = {(file.root, file.path) for file in (*left.new, *left.changed)}
    present = {(f.root, f.path) for f in (*planned.new, *planned.changed, *planned.unchanged)}
    kept = tuple(f for f in before if (f.root, f.path) in present - tried)
    return left, kept


def _state(item: SourceFile | Failure) -> tuple[str, str, int, int]:
    return item.root, item.path, item.size, item.mtime_ns


def _is_stale(file: SourceFile, known: Mapping[str, DocumentRecord]) -> bool:
    record = known[file.doc_id]
    return (record.size, record.mtime_ns) != (file.size, file.mtime_ns)
