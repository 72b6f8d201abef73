"""The queue of what is asked for, and the threads that answer it.

An answer is made in one thread from beginning to end, and never waits for whoever reads it. So a
slow or vanished reader holds neither the model nor a generation of the index. Turns go round by
person: who asks ten questions does not hold up one who asks one.
"""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import closing

from kb.errors import Interrupted, RequestRejected
from kb.serving.backend import Lines

_FIRST_GUESS = 10.0
"""Seconds that an answer is taken to last before there was one."""
_WEIGHT = 0.3
"""Of the last answer in the running mean of their seconds."""


class Reply:
    """What a thread sends, to be read on the event loop: texts, then an end or an error."""

    def __init__(self, who: str = "") -> None:
        self.who = who
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


Work = Callable[[], Lines]


class AnswerQueue:
    """Answers with so many `workers` at once; so many more may wait, the others are sent away."""

    def __init__(
        self,
        workers: int,
        waiting: int,
        halt: Callable[[], None] = lambda: None,
        *,
        each: int | None = None,
    ) -> None:
        """
        Args:
            halt: breaks off what is being answered, and is called from the event loop.
            each: so many of one person may be answered or wait; None for all.
        """
        self._halt = halt
        self._workers = workers
        self._room = workers + waiting
        self._each = self._room if each is None else each
        self._open: set[Reply] = set()
        self._lines: dict[str, deque[tuple[Work, Reply]]] = {}
        """Of each person what waits. In the order of their turns: who was served goes behind,
        also behind those who ask during that turn."""
        self._last = ""
        self._changed = threading.Condition()
        self._closed = False
        self._seconds = 0.0
        self._threads = [
            threading.Thread(target=self._work, name=f"kb-answer-{n}", daemon=True)
            for n in range(workers)
        ]
        for thread in self._threads:
            thread.start()

    def put(self, work: Work, who: str = "") -> Reply:
        """Have work done for somebody, in its turn. On the event loop. Raises RequestRejected
        (503)."""
        reply = Reply(who)
        with self._changed:
            own = sum(one.who == who for one in self._open)
            if len(self._open) >= self._room or own >= self._each:
                raise self._full(who, own if own >= self._each else 0)
            self._open.add(reply)
            self._lines.setdefault(who, deque()).append((work, reply))
            if len(self._lines[who]) == 1 and self._last != who and self._last in self._lines:
                self._lines[self._last] = self._lines.pop(self._last)
            self._changed.notify()
        return reply

    def place(self, reply: Reply) -> int:
        """How many turns have to end before this one's; 0 where none has to, where it is being
        answered, or has ended."""
        with self._changed:
            ahead = len(self._open) - sum(map(len, self._lines.values())) - self._workers
            for rank in range(max((len(line) for line in self._lines.values()), default=0)):
                for line in self._lines.values():
                    if rank < len(line):
                        ahead += 1
                        if line[rank][1] is reply:
                            return max(0, ahead)
            return 0

    def seconds_to(self, places: int) -> float:
        """How long so many turns take, by what the last answers took."""
        return (self._seconds or _FIRST_GUESS) * places / self._workers

    @property
    def load(self) -> tuple[int, int]:
        """How many are being answered, and how many wait."""
        with self._changed:
            waiting = sum(map(len, self._lines.values()))
            return len(self._open) - waiting, waiting

    def abandon(self, reply: Reply) -> None:
        """Nobody reads this reply any more: end it, and give its place to the next. Does no harm
        to one that has ended."""
        with self._changed:
            reply.abandoned.set()
            if reply not in self._open:
                return
            if reply.begun.is_set():
                self._halt()
            else:
                self._open.discard(reply)
                self._drop(reply)
                reply.send(None)

    def stop(self) -> None:
        """End what is being answered and what waits."""
        with self._changed:
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

    def close(self, seconds: float = math.inf) -> bool:
        """Wait until no thread works any more, and say whether that was within so many seconds:
        a model that reads its prompt hears nothing before the end of a batch."""
        until = time.monotonic() + seconds
        while self._open:
            if time.monotonic() > until:
                return False
            self._halt()  # once more: a model may only now have begun to read
            time.sleep(0.05)
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()
        return True

    def _full(self, who: str, own: int) -> RequestRejected:
        """Room comes with the end of the next turn; for whoever has too many, of their own."""
        line = self._lines.get(who, deque())
        waits = self.place(line[0][1]) + 1 if own and own == len(line) else 1
        seconds = max(1, math.ceil(self.seconds_to(max(waits, self._workers))))
        what = "too many of your questions are waiting" if own else "too many questions are waiting"
        return RequestRejected(
            what,
            why=f"{own or len(self._open)} are being answered or wait for their turn",
            hint=f"ask again in {seconds} seconds",
            status=503,
            headers=(("Retry-After", str(seconds)),),
        )

    def _drop(self, reply: Reply) -> None:
        line = self._lines.get(reply.who, deque())
        kept = deque(one for one in line if one[1] is not reply)
        if kept:
            self._lines[reply.who] = kept
        else:
            self._lines.pop(reply.who, None)

    def _next(self) -> tuple[Work, Reply] | None:
        """The first in line of the person whose turn it is; None when the queue is closed."""
        with self._changed:
            while not self._lines:
                if self._closed:
                    return None
                self._changed.wait()
            who = self._last = next(iter(self._lines))
            line = self._lines.pop(who)
            taken = line.popleft()
            if line:
                self._lines[who] = line  # behind the others
            taken[1].begun.set()
            return taken

    def _work(self) -> None:
        while taken := self._next():
            self._serve(*taken)

    def _serve(self, work: Work, reply: Reply) -> None:
        end: BaseException | None = None
        started = time.monotonic()
        try:
            if not reply.abandoned.is_set():
                _send_all(work, reply)
        except Exception as error:  # of any kind: it is raised where the reply is read
            end = error
        finally:
            # In this order: whoever has the whole reply finds room for the next question.
            with self._changed:
                self._open.discard(reply)
                if end is None and not reply.abandoned.is_set():
                    took = time.monotonic() - started
                    self._seconds += (_WEIGHT if self._seconds else 1) * (took - self._seconds)
            reply.send(end)


def _send_all(work: Work, reply: Reply) -> None:
    with closing(work()) as texts:
        for text in texts:
            if reply.abandoned.is_set():
                return
            reply.send(text)
