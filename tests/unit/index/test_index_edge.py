"""kb/index/edge.py: what only the embedded engine does. The rest is in tests/contract."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kb.errors import StoreDamaged, StoreError
from kb.index.edge import EdgeIndex
from tests.index_samples import DIMENSION, document, embedded, unit_vector


def _filled(folder: Path, count: int, *, hnsw_from: int = 10**9) -> EdgeIndex:
    index = EdgeIndex(folder, dimension=DIMENSION, hnsw_from=hnsw_from)
    texts = [f"text {n}" for n in range(count)]
    index.upsert([embedded(chunk) for chunk in document("a.md", texts)[1]])
    index.flush()
    return index


def test_several_readers_open_one_shard(tmp_path: Path) -> None:
    _filled(tmp_path / "vectors", 30).close()
    readers = [EdgeIndex(tmp_path / "vectors") for _ in range(3)]
    found = [reader.search_dense(unit_vector("question"), 5) for reader in readers]
    assert found[0] == found[1] == found[2]
    for reader in readers:
        reader.close()


def test_growing_past_the_threshold_keeps_content_and_ranks(tmp_path: Path) -> None:
    below = _filled(tmp_path / "below", 50)
    above = _filled(tmp_path / "above", 50, hnsw_from=40)
    question = unit_vector("question")
    assert above.count() == 50
    assert above.search_dense(question, 9) == below.search_dense(question, 9)
    assert '"m":16' in (tmp_path / "above" / "edge_config.json").read_text()
    assert '"m":0' in (tmp_path / "below" / "edge_config.json").read_text()
    below.close()
    above.close()


def test_what_was_not_flushed_may_be_gone_and_harms_nothing(tmp_path: Path) -> None:
    """The engine has no log. So a commit flushes before anything else."""
    program = f"""
import os, signal
from pathlib import Path
from kb.index.edge import EdgeIndex
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
    with pytest.raises(StoreError) as caught:
        index.upsert([embedded(chunk) for chunk in document("b.md", ["one"])[1]])
    assert "free some space" in caught.value.hint
    index.close()


def test_a_closed_shard_is_a_store_error(tmp_path: Path) -> None:
    index = _filled(tmp_path / "vectors", 3)
    index.close()
    with pytest.raises(StoreError):
        index.count()


def test_the_catalog_and_the_generations_import_no_engine() -> None:
    program = (
        "import sys, kb.index.generation, kb.index.checks; "
        "print({'qdrant_edge', 'qdrant_client', 'numpy', 'httpx'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "set()"
