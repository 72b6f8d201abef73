"""What the contract of the vector stores is made of; see vector_store.py."""

from __future__ import annotations

import uuid
from dataclasses import replace
from pathlib import Path

import pytest

from kb.index.generation import Collection, Snapshot
from kb.index.manifest import Fingerprint
from kb.index.stores import VectorStore
from kb.types import Where
from tests.index_samples import (
    FINGERPRINT,
    document,
    put,
    unit_vector,
)


def ids(path: str, *texts: str) -> set[str]:
    return {chunk.id for chunk in document(path, texts)[1]}


def found(snapshot: Snapshot, text: str = "x", limit: int = 9, where: Where = ()) -> set[str]:
    hits = snapshot.vectors.search_dense(unit_vector(text), limit, where)
    return {hit.chunk_id for hit in hits}


class StoreSuite:
    @pytest.fixture
    def store(self) -> VectorStore:
        """A store that holds nothing yet."""
        raise NotImplementedError("a store's test class overrides this fixture")

    @pytest.fixture
    def fingerprint(self, store: VectorStore) -> Fingerprint:
        return replace(FINGERPRINT, engine=store.engine)

    @pytest.fixture
    def collection(self, store: VectorStore, tmp_path: Path) -> Collection:
        return Collection(tmp_path / "home", f"c{uuid.uuid4().hex[:12]}", store)

    @staticmethod
    def commit(collection: Collection, fingerprint: Fingerprint, path: str, *texts: str) -> int:
        with collection.writer() as draft:
            draft.begin(fingerprint)
            put(draft, path, texts)
            return draft.commit()
