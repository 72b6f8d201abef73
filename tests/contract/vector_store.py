"""What every VectorStore does (kb/index/stores.py): the commit protocol of kb/index, whatever holds
the vectors. A store's own test class inherits VectorStoreContract and overrides one fixture,
`store`.
"""

from __future__ import annotations

import shutil
from array import array
from dataclasses import replace
from pathlib import Path

import pytest

from kb.errors import ModelMismatch, StoreError
from kb.index.checks import compare
from kb.index.generation import Collection
from kb.index.manifest import Fingerprint
from tests.contract.vector_store_base import StoreSuite, found, ids
from tests.contract.vector_store_sharing import Changing, SideBySide
from tests.index_samples import (
    document,
    embedded,
    put,
    take_out,
    unit_vector,
)


class Committing(StoreSuite):
    """A draft is nobody else's matter until it is committed, and then it is whole."""

    def test_what_was_committed_is_found(
        self, collection: Collection, fingerprint: Fingerprint
    ) -> None:
        self.commit(collection, fingerprint, "a.md", "one", "two")
        with collection.reader() as live:
            assert found(live) == ids("a.md", "one", "two")
            assert compare(live).sound

    def test_a_reader_finds_what_is_live_while_a_draft_is_written(
        self, collection: Collection, fingerprint: Fingerprint
    ) -> None:
        self.commit(collection, fingerprint, "a.md", "one", "two")
        with collection.writer() as draft:
            draft.begin(fingerprint)
            put(draft, "b.md", [f"text {n}" for n in range(60)])
            take_out(draft, "a.md")
            with collection.reader() as live:
                assert found(live, "text 3", limit=2) == ids("a.md", "one", "two")
                sparse = embedded(document("a.md", ["one"])[1][0]).sparse
                lexical = {hit.chunk_id for hit in live.vectors.search_sparse(sparse, 5)}
                assert lexical == ids("a.md", "one")
                names = [*ids("b.md", "text 3"), *ids("a.md", "one")]
                assert {*live.vectors.score_dense(unit_vector("x"), names)} == ids("a.md", "one")
                assert compare(live).missing == ()

    def test_an_abandoned_draft_leaves_nothing(
        self, collection: Collection, fingerprint: Fingerprint
    ) -> None:
        self.commit(collection, fingerprint, "a.md", "one")
        with collection.writer() as draft:
            draft.begin(fingerprint)
            put(draft, "a.md", ["one", "two"])
        with collection.reader() as live:
            assert found(live) == ids("a.md", "one")
            assert compare(live).sound

    def test_a_killed_draft_leaves_nothing_once_somebody_writes_again(
        self, collection: Collection, fingerprint: Fingerprint, tmp_path: Path
    ) -> None:
        self.commit(collection, fingerprint, "a.md", "one")
        folder = collection.folder / "generations" / ".draft"
        with collection.writer() as draft:
            draft.begin(fingerprint)
            put(draft, "b.md", ["two"])
            draft.vectors.flush()
            shutil.copytree(folder, tmp_path / "as it was")
        shutil.copytree(tmp_path / "as it was", folder)
        with collection.writer():
            pass
        with collection.reader() as live:
            assert found(live) == ids("a.md", "one")
            assert compare(live).sound

    def test_what_is_deleted_is_gone_with_the_commit(
        self, collection: Collection, fingerprint: Fingerprint
    ) -> None:
        self.commit(collection, fingerprint, "a.md", "one", "two")
        self.commit(collection, fingerprint, "a.md", "one", "three")
        with collection.reader() as live:
            assert found(live) == ids("a.md", "one", "three")
            assert compare(live).sound


class GoingBack(StoreSuite):
    """Earlier generations stay as they were for as long as they are kept."""

    def test_a_rollback_finds_what_was_deleted_since(
        self, collection: Collection, fingerprint: Fingerprint
    ) -> None:
        self.commit(collection, fingerprint, "a.md", "one", "two")
        self.commit(collection, fingerprint, "a.md", "one", "three")
        collection.rollback()
        with collection.reader() as live:
            assert found(live) == ids("a.md", "one", "two")
            assert compare(live).sound
        collection.rollback(2)
        with collection.reader() as live:
            assert found(live) == ids("a.md", "one", "three")

    def test_what_follows_a_rollback_is_built_on_what_is_live(
        self, collection: Collection, fingerprint: Fingerprint
    ) -> None:
        self.commit(collection, fingerprint, "a.md", "one", "two")
        self.commit(collection, fingerprint, "a.md", "one", "three")
        collection.rollback()
        self.commit(collection, fingerprint, "b.md", "four")
        with collection.reader() as live:
            assert found(live) == ids("a.md", "one", "two") | ids("b.md", "four")
            assert compare(live).sound

    def test_an_open_reader_keeps_its_vectors(
        self, collection: Collection, fingerprint: Fingerprint
    ) -> None:
        self.commit(collection, fingerprint, "a.md", "one")
        with collection.reader() as live:
            for text in ("two", "three", "four"):
                self.commit(collection, fingerprint, "a.md", text)
            assert found(live) == ids("a.md", "one")
        self.commit(collection, fingerprint, "a.md", "five")
        with collection.reader() as live:
            assert found(live) == ids("a.md", "five")
            assert compare(live).sound


