"""A process pool whose tasks can time out and crash: pebble's. Its only importer.

pebble hears its workers in one thread and looks for dead ones in another. While a caller holds the
interpreter's lock, as Qdrant Edge does when it writes, both fall behind; and where the dead are
looked at first, a crash is put down to the file before, the file that crashed waits for its time
limit, or the whole pool is given up ("All workers expired"). Here everything that the workers have
said is read before one that ended is looked at.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.context import BaseContext
from typing import Any

from pebble import ProcessExpired, ProcessPool
from pebble.pool.process import PoolManager, dictionary_values

__all__ = ["BrokenProcessPool", "ProcessExpired", "Processes"]

_IDLE_DEATHS = 20
"""Processes in a row that may end without a task: each new one would end as well."""


class Processes(ProcessPool):  # type: ignore[misc]  # pebble has no types
    """pebble.ProcessPool. A future raises ProcessExpired where the task's process ended,
    TimeoutError where it took too long, and BrokenProcessPool where no process lives to take it."""

    def __init__(
        self,
        workers: int,
        *,
        tasks_per_worker: int,
        initializer: Callable[..., None],
        initargs: tuple[Any, ...],
        context: BaseContext,
    ) -> None:
        super().__init__(workers, tasks_per_worker, initializer, initargs, context)
        self._pool_manager = _Manager(self._context, context)


class _Manager(PoolManager):  # type: ignore[misc]
    def __init__(self, context: Any, processes: BaseContext) -> None:
        super().__init__(context, processes)
        self._hearing = threading.Lock()
        self._idle_deaths = 0

    def process_next_message(self, timeout: float) -> None:
        if self._said(timeout):
            with self._hearing:
                super().process_next_message(0)

    def update_tasks(self) -> None:
        with self._hearing:
            self._hear_all()  # what is done is not over its time
            super().update_tasks()

    def update_workers(self) -> None:
        ended = self.worker_manager.inspect_workers()
        with self._hearing:
            self._hear_all()
            for one in ended:
                self.handle_worker_expiration(one)
        self.worker_manager.create_workers()

    def find_expired_task(self, worker_id: int) -> Any:
        """Raises LookupError: the process ended between two tasks, and none is to blame."""
        for task in dictionary_values(self.task_manager.tasks):
            if task.worker_id == worker_id:
                self._idle_deaths = 0
                return task
        self._idle_deaths += 1
        if self._idle_deaths >= _IDLE_DEATHS:
            raise BrokenProcessPool("processes end before they take a task")
        raise LookupError(worker_id)

    def _hear_all(self) -> None:
        while self.context.alive and self._said(0):
            super().process_next_message(0)

    def _said(self, timeout: float) -> bool:
        """Whether a message waits; a closed channel is one, too, that pebble knows how to read."""
        channel: Any = self.worker_manager.pool_channel
        try:
            return bool(channel.poll(timeout))
        except OSError:
            return True
