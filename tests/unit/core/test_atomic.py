"""A file is replaced in one step, and what went wrong on the way leaves nothing behind."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from kb import atomic

UNSYNCED = {"fsync": False, "fsync_folder": False}


def test_the_new_text_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("old")
    atomic.replace_text(file, "新\n", **UNSYNCED)
    assert file.read_bytes() == "新\n".encode()
    assert [*tmp_path.iterdir()] == [file]


@pytest.mark.parametrize("locked", [False, True])
def test_after_an_exception_the_old_file_is_there_and_no_draft(
    tmp_path: Path, locked: bool
) -> None:
    file = tmp_path / "file"
    file.write_text("old")

    def interrupted() -> None:
        with atomic.replaced(file, **UNSYNCED, locked=locked) as draft:
            draft.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert file.read_text() == "old"
    assert [*tmp_path.iterdir()] == [file]


def test_a_reader_finds_the_old_text_until_the_block_ends(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("old")
    with atomic.replaced(file, **UNSYNCED) as draft:
        draft.write_text("new")
        assert file.read_text() == "old"
    assert file.read_text() == "new"


def test_a_text_that_others_may_not_read_was_never_open_to_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    opened = os.open

    def watched(path: Path, flags: int, mode: int = 0o777) -> int:
        descriptor = opened(path, flags, mode)
        seen.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
        return descriptor

    monkeypatch.setattr(os, "open", watched)
    atomic.replace_text(tmp_path / "secret", "s", **UNSYNCED, mode=0o600)
    assert seen == [0o600]
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600


def test_the_mode_is_the_one_asked_for_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        atomic.replace_text(tmp_path / "open", "s", **UNSYNCED, mode=0o644)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "open").stat().st_mode) == 0o644


@pytest.mark.parametrize(
    ("fsync", "fsync_folder", "synced"),
    [(False, False, []), (True, False, ["draft"]), (True, True, ["draft", "folder"])],
)
def test_what_is_forced_onto_the_disk_is_what_was_asked_for(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fsync: bool,
    fsync_folder: bool,
    synced: list[str],
) -> None:
    found: list[str] = []
    monkeypatch.setattr(
        atomic, "sync", lambda path: found.append("folder" if path == tmp_path else "draft")
    )
    atomic.replace_text(tmp_path / "file", "s", fsync=fsync, fsync_folder=fsync_folder)
    assert found == synced


def test_a_killed_writer_s_draft_is_written_over_where_a_lock_is_held(tmp_path: Path) -> None:
    (tmp_path / ".file.new").write_text("left behind")
    atomic.replace_text(tmp_path / "file", "new", **UNSYNCED, locked=True)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_writers_without_a_lock_do_not_mix_their_texts(tmp_path: Path) -> None:
    file, texts = tmp_path / "file", [str(digit) * 50_000 for digit in range(8)]
    threads = [
        threading.Thread(target=atomic.replace_text, args=(file, text), kwargs=UNSYNCED)
        for text in texts
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert file.read_text() in texts
    assert [*tmp_path.iterdir()] == [file]


def test_of_two_that_write_once_the_first_wins(tmp_path: Path) -> None:
    file = tmp_path / "key"
    atomic.write_once(file, b"first", mode=0o600)
    atomic.write_once(file, b"second", mode=0o600)
    assert file.read_bytes() == b"first"
    assert [*tmp_path.iterdir()] == [file]
