"""Which engine is taken."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from kb.errors import ModelMissing, ServerUnreachable, UsageError
from kb.models.connect import open_models

NOBODY = "127.0.0.1:9"


class FakeOllama(BaseHTTPRequestHandler):
    """A server on loopback that knows its version and no model."""

    def do_GET(self) -> None:
        self.answer(200, {"version": "0.99.1"})

    def do_POST(self) -> None:
        self.answer(404, {"error": "model 'bge-m3' not found"})

    def answer(self, status: int, document: dict[str, str]) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


@pytest.fixture
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), FakeOllama) as http:
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        yield f"127.0.0.1:{http.server_address[1]}"
        http.shutdown()
        thread.join()


def test_auto_takes_the_server_where_one_answers(server: str, tmp_path: Path) -> None:
    with open_models("auto", [NOBODY, server], tmp_path, "bge-m3", "x") as models:
        assert models.engine == "Ollama 0.99.1"
        assert models.where == f"http://{server}"
        with pytest.raises(ModelMissing) as raised:
            models.embedder().info()
    assert "ollama pull bge-m3" in raised.value.hint


def test_auto_takes_the_embedded_engine_where_none_does(tmp_path: Path) -> None:
    with open_models("auto", [NOBODY], tmp_path, "bge-m3", "x", stores=()) as models:
        assert models.engine == "embedded llama.cpp"
        assert models.where == str(tmp_path)
        assert models.names() == ()


def test_embedded_asks_no_server(server: str, tmp_path: Path) -> None:
    with open_models("embedded", [server], tmp_path, "bge-m3", "x", stores=()) as models:
        assert models.engine == "embedded llama.cpp"


def test_ollama_without_a_server_says_how_to_start_one(tmp_path: Path) -> None:
    with pytest.raises(ServerUnreachable) as raised:
        open_models("ollama", [NOBODY], tmp_path, "bge-m3", "x")
    assert raised.value.exit_code == 8
    assert "ollama serve" in raised.value.hint


def test_a_demo_model_that_is_not_there_yet_is_had_by_fetch_demo(tmp_path: Path) -> None:
    with (
        open_models("embedded", [], tmp_path, "multilingual-e5-small", "x", stores=()) as models,
        pytest.raises(ModelMissing) as raised,
    ):
        models.embedder().info()
    assert "kb models fetch-demo" in raised.value.hint


def test_another_engine_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        open_models("vllm", [], tmp_path, "a", "b")


def test_proxies_of_the_environment_are_not_used(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(variable, f"http://{NOBODY}")
    with open_models("ollama", [server], tmp_path, "bge-m3", "x") as models:
        assert models.engine == "Ollama 0.99.1"
        with pytest.raises(ModelMissing):
            models.embedder().info()
