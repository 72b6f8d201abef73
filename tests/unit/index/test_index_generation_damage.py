"""kb/index/generation.py: names and formats that are refused, damage, permissions, a full disk."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from kb.errors import StoreDamaged, StoreError, UsageError
from kb.index.generation import Collection
from kb.index.run_log import RunRecord
from tests.index_samples import FINGERPRINT, commit, generation_names, seen


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    return Collection(tmp_path / "home", "default")


# --- what is refused ------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "-a", "a" * 65, "a b", "a\n"])
def test_a_name_that_is_no_folder_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError):
        Collection(tmp_path, name)


def test_a_chinese_name_is_a_name(tmp_path: Path) -> None:
    collection = Collection(tmp_path, "合同-2024")
    commit(collection, "a.md", "one")
    assert seen(collection) == {"a.md": ["one"]}


def test_an_unknown_format_is_refused(collection: Collection) -> None:
    commit(collection, "a.md", "one")
    (collection.folder / "FORMAT").write_text("kb collection 2\n")
    with pytest.raises(StoreError, match="does not know"), collection.reader():
        pass
    with pytest.raises(StoreError, match="does not know"), collection.writer():
        pass


@pytest.mark.parametrize("text", [None, "", "zero\n", "-1\n"])
def test_a_broken_current_is_damage_and_rollback_mends_it(
    collection: Collection, text: str | None
) -> None:
    commit(collection, "a.md", "one")
    commit(collection, "a.md", "two")
    current = collection.folder / "CURRENT"
    if text is None:
        current.unlink()
    else:
        current.write_text(text)
    with pytest.raises(StoreDamaged) as caught, collection.reader():
        pass
    assert "kb rollback" in caught.value.hint
    with pytest.raises(StoreDamaged), collection.writer():
        pass
    assert collection.rollback() == 2
    assert seen(collection) == {"a.md": ["two"]}


@pytest.mark.parametrize(
    ("name", "content"),
    [("manifest.json", None), ("manifest.json", b"{}"), ("manifest.json", b"\xff{"),
     ("catalog.sqlite", None), ("catalog.sqlite", b"")],
)  # fmt: skip
def test_a_broken_generation_is_damage_and_rollback_helps(
    collection: Collection, name: str, content: bytes | None
) -> None:
    commit(collection, "a.md", "one")
    commit(collection, "a.md", "two")
    path = collection.folder / "generations" / "00000002" / name
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    with pytest.raises(StoreDamaged), collection.reader():
        pass
    assert collection.rollback(1) == 1
    assert seen(collection) == {"a.md": ["one"]}


def test_a_missing_generation_is_damage(collection: Collection) -> None:
    commit(collection, "a.md", "one")
    (collection.folder / "CURRENT").write_text("00000009\n")
    with pytest.raises(StoreDamaged, match="00000009"), collection.reader():
        pass


def test_a_broken_shard_is_damage(collection: Collection) -> None:
    commit(collection, "a.md", "one")
    (collection.folder / "generations" / "00000001" / "vectors" / "edge_config.json").write_text(
        "{"
    )
    with collection.reader() as live, pytest.raises(StoreDamaged):
        _ = live.vectors


def test_a_damaged_catalog_gives_its_place_to_the_newest_whole_one(collection: Collection) -> None:
    commit(collection, "a.md", "one")
    commit(collection, "a.md", "two")
    assert collection.fall_back() is None
    (collection.folder / "generations" / "00000002" / "catalog.sqlite").write_bytes(b"")
    back = collection.fall_back()
    assert back is not None
    assert (back.live.generation, back.lost) == (1, (2,))
    assert back.why
    assert seen(collection) == {"a.md": ["one"]}


def test_where_no_generation_is_whole_nothing_is_made_live(collection: Collection) -> None:
    commit(collection, "a.md", "one")
    (collection.folder / "generations" / "00000001" / "catalog.sqlite").write_bytes(b"")
    with pytest.raises(StoreDamaged):
        collection.fall_back()
    assert (collection.folder / "CURRENT").read_text() == "00000001\n"


# --- permissions ----------------------------------------------------------------------


def test_only_the_owner_may_read_the_store(collection: Collection) -> None:
    commit(collection, "a.md", "one")
    collection.append_run(RunRecord("2026-11-23T08:00:00+00:00", "ingest", "done", 1))
    for path in (collection.home, *collection.home.rglob("*")):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode & 0o077 == 0, f"{path} is open to others: {mode:o}"


def test_a_home_that_cannot_be_made_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError), Collection(tmp_path / "file" / "home", "default").writer():
        pass


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_home_without_permission_is_a_store_error(collection: Collection) -> None:
    commit(collection, "a.md", "one")
    collection.folder.chmod(0o500)
    try:
        with pytest.raises(StoreError) as caught, collection.writer():
            pass
    finally:
        collection.folder.chmod(0o700)
    assert "--home" in caught.value.hint


def test_a_full_disk_is_a_store_error_and_the_old_generation_stays(
    collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real full disk needs a mount of its own: the copying call is made to fail as it would."""
    commit(collection, "a.md", "one")

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("kb.index.disk.os.sendfile", full)
    with collection.writer() as draft, pytest.raises(StoreError) as caught:
        draft.begin(FINGERPRINT)
    assert "free some space" in caught.value.hint
    assert seen(collection) == {"a.md": ["one"]}
    assert generation_names(collection) == {"00000001"}
