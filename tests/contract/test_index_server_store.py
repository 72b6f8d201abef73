"""The commit protocol where all generations share one Qdrant collection, and a server's refusals.

Runs against qdrant_client's own engine in memory. Refusals come from a small HTTP server that
answers with one status code.
"""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from qdrant_client import QdrantClient

from kb.errors import EgressBlocked, StoreDamaged, StoreError
from kb.index.checks import compare
from kb.index.generation import Collection
from kb.index.server import ServerIndex, ServerStore, qdrant_name
from kb.types import chunk_id, document_id
from tests.index_samples import (
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
NAME = qdrant_name("default", SERVER)


@pytest.fixture
def client() -> Iterator[QdrantClient]:
    client = QdrantClient(":memory:")
    yield client
    client.close()


@pytest.fixture
def collection(tmp_path: Path, client: QdrantClient) -> Collection:
    return Collection(tmp_path, "default", ServerStore("", client=client))


def commit(collection: Collection, path: str, *texts: str) -> int:
    with collection.writer() as draft:
        draft.begin(SERVER)
        put(draft, path, texts)
        return draft.commit()


def stored(client: QdrantClient) -> set[str]:
    return {*ServerIndex(client, NAME).ids()}


def ids(path: str, *texts: str) -> set[str]:
    return {chunk.id for chunk in document(path, texts)[1]}


# --- the commit protocol --------------------------------------------------------------


def test_deleted_vectors_stay_until_no_kept_generation_needs_them(
    collection: Collection, client: QdrantClient
) -> None:
    commit(collection, "a.md", "one", "two")
    commit(collection, "a.md", "one", "three")
    assert stored(client) == ids("a.md", "one", "two", "three")
    collection.rollback()
    with collection.reader() as live:
        found = live.vectors.search_dense(unit_vector("x"), 5)
        assert {point.chunk_id for point in found} == ids("a.md", "one", "two")
    collection.rollback(2)
    commit(collection, "a.md", "one", "four")
    assert stored(client) == ids("a.md", "one", "three", "four")


def test_an_open_reader_keeps_its_vectors(collection: Collection, client: QdrantClient) -> None:
    commit(collection, "a.md", "one")
    with collection.reader() as live:
        for text in ("two", "three", "four"):
            commit(collection, "a.md", text)
        found = live.vectors.search_dense(unit_vector("x"), 5)
        assert {point.chunk_id for point in found} == ids("a.md", "one")
    commit(collection, "a.md", "five")
    assert stored(client) == ids("a.md", "four", "five")


def test_an_abandoned_drafts_vectors_are_forgotten(
    collection: Collection, client: QdrantClient
) -> None:
    commit(collection, "a.md", "one")
    with collection.writer() as draft:
        draft.begin(SERVER)
        put(draft, "a.md", ["one", "two"])
        assert stored(client) == ids("a.md", "one", "two")
    assert stored(client) == ids("a.md", "one")


def test_a_killed_drafts_vectors_are_forgotten_by_the_next_writer(
    collection: Collection, client: QdrantClient, tmp_path: Path
) -> None:
    """The server in memory dies with its process, so what a killed writer leaves is put together:
    its draft's folder, and its points."""
    commit(collection, "a.md", "one")
    with collection.writer() as draft:
        draft.begin(SERVER)
        put(draft, "b.md", ["two"])
        shutil.copytree(collection.folder / "generations" / ".draft", tmp_path / "left")
    ServerIndex(client, NAME).upsert([embedded(c) for c in document("b.md", ["two"])[1]])
    shutil.move(tmp_path / "left", collection.folder / "generations" / ".draft")
    with collection.writer():
        assert stored(client) == ids("a.md", "one")


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
    assert [c.name for c in client.get_collections().collections] == [qdrant_name("default", other)]
    with collection.reader() as live:
        assert contents(live.catalog) == {"a.md": ["one"]}
        assert compare(live).sound


# --- kb check -------------------------------------------------------------------------


def test_the_check_names_missing_and_orphaned_vectors(
    collection: Collection, client: QdrantClient
) -> None:
    commit(collection, "a.md", "one", "two")
    commit(collection, "a.md", "one", "three")
    stray = embedded(document("stray.md", ["stray"])[1][0])
    index = ServerIndex(client, NAME)
    index.delete([*ids("a.md", "three")])
    index.upsert([stray])
    with collection.reader() as live:
        report = compare(live)
    assert report.missing == tuple(ids("a.md", "three"))
    assert report.orphaned == (chunk_id(document_id("docs", "stray.md"), "", "stray", 0),)
    assert not report.sound


# --- refusals -------------------------------------------------------------------------


class _Answer(BaseHTTPRequestHandler):
    status = 500

    def do_GET(self) -> None:
        self.send_response(self.status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(b'{"status": {"error": "as the test asked"}}')

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Answer)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("status", "kind", "hint"),
    [
        (401, StoreError, "store.api_key_file"),
        (403, StoreError, "store.api_key_file"),
        (500, StoreError, "log"),
    ],
)
def test_a_refusal_says_what_to_do(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    status: int, kind: type[StoreError], hint: str,
) -> None:  # fmt: skip
    monkeypatch.setattr(_Answer, "status", status)
    key = tmp_path / "key"
    key.write_text("secret-key\n")
    collection = Collection(tmp_path, "default", ServerStore(address, str(key)))
    with pytest.raises(kind) as caught:
        commit(collection, "a.md", "one")
    assert hint in caught.value.hint
    assert str(status) in caught.value.why
    assert "secret-key" not in "".join(caught.value.lines())


def test_a_server_that_is_not_there_is_a_store_error(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port: int = unused.getsockname()[1]
    with pytest.raises(StoreError) as caught:
        commit(
            Collection(tmp_path, "default", ServerStore(f"http://127.0.0.1:{port}")), "a.md", "one"
        )
    assert "store.url" in caught.value.hint


def test_a_server_outside_what_is_allowed_is_refused_by_the_guard(tmp_path: Path) -> None:
    store = ServerStore("http://192.0.2.1:6333")
    with pytest.raises(EgressBlocked):
        commit(Collection(tmp_path, "default", store), "a.md", "one")


def test_a_key_file_that_is_not_there_is_a_store_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="key"):
        ServerStore("http://127.0.0.1:6333", str(tmp_path / "nowhere"))


def test_vectors_that_are_gone_from_the_server_are_damage(
    collection: Collection, client: QdrantClient
) -> None:
    commit(collection, "a.md", "one")
    client.delete_collection(NAME)
    with collection.reader() as live:
        with pytest.raises(StoreDamaged, match="holds no collection"):
            _ = live.vectors
        assert not compare(live).sound
