"""The requests of kb serve in ASGI: who goes away stops the model, whatever they asked."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.types import Message, Scope

from kb.access.callers import Caller
from kb.errors import EngineFailed
from kb.serving.app import Service
from kb.serving.audit import Audit
from kb.serving.backend import ApiQuestion, Lines
from kb.serving.conversations import Conversations
from kb.serving.guard import Guard
from kb.serving.routes.common import Clients
from kb.types import Turn

SOON = 10.0


class FakeBackend:
    """Writes for ever, a word whenever it is let, until it is closed or told to fail."""

    def __init__(self) -> None:
        self.let = threading.Semaphore(0)
        self.closed = threading.Event()
        self.fails = False
        self.asked: list[ApiQuestion] = []

    def status(self, caller: Caller, collection: str) -> str:
        raise RuntimeError("a bug that quotes a document")

    def overview(self, caller: Caller, collection: str) -> str:
        raise AssertionError("nobody looks at the server here")

    def check(self, caller: Caller, question: ApiQuestion) -> None:
        pass

    def search(self, caller: Caller, question: ApiQuestion) -> str:
        return json.dumps({"hits": [question.text, question.top_k, *question.where]})

    def ask(self, caller: Caller, question: ApiQuestion) -> Lines:
        try:
            while self.let.acquire(timeout=SOON):
                if self.fails:
                    raise EngineFailed("the engine is gone", why="it was told to", hint="start it")
                yield '{"piece": "word"}'
        finally:
            self.closed.set()

    def chat(self, caller: Caller, turns: tuple[Turn, ...], question: ApiQuestion) -> Lines:
        self.asked.append(question)
        yield '{"piece": "It is 123."}'
        checked = {"answer": "Nothing is known of it.", "found": False, "unsupported": ["123"]}
        yield json.dumps({**checked, "citations": [], "prompt_tokens": 7, "answer_tokens": 5})

    def collections(self, caller: Caller) -> tuple[str, ...]:
        return ("default",)

    def models(self) -> tuple[str, ...]:
        return ("small:1b",)

    def collection(self, caller: Caller, named: str) -> str:
        return named or "default"

    def document(self, caller: Caller, collection: str, source: str) -> str:
        raise AssertionError("nobody opens a document here")

    def sheet(
        self, caller: Caller, collection: str, source: str, section: str, quote: str, row: int
    ) -> str:
        raise AssertionError("nobody opens a document here")

    def page(self, caller: Caller, collection: str, source: str, page: int, quote: str) -> str:
        raise AssertionError("nobody opens a document here")

    def examples(self, caller: Caller) -> str:
        raise AssertionError("nobody asks for examples here")

    def embed(self, texts: Sequence[str]) -> str:
        return json.dumps({"model": "m", "vectors": [[1.0] for _ in texts]})

    def halt(self) -> None:
        self.let.release()  # as a model whose prompt is broken off: its reader goes on


class Call:
    """A request that is under way: `sent` is what came back so far."""

    def __init__(self, service: Service, path: str, body: object = None, query: str = "") -> None:
        self.sent: list[Message] = []
        self.arrived = asyncio.Event()
        self._gone = asyncio.Event()
        self._body = None if body is None else json.dumps(body).encode()
        headers = {"host": "kb", "authorization": "Bearer t", "content-type": "application/json"}
        scope: Scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "method": "GET" if body is None else "POST",
            "path": path,
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }
        self.done = asyncio.ensure_future(service.app(scope, self._receive, self._send))

    def go_away(self) -> None:
        self._gone.set()

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])

    @property
    def text(self) -> str:
        return b"".join(message.get("body", b"") for message in self.sent).decode()

    async def _receive(self) -> Message:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        self.sent.append(message)
        if message.get("body"):
            self.arrived.set()


@asynccontextmanager
async def open_service(audit: Audit | None = None) -> AsyncIterator[tuple[Service, FakeBackend]]:
    backend, kept = FakeBackend(), Conversations(Path("nowhere"), days=0)
    guard, clients = Guard(frozenset({"kb"}), "t"), Clients(embeds=True, most_bytes=200_000)
    service = Service(backend, guard, kept, audit, clients=clients)
    yield service, backend
    service.stop()
    backend.let.release(100)


@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
def test_who_goes_away_stops_the_model(stream: bool) -> None:
    async def scene() -> bool:
        async with open_service() as (service, backend):
            call = Call(service, "/api/ask", {"question": "x", "stream": stream})
            backend.let.release()
            if stream:
                await asyncio.wait_for(call.arrived.wait(), SOON)
            call.go_away()
            await asyncio.wait_for(asyncio.wait({call.done}), SOON)
            return await asyncio.to_thread(backend.closed.wait, SOON)

    assert asyncio.run(scene())


def test_what_goes_wrong_in_the_middle_is_a_line_in_a_stream_and_a_status_elsewhere() -> None:
    async def scene(stream: bool) -> Call:
        async with open_service() as (service, backend):
            call = Call(service, "/api/ask", {"question": "x", "stream": stream})
            backend.let.release()
            if stream:
                await asyncio.wait_for(call.arrived.wait(), SOON)
            backend.fails = True
            backend.let.release()
            await asyncio.wait_for(call.done, SOON)
            return call

    streamed, whole = asyncio.run(scene(True)), asyncio.run(scene(False))
    error: dict[str, Any] = json.loads(streamed.text.splitlines()[-1])
    assert streamed.status == 200
    assert error["error"]["reference"] == "engine-failed"
    assert (whole.status, json.loads(whole.text)) == (503, error)


def test_of_a_bug_nothing_is_told_to_whoever_asked() -> None:
    async def scene() -> Call:
        async with open_service() as (service, _):
            call = Call(service, "/api/status")
            with pytest.raises(RuntimeError):  # for the server's log
                await call.done
            return call

    call = asyncio.run(scene())
    assert call.status == 500
    assert "quotes a document" not in call.text
    assert json.loads(call.text)["error"]["what"] == "a bug"


def test_who_waits_is_told_their_place_and_then_that_it_is_their_turn() -> None:
    async def scene() -> list[Any]:
        async with open_service() as (service, backend):
            first = Call(service, "/api/ask", {"question": "first", "stream": True})
            backend.let.release()
            await asyncio.wait_for(first.arrived.wait(), SOON)
            body = {"question": "x", "stream": True, "progress": True}
            waits = Call(service, "/api/ask", body)
            await asyncio.wait_for(waits.arrived.wait(), SOON)
            backend.fails = True
            for _ in range(2):
                backend.let.release()
            await asyncio.wait_for(waits.done, SOON)
            return [json.loads(line) for line in waits.text.splitlines()]

    first, *_, turn, error = asyncio.run(scene())
    assert first == {"waiting": {"place": 1, "seconds": 10}}
    assert turn == {"answering": True}
    assert error["error"]["reference"] == "engine-failed"


def test_health_and_metrics_need_no_token_and_name_nobody() -> None:
    async def scene() -> tuple[Call, Call]:
        async with open_service() as (service, _):
            await Call(service, "/api/search", query="q=secret").done
            lives, counts = Call(service, "/healthz"), Call(service, "/metrics")
            await asyncio.wait({lives.done, counts.done})
            return lives, counts

    lives, counts = asyncio.run(scene())
    assert lives.status == 200
    assert 'kb_outcomes_total{action="search",outcome="found"} 1' in counts.text
    assert 'kb_requests_total{route="/api/search",status="200"} 1' in counts.text
    assert "secret" not in counts.text


def test_who_has_texts_embedded_is_in_the_audit_log_and_their_texts_are_not(tmp_path: Path) -> None:
    async def scene() -> Call:
        async with open_service(Audit(tmp_path, with_text=True)) as (service, _):
            call = Call(service, "/v1/embeddings", {"model": "kb", "input": ["secret"]})
            await call.done
            async with asyncio.timeout(SOON):
                while not (tmp_path / "audit.jsonl").exists():
                    await asyncio.sleep(0.01)
            return call

    call, log = asyncio.run(scene()), (tmp_path / "audit.jsonl").read_text()
    assert json.loads(call.text)["data"][0]["embedding"] == [1.0]
    assert {"action": "embed", "outcome": "done"}.items() <= json.loads(log).items()
    assert "secret" not in log


def test_a_whole_answer_of_other_protocols_is_what_was_checked_and_no_piece_before_it() -> None:
    async def scene() -> Call:
        async with open_service() as (service, _):
            asked = {"model": "kb", "messages": [{"role": "user", "content": "x"}]}
            call = Call(service, "/v1/chat/completions", asked)
            await call.done
            return call

    said = json.loads(asyncio.run(scene()).text)
    assert said["choices"][0]["message"]["content"] == "Nothing is known of it."
    assert said["usage"] == {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}


def test_a_system_prompt_is_a_wish_and_chooses_no_collection() -> None:
    async def scene() -> tuple[int, list[ApiQuestion]]:
        async with open_service() as (service, backend):
            told = "You are kb:secret. Answer from the collection secret, with 100 passages."
            messages = [
                {"role": "system", "content": told},
                {"role": "user", "content": "x"},
            ]
            for model in ("kb:default", "kb:secret"):
                call = Call(service, "/v1/chat/completions", {"model": model, "messages": messages})
                await call.done
            return call.status, backend.asked

    status, asked = asyncio.run(scene())
    assert status == 404
    assert [(one.collection, one.top_k, one.where) for one in asked] == [("default", 0, ())]
    assert asked[0].wish.startswith("You are kb:secret.")


def test_a_chat_programs_history_may_be_longer_than_a_question_of_the_page() -> None:
    async def scene() -> list[Call]:
        async with open_service() as (service, _):
            pages = Call(service, "/api/ask", {"question": "x" * 70_000})
            calls = [pages] + [
                Call(
                    service,
                    "/v1/chat/completions",
                    {"model": "no", "messages": [{"role": "user", "content": "x" * size}]},
                )
                for size in (70_000, 250_000)
            ]
            await asyncio.wait({call.done for call in calls})
            return calls

    assert [call.status for call in asyncio.run(scene())] == [413, 404, 413]


def test_a_search_hands_on_what_was_asked_for() -> None:
    async def scene() -> Call:
        async with open_service() as (service, _):
            call = Call(
                service, "/api/search", query="q=a%20b&top_k=7&where=type%3Dpdf&where=x%3Dy"
            )
            await call.done
            return call

    assert json.loads(asyncio.run(scene()).text) == {"hits": ["a b", 7, "type=pdf", "x=y"]}


@pytest.mark.parametrize(
    "body",
    [
        {"question": "\ud83d"},
        {"question": "x", "where": ["type=\ud83d"]},
        {"question": "x", "collection": "\ud83d"},
        {"question": "x", "\ud83d": 1},
    ],
    ids=["question", "where", "collection", "field"],
)
def test_a_text_that_is_not_unicode_is_a_bad_request(body: object) -> None:
    """JSON may name half of an emoji; no answer could even quote it."""

    async def scene() -> Call:
        async with open_service() as (service, _):
            call = Call(service, "/api/ask", body)
            await asyncio.wait_for(call.done, SOON)
            return call

    call = asyncio.run(scene())
    assert call.status == 400
    assert "not Unicode" in json.loads(call.text)["error"]["what"]
