"""One writer at a time, between real processes; the lock dies with its holder."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from kb.errors import LockHeld
from kb.index.generation import Collection
from tests import forked
from tests.index_samples import FINGERPRINT, contents, put


def _hold(home: Path, pipe: Connection) -> None:
    with Collection(home, "default").writer():
        pipe.send(os.getpid())
        pipe.recv()


def _hold_and_leave_a_child(home: Path, pipe: Connection) -> None:
    """A worker forked while the lock is held lives on when its parent is killed."""
    with Collection(home, "default").writer():
        child = os.fork()
        if child == 0:
            time.sleep(300)
            os._exit(0)
        pipe.send(child)
        pipe.recv()


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[tuple[BaseProcess, Connection]]:
    here, there = forked.context().Pipe()
    child = forked.context().Process(target=_hold, args=(tmp_path, there), daemon=True)
    child.start()
    try:
        assert here.recv() == child.pid
        yield child, here
    finally:
        child.kill()
        child.join()


def test_a_second_writer_is_told_who_holds_the_lock(
    tmp_path: Path, holder: tuple[BaseProcess, Connection]
) -> None:
    child, pipe = holder
    with pytest.raises(LockHeld) as caught, Collection(tmp_path, "default").writer():
        pass
    assert f"process id {child.pid}" in caught.value.what
    assert "--wait" in caught.value.hint
    pipe.send("done")
    child.join()


def test_a_writer_that_waits_gets_its_turn(
    tmp_path: Path, holder: tuple[BaseProcess, Connection]
) -> None:
    child, pipe = holder
    pipe.send("done")
    with Collection(tmp_path, "default").writer(wait_seconds=30) as draft:
        draft.begin(FINGERPRINT)
        put(draft, "a.md", ["one"])
        draft.commit()
    child.join()


def test_readers_do_not_take_the_lock(tmp_path: Path) -> None:
    collection = Collection(tmp_path, "default")
    with collection.writer() as draft:
        draft.begin(FINGERPRINT)
        put(draft, "a.md", ["one"])
        draft.commit()
    with collection.writer(), collection.reader() as live:
        assert contents(live.catalog) == {"a.md": ["one"]}


def test_the_lock_of_a_killed_writer_is_free(
    tmp_path: Path, holder: tuple[BaseProcess, Connection]
) -> None:
    child, _ = holder
    child.kill()
    child.join()
    with Collection(tmp_path, "default").writer() as draft:
        assert draft.base is None


def test_a_killed_writers_workers_do_not_keep_its_lock(tmp_path: Path) -> None:
    here, there = forked.context().Pipe()
    child = forked.context().Process(
        target=_hold_and_leave_a_child, args=(tmp_path, there), daemon=True
    )
    child.start()
    worker: int = here.recv()
    child.kill()
    child.join()
    try:
        # The worker gives up its copy first thing, which may take it a moment.
        with Collection(tmp_path, "default").writer(wait_seconds=30) as draft:
            assert draft.base is None
        os.kill(worker, 0)
    finally:
        os.kill(worker, signal.SIGKILL)


def test_two_collections_have_two_locks(
    tmp_path: Path, holder: tuple[BaseProcess, Connection]
) -> None:
    child, pipe = holder
    with Collection(tmp_path, "other").writer() as draft:
        assert draft.base is None
    pipe.send("done")
    child.join()
