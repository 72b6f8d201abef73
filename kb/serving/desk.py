"""What can be asked for, and the threads in which it is answered.

An answer is made in one thread from beginning to end, and never waits for whoever reads it. So a
slow or vanished reader holds neither the model nor a generation of the index.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import Protocol

from kb.errors import Interrupted, KbError, RequestRejected

_RETRY_SECONDS = 10

Lines = Generator[str, None, None]


@dataclass(frozen=True, slots=True)
class Question:
    """`where` are conditions KEY=VALUE. `top_k` 0 and `collection` "" are what is configured."""

    text: str
    top_k: int = 0
    where: tuple[str, ...] = ()
    collection: str = ""


class Desk(Protocol):
    """What is behind the counter. Everything that comes back is the text of a JSON object, in one
    line. Called in threads, several at once. Raises KbError."""

    def status(self, collection: str) -> str: ...

    def search(self, question: Question) -> str: ...

    def ask(self, question: Question) -> Lines:
        """The sources, pieces of the answer, and last what `kb ask --json` prints. Closing it
        stops the model."""

    def halt(self) -> None:
        """Break off the answer that is being written, if its model can be told; its iterator may
        raise whatever it likes then."""


class Reply:
    """What a thread says, to be read on the event loop: texts, then an end or an error."""

    def __init__(self) -> None:
        self.abandoned = threading.Event()
        self.begun = threading.Event()
        self._loop = asyncio.get_running_loop()
        self._said: asyncio.Queue[str | BaseException | None] = asyncio.Queue()

    def say(self, one: str | BaseException | None) -> None:
        """From any thread: a text; an error or None are the end."""
        try:
            self._loop.call_soon_threadsafe(self._said.put_nowait, one)
        except RuntimeError:  # the loop is closed: nobody reads any more
            self.abandoned.set()

    async def next(self) -> str | None:
        """The next text, None at the end. Raises what the thread raised."""
        one = await self._said.get()
        if isinstance(one, BaseException):
            raise one
        return one


class Counter:
    """Answers with so many `clerks` at once; so many more may wait, the others are sent away."""

    def __init__(self, clerks: int, waiting: int, halt: Callable[[], None] = lambda: None) -> None:
        """`halt` breaks off what is being answered, and is called from the event loop."""
        self._halt = halt
        self._pool = ThreadPoolExecutor(clerks, thread_name_prefix="kb-clerk")
        self._room = clerks + waiting
        self._open: set[Reply] = set()
        self._lock = threading.Lock()

    def ask(self, work: Callable[[], Lines]) -> Reply:
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
                reply.say(
                    Interrupted(
                        "the server is stopping",
                        why="it was told to",
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
                _say_all(work, reply)
        except Exception as error:  # of any kind: it is raised where the reply is read
            end = error
        finally:
            # In this order: whoever has the whole reply finds room for the next question.
            with self._lock:
                self._open.discard(reply)
            reply.say(end)


def _say_all(work: Callable[[], Lines], reply: Reply) -> None:
    with closing(work()) as said:
        for text in said:
            if reply.abandoned.is_set():
                return
            reply.say(text)


STATUS = {1: 500, 2: 400, 3: 500, 4: 404, 5: 503, 6: 503, 7: 500, 8: 503, 9: 502, 10: 500, 130: 503}
"""HTTP's status for each exit code of the command line."""


def status_of(error: KbError) -> int:
    return error.status if isinstance(error, RequestRejected) else STATUS[error.exit_code]


def error_fields(error: KbError) -> dict[str, object]:
    """The three lines of an error, in JSON."""
    return {
        "error": {
            "reference": error.reference,
            "what": error.what,
            "why": error.why,
            "hint": error.hint,
        }
    }