class Rebuilding(StoreSuite):
    """Other models, lost vectors, and a purge."""

    def test_vectors_of_two_models_never_meet(
        self, collection: Collection, fingerprint: Fingerprint
    ) -> None:
        self.commit(collection, fingerprint, "a.md", "one")
        other = replace(fingerprint, digest="cd" * 32)
        with collection.writer() as draft:
            with pytest.raises(ModelMismatch):
                draft.begin(other)
            draft.begin(other, fresh=True)
            put(draft, "b.md", ["two"])
            draft.commit()
        with collection.reader() as live:
            assert found(live) == ids("b.md", "two")
            assert compare(live).sound
        collection.rollback()
        with collection.reader() as live:
            assert found(live) == ids("a.md", "one")

    def test_missing_vectors_are_named_and_can_be_written_again(
        self, collection: Collection, fingerprint: Fingerprint
    ) -> None:
        record, (kept, lost) = document("a.md", ["one", "two"])
        terms = [embedded(chunk).sparse.indices for chunk in (kept, lost)]
        with collection.writer() as draft:
            draft.begin(fingerprint)
            draft.catalog.put_document(record, [kept, lost], terms)
            draft.vectors.upsert([embedded(kept)])
            draft.commit()
        with collection.reader() as live:
            assert compare(live).missing == (lost.id,)
        with collection.writer() as draft:
            draft.begin(fingerprint)
            draft.vectors.upsert([embedded(lost)])
            draft.commit()
        with collection.reader() as live:
            assert compare(live).sound
            assert found(live) == ids("a.md", "one", "two")

    def test_vectors_without_a_chunk_are_named_and_can_be_forgotten(
        self, collection: Collection, fingerprint: Fingerprint
    ) -> None:
        stray = document("stray.md", ["stray"])[1][0]
        self.commit(collection, fingerprint, "a.md", "one")
        with collection.writer() as draft:
            draft.begin(fingerprint)
            draft.vectors.upsert([embedded(stray)])
            draft.commit()
        with collection.reader() as live:
            orphaned = compare(live).orphaned
            assert len(orphaned) == 1
            assert found(live) - {stray.id} == ids("a.md", "one")
        with collection.writer() as draft:
            draft.begin(fingerprint)
            draft.forget_vectors(orphaned)
            draft.commit()
        collection.sweep_others()
        with collection.reader() as live:
            assert compare(live).sound

    def test_a_purge_keeps_what_is_live_and_nothing_else(
        self, collection: Collection, fingerprint: Fingerprint
    ) -> None:
        self.commit(collection, fingerprint, "a.md", "one", "two")
        self.commit(collection, fingerprint, "b.md", "three")
        with collection.writer() as draft:
            draft.begin(fingerprint)
            draft.catalog.remove_document(document("a.md", ["one", "two"])[0].doc_id)
            draft.rewrite()
            draft.commit()
        collection.sweep_others()
        with collection.reader() as live:
            assert found(live) == ids("b.md", "three")
            assert compare(live).sound
            assert live.vectors.count() == 1


class Refusing(StoreSuite):
    """What cannot be is said, and nothing is changed."""

    @pytest.mark.parametrize("length", [2, 16])
    def test_a_vector_of_another_dimension_is_not_taken(
        self, collection: Collection, fingerprint: Fingerprint, length: int
    ) -> None:
        self.commit(collection, fingerprint, "a.md", "one")
        wrong = replace(embedded(document("b.md", ["two"])[1][0]), dense=array("f", [1.0] * length))
        with collection.writer() as draft:
            draft.begin(fingerprint)
            with pytest.raises(StoreError):
                draft.vectors.upsert([wrong])
        with collection.reader() as live:
            assert found(live) == ids("a.md", "one")

    def test_vectors_of_another_store_are_not_looked_for_here(
        self, collection: Collection, fingerprint: Fingerprint
    ) -> None:
        self.commit(collection, fingerprint, "a.md", "one")
        with collection.writer() as draft, pytest.raises(StoreError):
            draft.begin(replace(fingerprint, engine="another"))


class VectorStoreContract(Committing, GoingBack, Changing, SideBySide, Rebuilding, Refusing):
    """All of it."""
