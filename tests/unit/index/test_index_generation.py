"""kb/index/generation.py: drafts, commits, readers, rollback.

What is refused and what is damage: test_index_generation_damage.py."""

from __future__ import annotations

import os
import shutil
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from kb.errors import ModelMismatch, NothingFound, StoreError, UsageError
from kb.index.generation import Collection
from kb.index.run_log import RunRecord
from kb.index.sparse import document_vector
from kb.model_types import ModelInfo
from kb.run_types import RunCounts
from kb.types import SourceRoot
from tests.index_samples import (
    FINGERPRINT,
    commit,
    contents,
    generation_names,
    put,
    seen,
    take_out,
    unit_vector,
)

HOME_FILES = {"CURRENT", "FORMAT", "generations", "lock", "sources.json"}


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    return Collection(tmp_path / "home", "default")


# --- commit and read ------------------------------------------------------------------


def test_an_empty_collection_has_nothing_to_read(collection: Collection) -> None:
    assert not collection.exists()
    with pytest.raises(NothingFound) as caught, collection.reader():
        pass
    assert caught.value.hint == "add documents with: kb ingest PATH"
    assert not collection.folder.exists()


def test_what_was_committed_is_read(collection: Collection) -> None:
    assert commit(collection, "a.md", "张飞的电话号码是u987438274") == 1
    assert collection.exists()
    with collection.reader() as live:
        assert contents(live.catalog) == {"a.md": ["张飞的电话号码是u987438274"]}
        assert [*live.vectors.ids()] == [*live.catalog.chunk_ids()]
        manifest = live.manifest
    assert (manifest.generation, manifest.parent) == (1, 0)
    assert (manifest.documents, manifest.chunks, manifest.failures) == (1, 1, 0)
    assert manifest.fingerprint == FINGERPRINT


def test_document_frequencies_are_committed_with_the_documents(collection: Collection) -> None:
    commit(collection, "a.md", "电话 4711", "电话 815")
    commit(collection, "b.md", "电话")
    word, number = document_vector("电话").indices, document_vector("4711").indices
    with collection.reader() as live:
        assert live.catalog.df(word) == dict.fromkeys(word, 3)
        assert live.catalog.df(number) == dict.fromkeys(number, 1)


def test_the_next_generation_builds_on_the_last(collection: Collection) -> None:
    commit(collection, "a.md", "one", "two")
    with collection.writer() as draft:
        assert draft.base is not None
        assert draft.base.number == 1
        draft.begin()
        put(draft, "b.md", ["three"])
        take_out(draft, "a.md")
        assert draft.commit() == 2
    with collection.reader() as live:
        assert contents(live.catalog) == {"b.md": ["three"]}
        assert [*live.vectors.ids()] == [*live.catalog.chunk_ids()]
        assert (live.manifest.parent, live.manifest.fingerprint) == (1, FINGERPRINT)


def test_leaving_without_a_commit_changes_nothing(collection: Collection) -> None:
    commit(collection, "a.md", "one")
    with suppress(KeyboardInterrupt), collection.writer() as draft:
        draft.begin(FINGERPRINT)
        put(draft, "b.md", ["two"])
        raise KeyboardInterrupt
    assert seen(collection) == {"a.md": ["one"]}
    assert generation_names(collection) == {"00000001"}


def test_a_writer_with_nothing_to_do_makes_no_generation(collection: Collection) -> None:
    commit(collection, "a.md", "one")
    with collection.writer() as draft:
        assert not draft.begun
    assert generation_names(collection) == {"00000001"}


def test_an_open_reader_does_not_see_a_later_commit(collection: Collection) -> None:
    commit(collection, "a.md", "one")
    with collection.reader() as live:
        commit(collection, "b.md", "two")
        assert contents(live.catalog) == {"a.md": ["one"]}
        assert live.vectors.count() == 1
    assert seen(collection) == {"a.md": ["one"], "b.md": ["two"]}


