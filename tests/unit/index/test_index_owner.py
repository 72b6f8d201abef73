"""kb/index/owner.py: a writer does not leave files in a home that is another user's."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kb.atomic import keep_owner
from kb.errors import StoreError
from kb.index import owner
from kb.index.generation import Collection
from kb.statefile import append_line
from tests.index_samples import commit, contents


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    return Collection(tmp_path / "home", "default")


def written(home: Path) -> dict[Path, tuple[int, int, int, int]]:
    """All that a writer changes of each file; that it was read is no change."""
    states = {path: path.stat() for path in home.rglob("*")}
    return {
        path: (one.st_ino, one.st_mode, one.st_size, one.st_ctime_ns)
        for path, one in states.items()
    }


def test_a_writer_leaves_another_users_home_alone(
    collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(collection, "a.md", "one")
    before = written(collection.home)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    monkeypatch.setattr(owner, "_given_to_new_files", lambda folder: os.getuid() + 1)
    with pytest.raises(StoreError, match="belongs to another user") as caught:
        commit(collection, "b.md", "two")
    assert "sudo -u" in caught.value.hint
    with pytest.raises(StoreError, match="belongs to another user"):
        collection.rollback()
    assert written(collection.home) == before
    with collection.reader() as live:
        assert contents(live.catalog) == {"a.md": ["one"]}


def test_a_file_system_that_gives_all_files_to_one_user_is_his_home(
    collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a mounted share does, or a network file system that does not trust root."""
    commit(collection, "a.md", "one")
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert commit(collection, "b.md", "two") == 2


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_root_does_not_write_into_the_home_of_a_user(collection: Collection) -> None:
    commit(collection, "a.md", "one")
    for path in (collection.home, *collection.home.rglob("*")):
        os.chown(path, 65534, 65534)
    with pytest.raises(StoreError, match="belongs to another user"):
        commit(collection, "b.md", "two")
    for path in (collection.home, *collection.home.rglob("*")):
        assert path.stat().st_uid == 65534, path


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_what_root_leaves_in_the_home_of_a_user_that_it_reads_is_that_users(
    collection: Collection,
) -> None:
    """Loading the vectors makes files of theirs anew."""
    commit(collection, "a.md", "one")
    for path in (collection.home, *collection.home.rglob("*")):
        os.chown(path, 65534, 65534)

    with collection.reader() as live:
        assert live.vectors.count() == 1
    append_line(collection.home / "log.jsonl", b"{}\n", fsync=False)

    owners = {path: path.stat().st_uid for path in collection.home.rglob("*")}
    assert set(owners.values()) == {65534}, owners


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_with_a_second_name_is_not_given_away(tmp_path: Path) -> None:
    """A user may have linked another's file into the folder."""
    os.chown(tmp_path, 65534, 65534)
    (tmp_path / "a").write_text("root's")
    os.link(tmp_path / "a", tmp_path / "b")

    keep_owner(tmp_path / "b")

    assert (tmp_path / "a").stat().st_uid == 0
