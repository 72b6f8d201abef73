"""What any reranker does behind the port Reranker, and what it says when it cannot.

The server is a stub on loopback that scores by shared characters: it stands for llama-server,
vLLM or Jina and shows the protocol, not how good a reranker is. The embedded one is llama.cpp
with a stand-in model: the demo's embedding model with a head of fixed numbers put on it, because
no reranker can be had offline. Its scores are real scores of no meaning.
"""

from __future__ import annotations

import json
import math
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from kb.errors import (
    EngineFailed,
    InputTooLong,
    KbError,
    ModelError,
    ModelMissing,
    ServerUnreachable,
    UsageError,
)
from kb.models.engine.gguf import read_header
from kb.models.engine.store import ModelStore
from kb.models.rerank import EmbeddedReranker, ServerReranker, open_reranker
from kb.ports import Reranker

QUESTION = "张飞的电话号码是多少？"
TEXTS = ["水泵的扬程为三十米。", "张飞的电话号码是u987438274。", "The weather is fine."]

Answer = Callable[[dict[str, Any]], tuple[int, object]]


def stub_scores(body: dict[str, Any]) -> tuple[int, object]:
    """Best first, as servers send them: not in the order of the documents."""
    rows = [
        {"index": place, "relevance_score": float(len(set(body["query"]) & set(text)))}
        for place, text in enumerate(body["documents"])
    ]
    return 200, {"results": sorted(rows, key=lambda row: -row["relevance_score"])}


