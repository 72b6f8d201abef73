"""Ollama's cloud models: a server on loopback that would pass the documents on."""

from __future__ import annotations

import json

import httpx
import pytest

from kb.errors import EgressBlocked
from kb.models.ollama.adapters import ModelEmbedder, ModelGenerator
from kb.models.ollama.calls import Client, Engine
from kb.models.ollama.wire import NothingRemote
from kb.types import Message

DIGEST = "a" * 64


class FakeOllama(httpx.BaseTransport):
    """Knows every model; `remote_host` is where it would pass on what they are asked."""

    def __init__(self, remote_host: str = "") -> None:
        self.remote_host = remote_host
        self.asked: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        if request.url.path == "/api/show":
            shown = {
                "modelfile": f"FROM /blobs/sha256-{DIGEST}",
                "model_info": {"general.architecture": "bert", "bert.embedding_length": 2},
                "remote_host": self.remote_host,
            }
            return httpx.Response(200, text=json.dumps(shown))
        return httpx.Response(200, text=json.dumps({"embeddings": [[0.6, 0.8]]}))


def client(server: FakeOllama) -> Client:
    engine = Engine("Ollama 0.17.4", "http://127.0.0.1:11434", "ollama pull {}")
    return Client(NothingRemote(server), "http://127.0.0.1:11434", engine, lambda seconds: None)


@pytest.mark.parametrize(
    "name", ["gpt-oss:120b-cloud", "glm-4.6:cloud", "someone/model:Cloud", "kimi-k2:1t-CLOUD "]
)
def test_a_cloud_model_is_refused_before_the_server_hears_of_it(name: str) -> None:
    server = FakeOllama()
    with pytest.raises(EgressBlocked, match="does not run on the model server") as refused:
        list(
            ModelGenerator(client(server), name).chat(
                [Message("user", "张飞的电话号码")],
                num_ctx=512,
                max_tokens=16,
                think=False,
                temperature=0,
            )
        )
    assert server.asked == []
    assert "documents and all, to ollama.com" in refused.value.why
    assert "OLLAMA_NO_CLOUD=1" in refused.value.hint
    assert refused.value.exit_code == 9


def test_a_cloud_model_under_another_name_is_refused_before_any_text_is_sent() -> None:
    server = FakeOllama(remote_host="https://ollama.com:443")
    with pytest.raises(EgressBlocked) as refused:
        ModelEmbedder(client(server), "bge-m3").embed_passages(["张飞的电话号码是u987438274。"])
    assert server.asked == ["/api/show"]
    assert "https://ollama.com:443" in refused.value.why


@pytest.mark.parametrize("name", ["bge-m3", "cloud:7b", "thundercloud", "nimbus:cloudy"])
def test_a_model_that_is_there_is_asked(name: str) -> None:
    server = FakeOllama()
    assert len(ModelEmbedder(client(server), name).embed_passages(["text"])) == 1
    assert server.asked == ["/api/show", "/api/embed"]
