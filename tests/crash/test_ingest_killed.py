"""`kb ingest` killed in the middle, as by a power cut: the real command with the real model.

tests/crash/test_index_crash.py kills the writer at every step of the commit.
"""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.commands import REPOSITORY, Kb
from tests.layers import NIGHTLY
from tests.meanwhile import ended

DEMO = REPOSITORY / "data" / "demo" / "docs"


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    """The demo's text documents, by day the short ones: enough for several batches, and no OCR."""
    folder = tmp_path / "docs"
    folder.mkdir()
    longest = 1 << 20 if NIGHTLY else 3_000
    for file in DEMO.rglob("*"):
        text = file.suffix in (".md", ".txt", ".html", ".csv", ".xlsx")
        if text and file.stat().st_size < longest:
            shutil.copy(file, folder / file.name)
    return folder


def embeddings(kb: Kb) -> int:
    """How many vectors the cache holds by now."""
    path = kb.home / "collections" / "default" / "embeddings.sqlite"
    try:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
            return int(db.execute("SELECT count(*) FROM embedding").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def started(kb: Kb, docs: Path) -> subprocess.Popen[bytes]:
    command = kb.command("ingest", str(docs))
    return subprocess.Popen(command, env=kb.environment(), start_new_session=True)


def kill_in_the_middle(kb: Kb, docs: Path) -> int:
    """Start an ingest and SIGKILL it with all its workers once something is embedded."""
    with ended(started(kb, docs), session=True) as process:
        before = embeddings(kb)
        while embeddings(kb) == before and process.poll() is None:
            time.sleep(0.005)
        assert process.poll() is None, "the run was over before it could be killed"
    return embeddings(kb)


def test_a_killed_first_run_leaves_nothing_live_and_embeds_nothing_twice(
    tmp_path: Path, docs: Path, models_folder: Path
) -> None:
    killed, undisturbed = (Kb(tmp_path / name, models_folder) for name in ("killed", "calm"))
    kept = kill_in_the_middle(killed, docs)
    assert kept > 0
    assert killed("status", "--json").json["status"]["documents"] == 0

    again = killed("ingest", str(docs), "--json").json
    assert again["reused"] >= kept
    calm = undisturbed("ingest", str(docs), "--json").json
    assert again["chunks"] == calm["chunks"] == again["reused"] + again["embedded"]
    hashes = {kb("status", "--json").json["status"]["root_hash"] for kb in (killed, undisturbed)}
    assert len(hashes) == 1
    assert killed("check").code == 0


def test_readers_see_the_old_generation_whole_before_and_after_the_kill(
    tmp_path: Path, docs: Path, models_folder: Path
) -> None:
    kb = Kb(tmp_path / "home", models_folder)
    phones = tmp_path / "phones.txt"
    phones.write_text("张飞的电话号码是u987438274。", encoding="utf-8")
    assert kb("ingest", str(phones)).code == 0
    readers = 4 if NIGHTLY else 2
    with ended(started(kb, docs), session=True), ThreadPoolExecutor(readers) as pool:
        searches = [pool.submit(kb, "search", "张飞的电话", "--json") for _ in range(readers)]
        found = [search.result() for search in searches]
    found.append(kb("search", "张飞的电话", "--json"))
    assert [done.code for done in found] == [0] * (readers + 1)
    assert all("u987438274" in done.json["hits"][0]["text"] for done in found)