def test_a_fresh_draft_starts_from_nothing(collection: Collection) -> None:
    commit(collection, "a.md", "one")
    other = replace(FINGERPRINT, embedding="other", digest="cd" * 32)
    with collection.writer() as draft:
        draft.begin(other, fresh=True)
        put(draft, "b.md", ["two"])
        draft.commit()
    assert seen(collection) == {"b.md": ["two"]}
    assert collection.generations()[-1].fingerprint == other


def test_failures_alone_can_be_committed_without_a_model(collection: Collection) -> None:
    with collection.writer() as draft:
        draft.begin()
        draft.catalog.put_source(SourceRoot("docs", "/data/docs"))
        draft.commit()
    with collection.reader() as live:
        assert live.catalog.sources() == [SourceRoot("docs", "/data/docs")]
        with pytest.raises(NothingFound):
            _ = live.vectors


def test_the_cache_keeps_what_an_abandoned_run_computed(collection: Collection) -> None:
    with collection.writer() as draft:
        draft.cache.put("model", {"text": unit_vector("text")})
    with collection.writer() as draft:
        assert draft.cache.get("model", ["text"]) == {"text": unit_vector("text")}


def test_equal_content_has_an_equal_root_hash_whatever_its_history(tmp_path: Path) -> None:
    straight, detour = Collection(tmp_path, "straight"), Collection(tmp_path, "detour")
    commit(straight, "a.md", "one", "two")
    commit(detour, "a.md", "zero", "two")
    commit(detour, "a.md", "one", "two")
    one, other = straight.generations()[-1], detour.generations()[-1]
    assert one.root_hash == other.root_hash
    assert one.generation != other.generation


def test_a_committed_generation_holds_no_journal(collection: Collection) -> None:
    commit(collection, "a.md", "one")
    commit(collection, "b.md", "two")
    files = {path.name for path in (collection.folder / "generations" / "00000002").iterdir()}
    assert files == {"manifest.json", "catalog.sqlite", "vectors", "checksums"}
    assert {path.name for path in collection.folder.iterdir()} == HOME_FILES


# --- sweeping and rollback ------------------------------------------------------------


def test_the_live_generation_and_its_parent_are_kept(collection: Collection) -> None:
    for n in range(4):
        commit(collection, f"{n}.md", str(n))
    assert generation_names(collection) == {"00000003", "00000004"}
    assert [manifest.generation for manifest in collection.generations()] == [3, 4]


def test_a_generation_that_is_being_read_is_kept(collection: Collection) -> None:
    commit(collection, "0.md", "zero")
    with collection.reader() as live:
        for n in range(1, 4):
            commit(collection, f"{n}.md", str(n))
        assert generation_names(collection) == {"00000001", "00000003", "00000004"}
        assert [*live.vectors.ids()] == [*live.catalog.chunk_ids()]
    commit(collection, "5.md", "five")
    assert generation_names(collection) == {"00000004", "00000005"}


def test_rollback_makes_the_parent_live_and_back_again(collection: Collection) -> None:
    commit(collection, "a.md", "one")
    commit(collection, "a.md", "two")
    assert collection.rollback() == 1
    assert seen(collection) == {"a.md": ["one"]}
    assert collection.rollback(2) == 2
    assert seen(collection) == {"a.md": ["two"]}


def test_a_commit_after_a_rollback_keeps_what_it_was_built_on(collection: Collection) -> None:
    commit(collection, "a.md", "one")
    commit(collection, "a.md", "two")
    collection.rollback()
    assert commit(collection, "b.md", "three") == 3
    assert seen(collection) == {"a.md": ["one"], "b.md": ["three"]}
    assert generation_names(collection) == {"00000001", "00000003"}


def test_rollback_needs_a_generation_to_go_to(collection: Collection) -> None:
    commit(collection, "a.md", "one")
    with pytest.raises(UsageError) as first:
        collection.rollback()
    assert first.value.lines() == (
        "error: there is no earlier generation to go back to [usage]",
        "why:   there are: 1",
        "fix:   see what is there with: kb history",
    )
    with pytest.raises(UsageError, match="no generation 7"):
        collection.rollback(7)
    assert seen(collection) == {"a.md": ["one"]}


