"""`kb check --repair`: each part damaged for real, mended, and everything found again."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from kb.errors import ModelMismatch, NothingFound, StoreDamaged
from kb.index import layout
from kb.index.generation import Collection
from kb.index.qdrant_edge.index import EdgeIndex
from kb.index.sparse import document_vector
from kb.pipelines.repair import Tools, repair
from tests import forked
from tests.fakes import FakeEmbedder
from tests.index_samples import as_written, document, embedded
from tests.pipelines.repairs import (
    assert_everything_is_found,
    chunk_ids,
    live_folder,
    mend,
    rubbish_in_the_catalog,
    without_manifest,
)
from tests.pipelines.workspace import Workspace


@contextmanager
def changed_vectors(workspace: Workspace) -> Iterator[EdgeIndex]:
    """The live shard, to be changed behind kb's back, as if kb had written it so."""
    folder = live_folder(workspace.tools.collection)
    index = EdgeIndex(folder / "vectors", dimension=8)
    yield index
    index.flush()
    index.close()
    as_written(folder)


# --- vectors --------------------------------------------------------------------------


def test_missing_vectors_come_from_the_cache(indexed: Workspace) -> None:
    with changed_vectors(indexed) as index:
        index.delete([*chunk_ids(indexed).values()][:2])
    report = mend(indexed)
    assert len(report.found.missing) == 2
    assert (report.vectors_added, report.reused, report.embedded) == (2, 2, 0)
    assert report.generation == 3
    assert report.after.sound
    assert_everything_is_found(indexed)


def test_what_the_cache_lacks_is_embedded_anew(indexed: Workspace) -> None:
    with changed_vectors(indexed) as index:
        index.delete([chunk_ids(indexed)["b.txt"]])
    (indexed.tools.collection.folder / "embeddings.sqlite").unlink()
    report = mend(indexed, lambda: indexed.embedder)
    assert (report.vectors_added, report.reused, report.embedded) == (1, 0, 1)
    assert indexed.embedder.texts_seen == 1
    assert_everything_is_found(indexed)


def test_another_model_makes_no_vectors(indexed: Workspace) -> None:
    with changed_vectors(indexed) as index:
        index.delete([chunk_ids(indexed)["b.txt"]])
    (indexed.tools.collection.folder / "embeddings.sqlite").unlink()
    with pytest.raises(ModelMismatch):
        mend(indexed, lambda: FakeEmbedder(digest="e" * 64))
    with indexed.tools.collection.reader() as live:
        assert live.number == 2
    assert indexed.tools.collection.runs()[-1].outcome == "model-mismatch"


def test_a_text_that_the_model_refuses_leaves_it_unsound(indexed: Workspace) -> None:
    with changed_vectors(indexed) as index:
        index.delete([chunk_ids(indexed)["b.txt"]])
    (indexed.tools.collection.folder / "embeddings.sqlite").unlink()
    report = mend(indexed, lambda: FakeEmbedder(too_long="Beta"))
    assert len(report.refused) == 1
    assert report.after.missing == (chunk_ids(indexed)["b.txt"],)
    assert indexed.tools.collection.runs()[-1].outcome == "damaged"


def test_vectors_without_a_chunk_are_deleted(indexed: Workspace) -> None:
    stray = embedded(document("stray.md", ["stray"])[1][0])
    with changed_vectors(indexed) as index:
        index.upsert([stray])
    report = mend(indexed)
    assert report.found.orphaned == (stray.chunk.id,)
    assert (report.vectors_removed, report.vectors_added) == (1, 0)
    assert_everything_is_found(indexed)


@pytest.mark.parametrize("name", ["edge_config.json", "segment.json"])
def test_a_shard_that_cannot_be_loaded_is_made_anew(indexed: Workspace, name: str) -> None:
    for path in live_folder(indexed.tools.collection).rglob(name):
        os.truncate(path, 3)
    report = mend(indexed)
    assert not report.found.readable
    assert (report.vectors_added, report.reused) == (3, 3)
    assert_everything_is_found(indexed)


def test_vectors_that_were_overwritten_are_noticed_and_made_anew(indexed: Workspace) -> None:
    [path] = live_folder(indexed.tools.collection).rglob("chunk_0.mmap")
    path.write_bytes(bytes(path.stat().st_size))
    as_written(live_folder(indexed.tools.collection))
    report = mend(indexed)
    assert report.found.problems == ("3 vectors cannot be read",)
    assert report.vectors_added == 3
    assert_everything_is_found(indexed)


# --- the catalog and CURRENT ----------------------------------------------------------


