"""What the doctor says of the collections: healthy ones, and each kind of damage."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kb.doctor import store
from kb.doctor.findings import Status
from kb.index import locks
from kb.index.cache import EmbeddingCache
from kb.index.qdrant_edge.index import EdgeIndex
from tests.index_samples import DIMENSION, document, embedded, unit_vector
from tests.meanwhile import ended
from tests.unit.doctor.samples import check, checks, context_of, filled

COLLECTION = ("lock", "format", "generation", "catalog", "vectors", "embedding-cache")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def status(home: Path, name: str) -> tuple[Status, int]:
    found = check(context_of(home), name)
    return found.status, found.exit_code


def test_a_home_without_anything_is_well(home: Path) -> None:
    assert {status(home, name) for name in COLLECTION} == {(Status.OK, 0)}


def test_a_whole_collection_is_well(home: Path) -> None:
    filled(home)
    assert {status(home, name) for name in COLLECTION} == {(Status.OK, 0)}
    assert "1 of 20" in check(context_of(home), "generation").detail
    assert check(context_of(home), "vectors").detail.startswith("3, one a chunk")


def test_of_several_collections_each_is_named(home: Path) -> None:
    filled(home, "law")
    found = checks(context_of(home, collection="law,hr"), "generation")
    assert [one.detail.split(":")[0] for one in found] == ["law", "hr"]


# --- the lock -------------------------------------------------------------------------


@pytest.fixture
def writer(home: Path) -> Iterator[subprocess.Popen[str]]:
    """A real process that holds the lock of the collection."""
    filled(home)
    code = (
        "import sys; from pathlib import Path; from kb.index import locks\n"
        f"with locks.writer_lock(Path({str(home / 'collections/default/lock')!r}), 0):\n"
        "    print('held', flush=True); sys.stdin.read()\n"
    )
    started = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with ended(started) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process


@pytest.mark.process
@pytest.mark.skipif(not Path("/proc/locks").exists(), reason="the system has no /proc/locks")
def test_a_held_lock_is_a_warning_that_names_the_process(
    home: Path, writer: subprocess.Popen[str]
) -> None:
    found = check(context_of(home), "lock")
    assert (found.status, found.exit_code) == (Status.WARNING, 0)
    assert f"process {writer.pid} (" in found.detail
    assert "kb reindex --wait 600" in found.fix
    writer.communicate()
    assert check(context_of(home), "lock").detail == "free"


@pytest.mark.skipif(not Path("/proc/locks").exists(), reason="the system has no /proc/locks")
def test_looking_at_the_lock_never_turns_a_writer_away(home: Path) -> None:
    filled(home)
    lock = home / "collections/default/lock"
    for _ in range(50):
        assert locks.lock_holder(lock) is None
        with locks.writer_lock(lock, 0):
            assert locks.lock_holder(lock) == os.getpid()


# --- FORMAT, CURRENT, catalog ---------------------------------------------------------


def test_an_unknown_format_is_a_failure_told_once(home: Path) -> None:
    filled(home)
    (home / "collections/default/FORMAT").write_text("kb collection 9\n")
    assert status(home, "format") == (Status.FAILED, 5)
    assert "version of kb that wrote it" in check(context_of(home), "format").fix
    rest = {status(home, name)[0] for name in ("generation", "catalog", "vectors")}
    assert rest == {Status.SKIPPED}


@pytest.mark.parametrize("text", ["rubbish", "00000009\n"])
def test_a_current_that_names_no_generation_is_damage(home: Path, text: str) -> None:
    filled(home)
    (home / "collections/default/CURRENT").write_text(text)
    assert status(home, "generation") == (Status.FAILED, 7)
    assert "kb check --repair" in check(context_of(home), "generation").fix
    assert status(home, "vectors")[0] is Status.SKIPPED


def test_a_catalog_that_is_none_is_damage(home: Path) -> None:
    (filled(home) / "catalog.sqlite").write_bytes(b"rubbish")
    assert status(home, "generation") == (Status.FAILED, 7)


def test_a_catalog_that_was_changed_from_outside_is_damage(home: Path) -> None:
    with sqlite3.connect(filled(home) / "catalog.sqlite") as database:
        database.execute("DELETE FROM chunk WHERE text LIKE '%123456%'")
    database.close()
    assert status(home, "generation") == (Status.OK, 0)
    assert status(home, "catalog") == (Status.FAILED, 7)
    assert status(home, "vectors") == (Status.FAILED, 7)


def test_of_a_large_catalog_only_the_chunks_are_counted(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_WHOLE_CATALOG", 0)
    catalog = filled(home) / "catalog.sqlite"
    assert "kb check reads it whole" in check(context_of(home), "catalog").detail
    with sqlite3.connect(catalog) as database:
        database.execute("DELETE FROM chunk WHERE text LIKE '%123456%'")
    database.close()
    assert "2 chunks, and 3 were committed" in check(context_of(home), "catalog").detail


# --- vectors --------------------------------------------------------------------------


def test_vectors_too_many_or_too_few_are_damage(home: Path) -> None:
    index = EdgeIndex(filled(home) / "vectors", dimension=DIMENSION)
    index.upsert([embedded(document("stray.md", ["stray"])[1][0])])
    index.flush()
    index.close()
    assert status(home, "vectors") == (Status.FAILED, 7)
    assert "4 vectors for 3 chunks" in check(context_of(home), "vectors").detail


@pytest.mark.parametrize("broken", ["edge_config.json", "segments/*/segment.json"])
def test_a_shard_that_does_not_load_is_damage_named_by_its_own_folder(
    home: Path, broken: str
) -> None:
    folder = filled(home) / "vectors"
    for file in folder.glob(broken):
        file.write_text("{")
    found = check(context_of(home), "vectors")
    assert (found.status, found.exit_code) == (Status.FAILED, 7)
    assert str(folder) in found.detail


def test_vectors_that_are_gone_are_damage(home: Path) -> None:
    folder = filled(home) / "vectors"
    folder.rename(folder.with_name("elsewhere"))
    assert status(home, "vectors") == (Status.FAILED, 7)


def test_a_very_large_shard_is_left_to_kb_check(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(home)
    monkeypatch.setattr(store, "_LARGEST_SHARD", 0)
    found = check(context_of(home), "vectors")
    assert found.status is Status.SKIPPED
    assert "kb check" in found.detail


# --- the embedding cache --------------------------------------------------------------


def cache_of(home: Path) -> Path:
    filled(home)
    return home / "collections/default/embeddings.sqlite"


def test_a_cache_is_read_while_another_process_has_it_open(home: Path) -> None:
    cache = EmbeddingCache(cache_of(home))
    assert status(home, "embedding-cache") == (Status.OK, 0)  # all of it is in the log so far
    cache.put("m", {"text": unit_vector("text")})
    assert status(home, "embedding-cache") == (Status.OK, 0)
    cache.close()
    assert status(home, "embedding-cache") == (Status.OK, 0)


def test_a_cache_that_is_none_can_be_moved_away(home: Path) -> None:
    path = cache_of(home)
    path.write_bytes(b"rubbish" * 1000)
    found = check(context_of(home), "embedding-cache")
    assert (found.status, found.exit_code) == (Status.FAILED, 7)
    assert found.fix.endswith(f'mv "{path}" "{path}.damaged"')
