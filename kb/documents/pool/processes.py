"""Processes that work on jobs, and may time out or crash, one at a time.

Whoever waits for results does all of this himself, in `wait`: there is no thread that could fall
behind while another one holds the interpreter's lock. All that a process said is read before it
is looked at whether it is over its time or has ended, so a crash is put down to its own job.
"""

from __future__ import annotations

import pickle
import selectors
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from kb.documents.pool.channel import Channel, TooLong
from kb.documents.pool.starter import Starter, shared

_SMALL = 1 << 14
"""Bytes of a job that may wait in a socket, so that sending it never blocks."""
_TASKS_PER_WORKER = 5000
_IDLE_DEATHS = 20
"""Processes in a row that may end without a job: each new one would end as well."""
_SECONDS_TO_START = 120
_SECONDS_TO_END = 10

BEGUN, DONE, READY = b"B", b"D", b"R"
NUMBER = struct.Struct(">Qd")
"""What a process says: one of the three letters, a job's number, seconds; of a job that is done,
what came of it."""


class NoProcess(Exception):
    """Processes end before they take a job."""


@dataclass(eq=False, slots=True)
class Job:
    """`seconds`: how long it may take, asked anew whenever its process is looked at. `ahead`: it
    is small enough to be sent to a process that is still at work on another one."""

    key: Any
    message: bytes
    seconds: Callable[[], float]
    ahead: bool
    abandoned: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a job after so many seconds: its `result`, what was `refused` of it, or else
    the exit `code` of its process, None where nobody knows it. `late`: it took too long."""

    job: Job
    seconds: float
    result: Any = None
    refused: ValueError | None = None
    late: bool = False
    code: int | None = None


@dataclass(frozen=True, slots=True)
class _Verdict:
    """Why a process was killed: for a job, by its number, or for none (0)."""

    number: int = 0
    late: bool = False


@dataclass(eq=False, slots=True)
class _Process:
    number: int
    channel: Channel
    since: float
    jobs: deque[tuple[int, Job]] = field(default_factory=deque)
    taken: int = 0
    ready: bool = False
    begun: bool = False
    verdict: _Verdict | None = None
    closed: bool = False
    ended: bool = False
    code: int | None = None


class Processes:
    """At most so many at once; each starts with the first job that finds none free.

    Args:
        first: what each process is told first.
        ahead: how many jobs one may hold, the one it works on included.
        accept: a job's key and what a process sent to its result; raises ValueError for what no
            process may send.
    """

    def __init__(
        self, most: int, first: bytes, ahead: int, accept: Callable[[Any, bytes], Any]
    ) -> None:
        self._most = most
        self._accept = accept
        self._first = first
        self._ahead = ahead
        self._starter: Starter = shared()
        self._modules: set[str] = set()
        self._waiting: deque[Job] = deque()
        self._processes: list[_Process] = []
        self._lock = threading.Lock()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._starter, selectors.EVENT_READ)
        self._numbers = 0
        self._idle_deaths = 0
        self.closed = False

    def submit(self, job: Job) -> None:
        with self._lock:
            self._waiting.append(job)
            self._distribute()

    def load(self, modules: Sequence[str]) -> None:
        """What processes that start from now on have imported."""
        self._modules.update(modules)

    def wait(self, seconds: float) -> list[Outcome]:
        """What has become of jobs, after so many seconds at most; nothing once it is closed.

        Raises:
            NoProcess: processes end before they take a job.
        """
        ready = {key.fileobj for key, _ in self._selector.select(seconds)}
        with self._lock:
            if self.closed:
                return []
            if self._starter in ready:
                self._starter.listen()
            outcomes: list[Outcome] = []
            for process in list(self._processes):
                outcomes += self._look(process)
            self._distribute()
        return [one for one in outcomes if not one.job.abandoned]

    def abandon(self) -> None:
        """Nobody waits any more for what was submitted so far."""
        with self._lock:
            self._waiting.clear()
            for process in self._processes:
                for _, job in process.jobs:
                    job.abandoned = True

    def close(self) -> None:
        """Kill what still runs, and wait until it is gone. Jobs without an outcome have none."""
        with self._lock:
            self.closed = True
            for process in self._processes:
                self._starter.kill(process.number)
            deadline = time.monotonic() + _SECONDS_TO_END
            while any(not one.ended for one in self._processes) and time.monotonic() < deadline:
                self._selector.select(0.05)
                self._starter.listen()
            for process in self._processes:
                process.channel.close()
            self._processes.clear()

    # --- jobs to processes ------------------------------------------------------------

    def _distribute(self) -> None:
        while self._waiting:
            job = self._waiting[0]
            free = [one for one in self._processes if self._takes(one, job)]
            process = min(free, key=lambda one: len(one.jobs), default=None)
            running = sum(not one.closed for one in self._processes)
            if (process is None or process.jobs) and running < self._most:
                process = self._start()
            if process is None:
                return
            self._waiting.popleft()
            self._send(process, job)

    def _takes(self, process: _Process, job: Job) -> bool:
        if process.closed or process.verdict or process.taken >= _TASKS_PER_WORKER:
            return False
        if not process.jobs:
            return True
        small = job.ahead and len(job.message) <= _SMALL
        return small and process.jobs[-1][1].ahead and len(process.jobs) < self._ahead

    def _start(self) -> _Process:
        if not self._starter.is_alive():
            self._selector.unregister(self._starter)
            self._starter = shared()
            self._selector.register(self._starter, selectors.EVENT_READ)
        ours, theirs = socket.socketpair()
        with theirs:
            number = self._starter.fork(theirs, sorted(self._modules))
        process = _Process(number, Channel(ours), time.monotonic())
        self._starter.when_ended(number, lambda code: self._note_end(process, code))
        self._processes.append(process)
        self._selector.register(process.channel, selectors.EVENT_READ)
        process.channel.offer(self._first)
        return process

    def _note_end(self, process: _Process, code: int | None) -> None:
        process.ended, process.code = True, code

    def _send(self, process: _Process, job: Job) -> None:
        self._numbers += 1
        process.taken += 1
        if not process.jobs:
            process.since = time.monotonic()
        process.jobs.append((self._numbers, job))
        if not process.channel.offer(pickle.dumps((self._numbers, job.message))):
            # It has ended, or does not read: what it holds is given to another one.
            self._kill(process, _Verdict())

    # --- what processes say -----------------------------------------------------------

    def _look(self, process: _Process) -> list[Outcome]:
        outcomes = []
        try:
            messages, closed = process.channel.arrived()
        except TooLong:
            messages, closed = [], True
            self._kill(process, _Verdict(process.jobs[0][0] if process.jobs else 0))
        for message in messages:
            if not process.verdict:
                outcomes += self._receive(process, message)
        if (closed or process.ended) and not process.closed:
            process.closed = True
            self._selector.unregister(process.channel)
            self._starter.kill(process.number)  # it may have closed the socket and live on
        if process.closed and process.ended:
            outcomes += self._bury(process)
        elif not process.closed:
            self._check_time(process)
        return outcomes

    def _receive(self, process: _Process, message: bytes) -> list[Outcome]:
        """A message counts where it fits the job of its process. A process that sends anything else
        ends: its job is over, and the others that it holds go to another one."""
        now = time.monotonic()
        kind, place = message[:1], 1 + NUMBER.size
        if message == READY and not process.ready:
            process.ready, process.since = True, now
            return []
        number, at = NUMBER.unpack(message[1:place]) if len(message) >= place else (0, 0.0)
        if not process.jobs or number != process.jobs[0][0] or kind not in (BEGUN, DONE):
            self._kill(process, _Verdict(process.jobs[0][0] if process.jobs else 0))
            return []
        if kind == BEGUN:
            process.begun = True
            if process.since <= at <= now:
                process.since = at
            return []
        _, job = process.jobs.popleft()
        seconds = min(now, at) - process.since if at >= process.since else now - process.since
        process.begun, process.since = False, now
        self._idle_deaths = 0
        try:
            result = None if job.abandoned else self._accept(job.key, message[place:])
        except ValueError as error:
            self._kill(process, _Verdict())
            return [Outcome(job, seconds, refused=error)]
        return [Outcome(job, seconds, result)]

    def _check_time(self, process: _Process) -> None:
        if process.verdict:
            return
        taken = time.monotonic() - process.since
        if not process.ready:
            if taken > _SECONDS_TO_START:
                self._kill(process, _Verdict())
        elif process.jobs:
            number, job = process.jobs[0]
            if taken > job.seconds():
                self._kill(process, _Verdict(number, late=True))
        elif process.taken >= _TASKS_PER_WORKER:
            self._kill(process, _Verdict())

    def _kill(self, process: _Process, verdict: _Verdict) -> None:
        process.verdict = process.verdict or verdict
        self._starter.kill(process.number)

    def _bury(self, process: _Process) -> list[Outcome]:
        """A process that has ended: the job that it was at work on, if any, is over, and the
        others go to the next one."""
        self._processes.remove(process)
        process.channel.close()
        verdict, outcomes = process.verdict, []
        at_work = process.jobs[0][0] if process.jobs else 0
        if at_work and (verdict.number == at_work if verdict else process.begun):
            _, job = process.jobs.popleft()
            seconds = time.monotonic() - process.since
            late = verdict is not None and verdict.late
            outcomes.append(Outcome(job, seconds, late=late, code=process.code))
            self._idle_deaths = 0
        elif process.taken < _TASKS_PER_WORKER:
            self._idle_deaths += 1
            if self._idle_deaths >= _IDLE_DEATHS:
                raise NoProcess(self._starter.last_line or "they write nothing")
        left = [job for _, job in process.jobs if not job.abandoned]
        self._waiting.extendleft(reversed(left))
        return outcomes
