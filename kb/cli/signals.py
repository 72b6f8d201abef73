"""Ctrl-C and SIGTERM: they end a command at once, but a run that writes is asked to stop first.

What they raise, or what asks whether to stop, is Python. A merge of vectors, a check of a large
database, a write to a slow disk are not, and may take minutes. So after SIGTERM a second process
ends the first one when its time is up, which no file of a home minds: a commit is whole or not
there (ARCHITECTURE.md). A command that only reads the catalog has none (`Needs.may_last`).
"""

from __future__ import annotations

import logging
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from kb.cli import logs, streams
from kb.errors import Interrupted

SECONDS_TO_END = 4.5
"""How long a process may take to end after SIGTERM, before it is ended."""
SERVER_SECONDS_TO_END = 1.9
"""The same of a server that does not even begin to end, and has nothing to commit."""
_BEGUN = b"\0"  # no signal has this number

_told = {"stop": False}
_watcher = {"pipe": -1}


def was_told_to_stop() -> bool:
    """Whether a run of this process was asked to stop by a signal."""
    return _told["stop"]


def interrupted() -> Interrupted:
    return Interrupted(
        "interrupted",
        why="a signal or Ctrl-C stopped the run",
        hint="run it again; what was committed stays, finished embeddings are reused",
    )


def stop_at_once(signum: int, frame: FrameType | None) -> None:
    """The handler of SIGTERM outside of a run."""
    raise interrupted()


@contextmanager
def stop_requested_by_signal() -> Iterator[Callable[[], bool]]:
    """Within the block the first signal makes the given function say so, the second one raises.

    To be entered in the main thread.
    """
    requested = False

    def request_stop(signum: int, frame: FrameType | None) -> None:
        nonlocal requested
        if requested:
            raise interrupted()
        requested = _told["stop"] = True
        words = "stopping: what is finished is being committed; a second signal stops at once"
        if logs.as_json():
            words = logs.as_object(logging.WARNING, "stopping", {"message": words})
        streams.write_at_once(words + "\n")

    signals = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, request_stop) for number in signals]
    try:
        yield lambda: requested
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)


def end_at_once(code: int) -> NoReturn:
    """End this process, whose other threads may be in a call to an engine for long. For one that
    writes nothing to a home that has to be whole."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def end_in_time(seconds: float = SECONDS_TO_END) -> None:
    """From now on SIGTERM ends this process within so many seconds, whatever it is doing then.

    To be called in the main thread, before there are others, for this process forks.
    """
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    watched = os.getpid()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        if os.fork() == 0:
            _watch(reading, watched, seconds)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    os.close(reading)
    # Each signal that Python handles writes its number there, whatever the process is busy with.
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    _watcher["pipe"] = writing


def begin_to_end() -> None:
    """Tell what watches this process that it has heard the signal: it has SECONDS_TO_END then."""
    if _watcher["pipe"] >= 0:
        os.write(_watcher["pipe"], _BEGUN)


def _watch(reading: int, watched: int, seconds: float) -> NoReturn:
    """The second process, with all signals blocked: it holds nothing but the pipe, and ends with
    the first one, whose end of the pipe is closed then."""
    try:
        os.closerange(0, reading)
        os.closerange(reading + 1, os.sysconf("SC_OPEN_MAX"))
        deadline, began = None, 0.0
        while deadline is None or (left := deadline - time.monotonic()) > 0:
            if not select.select([reading], [], [], None if deadline is None else left)[0]:
                break
            told = os.read(reading, 64)
            if not told:
                os._exit(0)
            if deadline is None and signal.SIGTERM in told:
                began = time.monotonic()
                deadline = began + seconds
            if deadline is not None and _BEGUN in told:
                deadline = began + SECONDS_TO_END
        if os.getppid() == watched:
            os.kill(watched, signal.SIGKILL)
    finally:
        os._exit(0)
