"""Several model servers as one. The servers are fakes behind one transport, each with its delay."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from kb.errors import ModelMismatch, ServerUnreachable
from kb.models.ollama.adapters import ModelEmbedder
from kb.models.ollama.calls import Client, Engine
from kb.models.ollama.pool import ServerPool

RIGHT, WRONG = "a" * 64, "b" * 64
FAST, SLOW = "http://fast:11434", "http://slow:11434"


class FakeServers(httpx.BaseTransport):
    """`delays`: seconds for a text, by host; each works on one call at a time. A host that is not
    in it is down."""

    def __init__(self, **delays: float) -> None:
        self.delays = delays
        self.digests: dict[str, str] = {}
        self.busy: set[str] = set()
        self.engines: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self.asked: Counter[str] = Counter()
        self.shown: Counter[str] = Counter()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.host
        assert request.headers["Host"] == f"{host}:11434"
        if host not in self.delays:
            raise httpx.ConnectError("refused")
        body = json.loads(request.read() or b"{}")
        if request.url.path == "/api/show":
            self.shown[host] += 1
            return _json(
                {
                    "modelfile": f"FROM /blobs/sha256-{self.digests.get(host, RIGHT)}",
                    "model_info": {"general.architecture": "bert", "bert.embedding_length": 2},
                    "capabilities": ["embedding", "completion"],
                }
            )
        if host in self.busy:
            return _json({"error": "server busy"}, 503)
        with self.engines[host]:
            self.asked[host] += 1
            time.sleep(self.delays[host] * len(body["input"]))
        return _json({"embeddings": [[0.6, 0.8]] * len(body["input"])})


def _json(document: object, status: int = 200) -> httpx.Response:
    return httpx.Response(status, text=json.dumps(document))


def embedder(servers: FakeServers, *hosts: str) -> ModelEmbedder:
    engine = Engine("Ollama 0.20.0", hosts[0], "ollama pull {}")
    pool = ServerPool(hosts, servers)
    return ModelEmbedder(Client(pool, hosts[0], engine, lambda seconds: None), "bge-m3")


def embed_all(model: ModelEmbedder, calls: int) -> None:
    model.info()
    with ThreadPoolExecutor(4) as threads:
        for vectors in threads.map(model.embed_passages, [["text"] * 4] * calls):
            assert len(vectors) == 4


def test_each_server_has_a_share_by_its_speed() -> None:
    servers = FakeServers(fast=0.002, slow=0.006)
    embed_all(embedder(servers, SLOW, FAST), 80)
    assert servers.asked["slow"] + servers.asked["fast"] == 80
    assert 8 <= servers.asked["slow"] < servers.asked["fast"]


def test_questions_are_asked_of_the_first_that_answers() -> None:
    servers = FakeServers(fast=0.0, slow=0.0)
    model = embedder(servers, SLOW, FAST)
    for _ in range(3):
        embedder(servers, SLOW, FAST).info()
    model.info()
    assert servers.shown == {"slow": 4}


def test_a_server_that_dies_is_left_out_and_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    servers = FakeServers(fast=0.0, slow=0.0)
    now = [0.0]
    pool = ServerPool([FAST, SLOW], servers, clock=lambda: now[0])
    model = ModelEmbedder(
        Client(pool, FAST, Engine("Ollama", FAST, ""), lambda seconds: None), "bge-m3"
    )
    model.embed_passages(["one"])
    del servers.delays["fast"]
    for _ in range(4):
        model.embed_passages(["one"])
    assert servers.asked["slow"] >= 4
    servers.delays["fast"] = 0.0
    del servers.delays["slow"]
    with pytest.raises(ServerUnreachable):
        embedder(FakeServers(), FAST, SLOW).info()
    before = servers.asked["fast"]
    now[0] = 100.0
    model.embed_passages(["one"])
    assert servers.asked["fast"] == before + 1


def test_a_busy_server_s_call_goes_to_another() -> None:
    servers = FakeServers(fast=0.0, slow=0.0)
    servers.busy.add("fast")
    embed_all(embedder(servers, FAST, SLOW), 10)
    assert servers.asked == {"slow": 10}


def test_another_model_under_the_same_name_is_never_asked(
    caplog: pytest.LogCaptureFixture,
) -> None:
    servers = FakeServers(fast=0.0, slow=0.0)
    servers.digests["slow"] = WRONG
    embed_all(embedder(servers, FAST, SLOW), 20)
    assert servers.asked == {"fast": 20}
    assert caplog.text.count("another model under the name bge-m3") == 1


def test_after_a_failover_the_weights_are_compared() -> None:
    """The index names the weights of the first server; the second one has others."""
    servers = FakeServers(fast=0.0, slow=0.0)
    servers.digests["slow"] = WRONG
    model = embedder(servers, FAST, SLOW)
    model.embed_passages(["one"])
    del servers.delays["fast"]
    with pytest.raises((ServerUnreachable, ModelMismatch)):
        model.embed_passages(["two"])
    assert servers.asked == {"fast": 1}


def test_a_single_server_that_comes_back_with_other_weights_is_refused() -> None:
    servers = FakeServers(fast=0.0)
    model = embedder(servers, FAST)
    model.embed_passages(["one"])
    del servers.delays["fast"]
    with pytest.raises(ServerUnreachable):
        model.embed_passages(["two"])
    servers.delays["fast"] = 0.0
    servers.digests["fast"] = WRONG
    with pytest.raises(ModelMismatch, match="another model under the name bge-m3"):
        model.embed_passages(["two"])
    assert servers.asked == {"fast": 1}
