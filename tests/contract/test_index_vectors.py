"""Both adapters of VectorIndex, with their real engines, under one contract (vector_index.py).

The server's adapter runs against qdrant_client's own engine in memory, against the same engine
behind a stub server, so that every request and answer goes over HTTP, and against a real
server where KB_TEST_QDRANT_URL names one.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from qdrant_client import QdrantClient

from kb.config.settings import Store
from kb.errors import StoreDamaged
from kb.index.catalog import Catalog
from kb.index.lexical import LexicalIndex
from kb.index.qdrant_edge.index import EdgeIndex
from kb.index.qdrant_server.connection import Connection, connect
from kb.index.qdrant_server.index import ServerIndex
from kb.index.split_index import SplitIndex
from tests.contract.qdrant_stub_server import qdrant_stub_server
from tests.contract.vector_index import OpenIndex, VectorIndexContract, documents_matching
from tests.index_samples import DIMENSION, document, embedded

pytestmark = pytest.mark.filterwarnings(
    "ignore:(Payload indexes have no effect in the local|Local mode performs exact):UserWarning"
)


def opener(client: QdrantClient) -> Iterator[OpenIndex]:
    name = f"kb-test-{uuid.uuid4().hex}"
    connection = Connection(client)
    yield lambda: ServerIndex(
        connection, name, dimension=DIMENSION, create=Store(), documents=documents_matching
    )
    client.delete_collection(name)
    client.close()


class TestEdgeIndex(VectorIndexContract):
    @pytest.fixture
    def open_index(self, tmp_path: Path) -> OpenIndex:
        return lambda: EdgeIndex(
            tmp_path / "vectors", dimension=DIMENSION, documents=documents_matching
        )


class TestSplitIndex(VectorIndexContract):
    """What is not embedded lies in the catalog, the rest in a shard."""

    @pytest.fixture
    def open_index(self, tmp_path: Path) -> Iterator[OpenIndex]:
        with ExitStack() as opened:

            def index() -> SplitIndex:
                catalog = Catalog(tmp_path / "catalog.sqlite", writable=True)
                opened.callback(catalog.close)
                shard = EdgeIndex(
                    tmp_path / "vectors", dimension=DIMENSION, documents=documents_matching
                )
                return SplitIndex(shard, LexicalIndex(catalog.database, documents_matching))

            yield index


class TestServerIndexInMemory(VectorIndexContract):
    @pytest.fixture
    def open_index(self) -> Iterator[OpenIndex]:
        yield from opener(QdrantClient(":memory:"))


class TestServerIndexOnAStubServer(VectorIndexContract):
    @pytest.fixture
    def open_index(self) -> Iterator[OpenIndex]:
        with qdrant_stub_server() as url:
            connection = connect(Store(url=url))
            yield lambda: ServerIndex(
                connection,
                "kb-test",
                dimension=DIMENSION,
                create=Store(),
                documents=documents_matching,
            )


@pytest.mark.skipif("KB_TEST_QDRANT_URL" not in os.environ, reason="it names no Qdrant server")
class TestServerIndexOnAServer(VectorIndexContract):
    @pytest.fixture
    def open_index(self) -> Iterator[OpenIndex]:
        yield from opener(
            QdrantClient(url=os.environ["KB_TEST_QDRANT_URL"], check_compatibility=False)
        )


# --- between the adapters -------------------------------------------------------------


def test_both_adapters_rank_alike(tmp_path: Path) -> None:
    client = QdrantClient(":memory:")
    edge = EdgeIndex(tmp_path / "vectors", dimension=DIMENSION)
    server = ServerIndex(Connection(client), "kb-test", dimension=DIMENSION, create=Store())
    texts = [f"第{n}条 合同编号 HT-2024-{n:04d} 甲方 pump {n % 7}" for n in range(120)]
    points = [embedded(chunk) for chunk in document("contract.md", texts)[1]]
    for index in (edge, server):
        index.upsert(points)
        index.flush()
    for question in (points[3], points[77]):
        assert question.dense is not None
        for one, other in (
            (edge.search_dense(question.dense, 20), server.search_dense(question.dense, 20)),
            (edge.search_sparse(question.sparse, 20), server.search_sparse(question.sparse, 20)),
        ):
            assert [p.chunk_id for p in one] == [p.chunk_id for p in other]
            assert [p.score for p in one] == pytest.approx([p.score for p in other], abs=1e-5)
    edge.close()
    client.close()


def test_an_index_that_is_not_there_is_damage_to_a_reader(tmp_path: Path) -> None:
    with pytest.raises(StoreDamaged):
        EdgeIndex(tmp_path / "nowhere")
    with pytest.raises(StoreDamaged):
        ServerIndex(Connection(QdrantClient(":memory:")), "nowhere", dimension=DIMENSION)
