"""The process's standard streams, which may be full, closed, or without a reader; and its locale.

Nothing that is written here raises: a run does not end because nobody can read about it. What was
lost of standard output is known at the end, and decides the exit code where it was the result.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import select
import sys
from typing import Any, Literal

from kb.errors import OutputError

_STREAMS = ("stdin", "stdout", "stderr")


class SteadyFile(io.RawIOBase):
    """A file descriptor to write to; what cannot be written is dropped, and `lost` says why.

    Args:
        descriptor: stays open when this is closed.
        closed_before: it stands for one that was closed when the process started.
        gives_up: after the first loss nothing more is written, so that what arrived has no hole.
    """

    def __init__(self, descriptor: int, *, closed_before: bool, gives_up: bool) -> None:
        super().__init__()
        self.lost: OSError | None = None
        self._descriptor = descriptor
        self._closed_before = closed_before
        self._gives_up = gives_up

    def write(self, data: Any, /) -> int:
        """Write bytes, or what has a view of them."""
        rest = memoryview(data).cast("B")
        size = len(rest)
        if self._closed_before:
            self.lost = OSError(errno.EBADF, "it is closed")
        if self._closed_before or (self.lost and self._gives_up):
            return size
        try:
            while rest:
                rest = rest[self._write_some(rest) :]
        except OSError as error:
            self.lost = self.lost or error
        return size

    def _write_some(self, data: memoryview) -> int:
        try:
            return os.write(self._descriptor, data)
        except BlockingIOError:  # whoever gave it to us reads from the other end without blocking
            select.select([], [self._descriptor], [])
            return 0

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def isatty(self) -> bool:
        return not self._closed_before and os.isatty(self._descriptor)


class _Streams:
    """The two that this process writes to, once `take_over` was called."""

    output: SteadyFile | None = None
    kind: Literal["result", "report"] = "result"


_streams = _Streams()


def restart_in_utf8() -> None:
    """Start this program anew in Python's UTF-8 mode, unless names of files are UTF-8 already.

    In the locale C, as cron has it, or in one of another encoding, Python would take 张.txt on the
    disk and in the arguments for something else, and remember it under that name.
    """
    if sys.getfilesystemencoding().lower() == "utf-8" or sys.flags.utf8_mode:
        return
    os.environ["PYTHONUTF8"] = "1"  # for the processes that this one starts
    os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])


def take_over() -> None:
    """Make the standard streams of this process UTF-8, and such that writing does not fail.

    A closed descriptor 0, 1 or 2 leads to /dev/null from now on: else the next file that is
    opened would take its place, and a library that logs there would write into it.
    """
    closed = [getattr(sys, name) is None for name in _STREAMS]
    for number in range(3):
        with contextlib.suppress(OSError):
            os.fstat(number)
            continue
        nowhere = os.open(os.devnull, os.O_RDWR)
        os.dup2(nowhere, number)
        if nowhere != number:
            os.close(nowhere)
        os.set_inheritable(number, True)
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(encoding="utf-8", errors="surrogateescape")
    else:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115  for the process's life
    _streams.output = SteadyFile(1, closed_before=closed[1], gives_up=True)
    sys.stdout = _text(io.BufferedWriter(_streams.output), line_buffering=os.isatty(1))
    sys.stderr = _text(
        SteadyFile(2, closed_before=closed[2], gives_up=False),
        line_buffering=True,
        write_through=True,
    )


def _text(
    binary: io.BufferedWriter | SteadyFile, *, line_buffering: bool, write_through: bool = False
) -> io.TextIOWrapper:
    return io.TextIOWrapper(
        binary,  # type: ignore[arg-type]  # a raw file will do where nothing is buffered
        encoding="utf-8",
        errors="backslashreplace",
        line_buffering=line_buffering,
        write_through=write_through,
    )


def write_at_once(text: str) -> None:
    """Write to standard error in a signal's handler, which may have broken into another write."""
    with contextlib.suppress(OSError):
        os.write(2, text.encode())


def expect(kind: Literal["result", "report"]) -> None:
    """Whether what the command prints is its result, or a report of what it did."""
    _streams.kind = kind


def has_reader() -> bool:
    """Whether all that was printed so far has arrived somewhere."""
    sys.stdout.flush()
    return _streams.output is None or _streams.output.lost is None


def lost_output() -> tuple[OutputError, bool] | None:
    """Why standard output does not hold what was printed, and whether that was the command's
    result; None where it does, or where its reader wanted no more of it (`kb sources | head`)."""
    if has_reader() or _streams.output is None or _streams.output.lost is None:
        return None
    lost = _streams.output.lost
    if lost.errno == errno.EPIPE:
        return None
    error = OutputError(
        "standard output could not be written",
        why=lost.strerror or type(lost).__name__,
        hint="send it to a file that has room, or to a program that reads it, and run kb again",
    )
    return error, _streams.kind == "result"
