"""Names and payload that both vector adapters share, and how `Where` becomes conditions on them.

A point's payload is `{"doc": document id, "labels": ["key=value", …]}`: two keyword fields with
a fixed name each, so that any label can be filtered by without an index of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from kb.index import dates
from kb.types import EmbeddedChunk, ScoredId, Where

DENSE = "dense"
SPARSE = "bm25"
DOCUMENT = "doc"
LABELS = "labels"
DAY = "day"
"""yyyymmdd of the document's `date` label, where it is a date."""

_OWN = ("path", *dates.KEYS)

Documents = Callable[[str], Sequence[str]]
"""Resolves a glob over paths to document ids: a glob cannot run in the engine."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a point must fulfil: carry every label, and belong to one document of each group."""

    labels: tuple[str, ...]
    documents: tuple[tuple[str, ...], ...]
    days: tuple[tuple[int, int], ...] = ()


def payload(point: EmbeddedChunk) -> dict[str, str | int | list[str]]:
    labels = [label(key, value) for key, value in sorted(point.labels.items())]
    made: dict[str, str | int | list[str]] = {DOCUMENT: point.chunk.doc_id, LABELS: labels}
    dated = dates.day(point.labels.get("date", ""))
    return made if dated is None else made | {DAY: dated}


def label(key: str, value: str) -> str:
    return f"{key}={value}"


def conditions(where: Where, documents: Documents | None) -> Conditions:
    """`path` takes a glob, which `documents` resolves; `date`, `after` and `before` a year, a month
    or a day; every other key is equality."""
    paths = [value for key, value in where if key == "path"]
    return Conditions(
        labels=tuple(label(key, value) for key, value in where if key not in _OWN),
        documents=tuple(tuple(documents(glob)) if documents else () for glob in paths),
        days=tuple(dates.days(key, value) for key, value in where if key in dates.KEYS),
    )


def best(points: Iterable[ScoredId], limit: int) -> list[ScoredId]:
    """The `limit` best, ties by chunk id."""
    return sorted(points, key=lambda point: (-point.score, point.chunk_id))[:limit]


class Scored(Protocol):
    @property
    def score(self) -> float: ...


def settled(found: Sequence[Scored], kept: Sequence[Scored], asked: int, limit: int) -> bool:
    """Whether the best `limit` of `kept` are certain, `found` being all that came of `asked`.

    They are not while too few of what came counts, nor while the last that came equals the
    last that is wanted: an engine orders equal scores as it likes, so the one with the
    smallest id may not have come yet.
    """
    if len(found) < asked:
        return True
    return len(kept) >= limit and found[-1].score < kept[limit - 1].score
