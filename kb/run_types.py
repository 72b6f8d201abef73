"""What passes between the stages of a run that changes the index: its plan, counts and report."""

from __future__ import annotations

from dataclasses import dataclass

from kb.errors import KbError
from kb.types import DocumentRecord, Failure, SourceFile


@dataclass(frozen=True, slots=True)
class IngestPlan:
    """What a run has to do, decided before it does any of it."""

    new: tuple[SourceFile, ...]
    changed: tuple[SourceFile, ...]
    moved: tuple[tuple[DocumentRecord, SourceFile], ...]
    unchanged: tuple[SourceFile, ...]
    removed: tuple[DocumentRecord, ...]


@dataclass(frozen=True, slots=True)
class RunCounts:
    """What a run did, in figures: `added` to `removed` are documents, also those in archives,
    `failed` files or places in them, `chunks` to `reused` chunks."""

    added: int = 0
    updated: int = 0
    moved: int = 0
    unchanged: int = 0
    removed: int = 0
    failed: int = 0
    chunks: int = 0
    embedded: int = 0
    reused: int = 0


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What a run did, in `seconds`; `generation` is live after it. `ended_by`: what stopped it
    before its end; what was whole by then is in."""

    counts: RunCounts
    failed: tuple[Failure, ...]
    generation: int
    seconds: float
    ended_by: KbError | None = None
