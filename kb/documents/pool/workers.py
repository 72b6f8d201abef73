"""Parsing and chunking in processes that can be killed.

A file that hangs, crashes its parser or eats memory costs its own worker and becomes a Failure;
its neighbours never notice. Workers are forked from a fork server that has imported the chunker
once (Linux; memory is shared), so a killed one is replaced in milliseconds.
"""

from __future__ import annotations

import contextlib
import ctypes
import logging
import multiprocessing
import os
import signal
import tempfile
import weakref
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, wait
from multiprocessing import forkserver
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn, Self

from kb.documents.archives.limits import ArchiveLimit
from kb.documents.archives.opening import Opened
from kb.documents.failures import failure_of
from kb.documents.parse import parse
from kb.documents.pool.processes import BrokenProcessPool, Processes, ProcessExpired
from kb.documents.pool.queue import ParsedChunks, Queue, Taken, Task
from kb.documents.pool.scratch import Scratch
from kb.errors import (
    DamagedDocument,
    DocumentError,
    EgressBlocked,
    KbError,
    LimitExceeded,
    UnreadableFile,
)
from kb.types import Failure, ParsedDocument, SourceFile

log = logging.getLogger(__name__)

__all__ = ["ParsePool", "ParsedChunks"]

_IN_FLIGHT = 8
_MANY = 16
_ONE_CHUNK = 1_000
"""Bytes of which a text makes one chunk, in any language."""
_GROWTH = 64 << 20
_TASKS_PER_WORKER = 5000
_OUT_OF_MEMORY = 77
_POLL_SECONDS = 0.2
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


class ParsePool:
    """A pool that starts with the first file and not before.

    Args:
        workers: processes; 0 for one less than there are cores, at least one.
        seconds_per_file: after this a file's worker is killed.
        megabytes_per_file: a worker's limit for data (RLIMIT_DATA, where there is one).
        chunk_tokens, overlap_sentences: see `kb.documents.chunking.chunk.chunk`.
        parser: a function of a module, since workers find it by name.
    """

    def __init__(
        self,
        workers: int = 0,
        *,
        seconds_per_file: float = 300,
        megabytes_per_file: int = 2048,
        chunk_tokens: int = 256,
        overlap_sentences: int = 1,
        parser: Callable[[SourceFile], ParsedDocument] = parse,
    ) -> None:
        self.workers = workers or max(1, (os.cpu_count() or 2) - 1)
        self.seconds_per_file = seconds_per_file
        self.megabytes_per_file = megabytes_per_file
        self.chunking = (chunk_tokens, overlap_sentences)
        self.parser = parser
        self._pool: Any = None
        self._scratch: weakref.finalize[[], ParsePool] | None = None

    def prepare(self, sources: Sequence[SourceFile] = ()) -> None:
        """Start the fork server, and do not wait for it. Where many files have more than one
        chunk it imports once, for two seconds, what a worker would else import for the first."""
        large = sum(source.size > _ONE_CHUNK for source in sources)
        splitter = ["llama_index.core.node_parser.text.sentence"] if large >= _MANY else []
        forkserver.set_forkserver_preload(["kb.documents.pool.preload", *splitter])
        forkserver.ensure_running()

    def results(
        self, sources: Iterable[SourceFile]
    ) -> Generator[ParsedChunks | Failure, None, None]:
        """One result a document, in the order in which they are ready.

        Files are drawn from `sources` as workers become free, results are held for eight files
        a worker at most: the caller's pace bounds the memory. A member of an archive, or a mail's
        attachment, has a result of its own, and goes before the files that still wait; the
        result of what holds it comes after it.
        """
        queue = Queue(sources)
        running: dict[Any, Task] = {}
        pool: Any = None
        try:
            while True:
                for task in queue.next(self.workers * _IN_FLIGHT - len(running)):
                    if pool is not None and self._pool is not pool:
                        return
                    running[self._schedule(task.source)] = task
                    pool = pool or self._pool
                if not running:
                    return
                done, _ = wait(running, _POLL_SECONDS, return_when=FIRST_COMPLETED)
                if not done and self._pool is not pool:
                    return  # closed by another thread: these will never be done
                for future in done:
                    task = running.pop(future)
                    yield from queue.settle(task, self._result(task.source, future))
        finally:
            for future in running:
                future.cancel()

    def close(self) -> None:
        """Kill what still runs. The pool starts anew when it is used again."""
        if self._pool is not None:
            self._pool.stop()
            self._pool.join()
            self._pool = None
        if self._scratch is not None:
            self._scratch()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _schedule(self, source: SourceFile) -> Any:
        if self._pool is None:
            self.prepare()
            # A killed worker leaves what it had unpacked; it goes with this folder.
            scratch = Scratch()
            self._scratch = weakref.finalize(self, scratch.delete)
            self._pool = Processes(
                self.workers,
                tasks_per_worker=_TASKS_PER_WORKER,
                initializer=_start_worker,
                initargs=(self.megabytes_per_file, scratch.path),
                context=multiprocessing.get_context("forkserver"),
            )
        return self._pool.schedule(
            _parse_and_chunk,
            args=(self.parser, source, *self.chunking),
            timeout=self.seconds_per_file,
        )

    def _result(self, source: SourceFile, future: Any) -> Taken:
        try:
            result: Taken = future.result()
        except TimeoutError:
            error: KbError = LimitExceeded(
                f"'{source.path}' takes too long",
                why=f"it was not parsed within {self.seconds_per_file:g} seconds",
                hint="split the file, or raise ingest.seconds_per_file",
            )
        except BrokenProcessPool as broken:
            raise DocumentError(
                "no file can be read",
                why=f"the processes that read files end before they begin: {broken}",
                hint="free some memory, or give ingest.workers = 1; then run the ingest again",
            ) from broken
        except ProcessExpired as expired:
            log.warning("a parser process ended with exit code %s", expired.exitcode)
            if expired.exitcode == _OUT_OF_MEMORY:
                error = self._too_much_memory(source)
            elif abs(expired.exitcode) == signal.SIGTERM:
                # Whoever ends a service ends all of its processes: the file is not to blame.
                error = UnreadableFile(
                    f"'{source.path}' was not read to its end",
                    why="the process that read it was told to end",
                    hint="run the ingest again",
                )
            else:
                error = DamagedDocument(
                    f"'{source.path}' makes its parser crash",
                    why=f"the process ended with exit code {expired.exitcode}; the file is "
                    "damaged, or needs more memory than ingest.megabytes_per_file allows",
                    hint="get another copy of the file, save it in another format, or exclude it",
                )
        else:
            return result
        return Taken(failure_of(source, "parse", error))

    def _too_much_memory(self, source: SourceFile) -> LimitExceeded:
        return LimitExceeded(
            f"'{source.path}' needs too much memory",
            why=f"parsing it took more than {self.megabytes_per_file} MB",
            hint="split the file, or raise ingest.megabytes_per_file",
        )


