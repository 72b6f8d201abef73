"""What a run has to do, from what was found and what is known.

Unchanged is decided by size, then by modification time, then by sha256, so that an untouched
file costs one `stat` and a touched one is read but not parsed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Set

from kb.documents.scan.walk import hash_file
from kb.errors import DocumentError
from kb.run_types import IngestPlan
from kb.types import DocumentRecord, Failure, SourceFile


def plan(
    found: Iterable[SourceFile],
    known: Mapping[str, DocumentRecord],
    failures: Iterable[Failure] = (),
    *,
    rebuild: bool = False,
    hash_of: Callable[[str], str] = hash_file,
) -> IngestPlan:
    """Compare the files found with the records of the same roots.

    Args:
        found: the scan's files.
        known: records by document id, of the scanned roots only: what is in it and was not
            found counts as removed, or as moved when a new file has the same sha256.
        failures: the scan's; what lies at or below a path that failed is not removed, since
            nobody could look.
        rebuild: parse every file again.
        hash_of: location to sha256; only called for files whose hash decides something.

    An unchanged file whose time or size in the record is stale comes with its `sha256` filled,
    so that the record can be touched. A file that cannot be hashed counts as new or changed:
    the parser then meets the same obstacle and names it.
    """
    files = {file.doc_id: file for file in found}
    blocked = {(failure.root, failure.path) for failure in failures}
    gone = [
        record
        for doc_id, record in known.items()
        if doc_id not in files and not _under(record, blocked)
    ]
    moves = _Moves(gone, hash_of)
    new: list[SourceFile] = []
    changed: list[SourceFile] = []
    unchanged: list[SourceFile] = []
    moved: list[tuple[DocumentRecord, SourceFile]] = []
    for doc_id, file in files.items():
        record = known.get(doc_id)
        if record is None:
            match = None if rebuild else moves.match(file)
            if match:
                moved.append(match)
            else:
                new.append(file)
        elif rebuild:
            changed.append(file)
        elif _same_stat(file, record):
            unchanged.append(dataclasses.replace(file, sha256=record.sha256))
        else:
            hashed = _hashed(file, hash_of) if file.size == record.size else file
            same = hashed.sha256 == record.sha256
            (unchanged if same else changed).append(hashed if same else file)
    taken = {record.doc_id for record, _ in moved}
    removed = tuple(record for record in gone if record.doc_id not in taken)
    return IngestPlan(tuple(new), tuple(changed), tuple(moved), tuple(unchanged), removed)


class _Moves:
    """Vanished records by size and sha256. Each is the origin of one move at most."""

    def __init__(self, gone: Iterable[DocumentRecord], hash_of: Callable[[str], str]) -> None:
        self.hash_of = hash_of
        self.sizes: set[int] = set()
        self.by_hash: dict[str, list[DocumentRecord]] = {}
        for record in sorted(gone, key=lambda record: record.path, reverse=True):
            self.sizes.add(record.size)
            self.by_hash.setdefault(record.sha256, []).append(record)

    def match(self, file: SourceFile) -> tuple[DocumentRecord, SourceFile] | None:
        if file.size not in self.sizes:
            return None
        hashed = _hashed(file, self.hash_of)
        candidates = self.by_hash.get(hashed.sha256)
        return (candidates.pop(), hashed) if candidates else None


def _same_stat(file: SourceFile, record: DocumentRecord) -> bool:
    return file.size == record.size and file.mtime_ns == record.mtime_ns


def _hashed(file: SourceFile, hash_of: Callable[[str], str]) -> SourceFile:
    try:
        return dataclasses.replace(file, sha256=hash_of(file.location))
    except DocumentError:
        return file


def _under(record: DocumentRecord, blocked: Set[tuple[str, str]]) -> bool:
    path = record.path
    while path:
        if (record.root, path) in blocked:
            return True
        path = path.rpartition("/")[0]
    return (record.root, ".") in blocked
