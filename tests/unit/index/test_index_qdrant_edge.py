"""kb/index/qdrant_edge: what only the embedded engine does. The rest is in tests/contract."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import subprocess
import sys
from array import array
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
import qdrant_edge as qdrant

from kb.errors import StoreDamaged, StoreError
from kb.index.disk import clone_tree
from kb.index.layout import FIXED_FILES
from kb.index.qdrant_edge.index import EdgeIndex
from kb.ports import Anticipated
from kb.types import EmbeddedChunk, SparseVector, Vector
from tests.index_samples import DIMENSION, document, embedded, unit_vector

WIDE = 1024
MANY = 3000
"""Wide chunks: more bytes than the engine leaves unmerged. Only merged ones have 4-bit copies."""


def _filled(folder: Path, count: int) -> EdgeIndex:
    index = EdgeIndex(folder, dimension=DIMENSION)
    texts = [f"text {n}" for n in range(count)]
    index.upsert([embedded(chunk) for chunk in document("a.md", texts)[1]])
    index.flush()
    return index


@cache
def _wide(count: int = MANY, path: str = "a.md") -> list[EmbeddedChunk]:
    source = random.Random(path)
    chunks = document(path, [f"text {n}" for n in range(count)])[1]
    return [
        EmbeddedChunk(chunk, _wide_vector(source), SparseVector((7, 1000 + n), (1.0, 0.5)))
        for n, chunk in enumerate(chunks)
    ]


def _wide_vector(source: random.Random) -> Vector:
    return array("f", [source.uniform(-1, 1) for _ in range(WIDE)])


def _wide_index(folder: Path, *, quantised_from: int = 1, count: int = MANY) -> EdgeIndex:
    index = EdgeIndex(folder, dimension=WIDE, quantised_from=quantised_from)
    index.upsert(_wide(count))
    index.flush()
    return index


def _bytes_of_copies(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("quantized.data"))


def _fixed(folder: Path) -> dict[str, str]:
    """Hashes of the merged segments' files, by segment and name."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.name in FIXED_FILES
    }


def test_several_readers_open_one_shard(tmp_path: Path) -> None:
    _filled(tmp_path / "vectors", 30).close()
    readers = [EdgeIndex(tmp_path / "vectors") for _ in range(3)]
    found = [reader.search_dense(unit_vector("question"), 5) for reader in readers]
    assert found[0] == found[1] == found[2]
    for reader in readers:
        reader.close()


# --- large ones: merged segments, 4-bit copies, shared files -----------------------------


def test_growing_past_the_threshold_keeps_content_and_ranks(tmp_path: Path) -> None:
    exact = _wide_index(tmp_path / "exact", quantised_from=10**9)
    growing = _wide_index(tmp_path / "growing", quantised_from=(MANY + 10) * WIDE)
    assert not [*tmp_path.rglob("quantized.data")]
    for index in (exact, growing):
        index.upsert(_wide(20, "b.md"))
        index.flush()
    assert [path.parts[-5] for path in tmp_path.rglob("quantized.data")] == ["growing"]
    assert growing.count() == exact.count() == MANY + 20
    for number in range(20):
        question = _wide_vector(random.Random(number))
        assert growing.search_dense(question, 50) == exact.search_dense(question, 50)
    exact.close()
    growing.close()


def test_8_bit_copies_of_an_earlier_version_become_4_bit_ones_with_the_next_change(
    tmp_path: Path,
) -> None:
    _wide_index(tmp_path, quantised_from=10**9).close()
    written = json.loads((tmp_path / "edge_config.json").read_text())
    written["quantization_config"] = {"scalar": {"type": "int8", "quantile": 0.99}}
    (tmp_path / "edge_config.json").write_text(json.dumps(written))
    assert not [*tmp_path.rglob("quantized.data")]

    earlier = EdgeIndex(tmp_path, dimension=WIDE, quantised_from=10**9)
    earlier.upsert(_wide(1, "b.md"))
    earlier.flush()
    assert _bytes_of_copies(tmp_path) >= MANY * WIDE
    found = earlier.search_dense(_wide_vector(random.Random(0)), 50)
    earlier.close()

    later = EdgeIndex(tmp_path, dimension=WIDE, quantised_from=1)
    later.upsert(_wide(1, "b.md"))
    later.flush()
    assert 0 < _bytes_of_copies(tmp_path) < MANY * WIDE
    assert later.search_dense(_wide_vector(random.Random(0)), 50) == found
    later.close()


