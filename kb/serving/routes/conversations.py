"""Conversations that are kept, each person's own; and documents, to be read beside an answer.

GET    /api/conversations            ?q=
POST   /api/conversations            {"question", "conversation", "top_k", "where", "collection",
                                     "model"}: lines as of /api/ask with `progress`
GET    /api/conversations/ID         PATCH {"title"}    DELETE
GET    /api/conversations/ID/export  Markdown
POST   /api/conversations/ID/feedback  {"turn", "good", "reason"}    DELETE ?turn=
GET    /api/document                 ?source= &collection=
GET    /api/document/sheet           ?source= &collection= &section= &quote= &row=
GET    /api/document/page            ?source= &collection= &page= &quote=
GET    /api/examples
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import cast

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from kb.access.callers import Caller
from kb.serving.backend import ApiQuestion, Lines
from kb.serving.conversations import Conversation, Feedback, KeptTurn, markdown, new_turn
from kb.serving.responses import wrong
from kb.serving.routes.api import checked_question
from kb.serving.routes.common import (
    NDJSON,
    Action,
    Services,
    caller_of,
    checked_fields,
    fits,
    kept,
    ndjson,
    read_object,
    whole,
    with_progress,
)
from kb.serving.waiting import Waiting
from kb.session import to_json

_FIELDS = {"question": str, "conversation": str, "top_k": int, "where": list, "collection": str}
_FIELDS |= {"model": str}
_LONGEST_REASON = 2000
_DIGITS = 7


def routes(services: Services) -> list[Route]:
    handlers = _Conversations(services)
    one = "/api/conversations/{id}"
    return [
        Route("/api/conversations", handlers.listed),
        Route("/api/conversations", handlers.ask, methods=["POST"]),
        Route(one, handlers.get),
        Route(one, handlers.rename, methods=["PATCH"]),
        Route(one, handlers.delete, methods=["DELETE"]),
        Route(f"{one}/export", handlers.export),
        Route(f"{one}/feedback", handlers.judge, methods=["POST"]),
        Route(f"{one}/feedback", handlers.take_back, methods=["DELETE"]),
        Route("/api/document", handlers.document),
        Route("/api/document/sheet", handlers.sheet),
        Route("/api/document/page", handlers.page),
        Route("/api/examples", handlers.examples),
    ]


class _Conversations:
    def __init__(self, services: Services) -> None:
        self._services = services
        self._kept = services.conversations

    async def listed(self, request: Request) -> Response:
        caller, wanted = caller_of(request), request.query_params.get("q", "")

        def work() -> str:
            found = self._kept.listed(caller, wanted)
            return to_json({"conversations": [_short(one) for one in found]})

        return await whole(request, self._services, Action(caller, "history"), work)

    async def get(self, request: Request) -> Response:
        caller, name = caller_of(request), request.path_params["id"]

        def work() -> str:
            found = self._kept.get(caller, name)
            return to_json({**_short(found), "turns": [_turn(one) for one in found.turns]})

        return await whole(request, self._services, Action(caller, "history"), work)

    async def rename(self, request: Request) -> Response:
        caller, name = caller_of(request), request.path_params["id"]
        body = await read_object(request)
        checked_fields(body, {"title": str})

        def work() -> str:
            self._kept.rename(caller, name, cast(str, body.get("title", "")))
            return to_json(_short(self._kept.get(caller, name)))

        return await whole(request, self._services, Action(caller, "rename"), work)

    async def delete(self, request: Request) -> Response:
        caller, name = caller_of(request), request.path_params["id"]

        def work() -> str:
            self._kept.delete(caller, name)
            return "{}"

        return await whole(request, self._services, Action(caller, "delete"), work)

    async def export(self, request: Request) -> Response:
        """The Markdown is a field, so that no browser takes it for a page."""
        caller, name = caller_of(request), request.path_params["id"]

        def work() -> str:
            return to_json({"markdown": markdown(self._kept.get(caller, name))})

        return await whole(request, self._services, Action(caller, "export"), work)

    async def judge(self, request: Request) -> Response:
        caller, name = caller_of(request), request.path_params["id"]
        body = await read_object(request)
        checked_fields(body, {"turn": str, "good": bool, "reason": str})
        reason = cast(str, body.get("reason", ""))
        if "good" not in body or len(reason) > _LONGEST_REASON:
            raise wrong(
                "'good' is missing, or 'reason' too long",
                why=f"a reason has up to {_LONGEST_REASON:,} characters",
            )
        feedback = Feedback(cast(bool, body["good"]), reason)

        def work() -> str:
            self._kept.judge(caller, name, cast(str, body.get("turn", "")), feedback)
            return "{}"

        return await whole(request, self._services, Action(caller, "feedback"), work)

    async def take_back(self, request: Request) -> Response:
        caller, name = caller_of(request), request.path_params["id"]
        turn = request.query_params.get("turn", "")

        def work() -> str:
            self._kept.take_back(caller, name, turn)
            return "{}"

        return await whole(request, self._services, Action(caller, "feedback-taken-back"), work)

    async def ask(self, request: Request) -> Response:
        caller = caller_of(request)
        body = await read_object(request)
        checked_fields(body, _FIELDS)
        question = checked_question(body)
        action = Action(caller, "ask", question.collection, question.text)
        fits(self._services, action, question)
        name = cast(str, body.get("conversation", ""))
        conversation = (
            self._kept.get(caller, name) if name else self._kept.begin(caller, question.text)
        )
        self._kept.full(conversation)
        put = Waiting()
        work = kept(
            self._services, action, lambda: self._answer(caller, conversation, question, put)
        )
        reply = self._services.answers.put(work, caller.name)
        lines = ndjson(self._services, reply, with_progress(self._services, reply))
        return StreamingResponse(lines, media_type=NDJSON)

    def _answer(
        self, caller: Caller, conversation: Conversation, question: ApiQuestion, put: Waiting
    ) -> Lines:
        """The lines of an answer, the last of which comes once the turn is kept."""
        backend, rewritten = self._services.backend, ""
        asked = (question.collection,) if question.collection else backend.collections(caller)
        name = new_turn()
        if self._kept.keeps:
            yield to_json({"conversation": _short(conversation), "turn": name})
        turns = tuple(one.turn for one in conversation.turns)
        for line in put.answered(backend.chat(caller, turns, question)):
            said = json.loads(line)
            if "rewritten" in said:
                rewritten = said["rewritten"] or ""
            if "thought" in said:
                continue
            if "found" in said:
                turn = KeptTurn(question.text, rewritten, said, asked, name)
                self._kept.append(caller, conversation, turn)
            yield line

    async def examples(self, request: Request) -> Response:
        caller = caller_of(request)
        action = Action(caller, "examples")
        work = self._services.backend.examples
        return await whole(request, self._services, action, lambda: work(caller))

    async def document(self, request: Request) -> Response:
        caller, collection, source = _cited(request)
        action, show = Action(caller, "document", collection), self._services.backend.document
        return await whole(
            request, self._services, action, lambda: show(caller, collection, source)
        )

    async def sheet(self, request: Request) -> Response:
        caller, collection, source = _cited(request)
        section, quote = (request.query_params.get(name, "") for name in ("section", "quote"))
        row, show = _number(request, "row"), self._services.backend.sheet
        return await whole(
            request,
            self._services,
            Action(caller, "document", collection),
            lambda: show(caller, collection, source, section, quote, row),
        )

    async def page(self, request: Request) -> Response:
        caller, collection, source = _cited(request)
        page, quote = _number(request, "page") or 1, request.query_params.get("quote", "")
        action, show = Action(caller, "document", collection), self._services.backend.page
        return await whole(
            request, self._services, action, lambda: show(caller, collection, source, page, quote)
        )


def _cited(request: Request) -> tuple[Caller, str, str]:
    """Who wants to see what: the caller, a collection, a source. Raises RequestRejected (400)."""
    given = request.query_params
    if not given.get("source"):
        raise wrong("'source' is missing")
    return caller_of(request), given.get("collection", ""), given["source"]


def _number(request: Request, name: str) -> int:
    """0 where none is given. Raises RequestRejected (400)."""
    text = request.query_params.get(name, "0")
    if not text.isdecimal() or len(text) > _DIGITS:
        raise wrong(f"'{name}' is no number")
    return int(text)


def _short(one: Conversation) -> dict[str, object]:
    fields: dict[str, object] = {
        "id": one.id,
        "title": one.title,
        "created": one.created,
        "updated": one.updated,
    }
    return fields


def _turn(turn: KeptTurn) -> dict[str, object]:
    return asdict(turn)
