"""Requests put to `Service.app` in this process, and a backend that knows one document."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from urllib.parse import urlencode

from starlette.types import Message, Scope

from kb.access.callers import Caller, Role
from kb.errors import EngineFailed, RequestRejected
from kb.serving.app import Service
from kb.serving.backend import ApiQuestion, Lines
from kb.serving.chat_models import checked_model
from kb.serving.guard import Guard
from kb.types import Turn
from tests.serving import Got

SOON = 10.0
ANNA = Caller("anna", Role.EDITOR, frozenset({"law"}))
RITA = Caller("rita", Role.READER, frozenset({"law"}))
PEOPLE = {one.name: one for one in (ANNA, RITA)}
GUARD = Guard(frozenset({"kb"}), "owner", user_of=PEOPLE.get)
"""Whose token is their name."""


class FakeBackend:
    """Collections `law` and `hr`; every answer is "Due on 1 May. [1]"."""

    def __init__(self) -> None:
        self.leant_on: list[tuple[Turn, ...]] = []
        self.chat_models: tuple[str, ...] = ("small:1b",)
        self.answered_by: list[str] = []
        self.shown: list[tuple[object, ...]] = []

    def status(self, caller: Caller, collection: str) -> str:
        return json.dumps({"collections": self.collections(caller)})

    def overview(self, caller: Caller, collection: str) -> str:
        return json.dumps({"home": "/srv/kb"})

    def check(self, caller: Caller, question: ApiQuestion) -> None:
        checked_model(question.model, self.models())
        if question.collection:
            self.collection(caller, question.collection)

    def search(self, caller: Caller, question: ApiQuestion) -> str:
        return json.dumps({"hits": []})

    def ask(self, caller: Caller, question: ApiQuestion) -> Lines:
        return self.chat(caller, (), question)

    def chat(self, caller: Caller, turns: tuple[Turn, ...], question: ApiQuestion) -> Lines:
        self.leant_on.append(turns)
        self.answered_by.append(question.model)
        cited = {"n": 1, "source": "lease.md", "page": None, "line": 3, "section": "", "quote": "q"}
        yield json.dumps({"question": question.text, "rewritten": "When is the rent due?"})
        yield json.dumps({"thought": "Let me see."})
        yield json.dumps({"piece": "Due on 1 May. [1]"})
        if question.text == "break off":
            raise EngineFailed("the engine is gone", why="it was told to", hint="start it")
        yield json.dumps(
            {
                "answer": "Due on 1 May. [1]",
                "found": True,
                "citations": [cited],
                "unsupported": [],
                "prompt_tokens": 120,
                "answer_tokens": 8,
                "cut": False,
                "timings": {"load": 0.5, "prompt": 1.0, "generate": 2.0, "total": 3.5},
            }
        )

    def collections(self, caller: Caller) -> tuple[str, ...]:
        return caller.sees(("law", "hr"))

    def models(self) -> tuple[str, ...]:
        return self.chat_models

    def collection(self, caller: Caller, named: str) -> str:
        if named and not caller.may_see(named):
            raise RequestRejected("it is not served", why="no", hint="name another", status=404)
        return named or self.collections(caller)[0]

    def document(self, caller: Caller, collection: str, source: str) -> str:
        return json.dumps({"source": source, "collection": collection})

    def sheet(
        self, caller: Caller, collection: str, source: str, section: str, quote: str, row: int
    ) -> str:
        self.shown.append((collection, source, section, quote, row))
        return json.dumps({"rows": []})

    def page(self, caller: Caller, collection: str, source: str, page: int, quote: str) -> str:
        self.shown.append((collection, source, page, quote))
        return json.dumps({"page": page})

    def examples(self, caller: Caller) -> str:
        return json.dumps({"examples": ["What does “Lease” say?"]})

    def embed(self, texts: Sequence[str]) -> str:
        return json.dumps({"model": "m", "vectors": [[1.0] for _ in texts]})

    def halt(self) -> None:
        pass


def call(
    service: Service,
    method: str,
    path: str,
    body: object = None,
    *,
    token: str = "anna",
    parts: Sequence[bytes] = (),
    ends: bool = True,
    headers: Sequence[tuple[str, str]] = (),
    query: Mapping[str, str] = MappingProxyType({}),
) -> Got:
    """One request and its whole response.

    Args:
        body: sent as JSON.
        parts: sent as they are, one message each, in the place of `body`.
        ends: whether the client sends all of it; else it goes away behind `parts`.
    """
    told = [*parts] if body is None else [json.dumps(body).encode()]
    pending: list[Message] = [
        {"type": "http.request", "body": part, "more_body": True} for part in told
    ]
    if ends:
        pending.append({"type": "http.request", "body": b"", "more_body": False})
    sent: list[Message] = []

    async def receive() -> Message:
        if ends and not pending:
            await asyncio.Event().wait()  # it stays and reads
        return pending.pop(0) if pending else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    given = [("host", "kb"), ("authorization", f"Bearer {token}"), *headers]
    scope: Scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "method": method,
        "path": path,
        "query_string": urlencode(query).encode(),
        "headers": [
            (name.encode(), value.encode())
            for name, value in (*given, ("content-type", "application/json"))
        ],
    }

    async def scene() -> None:
        await asyncio.wait_for(service.app(scope, receive, send), SOON)

    asyncio.run(scene())
    text = b"".join(one.get("body", b"") for one in sent).decode()
    head = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return Got(int(sent[0]["status"]), head, text)
