"""The queue of what is asked for, and the threads that answer it.

An answer is made in one thread from beginning to end, and never waits for whoever reads it. So a
slow or vanished reader holds neither the model nor a generation of the index.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from kb.errors import Interrupted, RequestRejected
from kb.serving.backend import Lines

_RETRY_SECONDS = 10


class Reply:
    """What a thread sends, to be read on the event loop: texts, then an end or an error."""

    def __init__(self) -> None:
        self.abandoned = threading.Event()
        self.begun = threading.Event()
        self._loop = asyncio.get_running_loop()
        self._sent: asyncio.Queue[str | BaseException | None] = asyncio.Queue()

    def send(self, one: str | BaseException | None) -> None:
        """From any thread: a text; an error or None are the end."""
        try:
            self._loop.call_soon_threadsafe(self._sent.put_nowait, one)
        except RuntimeError:  # the loop is closed: nobody reads any more
            self.abandoned.set()

    async def next(self) -> str | None:
        """The next text, None at the end. Raises what the thread raised."""
        one = await self._sent.get()
        if isinstance(one, BaseException):
            raise one
        return one


class AnswerQueue:
    """Answers with so many `workers` at once; so many more may wait, the others are sent away."""

    def __init__(self, workers: int, waiting: int, halt: Callable[[], None] = lambda: None) -> None:
        """`halt` breaks off what is being answered, and is called from the event loop."""
        self._halt = halt
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="kb-answer")
        self._room = workers + waiting
        self._open: set[Reply] = set()
        self._lock = threading.Lock()

    def put(self, work: Callable[[], Lines]) -> Reply:
        """Have work done, in its turn. On the event loop. Raises RequestRejected (503)."""
        reply = Reply()
        with self._lock:
            if len(self._open) >= self._room:
                raise RequestRejected(
                    "too many questions are waiting",
                    why=f"{len(self._open)} are being answered or wait for their turn",
                    hint=f"ask again in {_RETRY_SECONDS} seconds",
                    status=503,
                    headers=(("Retry-After", str(_RETRY_SECONDS)),),
                )
            self._open.add(reply)
        self._pool.submit(self._serve, work, reply)
        return reply

    def abandon(self, reply: Reply) -> None:
        """Nobody reads this reply any more: end it, and give its place to the next. Does no harm
        to one that has ended."""
        with self._lock:
            reply.abandoned.set()
            if reply in self._open and reply.begun.is_set():
                self._halt()

    def stop(self) -> None:
        """End what is being answered and what waits."""
        with self._lock:
            for reply in self._open:
                reply.abandoned.set()
                reply.send(
                    Interrupted(
                        "the server is stopping",
                        why="it was asked to stop",
                        hint="ask again when it is back",
                    )
                )
            self._halt()

    def close(self) -> None:
        """Wait until no thread works any more."""
        while self._open:
            self._halt()  # once more: a model may only now have begun to read
            time.sleep(0.1)
        self._pool.shutdown()

    def _serve(self, work: Callable[[], Lines], reply: Reply) -> None:
        end: BaseException | None = None
        try:
            reply.begun.set()
            if not reply.abandoned.is_set():
                _send_all(work, reply)
        except Exception as error:  # of any kind: it is raised where the reply is read
            end = error
        finally:
            # In this order: whoever has the whole reply finds room for the next question.
            with self._lock:
                self._open.discard(reply)
            reply.send(end)


def _send_all(work: Callable[[], Lines], reply: Reply) -> None:
    with closing(work()) as texts:
        for text in texts:
            if reply.abandoned.is_set():
                return
            reply.send(text)
