"""Something that goes on beside a test, and ends with it."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from subprocess import Popen
from typing import AnyStr


@contextmanager
def over_and_over(work: Callable[[], object]) -> Iterator[None]:
    """Call it in a thread, again and again until the block ends."""
    over = threading.Event()

    def repeat() -> None:
        while not over.is_set():
            work()

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextmanager
def ended(process: Popen[AnyStr], *, session: bool = False) -> Iterator[Popen[AnyStr]]:
    """A process that is killed when the block ends, however it ends, if it has not ended itself.
    With `session`, of which it is the first, whatever it has started is killed as well.

    `with Popen` waits instead: after a failed assertion for ever, where nobody ends the process.
    """
    try:
        yield process
    finally:
        process.kill()  # without effect where it has ended
        if session:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()
