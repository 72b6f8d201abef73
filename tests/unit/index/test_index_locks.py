"""kb/index/locks.py: who holds a lock, who is kept out, and what is no lock."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from kb.errors import KbError, LockHeld, StoreDamaged, StoreError
from kb.index.generation import Collection
from kb.index.locks import Hold, writer_lock
from tests.index_samples import FINGERPRINT, contents, put


def test_readers_hold_together_and_the_sweeper_alone(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    path.write_text("{}")
    one, other = Hold(path, shared=True), Hold(path, shared=True)
    with pytest.raises(BlockingIOError):
        Hold(path, shared=False)
    one.release()
    other.release()
    sweeper = Hold(path, shared=False)
    with pytest.raises(BlockingIOError):
        Hold(path, shared=True)
    sweeper.release()


def test_what_was_swept_before_the_lock_cannot_be_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is renamed between the opening and the lock, as a sweeper may do."""
    path = tmp_path / "manifest.json"
    path.write_text("{}")
    real_open = os.open

    def open_then_sweep(*given: object) -> int:
        descriptor = real_open(*given)  # type: ignore[arg-type]
        path.rename(tmp_path / "swept")
        return descriptor

    monkeypatch.setattr(os, "open", open_then_sweep)
    with pytest.raises(FileNotFoundError):
        Hold(path, shared=True)


def test_a_released_hold_is_released_once(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    path.write_text("{}")
    hold = Hold(path, shared=True)
    hold.release()
    hold.release()
    Hold(path, shared=False).release()


# --- the writer's lock ----------------------------------------------------------------


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    return tmp_path / "lock"


def _delete(path: Path) -> None:
    path.unlink()


def _replace(path: Path) -> None:
    path.with_name("other").write_text("1\n")
    path.with_name("other").replace(path)


def test_a_lock_that_is_held_and_in_its_place_is_verified(lock: Path) -> None:
    with writer_lock(lock, 0) as held:
        held.verify()
        with pytest.raises(LockHeld), writer_lock(lock, 0):
            pass
        held.verify()
    with writer_lock(lock, 0) as held:
        held.verify()


@pytest.mark.parametrize("lose", [_delete, _replace])
def test_a_lock_file_that_was_deleted_or_replaced_is_noticed(
    lock: Path, lose: Callable[[Path], None]
) -> None:
    with writer_lock(lock, 0) as held:
        lose(lock)
        with pytest.raises(StoreError, match="lost the lock") as caught:
            held.verify()
    assert caught.value.exit_code == 5
    assert str(lock) in caught.value.why


def test_who_waited_for_a_lock_that_was_deleted_meanwhile_takes_the_new_one(
    lock: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Deleted between the opening and the lock, as a cleaner may do."""
    real = fcntl.flock
    deleted: list[int] = []

    def delete_first(descriptor: int, operation: int) -> None:
        if not deleted:
            deleted.append(lock.stat().st_ino)
            lock.unlink()
        real(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", delete_first)
    with writer_lock(lock, 0) as held:
        held.verify()
        assert lock.read_text() == f"{os.getpid()}\n"


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS])
def test_a_file_system_without_locks_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    collection = Collection(tmp_path, "default")
    with collection.writer() as draft:
        draft.begin(FINGERPRINT)
        put(draft, "a.md", ["one"])
        draft.commit()

    def none(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(fcntl, "flock", none)
    for use in (collection.writer, collection.reader):
        with pytest.raises(StoreError) as caught, use():
            pass
        assert caught.value.why == os.strerror(code)
        assert "--home" in caught.value.hint


def test_a_lock_that_keeps_nobody_out_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    collection = Collection(tmp_path, "default")
    with collection.writer() as draft:
        draft.begin(FINGERPRINT)
        put(draft, "a.md", ["one"])
        draft.commit()
    monkeypatch.setattr(fcntl, "flock", lambda *_: None)
    with pytest.raises(StoreError, match="the same lock twice"), collection.writer():
        pass
    monkeypatch.undo()
    with collection.reader() as live:
        assert contents(live.catalog) == {"a.md": ["one"]}


@pytest.mark.parametrize(
    "place", [os.mkfifo, os.mkdir, lambda path: path.symlink_to(path.with_name("elsewhere"))]
)
def test_what_is_no_file_is_no_lock(lock: Path, place: Callable[[Path], None]) -> None:
    place(lock)
    with pytest.raises(KbError) as caught, writer_lock(lock, 0):
        pass
    assert isinstance(caught.value, StoreDamaged)
    assert f"rm -r {lock}" in caught.value.hint
    assert not lock.with_name("elsewhere").exists()
