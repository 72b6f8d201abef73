"""The commit protocol where all generations share one Qdrant collection; an older name.

Runs against qdrant_client's own engine in memory.
"""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from qdrant_client import QdrantClient, models

from kb.config.settings import Store
from kb.errors import StoreDamaged, StoreError, StoreUnavailable
from kb.index.checks import compare
from kb.index.generation import Collection
from kb.index.identity import read_identity
from kb.index.layout import Layout
from kb.index.manifest import Fingerprint
from kb.index.qdrant_server.connection import Connection
from kb.index.qdrant_server.index import ServerIndex
from kb.index.qdrant_server.names import old_name, qdrant_name
from kb.index.qdrant_server.points import chunk_of
from kb.index.qdrant_server.store import ServerStore
from kb.index.sparse import query_vector
from kb.retrieval.search import search
from kb.types import Query
from tests import index_samples
from tests.fakes import FakeEmbedder
from tests.index_samples import (
    DIMENSION,
    FINGERPRINT,
    contents,
    document,
    embedded,
    put,
    unit_vector,
)

pytestmark = pytest.mark.filterwarnings(
    "ignore:(Payload indexes have no effect in the local|Local mode performs exact):UserWarning"
)

SERVER = replace(FINGERPRINT, engine="server")
commit = partial(index_samples.commit, fingerprint=SERVER)
OLD = old_name("default", SERVER)


@pytest.fixture
def client() -> Iterator[QdrantClient]:
    client = QdrantClient(":memory:")
    yield client
    client.close()


@pytest.fixture
def collection(tmp_path: Path, client: QdrantClient) -> Collection:
    return Collection(tmp_path, "default", ServerStore(Store(), client=client))


def own_name(collection: Collection, fingerprint: Fingerprint = SERVER) -> str:
    identity = read_identity(Layout(collection.folder))
    assert identity is not None
    assert identity.ready
    return qdrant_name(identity.id, collection.name, fingerprint)


def index_of(client: QdrantClient, name: str, *, create: Store | None = None) -> ServerIndex:
    return ServerIndex(Connection(client), name, dimension=DIMENSION, create=create)


def stored(client: QdrantClient, collection: Collection) -> set[str]:
    """The chunks that have a point on the server, whatever generation it belongs to."""
    return {*index_of(client, own_name(collection)).ids()}


def everything(client: QdrantClient, name: str) -> list[models.PointStruct]:
    """All points, to be written again."""
    records, _ = client.scroll(name, limit=1000, with_payload=True, with_vectors=True)
    return [
        models.PointStruct(id=it.id, vector=it.vector or {}, payload=it.payload)  # type: ignore[arg-type]
        for it in records
    ]


def ids(path: str, *texts: str) -> set[str]:
    return {chunk.id for chunk in document(path, texts)[1]}


# --- the commit protocol --------------------------------------------------------------


def test_deleted_vectors_stay_until_no_kept_generation_needs_them(
    collection: Collection, client: QdrantClient
) -> None:
    commit(collection, "a.md", "one", "two")
    commit(collection, "a.md", "one", "three")
    assert stored(client, collection) == ids("a.md", "one", "two", "three")
    collection.rollback()
    with collection.reader() as live:
        found = live.vectors.search_dense(unit_vector("x"), 5)
        assert {point.chunk_id for point in found} == ids("a.md", "one", "two")
    collection.rollback(2)
    commit(collection, "a.md", "one", "four")
    assert stored(client, collection) == ids("a.md", "one", "three", "four")


def test_an_open_reader_keeps_its_vectors(collection: Collection, client: QdrantClient) -> None:
    commit(collection, "a.md", "one")
    with collection.reader() as live:
        for text in ("two", "three", "four"):
            commit(collection, "a.md", text)
        found = live.vectors.search_dense(unit_vector("x"), 5)
        assert {point.chunk_id for point in found} == ids("a.md", "one")
    commit(collection, "a.md", "five")
    assert stored(client, collection) == ids("a.md", "four", "five")


def test_an_abandoned_drafts_vectors_are_forgotten(
    collection: Collection, client: QdrantClient
) -> None:
    commit(collection, "a.md", "one")
    with collection.writer() as draft:
        draft.begin(SERVER)
        put(draft, "a.md", ["one", "two"])
        draft.vectors.flush()
        assert stored(client, collection) == ids("a.md", "one", "two")
    assert stored(client, collection) == ids("a.md", "one")


