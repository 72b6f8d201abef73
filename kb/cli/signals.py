"""Ctrl-C and SIGTERM: they end a command at once, but a run that writes is asked to stop first."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from kb.cli import logs, streams
from kb.errors import Interrupted


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
        requested = True
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
