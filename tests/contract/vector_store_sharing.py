"""The part of the contract that a shared store must take care of; see vector_store.py."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from kb.index.checks import compare
from kb.index.draft import Draft
from kb.index.generation import Collection
from kb.index.manifest import Fingerprint
from kb.index.sparse import document_vector
from kb.index.stores import VectorStore
from tests.contract.vector_store_base import StoreSuite, found, ids
from tests.index_samples import (
    document,
    embedded,
    put,
    take_out,
)

ZH, EN = (("language", "zh"),), (("language", "en"),)


class Changing(StoreSuite):
    """A chunk keeps its id when its document's labels or its terms change: what is in its point
    is a matter of the generation all the same."""

    @pytest.fixture
    def labelled(self, collection: Collection, fingerprint: Fingerprint) -> Collection:
        with collection.writer() as draft:
            draft.begin(fingerprint)
            put(draft, "a.md", ["one", "two"], ZH)
            draft.commit()
        return collection

    def relabel(self, draft: Draft, fingerprint: Fingerprint, *, fresh: bool = False) -> None:
        draft.begin(fingerprint, fresh=fresh)
        put(draft, "a.md", ["one", "two"], EN)
        draft.vectors.flush()

    @pytest.mark.parametrize("fresh", [False, True])
    def test_a_drafts_labels_are_not_live(
        self, labelled: Collection, fingerprint: Fingerprint, fresh: bool
    ) -> None:
        both = ids("a.md", "one", "two")
        with labelled.writer() as draft:
            self.relabel(draft, fingerprint, fresh=fresh)
            with labelled.reader() as live:
                assert found(live, where=ZH) == both
                assert found(live, where=EN) == set()
        with labelled.reader() as live:
            assert found(live, where=ZH) == both
            assert compare(live).sound

    def test_labels_are_live_with_the_commit_and_go_with_the_rollback(
        self, labelled: Collection, fingerprint: Fingerprint
    ) -> None:
        both = ids("a.md", "one", "two")
        with labelled.writer() as draft:
            self.relabel(draft, fingerprint)
            draft.commit()
        with labelled.reader() as live:
            assert (found(live, where=ZH), found(live, where=EN)) == (set(), both)
            assert compare(live).sound
        labelled.rollback()
        with labelled.reader() as live:
            assert (found(live, where=ZH), found(live, where=EN)) == (both, set())
            assert compare(live).sound

    def test_a_rebuild_commits_what_the_parser_now_reads(
        self, labelled: Collection, fingerprint: Fingerprint
    ) -> None:
        """Every document is read anew, and its chunks bear the ids that they had."""
        with labelled.writer() as draft:
            self.relabel(draft, replace(fingerprint, parser="parser-2"), fresh=True)
            draft.commit()
        with labelled.reader() as live:
            assert found(live, where=EN) == ids("a.md", "one", "two")
            assert compare(live).sound
        labelled.rollback()
        with labelled.reader() as live:
            assert found(live, where=ZH) == ids("a.md", "one", "two")

    def test_new_terms_are_found_and_old_ones_are_not(
        self, labelled: Collection, fingerprint: Fingerprint
    ) -> None:
        """A document that is renamed has other words in front of its chunks, which keep their
        ids."""
        record, chunks = document("a.md", ["one", "two"], ZH)
        before = embedded(chunks[0], ZH)
        after = replace(before, sparse=document_vector("renamed 一号"))
        with labelled.writer() as draft:
            draft.begin(fingerprint)
            terms = [after.sparse.indices, embedded(chunks[1]).sparse.indices]
            change = draft.catalog.put_document(record, chunks, terms)
            assert change.upsert == (chunks[0].id,)
            draft.vectors.upsert([after])
            draft.commit()
        with labelled.reader() as live:
            assert [it.chunk_id for it in live.vectors.search_sparse(after.sparse, 5)] == [
                chunks[0].id
            ]
            assert live.vectors.search_sparse(before.sparse, 5) == []
        labelled.rollback()
        with labelled.reader() as live:
            assert live.vectors.search_sparse(after.sparse, 5) == []

    def test_what_an_abandoned_draft_changed_is_gone(
        self, labelled: Collection, fingerprint: Fingerprint
    ) -> None:
        with labelled.writer() as draft:
            self.relabel(draft, fingerprint)
        with labelled.reader() as live:
            report = compare(live)
        assert report.sound


class SideBySide(StoreSuite):
    """Two homes may have collections of one name, and know nothing of each other."""

    def test_a_repair_of_one_leaves_the_other_whole(
        self, store: VectorStore, fingerprint: Fingerprint, tmp_path: Path
    ) -> None:
        homes = [Collection(tmp_path / name, "default", store) for name in ("one", "two")]
        for collection, text in zip(homes, ("one", "two"), strict=True):
            self.commit(collection, fingerprint, "a.md", text, "both")
        for collection, text in zip(homes, ("one", "two"), strict=True):
            with collection.reader() as live:
                report = compare(live)
                assert report.sound
                assert found(live) == ids("a.md", text, "both")
        with homes[0].writer() as draft:
            draft.begin(fingerprint)
            take_out(draft, "a.md")
            put(draft, "b.md", ["three"])
            draft.commit()
        homes[0].sweep_others()
        with homes[1].reader() as live:
            assert found(live) == ids("a.md", "two", "both")
            assert compare(live).sound

    def test_a_copied_home_is_another_home(
        self, store: VectorStore, fingerprint: Fingerprint, tmp_path: Path
    ) -> None:
        first = Collection(tmp_path / "one", "default", store)
        self.commit(first, fingerprint, "a.md", "one", "two")
        shutil.copytree(tmp_path / "one", tmp_path / "two")
        second = Collection(tmp_path / "two", "default", store)
        with second.reader() as live:
            assert found(live) == ids("a.md", "one", "two")
        self.commit(second, fingerprint, "a.md", "three")
        second.sweep_others()
        with first.reader() as live:
            assert found(live) == ids("a.md", "one", "two")
            assert compare(live).sound
        self.commit(first, fingerprint, "a.md", "four")
        first.sweep_others()
        with second.reader() as live:
            assert found(live) == ids("a.md", "three")
            assert compare(live).sound

    def test_a_moved_home_stays_itself(
        self, store: VectorStore, fingerprint: Fingerprint, tmp_path: Path
    ) -> None:
        self.commit(Collection(tmp_path / "one", "default", store), fingerprint, "a.md", "one")
        (tmp_path / "one").rename(tmp_path / "two")
        moved = Collection(tmp_path / "two", "default", store)
        self.commit(moved, fingerprint, "b.md", "two")
        with moved.reader() as live:
            assert found(live) == ids("a.md", "one") | ids("b.md", "two")
            assert compare(live).sound
