"""An ingest killed (SIGKILL) at random moments: what was committed is whole, and the next run ends
as an undisturbed one, with nothing embedded twice.

The seeds are the same in every run: five, and fifty at night. KB_TEST_SEEDS=N takes N of them.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from kb.index.checks import compare
from kb.index.generation import Collection
from tests.crash.killed_run import SECONDS_PER_TEXT, kill_after, run
from tests.crash.processes import members, wait_until_gone
from tests.crash.stub_kb import SlowEmbedder, StubKb, stub
from tests.homes import copied
from tests.layers import NIGHTLY
from tests.meanwhile import ended

SEEDS = range(int(os.environ.get("KB_TEST_SEEDS", "50" if NIGHTLY else "5")))


# --- what there was, and what is to come ----------------------------------------------


def text_of(number: int, version: int = 1) -> str:
    sections = "\n\n".join(
        f"## Part {part}\n\nDocument {number}, part {part}, unique{number}x{part}x{version}."
        for part in range(3)
    )
    table = f"| unit | count |\n| --- | --- |\n| u{number} | {version} |\n| v{number} | 7 |\n"
    return f"# Document {number}\n\n{sections}\n\n{table}"


def write(docs: Path, number: int, version: int = 1) -> None:
    (docs / f"{number:02}.md").write_text(text_of(number, version), encoding="utf-8")


@dataclass(frozen=True)
class Stage:
    """A home with an ingest behind it, the folder as it was then, and what has become of it since:
    new, edited, moved, deleted and untouched files."""

    home: Path
    docs: Path
    old: dict[str, str]
    new: dict[str, str]
    root_hash: str
    ids: tuple[str, ...]
    seconds: float


def contents(home: Path) -> dict[str, str]:
    """sha256 by path; the live generation must be sound, and a search must find what it holds."""
    with Collection(home, "default").reader() as live:
        assert compare(live).sound
        records = live.catalog.documents()
        for record in records[:3]:
            [first, *_] = live.catalog.document_chunks(record.doc_id)
            vector = SlowEmbedder().vector(first.embedding_text)
            assert first.id in {hit.chunk_id for hit in live.vectors.search_dense(vector, 3)}
        return {record.path: record.sha256 for record in records}


def end_of(home: Path) -> tuple[str, tuple[str, ...]]:
    with Collection(home, "default").reader() as live:
        tables = live.catalog.table_store.tables()
        assert len(tables) == live.manifest.documents
        ids = (*live.vectors.ids(), *(str(table.id) for table in tables))
        return live.manifest.root_hash, ids


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    place = tmp_path_factory.mktemp("stage")
    home, docs = place / "home", place / "docs"
    docs.mkdir()
    for number in range(6):
        write(docs, number)
    run(home, docs)
    old = contents(home)
    for number in (1, 6, 7, 8, 9, 10, 11, 12):
        write(docs, number, version=2)
    (docs / "02.md").rename(docs / "two.md")
    (docs / "03.md").unlink()
    undisturbed = copied(home, place / "undisturbed")
    started = time.monotonic()
    run(undisturbed, docs, SECONDS_PER_TEXT)
    seconds = time.monotonic() - started
    return Stage(home, docs, old, contents(undisturbed), *end_of(undisturbed), seconds)


def assert_ends_undisturbed(home: Path, stage: Stage) -> None:
    """The next run ends where an undisturbed one does, and takes what is known from the cache."""
    assert contents(home) in (stage.old, stage.new)
    with Collection(home, "default").writer() as draft:
        known = draft.cache.count()
    report = run(home, stage.docs)
    assert not report.failed
    with Collection(home, "default").writer() as draft:
        assert report.counts.embedded == draft.cache.count() - known
    assert contents(home) == stage.new
    assert end_of(home) == (stage.root_hash, stage.ids)
    left = {path.name for path in (home / "collections/default/generations").iterdir()}
    assert {name for name in left if name.startswith(".")} == set()
    assert run(home, stage.docs).counts.embedded == 0


# --- killed ---------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_killed_at_a_random_moment(tmp_path: Path, stage: Stage, seed: int) -> None:
    home = copied(stage.home, tmp_path / "home")
    kill_after(home, stage.docs, random.Random(seed).uniform(0, 1.1 * stage.seconds))
    assert_ends_undisturbed(home, stage)


def test_killed_again_and_again_it_gets_there(tmp_path: Path, stage: Stage) -> None:
    """Each run embeds some more before it dies; none begins at the beginning."""
    home = copied(stage.home, tmp_path / "home")
    chance = random.Random(1)
    for _ in range(8):
        kill_after(home, stage.docs, chance.uniform(0.1, 0.6) * stage.seconds)
    assert_ends_undisturbed(home, stage)


def test_killed_in_its_very_first_run(tmp_path: Path, stage: Stage) -> None:
    chance = random.Random(2)
    for number in range(5):
        home = tmp_path / f"home-{number}"
        kill_after(home, stage.docs, chance.uniform(0, 1.1) * stage.seconds)
        run(home, stage.docs)
        assert contents(home) == stage.new
        assert end_of(home) == (stage.root_hash, stage.ids)


@pytest.mark.serial
def test_the_moments_of_the_kills_spread_over_the_whole_run(tmp_path: Path, stage: Stage) -> None:
    """Else the tests above would be worth nothing: one early, one late, one too late."""
    over = [
        kill_after(copied(stage.home, tmp_path / str(part)), stage.docs, seconds)
        for part, seconds in enumerate((0.1 * stage.seconds, 60))
    ]
    assert over == [False, True]
    assert contents(tmp_path / "0") == stage.old
    assert contents(tmp_path / "1") == stage.new


# --- the whole command, with its parsing processes ------------------------------------


@pytest.fixture
def kb(tmp_path: Path) -> StubKb:
    return stub(tmp_path / "home", KB_TEST_SECONDS_PER_TEXT="0.02")


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("whole_group", [True, False], ids=["with its workers", "alone"])
def test_the_command_is_killed(kb: StubKb, stage: Stage, seed: int, whole_group: bool) -> None:
    """None of its processes outlives it, and the same command finishes what it began."""
    started = subprocess.Popen(
        kb.command("ingest", str(stage.docs)),
        env=kb.environment(),
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    moment = random.Random(seed).uniform(0.2, 2.5)
    with ended(started, session=True) as process:
        try:
            process.wait(moment)
        except subprocess.TimeoutExpired:
            if whole_group:
                os.killpg(process.pid, signal.SIGKILL)
            process.kill()
            process.wait()
        assert wait_until_gone(process.pid, 20) == []
    again = kb("ingest", str(stage.docs), "--json")
    assert again.code == 0, again.err
    assert contents(kb.home) == stage.new
    checked = kb("check")
    assert checked.code == 0, checked.out
    assert members(process.pid) == []