@contextmanager
def stub_server(answer: Answer) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A stub: its address, and the requests that it was sent."""
    asked: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append({"path": self.path, **body})
            status, document = answer(body)
            content = document if isinstance(document, bytes) else json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def with_a_ranking_head(source: Path, target: Path) -> None:
    """The model with a `cls.output` of fixed numbers, and the pooling that rerankers have."""
    header, data = read_header(source), source.read_bytes()
    last = header.tensors[-1]
    named = data.index(last.name.encode()) + len(last.name)
    infos_end = named + 4 + 8 * len(last.shape) + 4 + 8
    pooling = data.index(b"bert.pooling_type") + len(b"bert.pooling_type") + 4
    tensors = _padded_bytes(data[_padded(infos_end) :])
    weights = b"".join(struct.pack("<f", math.sin(place)) for place in range(header.dimension))
    infos = _info(b"cls.output.weight", (header.dimension, 1), len(tensors))
    infos += _info(b"cls.output.bias", (1,), len(tensors) + _padded(len(weights)))
    head = data[:8] + struct.pack("<Q", len(header.tensors) + 2) + data[16:pooling]
    head += struct.pack("<I", 4) + data[pooling + 4 : infos_end] + infos
    bias = struct.pack("<f", 0.0)
    target.write_bytes(b"".join(map(_padded_bytes, (head, tensors, weights, bias))))


def _info(name: bytes, shape: tuple[int, ...], offset: int) -> bytes:
    sizes = struct.pack(f"<I{len(shape)}Q", len(shape), *shape)
    return struct.pack("<Q", len(name)) + name + sizes + struct.pack("<IQ", 0, offset)


def _padded(size: int) -> int:
    return -(-size // 32) * 32


def _padded_bytes(data: bytes) -> bytes:
    return data.ljust(_padded(len(data)), b"\0")


@pytest.fixture(scope="module")
def stand_in(models_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> ModelStore:
    folder = tmp_path_factory.mktemp("rerankers")
    source = models_folder / "multilingual-e5-small.gguf"
    (folder / source.name).symlink_to(source)
    with_a_ranking_head(source, folder / "stand-in.gguf")
    return ModelStore(folder)


class RerankerContract:
    """What every Reranker does (kb/ports.py): inherit it, and override one fixture."""

    @pytest.fixture
    def reranker(self) -> Reranker:
        raise NotImplementedError("an adapter's test class overrides this fixture")

    def test_a_score_for_each_text_in_the_order_of_the_texts(self, reranker: Reranker) -> None:
        scores = reranker.rerank(QUESTION, TEXTS)
        backwards = reranker.rerank(QUESTION, TEXTS[::-1])

        assert len(scores) == 3
        assert scores == pytest.approx(backwards[::-1], abs=1e-3)
        assert len(set(scores)) == 3

    def test_more_texts_than_a_call_takes(self, reranker: Reranker) -> None:
        texts = [f"第{place}条" for place in range(40)]

        assert len(reranker.rerank(QUESTION, texts)) == 40

    def test_no_text_is_no_call(self, reranker: Reranker) -> None:
        assert reranker.rerank(QUESTION, []) == []


class TestEmbeddedReranker(RerankerContract):
    @pytest.fixture
    def reranker(self, stand_in: ModelStore) -> Iterator[Reranker]:
        embedded = EmbeddedReranker(stand_in, "stand-in")
        yield embedded
        embedded.close()


class TestServerReranker(RerankerContract):
    @pytest.fixture
    def reranker(self) -> Iterator[Reranker]:
        with stub_server(stub_scores) as (host, _):
            yield ServerReranker(host, "stub")


# --- in this process ------------------------------------------------------------------


def test_a_text_longer_than_the_context_is_named_as_the_trouble(stand_in: ModelStore) -> None:
    reranker = EmbeddedReranker(stand_in, "stand-in")
    with pytest.raises(InputTooLong) as raised:
        reranker.rerank(QUESTION, ["水泵的扬程为三十米。" * 200])
    reranker.close()

    assert "chunk.tokens" in raised.value.hint


def test_a_model_that_is_not_in_the_folder_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing) as raised:
        EmbeddedReranker(ModelStore(tmp_path), "bge-reranker-v2-m3").rerank(QUESTION, TEXTS)

    assert "kb models add FILE.gguf --name bge-reranker-v2-m3" in raised.value.hint


def test_an_embedding_model_is_refused_for_it_would_score_without_sense(
    stand_in: ModelStore,
) -> None:
    with pytest.raises(ModelError, match="is not a reranker"):
        EmbeddedReranker(stand_in, "multilingual-e5-small").rerank(QUESTION, TEXTS)


# --- over a server --------------------------------------------------------------------


def test_the_request_that_servers_share() -> None:
    with stub_server(stub_scores) as (host, asked):
        scores = ServerReranker(f"http://{host}/v1", "bge-reranker-v2-m3").rerank(QUESTION, TEXTS)

    assert max(scores) == scores[1]
    assert asked == [
        {
            "path": "/v1/rerank",
            "model": "bge-reranker-v2-m3",
            "query": QUESTION,
            "documents": TEXTS,
        }
    ]


def row(index: int, score: float) -> dict[str, float]:
    return {"index": index, "relevance_score": score}


@pytest.mark.parametrize(
    "answer",
    [
        {"results": []},
        {"results": [row(0, 1.0), row(1, 0.5)]},
        {"results": [row(0, 1.0), row(0, 0.5), row(1, 0.2)]},
        {"results": [row(1, 1.0), row(2, 0.5), row(3, 0.2)]},
        {"results": [row(0, 1.0), row(1, math.nan), row(2, 0.2)]},
        {"scores": [1, 2, 3]},
        [1, 2, 3],
        b"no JSON",
    ],
)
def test_an_answer_that_is_not_one_score_a_text_is_a_failure(answer: object) -> None:
    with stub_server(lambda body: (200, answer)) as (host, _), pytest.raises(EngineFailed) as found:
        ServerReranker(host, "stub").rerank(QUESTION, TEXTS)

    assert "scores that cannot be right" in found.value.what


@pytest.mark.parametrize(
    ("status", "reply", "kind"),
    [
        (404, {"error": "not found"}, ModelMissing),
        (500, {"error": {"message": "input (900 tokens) is too large to process"}}, InputTooLong),
        (501, {"error": {"message": "This server does not support reranking"}}, EngineFailed),
        (500, b"", EngineFailed),
    ],
)
def test_a_refusal_is_told_in_three_lines(status: int, reply: object, kind: type[KbError]) -> None:
    with stub_server(lambda body: (status, reply)) as (host, _), pytest.raises(kind) as found:
        ServerReranker(host, "stub").rerank(QUESTION, TEXTS)

    assert found.value.what
    assert str(status) in found.value.why
    assert found.value.hint


def test_a_server_that_is_not_there_is_unreachable() -> None:
    with stub_server(stub_scores) as (host, _):
        pass
    with pytest.raises(ServerUnreachable, match="no model server answers"):
        ServerReranker(host, "stub").rerank(QUESTION, TEXTS)


# --- which one ------------------------------------------------------------------------


def test_the_configuration_decides_which_one(tmp_path: Path) -> None:
    def opened(name: str, host: str) -> object:
        return open_reranker(name, host=host, folder=tmp_path, stores=())

    assert opened("", "127.0.0.1:8012") is None
    assert isinstance(opened("bge-reranker-v2-m3", ""), EmbeddedReranker)
    assert isinstance(opened("bge-reranker-v2-m3", "127.0.0.1:8012"), ServerReranker)
    with pytest.raises(UsageError):
        opened("bge-reranker-v2-m3", "ftp://example")
