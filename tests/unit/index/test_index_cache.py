"""kb/index/cache.py: an embedding is computed once."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
from array import array
from collections.abc import Iterator
from pathlib import Path

import pytest

from kb.errors import StoreDamaged, StoreError
from kb.index.cache import EmbeddingCache
from tests.index_samples import unit_vector


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[EmbeddingCache]:
    cache = EmbeddingCache(tmp_path / "embeddings.sqlite")
    yield cache
    cache.close()


def test_a_vector_comes_back_bit_for_bit(cache: EmbeddingCache) -> None:
    vector = array("f", [0.1, -1e-30, 3.0])
    cache.put("model", {"张飞": vector})
    assert cache.get("model", ["张飞", "unknown"]) == {"张飞": vector}


def test_each_model_has_its_own_vectors(cache: EmbeddingCache) -> None:
    cache.put("one", {"text": unit_vector("one")})
    assert cache.get("other", ["text"]) == {}


def test_many_at_once(cache: EmbeddingCache) -> None:
    vectors = {f"text {n}": unit_vector(str(n)) for n in range(5_000)}
    cache.put("model", vectors)
    assert cache.get("model", [*vectors]) == vectors
    assert cache.count() == 5_000


def test_nothing_asked_nothing_found(cache: EmbeddingCache) -> None:
    cache.put("model", {})
    assert cache.get("model", []) == {}


def test_a_later_vector_replaces_the_earlier(cache: EmbeddingCache) -> None:
    cache.put("model", {"text": unit_vector("old")})
    cache.put("model", {"text": unit_vector("new")})
    assert cache.get("model", ["text"]) == {"text": unit_vector("new")}


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE embedding SET vector = zeroblob(32)",
        "UPDATE embedding SET vector = zeroblob(31)",
        "UPDATE embedding SET vector = 'text'",
        "UPDATE checksum SET vector = vector + 1",
    ],
)
def test_a_vector_that_is_not_what_was_put_counts_as_unknown(
    cache: EmbeddingCache, tmp_path: Path, change: str
) -> None:
    cache.put("model", {"text": unit_vector("text")})
    with sqlite3.connect(tmp_path / "embeddings.sqlite") as database:
        assert database.execute(change).rowcount == 1
    database.close()
    assert cache.get("model", ["text"]) == {}
    cache.put("model", {"text": unit_vector("text")})
    assert cache.get("model", ["text"]) == {"text": unit_vector("text")}


def test_what_an_earlier_version_put_has_no_checksum_and_is_taken(
    cache: EmbeddingCache, tmp_path: Path
) -> None:
    cache.put("model", {"text": unit_vector("text")})
    with sqlite3.connect(tmp_path / "embeddings.sqlite") as database:
        database.execute("DROP TABLE checksum")
    database.close()
    again = EmbeddingCache(tmp_path / "embeddings.sqlite")
    assert again.get("model", ["text"]) == {"text": unit_vector("text")}
    assert again.purge([]) == 1
    again.close()


def test_a_damaged_cache_can_be_moved_away(tmp_path: Path) -> None:
    (tmp_path / "embeddings.sqlite").write_bytes(b"rubbish" * 999)
    with pytest.raises(StoreDamaged) as caught:
        EmbeddingCache(tmp_path / "embeddings.sqlite")
    assert "mv " in caught.value.hint


def _put_and_die(path: Path) -> None:
    EmbeddingCache(path).put("model", {"text": unit_vector("text")})
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.process
def test_what_was_put_outlives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "embeddings.sqlite"
    child = multiprocessing.get_context("spawn").Process(target=_put_and_die, args=(path,))
    child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    cache = EmbeddingCache(path)
    assert cache.get("model", ["text"]) == {"text": unit_vector("text")}
    cache.close()


def _put_many(path: Path, model: str) -> None:
    cache = EmbeddingCache(path)
    for n in range(50):
        cache.put(model, {f"text {n}": unit_vector(str(n))})
    cache.close()


@pytest.mark.process
def test_several_processes_may_put_at_once(tmp_path: Path) -> None:
    path = tmp_path / "embeddings.sqlite"
    start = multiprocessing.get_context("spawn").Process
    children = [start(target=_put_many, args=(path, f"model {n}")) for n in range(3)]
    for child in children:
        child.start()
    for child in children:
        child.join()
    assert [child.exitcode for child in children] == [0, 0, 0]
    cache = EmbeddingCache(path)
    assert cache.count() == 150
    cache.close()


def test_what_is_no_cache_is_damage(tmp_path: Path) -> None:
    (tmp_path / "embeddings.sqlite").write_bytes(b"not a database, but long enough" * 99)
    with pytest.raises(StoreDamaged):
        EmbeddingCache(tmp_path / "embeddings.sqlite")


def test_a_folder_that_is_not_there_is_a_store_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        EmbeddingCache(tmp_path / "nowhere" / "embeddings.sqlite")
