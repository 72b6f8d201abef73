"""A server that is busy, or may not read its models; a model that thinks and says nothing."""

from __future__ import annotations

import json
import logging

import httpx
import ollama
import pytest

from kb.errors import EngineFailed, ModelError, ServerUnreachable
from kb.models.ollama.adapters import ModelGenerator
from kb.models.ollama.calls import Client, Engine
from kb.types import ChatPiece, ChatResult, Message

DIGEST = "a" * 64


class FakeOllama(httpx.BaseTransport):
    """Gives the answers that it was told to /api/chat, one after another; the last for ever."""

    def __init__(self, *answers: httpx.Response | Exception | list[dict[str, str]]) -> None:
        self.answers = [*answers]
        self.asked: list[dict[str, object]] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/show":
            shown = {
                "modelfile": f"FROM /blobs/sha256-{DIGEST}",
                "model_info": {"general.architecture": "qwen3"},
                "capabilities": ["completion", "thinking"],
            }
            return httpx.Response(200, text=json.dumps(shown))
        self.asked.append(json.loads(request.read()))
        answer = self.answers[min(len(self.asked), len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, httpx.Response):
            return answer
        lines = [{"message": {"role": "assistant", **part}, "done": False} for part in answer]
        end = {"message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop"}
        text = "\n".join(json.dumps(line) for line in [*lines, end])
        return httpx.Response(200, text=text)


def client(server: FakeOllama, pauses: list[float] | None = None, busy: float = 60.0) -> Client:
    engine = Engine("Ollama 0.20.0", "http://127.0.0.1:11434", "ollama pull {}")
    pause = (lambda seconds: None) if pauses is None else pauses.append
    return Client(server, "http://127.0.0.1:11434", engine, pause, busy_seconds=busy)


def answer(server: FakeOllama, *, think: bool, busy: float = 60.0) -> tuple[str, str]:
    """What was thought, and what was said."""
    pieces = [
        *ModelGenerator(client(server, busy=busy), "qwen3:8b").chat(
            [Message("user", "张飞的电话号码")],
            num_ctx=512,
            max_tokens=64,
            think=think,
            temperature=0,
        )
    ]
    assert isinstance(pieces[-1], ChatResult)
    reply = [piece for piece in pieces if isinstance(piece, ChatPiece)]
    return "".join(it.thinking for it in reply), "".join(it.content for it in reply)


THOUGHT = {"content": "", "thinking": "The first passage has it."}


@pytest.mark.parametrize(
    "ends",
    [
        [],
        [{"content": "[1]"}],
        [{"content": " ["}, {"content": "1"}, {"content": "]。"}],
        [{"content": "[1]"}, {"content": "[2]"}],
        [{"content": "【1】"}],
        [{"content": "[1, 2]"}],
        [{"content": "**"}],
    ],
)
def test_a_thought_that_ends_in_a_marker_alone_is_asked_again_without_thinking(
    ends: list[dict[str, str]],
) -> None:
    server = FakeOllama([THOUGHT, *ends], [{"content": "是u987438274。[1]"}])
    assert answer(server, think=True) == ("The first passage has it.", "是u987438274。[1]")
    assert [asked["think"] for asked in server.asked] == [True, False]


@pytest.mark.parametrize("parts", [["[1] 是u98"], ["[", "1] ", "是u98"], ["38"], ["是u98 ", "[1]"]])
def test_an_answer_that_begins_with_a_marker_is_whole(parts: list[str]) -> None:
    server = FakeOllama([THOUGHT, *({"content": part} for part in parts)])
    assert answer(server, think=True)[1] == "".join(parts)
    assert len(server.asked) == 1


def test_a_marker_alone_without_a_thought_is_the_answer() -> None:
    server = FakeOllama([{"content": "[1]"}])
    assert answer(server, think=True) == ("", "[1]")
    assert answer(FakeOllama([{"content": "[1]"}]), think=False) == ("", "[1]")


# --- a busy server --------------------------------------------------------------------


def busy() -> httpx.Response:
    return httpx.Response(503, text=json.dumps({"error": "server busy, please try again."}))


def test_a_busy_server_is_waited_for_and_that_is_said_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    server = FakeOllama(busy(), busy(), busy(), [{"content": "yes"}])
    with caplog.at_level(logging.WARNING):
        assert answer(server, think=False) == ("", "yes")
    assert [record.message for record in caplog.records] == [
        "the model server at http://127.0.0.1:11434 is busy; waiting for it, up to 60 s"
    ]


def test_it_is_waited_for_no_longer_than_the_setting_says() -> None:
    pauses: list[float] = []
    server = FakeOllama(busy())
    with pytest.raises(EngineFailed, match="busy") as raised:
        client(server, pauses, busy=20.0).embed("bge-m3", ["x"], num_ctx=512)
    assert sum(pauses) <= 20.0
    assert sum(pauses) > 5.0
    assert "models.busy_seconds" in raised.value.hint


# --- what else it may say -------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "open /usr/share/ollama/.ollama/models/manifests/x: permission denied",
        "llama runner process has terminated: open blobs/sha256-ab: permission denied",
    ],
)
def test_a_server_that_may_not_read_its_models_is_told_the_command(text: str) -> None:
    error = ollama.ResponseError(text, 500)
    found = client(FakeOllama()).explain(error, "bge-m3")
    assert type(found) is ModelError
    assert "bge-m3" in found.what
    assert "sudo chown -R ollama:ollama" in found.hint


def test_no_site_to_download_from_is_named() -> None:
    with pytest.raises(ServerUnreachable) as raised:
        client(FakeOllama(httpx.ConnectError("[Errno 111] Connection refused"))).embed(
            "bge-m3", ["x"], num_ctx=512
        )
    assert "Errno 111" in raised.value.why
    assert "ollama.com" not in "".join(raised.value.lines())
