"""kb/index/disk.py: cloning, replacing."""

from __future__ import annotations

from pathlib import Path

from kb.index.disk import Resident, clone_tree, replace_durably


def _tree(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_clone_equals_its_source_and_is_apart_from_it(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    (source / "a" / "b").mkdir(parents=True)
    (source / "a" / "b" / "文.bin").write_bytes(bytes(range(256)) * 999)
    (source / "empty").write_bytes(b"")
    clone_tree(source, target)
    assert _tree(target) == _tree(source)
    (target / "empty").write_bytes(b"changed")
    assert (source / "empty").read_bytes() == b""


def test_a_clone_keeps_holes_as_holes(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    size = 8 << 20
    with (tmp_path / "source" / "sparse").open("wb") as file:
        file.seek(size // 2)
        file.write(b"in the middle")
        file.truncate(size)
    clone_tree(tmp_path / "source", tmp_path / "target")
    assert _tree(tmp_path / "target") == _tree(tmp_path / "source")
    assert (tmp_path / "target" / "sparse").stat().st_blocks * 512 < size // 4


def test_a_clone_shares_the_files_that_never_change(tmp_path: Path) -> None:
    """By blocks where the filesystem can, else by a second name; the others are its own."""
    (tmp_path / "source" / "segment").mkdir(parents=True)
    for name in ("matrix.dat", "segment.json"):
        (tmp_path / "source" / "segment" / name).write_bytes(b"0" * 9999)
    clone_tree(tmp_path / "source", tmp_path / "target", frozenset({"matrix.dat"}))
    assert _tree(tmp_path / "target") == _tree(tmp_path / "source")
    (tmp_path / "target" / "segment" / "segment.json").write_bytes(b"changed")
    assert (tmp_path / "source" / "segment" / "segment.json").read_bytes() == b"0" * 9999
    (tmp_path / "source" / "segment" / "matrix.dat").unlink()  # as the sweep does
    assert (tmp_path / "target" / "segment" / "matrix.dat").read_bytes() == b"0" * 9999


def test_what_is_held_resident_is_read_and_let_go(tmp_path: Path) -> None:
    (tmp_path / "matrix.dat").write_bytes(b"0" * 9999)
    (tmp_path / "quantized.data").write_bytes(b"")
    resident = Resident(tmp_path, frozenset({"matrix.dat", "quantized.data"}))
    resident.release()
    resident.release()


def test_a_clone_leaves_out_what_the_engine_was_about_to_write(tmp_path: Path) -> None:
    (tmp_path / "source" / ".atomicwriteAbC").mkdir(parents=True)
    (tmp_path / "source" / ".atomicwriteAbC" / "tmpfile.tmp").write_text("half")
    clone_tree(tmp_path / "source", tmp_path / "target")
    assert _tree(tmp_path / "target") == {}


def test_a_replacement_shows_the_old_text_until_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "CURRENT"
    replace_durably(path, "old")
    seen: list[str] = []
    replace_durably(path, "new", before=lambda: seen.append(path.read_text()))
    assert (seen, path.read_text()) == (["old"], "new")
    assert [entry.name for entry in tmp_path.iterdir()] == ["CURRENT"]