def test_a_small_change_does_not_write_the_vectors_anew(tmp_path: Path) -> None:
    index = _wide_index(tmp_path)
    before = _fixed(tmp_path)
    assert len(before) == 3
    for number in range(5):
        index.upsert(_wide(2, f"{number}.md"))
        index.delete([_wide()[number].chunk.id])
        index.flush()
    assert _fixed(tmp_path) == before
    assert index.count() == MANY + 5
    index.close()


def test_no_change_reaches_the_files_that_generations_share(tmp_path: Path) -> None:
    """Linked by hand, as where the filesystem shares no blocks: a write in place would show."""
    source, clone = tmp_path / "source", tmp_path / "clone"
    _wide_index(source).close()
    before = _fixed(source)
    reader = EdgeIndex(source)
    question = _wide_vector(random.Random(0))
    found = reader.search_dense(question, 9)
    clone_tree(source, clone, FIXED_FILES)
    index = EdgeIndex(clone, dimension=WIDE, quantised_from=1)
    index.delete([point.chunk.id for point in _wide()[:200]])
    index.upsert([replace(point, labels={"type": "md"}) for point in _wide()[200:300]])
    index.flush()
    index.close()
    EdgeIndex(clone).close()
    assert _fixed(clone) == _fixed(source) == before
    assert reader.search_dense(question, 9) == found

    index = EdgeIndex(clone, dimension=WIDE, quantised_from=1)
    index.delete([point.chunk.id for point in _wide()[:1500]])  # the engine builds it anew
    index.flush()
    index.close()
    assert not _fixed(clone).items() & before.items()
    assert _fixed(source) == before
    assert reader.search_dense(question, 9) == found
    reader.close()


@pytest.mark.process
def test_what_was_not_flushed_may_be_gone_and_harms_nothing(tmp_path: Path) -> None:
    """The engine has no log. So a commit flushes before anything else."""
    program = f"""
import os, signal
from pathlib import Path
from kb.index.disk import clone_tree
from kb.index.qdrant_edge.index import EdgeIndex
from kb.index.layout import FIXED_FILES
from tests.index_samples import document, embedded
index = EdgeIndex(Path({str(tmp_path / "vectors")!r}), dimension={DIMENSION})
index.upsert([embedded(chunk) for chunk in document("a.md", ["flushed"])[1]])
index.flush()
index.upsert([embedded(chunk) for chunk in document("b.md", ["not flushed"])[1]])
os.kill(os.getpid(), signal.SIGKILL)
"""
    root = Path(__file__).parents[3]
    subprocess.run([sys.executable, "-c", program], cwd=root, check=False)
    index = EdgeIndex(tmp_path / "vectors")
    assert document("a.md", ["flushed"])[1][0].id in {*index.ids()}
    index.close()


@pytest.mark.parametrize("name", ["edge_config.json", "segment.json"])
def test_a_broken_file_of_the_shard_is_damage(tmp_path: Path, name: str) -> None:
    _filled(tmp_path / "vectors", 3).close()
    (path,) = (tmp_path / "vectors").rglob(name)
    path.write_text("{")
    with pytest.raises(StoreDamaged) as caught:
        EdgeIndex(tmp_path / "vectors")
    assert "kb rollback" in caught.value.hint


def test_a_nearly_full_disk_is_refused_before_the_engine_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a full one the engine's memory maps would kill the process (seen on a small tmpfs)."""
    index = _filled(tmp_path / "vectors", 3)
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage._replace(free=1 << 20))
    index.upsert([embedded(chunk) for chunk in document("b.md", ["one"])[1]])
    with pytest.raises(StoreError) as caught:
        index.flush()
    assert "free some space" in caught.value.hint
    index.close()


