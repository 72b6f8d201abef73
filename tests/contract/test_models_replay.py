"""What kb makes of every answer that a real Ollama server was recorded to give."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import pytest

from kb.errors import EngineFailed, InputTooLong, KbError, ModelError, ModelMissing
from kb.model_types import Filled, Form
from kb.models.ollama.adapters import ModelEmbedder, ModelGenerator
from kb.models.ollama.calls import BUSY_SECONDS, Client, Engine
from kb.models.ollama.wire import server_version
from kb.types import ChatPiece, ChatResult, Message
from tests.contract.ollama_transcripts import ReplayTransport, Transcript, read

SHOWN = {
    "multilingual-e5-small:latest": "show-multilingual-e5-small",
    "plain:1.5b": "show-plain",
    "reasoner:1.5b": "show-reasoner",
    "bge-m3": "show-unknown",
    "deepseek-r1:7b": "show-unknown",
}

EMBED: dict[str, int | type[KbError]] = {
    "embed-load-only": EngineFailed,  # no vector for a text
    "embed-one": 1,
    "embed-batch": 3,
    "embed-empty-list": EngineFailed,
    "embed-empty-string": EngineFailed,
    "embed-empty-in-batch": 2,
    "embed-long-default": 1,
    "embed-long-truncate-false": InputTooLong,
    "embed-long-in-batch-truncate-false": InputTooLong,
    "embed-num-ctx": InputTooLong,
    "embed-exact-limit": 1,
    "embed-nul": 1,
    "embed-surrogate": 1,
    "embed-number": EngineFailed,
    "embed-unknown": ModelMissing,
    "embed-chat-model": ModelError,  # refused before it is asked, by its capabilities
    "embed-dimensions": EngineFailed,  # vectors of another length than the model's
    "embed-dimensions-over": 1,
    "embed-batch-256": 256,
    "runner-killed-while-embedding": EngineFailed,
    "embed-after-kill": 1,
}
COUNTING = "Certainly! Here are the numbers from 1 to 500:"
CHAT: dict[str, str | type[KbError]] = {
    "bad-json": EngineFailed,
    "empty-body": EngineFailed,
    "chat-load-only": "",
    "chat-whole": "u987438274",
    "chat-whole-again": "u987438274",
    "chat-streamed": "u987438274",
    "chat-length": "u9874",
    "chat-stop": "",
    "chat-schema": '{ "phone": "u987438274" }',
    "chat-unknown": ModelMissing,
    "chat-embedding-model": ModelError,
    "chat-think-on-plain": ModelError,
    "chat-think-false-on-plain": "u987438274",
    "chat-bad-role": "I'm here to help",
    "chat-bad-option": "u9874",
    "chat-bad-option-type": EngineFailed,
    "chat-over-context": InputTooLong,  # a server that cuts is found out by its token count
    "chat-over-context-truncate-false": InputTooLong,
    "chat-over-context-many": "u987438274",
    "chat-over-context-many-truncate-false": InputTooLong,
    "chat-generation-over-context": COUNTING,
    "chat-generation-over-context-shift-false": COUNTING,
    "chat-huge-num-ctx": "张飞的电话号码",
    "unload": "",
    "think-None": "",
    "think-False": "u987438274",
    "think-True": "",
    "think-True-streamed": "",
    "think-True-cut": "",
    "think-low": ModelError,
    "think-bad": EngineFailed,
    "think-tags-in-content": "I apologize",
    "runner-killed-mid-stream": EngineFailed,
    "chat-after-kill": "Certainly! Here are the",
    "busy": EngineFailed,
}
SHOW: dict[str, tuple[int, int, set[str]] | type[KbError]] = {
    "show-multilingual-e5-small": (384, 512, {"embedding"}),
    "show-no-tag": (384, 512, {"embedding"}),
    "show-plain": (1536, 32768, {"completion"}),
    "show-reasoner": (1536, 32768, {"completion", "thinking"}),
    "show-unknown": ModelMissing,
}
OTHER = {"version", "tags"}
NEVER_ASKED = {
    "root": "a version says more",
    "ps-empty": "kb does not ask what is loaded",
    "ps-one": "kb does not ask what is loaded",
    "ps-after": "kb does not ask what is loaded",
    "no-route": "kb asks for no such path",
    "embeddings-old": "/api/embed came in its place",
}


@pytest.fixture(scope="module")
def transcripts(shared: Path) -> dict[str, Transcript]:
    return read(shared / "ollama")


def replaying(
    *answers: Transcript, pauses: list[float] | None = None
) -> tuple[Client, ReplayTransport]:
    by_path: dict[str, list[Transcript]] = {}
    for answer in answers:
        by_path.setdefault(answer.path, []).append(answer)
    transport = ReplayTransport(by_path)
    engine = Engine("Ollama 0.17.4", "http://127.0.0.1:11434", "ollama pull {}")
    pause = pauses.append if pauses is not None else lambda seconds: None
    return Client(transport, "http://replayed", engine, pause), transport


def texts_of(transcript: Transcript) -> Sequence[str]:
    given = (transcript.request or {}).get("input")
    texts = given if isinstance(given, list) else [given]
    return [text if isinstance(text, str) and text else "x" for text in texts] or ["x"]


def test_every_transcript_is_covered(transcripts: dict[str, Transcript]) -> None:
    assert {*EMBED, *CHAT, *SHOW, *OTHER, *NEVER_ASKED} == {*transcripts}
    assert len(transcripts) == 69


@pytest.mark.parametrize("name", EMBED)
def test_embedding(name: str, transcripts: dict[str, Transcript]) -> None:
    case = transcripts[name]
    model = case.request["model"] if case.request else ""
    client, _ = replaying(transcripts[SHOWN[model]], case)
    embedder, expected = ModelEmbedder(client, model), EMBED[name]
    if isinstance(expected, int):
        assert len(embedder.embed_passages(texts_of(case))) == expected
    else:
        with pytest.raises(expected):
            embedder.embed_passages(texts_of(case))


@pytest.mark.parametrize("name", CHAT)
def test_chat(name: str, transcripts: dict[str, Transcript]) -> None:
    case = transcripts[name]
    request = case.request or {}
    model = request.get("model", "plain:1.5b")
    client, _ = replaying(transcripts[SHOWN[model]], case)
    generator, expected = ModelGenerator(client, model), CHAT[name]
    options = request.get("options", {})
    num_ctx = options.get("num_ctx", 4096)
    answer = generator.chat(
        [Message(**message) for message in request.get("messages", [])],
        num_ctx=num_ctx if isinstance(num_ctx, int) else 4096,
        max_tokens=80,
        think=request.get("think") is True,
        temperature=0,
    )
    if not isinstance(expected, str):
        with pytest.raises(expected):
            list(answer)
        return
    *pieces, end = answer
    reply = "".join(piece.content for piece in pieces if isinstance(piece, ChatPiece))
    assert reply.startswith(expected)
    assert bool(reply) == bool(expected)
    assert isinstance(end, ChatResult)
    assert end.done_reason == case.documents[-1]["done_reason"]


@pytest.mark.parametrize("name", SHOW)
def test_description_of_a_model(name: str, transcripts: dict[str, Transcript]) -> None:
    client, _ = replaying(transcripts[name])
    expected = SHOW[name]
    if not isinstance(expected, tuple):
        with pytest.raises(expected) as raised:
            ModelEmbedder(client, "bge-m3").info()
        assert raised.value.hint == "ollama pull bge-m3"
        return
    info = ModelGenerator(client, "m").info()
    assert (info.dimension, info.context_length, {*info.capabilities}) == expected
    assert info.digest.startswith("01dccb25" if "e5" in name or "no-tag" in name else "cc324af0")


def test_list_of_models(transcripts: dict[str, Transcript]) -> None:
    client, _ = replaying(transcripts["tags"])
    assert client.names() == ("multilingual-e5-small:latest", "plain:1.5b", "reasoner:1.5b")


def test_version_of_a_server(transcripts: dict[str, Transcript]) -> None:
    transport = ReplayTransport({"/api/version": [transcripts["version"]]})
    assert server_version("http://replayed", 1.0, transport) == "0.0.0"


# --- what is asked --------------------------------------------------------------------


def test_nothing_may_be_cut_and_the_context_is_always_named(
    transcripts: dict[str, Transcript],
) -> None:
    client, asked = replaying(
        transcripts["show-plain"],
        transcripts["show-multilingual-e5-small"],
        transcripts["chat-streamed"],
        transcripts["embed-one"],
    )
    list(
        ModelGenerator(client, "plain:1.5b").chat(
            [Message("user", "hi")],
            num_ctx=1024,
            max_tokens=9,
            think=False,
            temperature=0.5,
            seed=3,
        )
    )
    ModelEmbedder(client, "multilingual-e5-small").embed_query("hi")

    (chat,), (embed,) = asked.requests["/api/chat"], asked.requests["/api/embed"]
    assert (chat["truncate"], chat["shift"]) == (False, False)
    assert chat["options"] == {
        "num_ctx": 1024,
        "num_predict": 9,
        "temperature": 0.5,
        "seed": 3,
        "repeat_penalty": 1.0,
    }
    assert (embed["truncate"], embed["options"]) == (False, {"num_ctx": 512})


def test_think_is_sent_to_a_model_that_can_and_to_no_other(
    transcripts: dict[str, Transcript],
) -> None:
    for model, expected in (("plain:1.5b", None), ("reasoner:1.5b", False)):
        client, asked = replaying(transcripts[SHOWN[model]], transcripts["think-False"])
        list(
            ModelGenerator(client, model).chat(
                [Message("user", "hi")], num_ctx=1024, max_tokens=9, think=False, temperature=0
            )
        )
        assert asked.requests["/api/chat"][0].get("think") is expected


def test_a_thought_without_an_answer_is_asked_again_without_thinking(
    transcripts: dict[str, Transcript],
) -> None:
    client, asked = replaying(
        transcripts["show-reasoner"], transcripts["think-True-streamed"], transcripts["think-False"]
    )
    *pieces, end = ModelGenerator(client, "reasoner:1.5b").chat(
        [Message("user", "hi")], num_ctx=2048, max_tokens=80, think=True, temperature=0
    )

    assert [request["think"] for request in asked.requests["/api/chat"]] == [True, False]
    thought = "".join(piece.thinking for piece in pieces if isinstance(piece, ChatPiece))
    reply = "".join(piece.content for piece in pieces if isinstance(piece, ChatPiece))
    assert thought == "张飞的电话号码是 u987438274。\n"
    assert reply == "u987438274"
    assert isinstance(end, ChatResult)
    assert end.answer_tokens == 21 + 11


def test_a_form_is_sent_as_a_schema_and_read_from_what_was_recorded(
    transcripts: dict[str, Transcript],
) -> None:
    """`chat-schema`: what Ollama 0.17.4 answered to a schema."""
    case = transcripts["chat-schema"]
    client, asked = replaying(transcripts["show-plain"], case, case)
    generator = ModelGenerator(client, "plain:1.5b")
    form = Form({"phone": ("u987438274", "u111111111")})
    [filled] = generator.fill([Message("user", "hi")], form, num_ctx=2048)
    assert isinstance(filled, Filled)
    assert filled.values == {"phone": "u987438274"}

    recorded = (case.request or {})["format"]
    sent = asked.requests["/api/chat"][0]["format"]
    assert {*recorded} <= {*sent}
    assert sent["properties"] == {"phone": {"type": "string", "enum": ["u987438274", "u111111111"]}}

    [other] = generator.fill([Message("user", "hi")], Form({"phone": ("1", "2")}), num_ctx=2048)
    assert isinstance(other, Filled)
    assert other.values == {}, "a server that passes over the schema says what it likes"


# --- asking again ---------------------------------------------------------------------


def test_a_busy_server_is_asked_again_later_and_later(transcripts: dict[str, Transcript]) -> None:
    pauses: list[float] = []
    busy = transcripts["busy"]
    client, asked = replaying(
        transcripts["show-plain"], busy, busy, transcripts["chat-streamed"], pauses=pauses
    )
    *_, end = ModelGenerator(client, "plain:1.5b").chat(
        [Message("user", "hi")], num_ctx=2048, max_tokens=80, think=False, temperature=0
    )
    assert isinstance(end, ChatResult)
    assert len(asked.requests["/api/chat"]) == 3
    assert 0.25 <= pauses[0] <= 0.75
    assert 0.5 <= pauses[1] <= 1.5


def test_a_server_that_stays_busy_is_given_up(transcripts: dict[str, Transcript]) -> None:
    pauses: list[float] = []
    client, _ = replaying(transcripts["show-plain"], transcripts["busy"], pauses=pauses)
    answer = ModelGenerator(client, "plain:1.5b").chat(
        [Message("user", "hi")], num_ctx=2048, max_tokens=80, think=False, temperature=0
    )
    with pytest.raises(EngineFailed, match="is busy"):
        list(answer)
    assert 30 < sum(pauses) <= BUSY_SECONDS


def test_a_crash_of_the_engine_is_tried_once_more(transcripts: dict[str, Transcript]) -> None:
    client, asked = replaying(
        transcripts["show-multilingual-e5-small"],
        transcripts["runner-killed-while-embedding"],
        transcripts["embed-after-kill"],
    )
    assert len(ModelEmbedder(client, "multilingual-e5-small").embed_query("hello")) == 384
    assert len(asked.requests["/api/embed"]) == 2


def test_a_text_that_is_too_long_is_not_tried_again(transcripts: dict[str, Transcript]) -> None:
    client, asked = replaying(
        transcripts["show-multilingual-e5-small"], transcripts["embed-long-truncate-false"]
    )
    with pytest.raises(InputTooLong):
        ModelEmbedder(client, "multilingual-e5-small").embed_query("hello")
    assert len(asked.requests["/api/embed"]) == 1


def test_an_answer_that_breaks_off_keeps_what_came_and_then_fails(
    transcripts: dict[str, Transcript],
) -> None:
    client, asked = replaying(transcripts["show-plain"], transcripts["runner-killed-mid-stream"])
    answer = ModelGenerator(client, "plain:1.5b").chat(
        [Message("user", "count")], num_ctx=4096, max_tokens=400, think=False, temperature=0
    )
    reply = "".join(piece.content for piece in islice(answer, 6) if isinstance(piece, ChatPiece))
    assert reply.startswith("Certainly! Here are")
    with pytest.raises(EngineFailed):
        next(answer)
    assert len(asked.requests["/api/chat"]) == 1
