"""Parsing and chunking in processes that can be killed.

A file that hangs, crashes its parser or eats memory costs its own process and becomes a Failure;
its neighbours never notice. Processes are forked from one that has imported what parsing needs,
so a killed one is replaced in milliseconds.
"""

from __future__ import annotations

import logging
import os
import pickle
import signal
import weakref
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import replace
from typing import Self

from kb.documents.failures import failure_of
from kb.documents.formats import extension
from kb.documents.parse import parse
from kb.documents.pool import starter, worker
from kb.documents.pool.confinement import BlockedInWorkers, confinement
from kb.documents.pool.processes import Job, NoProcess, Outcome, Processes
from kb.documents.pool.queue import ParsedChunks, Queue, Taken, Task
from kb.documents.pool.scratch import Scratch
from kb.documents.pool.validation import decode, not_allowed
from kb.errors import DamagedDocument, DocumentError, KbError, LimitExceeded, UnreadableFile
from kb.types import Failure, ParsedDocument, SourceFile

log = logging.getLogger(__name__)

__all__ = ["ParsePool", "ParsedChunks"]

_IN_FLIGHT = 8
_ONE_CHUNK = 1_000
"""Bytes of which a text makes one chunk, in any language."""
_QUICK = 1 << 16
"""Bytes of a file that is parsed so soon that it may wait behind another one."""
_POLL_SECONDS = 0.2
_SPLITTER = "kb.documents.chunking.chunk"