def test_points_of_many_small_documents_are_sent_together_and_found_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = EdgeIndex(tmp_path / "vectors", dimension=DIMENSION)
    sent: list[object] = []
    update = EdgeIndex._update

    def counted(self: EdgeIndex, change: qdrant.UpdateOperation) -> None:
        sent.append(change)
        update(self, change)

    monkeypatch.setattr(EdgeIndex, "_update", counted)
    names = []
    for number in range(300):
        [chunk] = document(f"{number}.md", [f"text {number}"])[1]
        index.upsert([embedded(chunk)])
        names.append(chunk.id)
    assert len(sent) == 1
    assert sorted(index.ids()) == sorted(names)
    assert len(sent) == 2
    index.delete(names[:1])
    index.upsert([embedded(chunk) for chunk in document("0.md", ["text 0"])[1]])
    assert index.count() == 300
    index.close()


def test_a_disk_that_is_full_by_now_is_told_before_the_engine_searches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A session keeps a shard open for hours."""
    _filled(tmp_path / "vectors", 3).close()
    index = EdgeIndex(tmp_path / "vectors")
    usage = shutil.disk_usage(tmp_path)
    with monkeypatch.context() as full:
        full.setattr("shutil.disk_usage", lambda _: usage._replace(free=1 << 10))
        with pytest.raises(StoreError) as caught:
            index.search_dense(unit_vector("question"), 5)
    assert "free some space" in caught.value.hint
    assert index.search_dense(unit_vector("question"), 5)
    index.close()


def test_a_closed_shard_is_a_store_error(tmp_path: Path) -> None:
    index = _filled(tmp_path / "vectors", 3)
    index.close()
    with pytest.raises(StoreError):
        index.count()


@pytest.mark.process
def test_the_catalog_and_the_generations_import_no_engine() -> None:
    program = (
        "import sys, kb.index.generation, kb.index.checks; "
        "print({'qdrant_edge', 'qdrant_client', 'numpy', 'httpx'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "set()"


def test_what_is_flushed_without_a_merge_is_there_and_the_next_flush_merges_it(
    tmp_path: Path,
) -> None:
    """As a run commits that was told to stop."""
    index = EdgeIndex(tmp_path, dimension=WIDE, quantised_from=1)
    index.upsert(_wide())
    index.flush(merge=False)
    index.close()
    assert _bytes_of_copies(tmp_path) == 0

    again = EdgeIndex(tmp_path, dimension=WIDE, quantised_from=1)
    first, *_ = _wide()
    assert again.count() == MANY
    assert first.dense
    assert again.search_dense(first.dense, 1)[0].chunk_id == first.chunk.id
    again.upsert(_wide(10, "b.md"))
    again.flush()
    again.close()
    assert _bytes_of_copies(tmp_path) > 0


def _template(folder: Path, count: int) -> tuple[EdgeIndex, list[EmbeddedChunk]]:
    """Chunks that share a word with the same weight; the last one has it twice as heavy."""
    chunks = document("a.md", [f"text {n}" for n in range(count)])[1]
    points = [replace(embedded(chunk), sparse=SparseVector((7,), (1.0,))) for chunk in chunks]
    points[-1] = replace(points[-1], sparse=SparseVector((7,), (2.0,)))
    index = EdgeIndex(folder, dimension=DIMENSION)
    index.upsert(points)
    index.flush()
    return index, points


@pytest.mark.parametrize(("count", "found"), [(300, 1), (60, 10)])
def test_where_scores_alone_are_wanted_hundreds_of_equals_are_not_put_in_order(
    tmp_path: Path, count: int, found: int
) -> None:
    index, points = _template(tmp_path / "vectors", count)
    word = SparseVector((7,), (1.0,))
    dense = unit_vector("question")
    asked = Anticipated(dense, word, SparseVector((), ()), ((), ()), 10, (), scores_only=True)
    for_scores = index.for_question(asked)
    hits = for_scores.search_sparse(word, 10)
    assert (hits[0].chunk_id, hits[0].score) == (points[-1].chunk.id, 2.0)
    assert len(hits) == found
    assert for_scores.search_dense(dense, 10) == index.search_dense(dense, 10)
    others = sorted(point.chunk.id for point in points[:-1])[:9]
    best = [hit.chunk_id for hit in index.search_sparse(word, 10)]
    assert best == [points[-1].chunk.id, *others], "a question is answered from them in order"
    index.close()
