"""Both vector stores under one contract (vector_store.py).

The server's runs against qdrant_client's own engine in memory, against the same engine behind a
stub server, so that every request and answer goes over HTTP, and against a real server where
KB_TEST_QDRANT_URL names one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from qdrant_client import QdrantClient

from kb.config.settings import Store
from kb.index.qdrant_server.store import ServerStore
from kb.index.stores import EdgeStore, VectorStore
from tests.contract.qdrant_stub_server import qdrant_stub_server
from tests.contract.vector_store import VectorStoreContract

pytestmark = pytest.mark.filterwarnings(
    "ignore:(Payload indexes have no effect in the local|Local mode performs exact):UserWarning"
)


class _Remembering(QdrantClient):
    """Knows what it made, so that a test deletes nobody else's."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.made: set[str] = set()

    def create_collection(self, collection_name: str, *args: Any, **options: Any) -> bool:
        self.made.add(collection_name)
        return super().create_collection(collection_name, *args, **options)


class TestEdgeStore(VectorStoreContract):
    @pytest.fixture
    def store(self) -> VectorStore:
        return EdgeStore()


class TestServerStoreInMemory(VectorStoreContract):
    @pytest.fixture
    def store(self) -> Iterator[VectorStore]:
        client = QdrantClient(":memory:")
        yield ServerStore(Store(), client=client)
        client.close()


class TestServerStoreOnAStubServer(VectorStoreContract):
    @pytest.fixture
    def store(self) -> Iterator[VectorStore]:
        with qdrant_stub_server() as url:
            yield ServerStore(Store(url=url))


@pytest.mark.skipif("KB_TEST_QDRANT_URL" not in os.environ, reason="it names no Qdrant server")
class TestServerStoreOnAServer(VectorStoreContract):
    @pytest.fixture
    def store(self) -> Iterator[VectorStore]:
        client = _Remembering(url=os.environ["KB_TEST_QDRANT_URL"], check_compatibility=False)
        yield ServerStore(Store(), client=client)
        for name in client.made:
            client.delete_collection(name)
        client.close()
