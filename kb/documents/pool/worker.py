"""What runs in a parsing process: guard and limits first, then one file after another."""

from __future__ import annotations

import contextlib
import logging
import os
import pickle
import signal
import socket
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, Protocol

from kb.documents.archives.limits import ArchiveLimit
from kb.documents.archives.opening import Opened
from kb.documents.failures import failure_of, unexpected
from kb.documents.pool.channel import Channel
from kb.documents.pool.confinement import Confinement
from kb.documents.pool.processes import BEGUN, DONE, NUMBER, READY
from kb.documents.pool.queue import ParsedChunks, Taken
from kb.documents.pool.validation import encode
from kb.errors import EgressBlocked, KbError
from kb.memory import give_back
from kb.types import ParsedDocument, SourceFile

log = logging.getLogger(__name__)

OUT_OF_MEMORY = 77
"""The exit code of a process that met its limit of memory."""

_GROWTH = 64 << 20
_STATM = Path("/proc/self/statm")
"""Read twice for each file: as bytes, which takes half as long as text."""


@dataclass(frozen=True, slots=True)
class Work:
    """What a process is told first. `start(megabytes, folder)` prepares it, `parser` is a
    function of a module, since a process finds it by name."""

    start: Callable[[int, str], None]
    megabytes: int
    folder: str
    parser: Callable[[SourceFile], ParsedDocument]
    chunk_tokens: int
    overlap_sentences: int
    table_rows: int
    confinement: Confinement

    def do(self, job: bytes) -> bytes:
        source: SourceFile = pickle.loads(job)
        return encode(parse_and_chunk(self, source))


class Doing(Protocol):
    """What a process is told first: how it begins, and what it does with a job."""

    start: Callable[[int, str], None]
    megabytes: int
    folder: str
    confinement: Confinement

    def do(self, job: bytes) -> bytes: ...


def serve(end: socket.socket) -> None:
    """Work until the other end of the socket is closed."""
    channel = Channel(end)
    first = channel.receive()
    if first is None:
        return
    work: Doing = pickle.loads(first)
    work.start(work.megabytes, work.folder)
    work.confinement.enter()
    channel.send(READY)
    while (message := channel.receive()) is not None:
        number, job = pickle.loads(message)
        channel.send(BEGUN + NUMBER.pack(number, time.monotonic()))
        result = work.do(job)
        channel.send(DONE + NUMBER.pack(number, time.monotonic()) + result)
        del result
        _memory.give_back()


def start(megabytes: int, folder: str) -> None:
    """Guard, limits, a folder for what is unpacked, and a place behind the embedding engine."""
    from kb import egress

    egress.install()
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


def parse_and_chunk(work: Work, source: SourceFile) -> Taken:
    stage = "parse"
    try:
        document = work.parser(source)
        _memory.give_back()  # of a large sheet 60 MB
        stage = "chunk"
        from kb.documents.chunking.chunk import chunk
        from kb.documents.chunking.large_tables import with_descriptions
        from kb.documents.tables.stated import stated_of

        document, lexical = with_descriptions(document, work.table_rows)
        chunks = chunk(document, work.chunk_tokens, work.overlap_sentences, lexical)
        result = ParsedChunks(
            document.source,
            tuple(chunks),
            document.title,
            document.labels,
            len(document.text),
            document.losses,
            document.tables,
            stated_of(document),
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
        blocked = EgressBlocked(
            f"'{source.path}' has a parser that was blocked",
            why=f"the kernel's sandbox: {error}",
            hint="see what is in force with: kb egress-report; remove the plugin that does it",
        )
        return Taken(failure_of(source, stage, blocked))
    except Exception as error:  # a bug of ours on one file must not lose its neighbours
        traceback.print_exc(file=sys.stderr)
        return Taken(failure_of(source, stage, unexpected(source.path, stage, error)))


def _retire() -> NoReturn:
    """A process that met its memory limit is too full for the next file."""
    os._exit(OUT_OF_MEMORY)


class _Memory:
    """Gives free memory back now and then."""

    def __init__(self) -> None:
        self.slim = 0

    def give_back(self) -> None:
        """When the process has grown by 64 MiB since it last did."""
        with contextlib.suppress(OSError, ValueError):
            if self.resident() > self.slim + _GROWTH:
                give_back()
                self.slim = self.resident()

    @staticmethod
    def resident() -> int:
        pages = int(_STATM.read_bytes().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")


_memory = _Memory()