class ParsePool:
    """A pool that starts with the first file and not before.

    Args:
        workers: processes; 0 for one less than there are cores, at least one.
        seconds_per_file: after this a file's process is killed; what is inside of an archive has
            as long, and all of it together twelve times as long (see `Budget`).
        megabytes_per_file: a process's limit for data (RLIMIT_DATA, where there is one).
        chunk_tokens, overlap_sentences: see `kb.documents.chunking.chunk.chunk`.
        table_rows: see `kb.documents.chunking.large_tables.with_descriptions`.
        parser: a function of a module, since processes find it by name.
        sandboxed: whether the kernel is to leave them the sources and a scratch folder alone.
    """

    def __init__(
        self,
        workers: int = 0,
        *,
        seconds_per_file: float = 300,
        megabytes_per_file: int = 2048,
        chunk_tokens: int = 256,
        overlap_sentences: int = 1,
        table_rows: int = 0,
        parser: Callable[[SourceFile], ParsedDocument] = parse,
        sandboxed: bool = True,
    ) -> None:
        self.workers = workers or max(1, (os.cpu_count() or 2) - 1)
        self.seconds_per_file = seconds_per_file
        self.megabytes_per_file = megabytes_per_file
        self.chunking = (chunk_tokens, overlap_sentences, table_rows)
        self.parser = parser
        self.sandboxed = sandboxed
        self._pool: Processes | None = None
        self._modules: set[str] = set()
        self._scratch: weakref.finalize[[], ParsePool] | None = None
        self._blocked: BlockedInWorkers | None = None

    def prepare(self, sources: Sequence[SourceFile] = ()) -> None:
        """Start the process that forks the others, and do not wait for it. What takes long to
        import, and these files need, it imports once for all."""
        # That process knows all formats already; to import them here takes a tenth of a second.
        wanted = {f".{extension(source.path)}" for source in sources}
        if any(source.size > _ONE_CHUNK for source in sources):
            wanted.add(_SPLITTER)
        self._modules |= wanted
        starter.shared().load(sorted(wanted))

    def results(
        self, sources: Iterable[SourceFile]
    ) -> Generator[ParsedChunks | Failure, None, None]:
        """One result a document, in the order in which they are ready.

        Files are drawn from `sources` as processes become free, results are held for eight files
        a process at most: the caller's pace bounds the memory. A member of an archive, or a mail's
        attachment, has a result of its own, and goes before the files that still wait; the
        result of what holds it comes after it.
        """
        queue = Queue(sources, self.seconds_per_file)
        running = 0
        pool: Processes | None = None
        try:
            while True:
                for task in queue.next(self.workers * _IN_FLIGHT - running):
                    if pool is None:
                        pool = self._started()
                    if pool.closed:
                        return
                    running += 1
                    pool.submit(_job(task))
                if pool is None or not running:
                    return
                for outcome in self._wait(pool):
                    running -= 1
                    task = outcome.job.key
                    yield from queue.settle(task, self._taken(task.source, outcome))
                if pool.closed:
                    return  # by another thread: what still runs will never be done
        finally:
            if pool is not None:
                pool.abandon()

    def close(self) -> None:
        """Kill what still runs. The pool starts anew when it is used again."""
        if self._pool is not None:
            self._pool.close()
            self._pool = None
        if self._blocked is not None:
            self._blocked.keep()
        if self._scratch is not None:
            self._scratch()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _started(self) -> Processes:
        if self._pool is None:
            # A killed process leaves what it had unpacked; it goes with this folder.
            scratch = Scratch()
            self._scratch = weakref.finalize(self, scratch.delete)
            first = worker.Work(
                worker.start,
                self.megabytes_per_file,
                scratch.path,
                self.parser,
                *self.chunking,
                confinement(scratch.path, sandboxed=self.sandboxed),
            )
            self._blocked = BlockedInWorkers(scratch.path)
            self._pool = Processes(self.workers, pickle.dumps(first), _IN_FLIGHT, _accepted)
            self._pool.load(sorted(self._modules))
        return self._pool

    def _wait(self, pool: Processes) -> list[Outcome]:
        try:
            return pool.wait(_POLL_SECONDS)
        except NoProcess as broken:
            raise DocumentError(
                "no file can be read",
                why=f"the processes that read files end before they begin: {broken}",
                hint="free some memory, or give ingest.workers = 1; then run the ingest again",
            ) from broken

    def _taken(self, source: SourceFile, outcome: Outcome) -> Taken:
        if self._blocked is not None:
            self._blocked.keep()
        if isinstance(outcome.result, Taken):
            return replace(outcome.result, seconds=outcome.seconds)
        failure = failure_of(source, "parse", self._no_result(source, outcome))
        return Taken(failure, late=outcome.late, seconds=outcome.seconds)

    def _no_result(self, source: SourceFile, outcome: Outcome) -> KbError:
        if outcome.late:
            return LimitExceeded(
                f"'{source.path}' takes too long",
                why=f"it was not parsed within {self.seconds_per_file:g} seconds",
                hint="split the file, or raise ingest.seconds_per_file",
            )
        if outcome.refused:
            log.warning("what a parser gave cannot be kept: %s", outcome.refused)
            return not_allowed(source, outcome.refused)
        log.warning("a parser process ended with exit code %s", outcome.code)
        if outcome.code == worker.OUT_OF_MEMORY:
            return LimitExceeded(
                f"'{source.path}' needs too much memory",
                why=f"parsing it took more than {self.megabytes_per_file} MB",
                hint="split the file, or raise ingest.megabytes_per_file",
            )
        if outcome.code is None or abs(outcome.code) == signal.SIGTERM:
            # Whoever ends a service ends all of its processes: the file is not to blame.
            return UnreadableFile(
                f"'{source.path}' was not read to its end",
                why="the process that read it was asked to end",
                hint="run the ingest again",
            )
        return DamagedDocument(
            f"'{source.path}' makes its parser crash",
            why=f"the process ended with exit code {outcome.code}; the file is "
            "damaged, or needs more memory than ingest.megabytes_per_file allows",
            hint="get another copy of the file, save it in another format, or exclude it",
        )


def _accepted(task: Task, sent: bytes) -> Taken:
    return decode(task.source, sent)


def _job(task: Task) -> Job:
    source = task.source
    limit = task.budget.left if source.member else lambda: task.budget.limit
    return Job(task, pickle.dumps(source), limit, ahead=source.size <= _QUICK)
