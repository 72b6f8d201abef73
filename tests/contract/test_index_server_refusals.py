"""What a server says no to, through a run of kb. It is a stub that answers with one status."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from kb.config.settings import Store
from kb.errors import EgressBlocked, StoreError
from kb.index.generation import Collection
from kb.index.qdrant_server.store import ServerStore
from tests.contract.test_index_server_store import commit


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
    collection = Collection(
        tmp_path, "default", ServerStore(Store(url=address, api_key_file=str(key)))
    )
    with pytest.raises(kind) as caught:
        commit(collection, "a.md", "one")
    assert hint in caught.value.hint
    assert str(status) in caught.value.why
    assert "secret-key" not in "".join(caught.value.lines())


def test_a_server_that_is_not_there_is_a_store_error(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port: int = unused.getsockname()[1]
    store = ServerStore(Store(url=f"http://127.0.0.1:{port}"))
    with pytest.raises(StoreError) as caught:
        commit(Collection(tmp_path, "default", store), "a.md", "one")
    assert "store.url" in caught.value.hint


def test_a_server_outside_what_is_allowed_is_refused_by_the_guard(tmp_path: Path) -> None:
    store = ServerStore(Store(url="http://192.0.2.1:6333"))
    with pytest.raises(EgressBlocked):
        commit(Collection(tmp_path, "default", store), "a.md", "one")


def test_a_key_file_that_is_not_there_is_a_store_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="key"):
        ServerStore(Store(api_key_file=str(tmp_path / "nowhere")))