def _start_worker(megabytes: int, folder: str) -> None:
    """Runs first in every worker: guard, limits, a folder for what is unpacked, and a place
    behind the embedding engine."""
    from kb import egress

    egress.install()
    _die_with_parent()
    tempfile.tempdir = folder
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(OSError):
        os.nice(5)
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (megabytes << 20, megabytes << 20))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    logging.getLogger().setLevel(logging.ERROR)
    logging.getLogger(egress.__name__).setLevel(logging.WARNING)


def _die_with_parent() -> None:
    """End with the process that started the pool, even in the middle of a file (Linux).

    The kernel kills a worker whose fork server is gone; the server ends with its starter, once no
    worker holds the pipe by which the server watches it.
    """
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        server: Any = forkserver
        os.close(server._forkserver._forkserver_alive_fd)
    if os.getppid() == 1:
        os._exit(1)


def _parse_and_chunk(
    parser: Callable[[SourceFile], ParsedDocument],
    source: SourceFile,
    tokens: int,
    overlap_sentences: int,
) -> Taken:
    stage = "parse"
    try:
        document = parser(source)
        stage = "chunk"
        from kb.documents.chunking.chunk import chunk

        chunks = chunk(document, tokens, overlap_sentences)
        result = ParsedChunks(
            document.source, tuple(chunks), document.title, document.labels, len(document.text)
        )
        if isinstance(document, Opened):
            return Taken(result, document.members, document.packed)
        return Taken(result)
    except KbError as error:
        if isinstance(error.__cause__, MemoryError):
            _retire()
        return Taken(
            failure_of(source, stage, error), refused=isinstance(error.__cause__, ArchiveLimit)
        )
    except MemoryError:
        _retire()
    except PermissionError as error:
        # Beyond the file itself, whose permissions the parser has told: see kb/sandbox.
        refused = EgressBlocked(
            f"'{source.path}' has a parser that was refused what it tried",
            why=f"the kernel's sandbox: {error}",
            hint="see what is in force with: kb egress-report; take out the plugin that does it",
        )
        return Taken(failure_of(source, stage, refused))
    except Exception as error:  # a bug of ours on one file must not lose its neighbours
        log.exception("an unexpected error while one file was taken in")
        unexpected = KbError(
            f"'{source.path}' met a bug in kb",
            why=f"{type(error).__name__} in stage {stage}",
            hint="report it with the file, if you can share it",
        )
        return Taken(failure_of(source, stage, unexpected))
    finally:
        _memory.give_back()


def _retire() -> NoReturn:
    """A process that met its memory limit is too full for the next file."""
    os._exit(_OUT_OF_MEMORY)


class _Memory:
    """glibc keeps what is freed for the process, which others need more: ask for it back."""

    def __init__(self) -> None:
        self.slim = 0

    def give_back(self) -> None:
        """When the process has grown by 64 MiB since it last did."""
        with contextlib.suppress(OSError, AttributeError, ValueError):
            if self.resident() > self.slim + _GROWTH:
                ctypes.CDLL(None).malloc_trim(0)
                self.slim = self.resident()

    @staticmethod
    def resident() -> int:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")


_memory = _Memory()
