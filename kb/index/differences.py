"""What changed between two generations: what `kb history --diff` shows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from kb.index.catalog import Catalog
from kb.types import DocumentRecord


@dataclass(frozen=True, slots=True)
class Difference:
    """Documents as root/path, sorted. `changed` has another content under the same path; `moved`
    the same content under another: (before, after). A moved document's chunks have new ids, so
    they count as removed and as added."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    moved: tuple[tuple[str, str], ...]
    chunks_added: int
    chunks_removed: int


def difference(before: Catalog, after: Catalog) -> Difference:
    """From one catalog to another. Archives are left out: their members are the documents."""
    old, new = _documents(before), _documents(after)
    gone = {path: record for path, record in old.items() if path not in new}
    came = {path: record for path, record in new.items() if path not in old}
    moved = _moves(gone, came)
    left, arrived = {one for one, _ in moved}, {other for _, other in moved}
    removed, added = _counts(before.chunk_ids(), after.chunk_ids())
    return Difference(
        added=tuple(sorted(came.keys() - arrived)),
        removed=tuple(sorted(gone.keys() - left)),
        changed=tuple(sorted(p for p in old.keys() & new if old[p].sha256 != new[p].sha256)),
        moved=moved,
        chunks_added=added,
        chunks_removed=removed,
    )


def _documents(catalog: Catalog) -> dict[str, DocumentRecord]:
    records = (record for record in catalog.documents() if not record.is_archive)
    return {f"{record.root}/{record.path}": record for record in records}


def _moves(
    gone: dict[str, DocumentRecord], came: dict[str, DocumentRecord]
) -> tuple[tuple[str, str], ...]:
    """Pairs of equal content, in the order of their paths where several are equal."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted(came, reverse=True):
        places[came[path].sha256].append(path)
    return tuple(
        (path, places[gone[path].sha256].pop())
        for path in sorted(gone)
        if places.get(gone[path].sha256)
    )


def _counts(before: Iterator[str], after: Iterator[str]) -> tuple[int, int]:
    """How many ids only the one side has, and only the other. Both ascend."""
    only_before = only_after = 0
    one, other = next(before, None), next(after, None)
    while one is not None or other is not None:
        if other is None or (one is not None and one < other):
            only_before, one = only_before + 1, next(before, None)
        elif one is None or other < one:
            only_after, other = only_after + 1, next(after, None)
        else:
            one, other = next(before, None), next(after, None)
    return only_before, only_after
