"""The order in which documents are taken in, when one of them holds others.

    a.zip            is opened, its members wait at the front
    a.zip!/b.md      is parsed, by any worker
    a.zip!/c.eml     is parsed, and has attachments
    a.zip!/c.eml!/d  is parsed
    a.zip!/c.eml     comes out, after its attachments
    a.zip            comes out last

So the caller, who sees an archive come out, knows that all of it did.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from kb.documents.archives.limits import Budget, given_up
from kb.documents.archives.opening import changed
from kb.documents.failures import failure_of
from kb.documents.filetime import modified_ns
from kb.errors import LimitExceeded
from kb.table_types import Table
from kb.types import Chunk, Failure, SourceFile


@dataclass(frozen=True, slots=True)
class ParsedChunks:
    """A document, ready to be embedded. `source` carries the sha256 of the bytes that were read.
    `losses` says what a limit cut from it, and where.

    An archive has no text of its own: its result has neither chunks nor characters, and comes
    after those of all its members, as a mail's comes after its attachments'. `chunks` are a tuple,
    but for a long document on its way into the store (kb/documents/pool/packed_chunks.py)."""

    source: SourceFile
    chunks: Sequence[Chunk]
    title: str
    labels: tuple[tuple[str, str], ...]
    characters: int
    losses: tuple[str, ...] = ()
    tables: tuple[Table, ...] = ()
    stated: Table | None = None
    """What it states about itself: a table of one row."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a worker made of a source, in so many seconds. `packed`: its members count against the
    limits. `refused`: it is over one of them itself. `late`: it took longer than it may."""

    result: ParsedChunks | Failure
    members: tuple[SourceFile, ...] = ()
    packed: bool = False
    refused: bool = False
    late: bool = False
    seconds: float = 0


@dataclass(slots=True, eq=False)
class Task:
    """A source on its way through the workers. `file` is the outermost file as the scan saw it;
    `left` counts the members that have not come out yet."""

    source: SourceFile
    file: SourceFile
    budget: Budget
    holder: Task | None = None
    result: ParsedChunks | Failure | None = None
    left: int = 0


class Queue:
    """Sources that wait: members first, for the archive they are in waits for them. `seconds`:
    how long one file may take."""

    def __init__(self, sources: Iterable[SourceFile], seconds: float) -> None:
        self._sources = iter(sources)
        self._seconds = seconds
        self._members: deque[Task] = deque()

    def next(self, most: int) -> Iterator[Task]:
        for _ in range(most):
            if self._members:
                yield self._members.popleft()
                continue
            source = next(self._sources, None)
            if source is None:
                return
            yield Task(source, source, Budget(self._seconds, source))

    def settle(self, task: Task, taken: Taken) -> Iterator[ParsedChunks | Failure]:
        """What comes out now that a worker is done with a source."""
        if task.budget.is_over():
            yield from self._climb(task.holder)
            return
        if taken.members:
            try:
                self._hold(task, taken)
                return
            except LimitExceeded as error:
                taken = Taken(failure_of(task.source, "parse", error), refused=True)
        yield _placed(task, taken.result)
        if task.holder:
            task.budget.refused += taken.refused
            task.budget.late += taken.late
            task.budget.seconds += taken.seconds
            if task.budget.is_over():
                yield from self._give_up(task.budget)
        yield from self._climb(task.holder)

    def _hold(self, task: Task, taken: Taken) -> None:
        if taken.packed:
            task.budget.take(taken.members, task.source.path)
        task.result, task.left = taken.result, len(taken.members)
        members = [Task(one, task.file, task.budget, task) for one in taken.members]
        self._members.extendleft(reversed(members))

    def _give_up(self, budget: Budget) -> Iterator[ParsedChunks | Failure]:
        """Leave out what still waits of a file."""
        left_out = [task for task in self._members if task.budget is budget]
        self._members = deque(task for task in self._members if task.budget is not budget)
        for task in left_out:
            yield from self._climb(task.holder)

    def _climb(self, holder: Task | None) -> Iterator[ParsedChunks | Failure]:
        """One member less to wait for; what waits for no other comes out as well."""
        while holder is not None:
            holder.left -= 1
            if holder.left:
                return
            assert holder.result is not None, "it was listed before its members were parsed"
            if not holder.budget.is_over() or _has_text(holder.result):
                yield _placed(holder, _still_true(holder, holder.result))
            elif holder.holder is None:
                yield failure_of(holder.file, "parse", given_up(holder.file.path, holder.budget))
            holder = holder.holder


def _placed(task: Task, result: ParsedChunks | Failure) -> ParsedChunks | Failure:
    """A member's failure goes by its file's size and time, for by them the next run sees whether
    to try again."""
    if isinstance(result, Failure):
        return replace(result, size=task.file.size, mtime_ns=task.file.mtime_ns)
    return result


def _still_true(task: Task, result: ParsedChunks | Failure) -> ParsedChunks | Failure:
    """A file that holds others must at the end be the one that was listed."""
    if isinstance(result, Failure):
        return result
    if task.holder is None and not _is_unchanged(result.source):
        return failure_of(task.file, "parse", changed(task.file))
    return result


def _has_text(result: ParsedChunks | Failure) -> bool:
    """A mail, which is worth having without what is attached to it."""
    return isinstance(result, ParsedChunks) and result.characters > 0


def _is_unchanged(source: SourceFile) -> bool:
    try:
        status = os.stat(source.location)
    except OSError:
        return False
    return (status.st_size, modified_ns(status)) == (source.size, source.mtime_ns)
