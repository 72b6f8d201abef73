"""OpenAI's and Ollama's protocols: each collection is a model, an answer's events are its lines.

tests/cli/test_serve_clients.py asks with the official clients.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kb.serving.app import Service
from kb.serving.conversations import Conversations
from kb.serving.routes.common import Clients
from tests.unit.serving.calls import GUARD, FakeBackend, call

SHOWN = "Due on 1 May. [1]\n\nSources:\n[1] lease.md · line 3"
MESSAGES = [{"role": "user", "content": "When is it due?"}]


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    kept = Conversations(tmp_path, days=0)
    service = Service(FakeBackend(), GUARD, kept, clients=Clients(embeds=True))
    yield service
    service.stop()


def post(service: Service, path: str, **body: object) -> Any:
    return call(service, "POST", path, {"model": "kb:law", **body})


# --- OpenAI ---------------------------------------------------------------------------


def events(text: str) -> list[Any]:
    """What the server-sent events hold, without comments."""
    sent = [one.removeprefix("data: ") for one in text.split("\n\n") if one.startswith("data: ")]
    assert sent.pop() == "[DONE]"
    return [json.loads(one) for one in sent]


def test_the_models_are_the_collections_that_the_caller_may_see(service: Service) -> None:
    assert [one["id"] for one in call(service, "GET", "/v1/models").json["data"]] == ["kb:law"]
    assert call(service, "GET", "/v1/models/kb:law").json["owned_by"] == "kb"
    assert call(service, "GET", "/v1/models/kb").json["id"] == "kb"
    assert call(service, "GET", "/v1/models/kb:hr").status == 404
    tags = call(service, "GET", "/api/tags").json["models"]
    assert [one["model"] for one in tags] == ["kb:law"]
    assert call(service, "GET", "/api/ps").json["models"][0]["size_vram"] == 0


def test_a_whole_completion_has_the_sources_and_the_engine_s_counts(service: Service) -> None:
    got = post(service, "/v1/chat/completions", messages=MESSAGES).json
    [choice] = got["choices"]
    assert (choice["message"]["content"], choice["finish_reason"]) == (SHOWN, "stop")
    assert "reasoning_content" not in choice["message"]
    assert choice["message"]["annotations"] == [
        {"type": "file_citation", "index": 1, "filename": "lease.md", "quote": "q"}
    ]
    assert got["usage"] == {"prompt_tokens": 120, "completion_tokens": 8, "total_tokens": 128}
    assert got["kb"]["found"]


def test_a_stream_has_the_pieces_then_the_sources_then_the_counts(service: Service) -> None:
    more = {"stream": True, "stream_options": {"include_usage": True}}
    first, *chunks, last = events(
        post(service, "/v1/chat/completions", messages=MESSAGES, **more).text
    )
    assert first["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert "".join(one["choices"][0]["delta"].get("content", "") for one in chunks) == SHOWN
    assert [one["choices"][0]["finish_reason"] for one in chunks][-1] == "stop"
    assert (last["choices"], last["usage"]["total_tokens"]) == ([], 128)


def test_a_thought_is_sent_to_those_alone_who_ask_for_it(service: Service) -> None:
    asked = {"messages": MESSAGES, "reasoning_effort": "low"}
    whole = post(service, "/v1/chat/completions", **asked).json
    assert whole["choices"][0]["message"]["reasoning_content"] == "Let me see."
    streamed = events(post(service, "/v1/chat/completions", stream=True, **asked).text)
    thoughts = [one["choices"][0]["delta"].get("reasoning_content") for one in streamed]
    assert "Let me see." in thoughts
    without = post(service, "/v1/chat/completions", messages=MESSAGES, stream=True).text
    assert "Let me see." not in without


def test_an_answer_that_breaks_off_ends_the_stream_with_its_error(service: Service) -> None:
    broken = [{"role": "user", "content": "break off"}]
    got = post(service, "/v1/chat/completions", messages=broken, stream=True)
    *_, last = events(got.text)
    assert last["error"]["code"] == "engine-failed"
    assert last["error"]["type"] == "server_error"
    whole = post(service, "/v1/chat/completions", messages=broken)
    assert (whole.status, whole.json["error"]["code"]) == (503, "engine-failed")
    lines = post(service, "/api/chat", messages=broken).lines
    assert lines[-1]["error"].startswith("the engine is gone: it was told to")


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ({}, "'messages' is missing or empty"),
        ({"messages": "hello"}, "'messages' is missing or empty"),
        ({"messages": ["hello"]}, "a message has no role"),
        ({"messages": [{"role": "assistant", "content": "hello"}]}, "no message is the user's"),
        ({"messages": [{"role": "user", "content": 7}]}, "a message's content is no text"),
        ({"messages": MESSAGES, "model": "gpt-5"}, "there is no model 'gpt-5'"),
        ({"messages": MESSAGES, "model": None}, "there is no model ''"),
    ],
)
def test_what_is_no_conversation_is_refused_in_the_protocol_s_own_form(
    service: Service, body: dict[str, Any], what: str
) -> None:
    got = post(service, "/v1/chat/completions", **body)
    assert got.status in (400, 404)
    assert got.json["error"]["message"].startswith(what)
    assert got.json["error"]["type"] == "invalid_request_error"


def test_texts_are_embedded_one_vector_each(service: Service) -> None:
    data = post(service, "/v1/embeddings", input=["a", "b"]).json["data"]
    assert [(one["index"], one["embedding"]) for one in data] == [(0, [1.0]), (1, [1.0])]
    assert len(post(service, "/v1/embeddings", input="a").json["data"]) == 1
    for wrong in ([], [1], None, {"a": 1}, ["x"] * 257):
        assert post(service, "/v1/embeddings", input=wrong).status == 400


# --- Ollama ---------------------------------------------------------------------------


def test_a_chat_s_last_line_has_the_times_and_the_counts(service: Service) -> None:
    lines = post(service, "/api/chat", messages=MESSAGES).lines
    assert "".join(one["message"]["content"] for one in lines) == SHOWN
    assert [one["done"] for one in lines] == [False] * (len(lines) - 1) + [True]
    last = lines[-1]
    assert (last["done_reason"], last["eval_count"], last["prompt_eval_count"]) == ("stop", 8, 120)
    assert last["eval_duration"] == 2_000_000_000
    # With the milliseconds that it waited for its turn.
    assert 3_500_000_000 <= last["total_duration"] < 5_000_000_000
    assert last["kb"]["citations"][0]["source"] == "lease.md"


@pytest.mark.parametrize(("think", "thought"), [(True, "Let me see."), (False, None)])
def test_a_thought_stands_in_its_own_field_unless_it_is_not_wanted(
    service: Service, think: bool, thought: str | None
) -> None:
    got = post(service, "/api/chat", messages=MESSAGES, stream=False, think=think).json
    assert got["message"]["content"] == SHOWN
    assert got["message"].get("thinking") == thought
    assert got["done"]


def test_generate_answers_a_prompt(service: Service) -> None:
    got = post(service, "/api/generate", prompt="When is it due?", stream=False).json
    assert (got["response"], got["done_reason"]) == (SHOWN, "stop")
    assert "message" not in got


def test_a_model_is_shown_and_one_that_is_none_is_not_found(service: Service) -> None:
    shown = call(service, "POST", "/api/show", {"name": "kb:law"}).json
    assert shown["model_info"]["kb.collection"] == "law"
    assert shown["capabilities"] == ["completion"]
    missing = call(service, "POST", "/api/show", {"model": "llama3"})
    assert missing.status == 404
    assert missing.json["error"].startswith("there is no model 'llama3'")
    assert "version" in call(service, "GET", "/api/version").json
