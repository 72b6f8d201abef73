"""A writer in a process of its own is disturbed: its lock or its draft is taken away, a backup is
restored over it, another writer works at the same time. It ends with an error, what was live
stays live, and what another writer has committed meanwhile is whole."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from kb.errors import KbError
from kb.index import layout, locks
from kb.index.checks import compare
from kb.index.generation import Collection
from tests import forked
from tests.index_samples import FINGERPRINT, contents, put

OLD = {"a.md": ["one"]}
OTHER = {"a.md": ["one"], "c.md": ["three"]}


def _write(home: Path, path: str, text: str) -> int:
    with Collection(home, "default").writer() as draft:
        draft.begin(FINGERPRINT)
        put(draft, path, [text])
        layout.step("half-way")
        put(draft, f"more-{path}", [text])
        return draft.commit()


def _wait_at(home: Path, at: str, locked: bool, pipe: Connection) -> None:
    """Write, and wait at one step until the pipe says go on; tell then how it ended."""

    def step(name: str) -> None:
        if name == at:
            pipe.send("there")
            pipe.recv()

    layout.step = step  # a process of its own: nothing to put back
    if not locked:
        _without_locks()
    try:
        pipe.send(_write(home, "b.md", "two"))
    except KbError as error:
        pipe.send(error.exit_code)


def _without_locks() -> None:
    """As between two machines on a network file system whose locks are each machine's own."""
    locks.try_lock = lambda *_, **__: True
    locks._test = lambda path: None


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    collection = Collection(tmp_path / "home", "default")
    with collection.writer() as draft:
        draft.begin(FINGERPRINT)
        put(draft, "a.md", ["one"])
        draft.commit()
    return collection


@contextmanager
def a_writer(
    collection: Collection, at: str, *, locked: bool = True
) -> Iterator[tuple[BaseProcess, Connection]]:
    """One that waits in the middle."""
    here, there = forked.context().Pipe()
    child = forked.context().Process(target=_wait_at, args=(collection.home, at, locked, there))
    child.start()
    try:
        assert here.recv() == "there"
        yield child, here
    finally:
        child.kill()
        child.join()


def _goes_on(pipe: Connection) -> int:
    pipe.send("go on")
    end: int = pipe.recv()
    return end


def _is_whole(collection: Collection, expected: dict[str, list[str]]) -> None:
    with collection.reader() as live:
        assert contents(live.catalog) == expected
        assert compare(live).sound


# --- by people, cleaners and backups --------------------------------------------------


def _delete_the_lock(collection: Collection) -> None:
    (collection.folder / "lock").unlink()


def _delete_the_draft(collection: Collection) -> None:
    shutil.rmtree(collection.folder / "generations" / ".draft")


def _delete_a_file(collection: Collection) -> None:
    """As a cleaner does that goes by the time of the last access."""
    for path in (collection.folder / "generations" / ".draft").rglob("segment.json"):
        path.unlink()


def _cut_a_file_off(collection: Collection) -> None:
    for path in (collection.folder / "generations").glob("*/catalog.sqlite"):
        if path.parent.name == "00000002":
            path.write_bytes(path.read_bytes()[:4096])


def _restore_a_backup(collection: Collection) -> None:
    backup = collection.home.parent / "backup"
    shutil.copytree(collection.folder, backup, ignore=shutil.ignore_patterns(".draft"))
    shutil.rmtree(collection.folder)
    backup.rename(collection.folder)


def _roll_back_by_hand(collection: Collection) -> None:
    (collection.folder / "CURRENT").write_text("00000000\n")
    shutil.copytree(
        collection.folder / "generations" / "00000001",
        collection.folder / "generations" / "00000009",
    )
    (collection.folder / "CURRENT").write_text("00000009\n")


@pytest.mark.parametrize(
    "disturb", [_delete_the_lock, _delete_the_draft, _restore_a_backup, _roll_back_by_hand]
)
@pytest.mark.parametrize("at", ["half-way", "synced"])
def test_a_disturbed_writer_ends_with_an_error_and_the_old_generation_stays(
    collection: Collection, at: str, disturb: Callable[[Collection], None]
) -> None:
    with a_writer(collection, at) as (child, pipe):
        disturb(collection)
        assert _goes_on(pipe) == 5
        child.join()
    _is_whole(collection, OLD)
    _write(collection.home, "c.md", "three")
    _is_whole(collection, {**OTHER, "more-c.md": ["three"]})


@pytest.mark.parametrize(
    ("at", "disturb"), [("synced", _delete_a_file), ("renamed", _cut_a_file_off)]
)
def test_a_draft_that_is_not_whole_any_more_does_not_become_live(
    collection: Collection, at: str, disturb: Callable[[Collection], None]
) -> None:
    with a_writer(collection, at) as (_, pipe):
        disturb(collection)
        assert _goes_on(pipe) == 5
    _is_whole(collection, OLD)


def test_a_lock_that_is_deleted_after_the_draft_got_its_name_keeps_it_from_being_live(
    collection: Collection,
) -> None:
    for at in ("renamed", "current-written"):
        with a_writer(collection, at) as (_, pipe):
            _delete_the_lock(collection)
            assert _goes_on(pipe) == 5
        _is_whole(collection, OLD)


# --- by another writer ----------------------------------------------------------------


@pytest.mark.parametrize("at", ["half-way", "synced", "renamed"])
def test_of_two_writers_whose_lock_was_deleted_the_second_commits(
    collection: Collection, at: str
) -> None:
    with a_writer(collection, at) as (_, pipe):
        _delete_the_lock(collection)
        _write(collection.home, "c.md", "three")
        assert _goes_on(pipe) == 5
    _is_whole(collection, {**OTHER, "more-c.md": ["three"]})


@pytest.mark.parametrize("at", ["half-way", "synced", "renamed"])
def test_of_two_writers_whose_locks_keep_nobody_out_one_commits(
    collection: Collection, at: str
) -> None:
    with a_writer(collection, at, locked=False) as (first, pipe):
        with a_writer(collection, "half-way", locked=False) as (second, other):
            assert _goes_on(other) in (2, 3)
            second.join()
        assert _goes_on(pipe) == 5
        first.join()
    with collection.reader() as live:
        found = contents(live.catalog)
        assert compare(live).sound
    assert found == {**OLD, "b.md": ["two"], "more-b.md": ["two"]}


def test_a_writer_that_lost_its_lock_leaves_the_others_draft_alone(
    collection: Collection,
) -> None:
    draft = collection.folder / "generations" / ".draft"
    with (
        a_writer(collection, "half-way", locked=False) as (first, pipe),
        a_writer(collection, "half-way", locked=False) as (_, other),
    ):
        assert _goes_on(pipe) == 5
        first.join()
        assert (draft / "catalog.sqlite").is_file()
        assert _goes_on(other) == 2
    _is_whole(collection, {**OLD, "b.md": ["two"], "more-b.md": ["two"]})