def test_from_an_unreadable_current_to_the_newest_generation(indexed: Workspace) -> None:
    (indexed.tools.collection.folder / "CURRENT").write_text("rubbish")
    report = mend(indexed)
    assert report.fell_back is not None
    assert (report.fell_back.live.generation, report.fell_back.lost) == (2, ())
    assert (report.generation, report.vectors_added) == (2, 0)
    assert_everything_is_found(indexed)


def _a_page_of_the_catalog_overwritten(folder: Path) -> None:
    path = folder / "catalog.sqlite"
    data = bytearray(path.read_bytes())
    data[4096 * 3 : 4096 * 5] = b"\xff" * 8192
    path.write_bytes(data)


def _a_row_changed(folder: Path) -> None:
    path = folder / "catalog.sqlite"
    data = path.read_bytes()
    with Collection(folder.parents[3], "default").reader() as live:
        doc_id = live.catalog.documents()[0].doc_id.encode()
    assert doc_id in data
    path.write_bytes(data.replace(doc_id, doc_id[::-1]))


@pytest.mark.parametrize(
    "damage",
    [
        without_manifest,
        rubbish_in_the_catalog,
        _a_page_of_the_catalog_overwritten,
        _a_row_changed,
        shutil.rmtree,
    ],
)
def test_from_a_damaged_catalog_to_the_generation_before(
    indexed: Workspace, damage: Callable[[Path], None]
) -> None:
    damage(live_folder(indexed.tools.collection))
    report = mend(indexed)
    assert report.fell_back is not None
    assert report.fell_back.live.generation == 1
    assert_everything_is_found(indexed, "a.md", "b.txt")
    assert indexed.ingest().counts.added == 1  # what was lost comes back
    assert indexed.embedder.texts_seen == 0  # from the cache
    assert_everything_is_found(indexed)


def test_when_no_generation_is_whole_it_says_so(indexed: Workspace) -> None:
    for path in indexed.tools.collection.folder.rglob("catalog.sqlite"):
        path.unlink()
    with pytest.raises(StoreDamaged) as caught:
        mend(indexed)
    assert "kb ingest PATH" in caught.value.hint


# --- nothing to mend, killed, logged --------------------------------------------------


def test_a_sound_collection_is_left_alone(indexed: Workspace) -> None:
    report = mend(indexed)
    assert (report.generation, report.vectors_added, report.fell_back) == (2, 0, None)
    assert report.found.sound


def test_an_empty_collection_is_named(workspace: Workspace) -> None:
    with pytest.raises(NothingFound):
        mend(workspace)


def test_what_a_killed_run_left_is_swept(indexed: Workspace) -> None:
    generations = indexed.tools.collection.folder / "generations"
    (generations / ".draft").mkdir()
    (generations / ".trash-00000001-0").mkdir()
    assert mend(indexed).swept == 2
    assert {path.name for path in generations.iterdir()} == {"00000001", "00000002"}


def test_the_repair_is_a_line_of_the_log(indexed: Workspace) -> None:
    mend(indexed)
    record = indexed.tools.collection.runs()[-1]
    assert (record.command, record.outcome, record.generation) == ("repair", "done", 2)


def _killed_repair(home: Path, at: str) -> None:
    def step(name: str) -> None:
        if name == at:
            os.kill(os.getpid(), signal.SIGKILL)

    layout.step = step  # a process of its own: nothing to put back
    repair(Tools(Collection(home, "default"), FakeEmbedder, document_vector))


@pytest.mark.parametrize("at", ["cloned", "begun", "synced", "renamed", "current-written"])
def test_a_repair_that_is_killed_has_changed_nothing(indexed: Workspace, at: str) -> None:
    collection = indexed.tools.collection
    for path in live_folder(collection).rglob("segment.json"):
        os.truncate(path, 3)
    child = forked.context().Process(target=_killed_repair, args=(collection.home, at))
    child.start()
    child.join()
    assert child.exitcode == -signal.SIGKILL
    with collection.reader() as live:
        assert live.number == 2
    assert mend(indexed).after.sound
    assert_everything_is_found(indexed)


def test_a_mended_collection_is_as_one_that_was_never_damaged(indexed: Workspace) -> None:
    """Down to the filters: the points that a repair writes are those that an ingest writes."""
    with indexed.tools.collection.reader() as live:
        before = live.manifest
    for path in live_folder(indexed.tools.collection).rglob("segment.json"):
        os.truncate(path, 3)
    mend(indexed)
    with indexed.tools.collection.reader() as live:
        after = live.manifest
    assert replace(after, generation=2, parent=1, created=before.created) == before
