"""A tool's steps, made in a thread and read on the event loop.

The language model answers one at a time; what takes a moment has threads of its own. Whoever
stops reading (a client that cancels or goes away) breaks the answer off.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from typing import Protocol

from kb.mcp.tools import Arguments, Outcome, Step, Steps


class Runner(Protocol):
    """What carries out a tool. `model`: whether a language model answers; `name` and `arguments`
    are the tool's, for who keeps a log."""

    def steps(
        self,
        work: Callable[[], Steps],
        *,
        model: bool,
        name: str,
        arguments: Arguments,
    ) -> AsyncGenerator[Step | Outcome, None]: ...


class ThreadRunner:
    """A Runner of a process that serves one client."""

    def __init__(self, halt: Callable[[], None]) -> None:
        """`halt` breaks off the answer that is being written."""
        self._halt = halt
        self._answers = ThreadPoolExecutor(1, thread_name_prefix="kb-answer")
        self._searches = ThreadPoolExecutor(2, thread_name_prefix="kb-search")
        self._busy = threading.Event()

    async def steps(
        self,
        work: Callable[[], Steps],
        *,
        model: bool,
        name: str,
        arguments: Arguments,
    ) -> AsyncGenerator[Step | Outcome, None]:
        loop = asyncio.get_running_loop()
        sent: asyncio.Queue[Step | Outcome | BaseException | None] = asyncio.Queue()
        left, begun, done = threading.Event(), threading.Event(), threading.Event()

        def send(one: Step | Outcome | BaseException | None) -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody reads any more
                loop.call_soon_threadsafe(sent.put_nowait, one)

        def serve() -> None:
            begun.set()
            end: BaseException | None = None
            try:
                if not left.is_set():
                    with closing(work()) as steps:
                        for step in steps:
                            if left.is_set():
                                break
                            send(step)
            except Exception as error:  # of any kind: it is raised where the steps are read
                end = error
            done.set()
            send(end)

        (self._answers if model else self._searches).submit(serve)
        try:
            while (one := await sent.get()) is not None:
                if isinstance(one, BaseException):
                    raise one
                yield one
        finally:
            left.set()
            if model and begun.is_set() and not done.is_set():
                self._halt()

    def close(self) -> None:
        """End what is being answered, and wait for it."""
        self._halt()
        self._answers.shutdown(cancel_futures=True)
        self._searches.shutdown(cancel_futures=True)