def test_a_killed_drafts_vectors_are_forgotten_by_the_next_writer(
    collection: Collection, client: QdrantClient, tmp_path: Path
) -> None:
    """The server in memory dies with its process, so what a killed writer leaves is put together:
    its draft's folder, and its points."""
    commit(collection, "a.md", "one")
    with collection.writer() as draft:
        draft.begin(SERVER)
        put(draft, "b.md", ["two"])
        draft.vectors.flush()
        shutil.copytree(collection.folder / "generations" / ".draft", tmp_path / "left")
        points = everything(client, own_name(collection))
    client.upsert(own_name(collection), points)
    shutil.move(tmp_path / "left", collection.folder / "generations" / ".draft")
    with collection.writer():
        assert stored(client, collection) == ids("a.md", "one")


def test_another_model_has_a_qdrant_collection_of_its_own(
    collection: Collection, client: QdrantClient
) -> None:
    commit(collection, "a.md", "one")
    other = replace(SERVER, digest="cd" * 32)
    for _ in range(2):
        with collection.writer() as draft:
            draft.begin(other, fresh=draft.base is not None and draft.base.number == 1)
            put(draft, "a.md", ["one"])
            draft.commit()
    assert [c.name for c in client.get_collections().collections] == [own_name(collection, other)]
    with collection.reader() as live:
        assert contents(live.catalog) == {"a.md": ["one"]}
        assert compare(live).sound


def test_a_server_that_is_down_is_no_damage(collection: Collection, tmp_path: Path) -> None:
    commit(collection, "a.md", "one")
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port: int = unused.getsockname()[1]
    down = Collection(tmp_path, "default", ServerStore(Store(url=f"http://127.0.0.1:{port}")))
    with down.reader() as live, pytest.raises(StoreUnavailable):
        compare(live)


def test_a_qdrant_collection_of_another_dimension_is_refused(
    collection: Collection, client: QdrantClient
) -> None:
    commit(collection, "a.md", "one")
    name = own_name(collection)
    client.delete_collection(name)
    vectors = {"dense": models.VectorParams(size=3, distance=models.Distance.DOT)}
    client.create_collection(name, vectors)
    with collection.reader() as live, pytest.raises(StoreError, match="not one that kb can use"):
        _ = live.vectors
    with pytest.raises(StoreError, match="not one that kb can use"):
        commit(collection, "b.md", "two")


