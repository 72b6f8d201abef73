"""The disk is full, at one write after the other: the old generation lives, the command ends with
exit code 5 and three lines, and when there is room again the same command succeeds."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from kb.index.checks import compare
from kb.index.generation import Collection
from tests.commands import Done
from tests.crash.killed_run import run
from tests.crash.stub_kb import StubKb, stub

NEW = tuple(f"{number:02}.md" for number in range(24))
"""Many small files, not one large: that would import the splitter, a second in each run."""
OLD = NEW[:2]


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    for name in OLD:
        (folder / name).write_text(f"# {name}\n\nThe old document {name}.\n")
    return folder


def with_old_generation(home: Path, docs: Path) -> None:
    run(home, docs)
    for name in NEW[len(OLD) :]:
        (docs / name).write_text(f"# {name}\n\nThe new document {name}.\n")


def documents(home: Path) -> tuple[str, ...]:
    with Collection(home, "default").reader() as live:
        assert compare(live).sound
        return tuple(record.path for record in live.catalog.documents())


def assert_refused(done: Done) -> None:
    """Exit code 5, and of standard error the last three lines say it all."""
    assert done.code == 5, done.err
    assert "Traceback" not in done.err
    what, why, fix = done.err.splitlines()[-3:]
    assert (what[:6], why[:4], fix[:4]) == ("error:", "why:", "fix:")
    assert what.endswith("[store]")
    assert done.out == ""


def assert_survived(home: Path, docs: Path, done: Done) -> None:
    assert_refused(done)
    assert documents(home) == OLD
    assert not run(home, docs).failed
    assert documents(home) == NEW


# --- one file after the other cannot grow ---------------------------------------------


@pytest.mark.parametrize("most_bytes", [0, 5, 100, 3_000, 20_000, 50_000, 100_000])
def test_no_file_may_grow_beyond_a_limit(tmp_path: Path, docs: Path, most_bytes: int) -> None:
    """RLIMIT_FSIZE: the larger it is the later it hits, from the lock to the vectors."""
    home = tmp_path / "home"
    with_old_generation(home, docs)
    done = stub(home, KB_TEST_MOST_BYTES=str(most_bytes))("ingest", str(docs))
    assert_survived(home, docs, done)


def test_a_limit_that_is_not_met_is_none(tmp_path: Path, docs: Path) -> None:
    """So it was the limit that the runs above met."""
    home = tmp_path / "home"
    with_old_generation(home, docs)
    assert stub(home, KB_TEST_MOST_BYTES=str(1 << 30))("ingest", str(docs)).code == 0
    assert documents(home) == NEW


# --- one file after the other cannot be made ------------------------------------------


@pytest.mark.parametrize(
    "name", ["lock", "embeddings.sqlite", ".draft", "catalog.sqlite", "manifest.json", "CURRENT"]
)
def test_a_file_that_cannot_be_made(tmp_path: Path, docs: Path, name: str) -> None:
    home = tmp_path / "home"
    with_old_generation(home, docs)
    assert_survived(home, docs, stub(home, KB_TEST_NO_ROOM_FOR=name)("ingest", str(docs)))


@pytest.mark.parametrize("name", ["collections", "FORMAT", "CURRENT", "generations"])
def test_a_collection_that_cannot_be_made(tmp_path: Path, docs: Path, name: str) -> None:
    home = tmp_path / "home"
    assert_refused(stub(home, KB_TEST_NO_ROOM_FOR=name)("ingest", str(docs)))
    assert not run(home, docs).failed
    assert documents(home) == OLD


def test_a_run_that_cannot_be_logged_is_committed_nevertheless(tmp_path: Path, docs: Path) -> None:
    home = tmp_path / "home"
    with_old_generation(home, docs)
    done = stub(home, KB_TEST_NO_ROOM_FOR="runs.jsonl")("ingest", str(docs))
    assert done.code == 0
    assert "could not be logged" in done.err
    assert documents(home) == NEW


# --- a real file system ---------------------------------------------------------------


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """An ext4 of 160 MB in a file, nothing of it reserved for root."""
    image, place = tmp_path / "image", tmp_path / "disk"
    place.mkdir()
    with image.open("wb") as file:
        file.truncate(160 << 20)
    make = ["mkfs.ext4", "-q", "-m", "0", str(image)]
    mount = ["mount", "-o", "loop", str(image), str(place)]
    if not (shutil.which(make[0]) and shutil.which(mount[0]) and _succeeds(make, mount)):
        pytest.skip("a small disk cannot be mounted: that takes root, loop devices and mkfs.ext4")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def _succeeds(*commands: list[str]) -> bool:
    return not any(subprocess.run(one, capture_output=True).returncode for one in commands)


def fill(disk: Path, free_kib: int) -> Path:
    """A file that takes all the room but so much."""
    filler = disk / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    if free_kib:
        os.truncate(filler, filler.stat().st_size - (free_kib << 10))
    return filler


@pytest.mark.parametrize("free_kib", [0, 200, 20_000])
def test_a_disk_that_is_full(small_disk: Path, docs: Path, free_kib: int) -> None:
    """With nothing at all left not even a search has room for what its engine notes down."""
    home = small_disk / "home"
    with_old_generation(home, docs)
    filler = fill(small_disk, free_kib)
    done = stub(home)("ingest", str(docs))
    assert "free some space" in done.err
    assert_refused(done)
    if free_kib:
        assert documents(home) == OLD
        assert stub(home)("search", "old document").code == 0
    else:
        for command in (["search", "old"], ["ask", "old document"], ["check"]):
            assert_refused(stub(home)(*command))
        assert stub(home)("status").code == 0
    filler.unlink()
    assert documents(home) == OLD
    assert stub(home)("ingest", str(docs)).code == 0
    assert documents(home) == NEW


def test_a_first_run_on_a_full_disk(small_disk: Path, docs: Path) -> None:
    kb: StubKb = stub(small_disk / "home")
    filler = fill(small_disk, 0)
    assert_refused(kb("ingest", str(docs)))
    assert kb("search", "old document").code == 4
    filler.unlink()
    assert kb("ingest", str(docs)).code == 0