def test_everything_but_the_live_generation_is_swept_where_nothing_may_be_left(
    collection: Collection,
) -> None:
    commit(collection, "a.md", "one")
    commit(collection, "a.md", "two")
    assert collection.sweep_others() == ()
    assert generation_names(collection) == {"00000002"}
    assert collection.leftovers() == []
    assert seen(collection) == {"a.md": ["two"]}


def test_a_generation_that_a_reader_holds_is_waited_for_and_then_named(
    collection: Collection,
) -> None:
    commit(collection, "a.md", "one")
    with collection.reader() as live:
        commit(collection, "a.md", "two")
        began = time.monotonic()
        [held] = collection.sweep_others(0.3)
        assert time.monotonic() - began >= 0.3
        assert (held.generation, held.readers) == (1, (os.getpid(),))
        assert contents(live.catalog) == {"a.md": ["one"]}
    assert collection.sweep_others() == ()


def test_a_snapshot_is_live_until_another_one_is(collection: Collection) -> None:
    commit(collection, "a.md", "one")
    with collection.reader() as first:
        assert collection.is_live(first)
        commit(collection, "a.md", "two")
        assert not collection.is_live(first)
        collection.rollback()
        assert collection.is_live(first)


def test_a_number_that_is_used_again_is_another_generation(collection: Collection) -> None:
    commit(collection, "a.md", "one")
    with collection.reader() as old:
        shutil.rmtree(collection.folder)
        assert commit(collection, "b.md", "two") == old.number
        assert not collection.is_live(old)


# --- another model, another store -----------------------------------------------------


def test_another_model_is_refused_with_the_command_that_rebuilds(collection: Collection) -> None:
    commit(collection, "a.md", "one")
    with collection.writer() as draft, pytest.raises(ModelMismatch) as caught:
        draft.begin(replace(FINGERPRINT, embedding="bge-m3", digest="cd" * 32))
    assert "synthetic, not with bge-m3" in caught.value.what
    assert "kb ingest --rebuild" in caught.value.hint


def test_the_manifest_knows_its_model_by_the_weights(collection: Collection) -> None:
    commit(collection, "a.md", "one")
    model = ModelInfo("another-name", FINGERPRINT.digest, 8, 512, frozenset(), "ollama")
    with collection.reader() as live:
        live.manifest.check_model(model)
        with pytest.raises(ModelMismatch):
            live.manifest.check_model(replace(model, digest="cd" * 32))


def test_another_chunker_is_no_reason_to_refuse(collection: Collection) -> None:
    commit(collection, "a.md", "one")
    newer = replace(FINGERPRINT, chunker="chunker-2")
    with collection.writer() as draft:
        draft.begin(newer)
        draft.commit()
    assert collection.generations()[-1].fingerprint == newer


def test_vectors_in_another_store_are_refused(collection: Collection) -> None:
    commit(collection, "a.md", "one")
    with collection.writer() as draft, pytest.raises(StoreError, match="'edge' store"):
        draft.begin(replace(FINGERPRINT, engine="server"))


# --- runs -----------------------------------------------------------------------------


def test_runs_are_listed_oldest_first(collection: Collection) -> None:
    assert collection.runs() == []
    commit(collection, "a.md", "one")
    first = RunRecord("2026-11-23T08:00:00+00:00", "ingest", "done", 1, RunCounts(added=1), 1.5)
    second = replace(first, command="reindex", counts=RunCounts())
    collection.append_run(first)
    collection.append_run(second)
    assert collection.runs() == [first, second]


def test_a_line_that_a_crash_cut_off_spoils_no_other(collection: Collection) -> None:
    commit(collection, "a.md", "one")
    run = RunRecord("2026-11-23T08:00:00+00:00", "ingest", "done", 1)
    collection.append_run(run)
    with (collection.folder / "runs.jsonl").open("a") as file:
        file.write('{"started": "2026-1')
    collection.append_run(run)
    assert collection.runs() == [run, run]