def test_what_is_filtered_by_gets_its_index_again(
    collection: Collection, client: QdrantClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """qdrant_client's engine in memory has none, so each opening finds them all missing."""
    made: list[str] = []
    monkeypatch.setattr(
        client, "create_payload_index", lambda name, field, schema: made.append(field)
    )
    commit(collection, "a.md", "one")
    assert made == ["doc", "labels", "day"]


def test_a_question_is_one_request(
    collection: Collection, client: QdrantClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(collection, "a.md", *(f"text {number} HT-{number}" for number in range(30)))
    asked: list[str] = []

    def counted(connection: Connection, name: str, ask: Callable[[QdrantClient], object]) -> object:
        asked.append(name)
        return ask(client)

    with collection.reader() as live:
        vectors = live.vectors
        monkeypatch.setattr(Connection, "call", counted)
        found = search(
            Query("text 3 HT-7", top_k=3),
            index=vectors,
            catalog=live.catalog,
            embedder=FakeEmbedder(dimension=DIMENSION),
            lexical=partial(query_vector, df=live.catalog.df, n=live.catalog.chunk_count()),
        )
    assert len(found.hits) == 3
    assert len(asked) == 1


def test_small_documents_share_a_request(
    collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    put_points = ServerIndex.put

    def counted(index: ServerIndex, points: Sequence[models.PointStruct]) -> None:
        sizes.append(len(points))
        put_points(index, points)

    monkeypatch.setattr(ServerIndex, "put", counted)
    with collection.writer() as draft:
        draft.begin(SERVER)
        for number in range(120):
            put(draft, f"{number}.md", [f"text {number} {part}" for part in range(5)])
        draft.commit()
    assert sizes == [256, 256, 88]
    with collection.reader() as live:
        assert compare(live).sound


# --- an older name --------------------------------------------------------------------


def older(client: QdrantClient, collection: Collection, fingerprint: Fingerprint = SERVER) -> None:
    """Lay the points as kb did until collections had ids: under the chunks' own ids, in a Qdrant
    collection that every home with a collection of this name shares."""
    name = own_name(collection, fingerprint)
    old = index_of(client, old_name(collection.name, fingerprint), create=Store())
    for point in everything(client, name):
        payload = dict(point.payload or {})
        chunk = payload.pop("chunk")
        old.put([models.PointStruct(id=chunk, vector=point.vector, payload=payload)])
    client.delete_collection(name)
    Layout(collection.folder).identity.unlink()


def test_vectors_under_an_older_name_are_read_and_taken_over_once(
    collection: Collection, client: QdrantClient, caplog: pytest.LogCaptureFixture
) -> None:
    commit(collection, "a.md", "one", "two")
    commit(collection, "a.md", "one", "three")
    older(client, collection)
    with collection.reader() as live:
        assert compare(live).sound
        found = live.vectors.search_dense(unit_vector("one"), 5)
        assert {point.chunk_id for point in found} == ids("a.md", "one", "three")

    commit(collection, "b.md", "four")

    assert stored(client, collection) == ids("a.md", "one", "three") | ids("b.md", "four")
    assert OLD in caplog.text
    assert {*index_of(client, OLD).ids()} == ids("a.md", "one", "two", "three")
    client.delete_collection(OLD)
    commit(collection, "c.md", "five")
    with collection.reader() as live:
        assert compare(live).sound
    collection.rollback()
    with collection.reader() as live:
        assert compare(live).sound


def test_what_another_home_has_under_the_older_name_is_left_alone(
    collection: Collection, client: QdrantClient
) -> None:
    commit(collection, "a.md", "one")
    older(client, collection)
    others = embedded(document("other.md", ["another home's"])[1][0])
    index_of(client, OLD).upsert([others])
    with collection.reader() as live:
        assert compare(live).orphaned == ()
    commit(collection, "b.md", "two")
    collection.sweep_others()
    with collection.reader() as live:
        assert compare(live).sound
    assert {*index_of(client, OLD).ids()} == {others.chunk.id} | ids("a.md", "one")


def test_a_takeover_that_was_killed_is_finished_by_the_next_writer(
    collection: Collection, client: QdrantClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(collection, "a.md", "one", "two")
    older(client, collection)

    def killed(index: ServerIndex, points: Sequence[models.PointStruct]) -> None:
        client.upsert(index.name, points[:1])
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(ServerIndex, "put", killed)
        with pytest.raises(KeyboardInterrupt):
            commit(collection, "b.md", "three")
    with collection.reader() as live:
        assert compare(live).sound, "readers read where the points were"
    commit(collection, "b.md", "three")
    with collection.reader() as live:
        assert compare(live).sound
    assert stored(client, collection) == ids("a.md", "one", "two") | ids("b.md", "three")


# --- kb check -------------------------------------------------------------------------


def test_the_check_names_missing_and_orphaned_vectors(
    collection: Collection, client: QdrantClient
) -> None:
    commit(collection, "a.md", "one", "two")
    commit(collection, "a.md", "one", "three")
    stray = embedded(document("stray.md", ["stray"])[1][0])
    index = index_of(client, own_name(collection))
    lost = ids("a.md", "three")
    points = [point for page in index.pages() for point in page]
    index.delete_points([str(point.id) for point in points if chunk_of(point) in lost])
    index.upsert([stray])
    with collection.reader() as live:
        report = compare(live)
    assert report.missing == tuple(ids("a.md", "three"))
    assert report.orphaned == (stray.chunk.id,)
    assert not report.sound


def test_vectors_that_are_gone_from_the_server_are_damage(
    collection: Collection, client: QdrantClient
) -> None:
    commit(collection, "a.md", "one")
    client.delete_collection(own_name(collection))
    with collection.reader() as live:
        with pytest.raises(StoreDamaged, match="holds no collection"):
            _ = live.vectors
        assert not compare(live).sound
