"""The API: what the commands of the same names print as JSON.

GET  /api/status   ?collection=
GET  /api/search   ?q= &top_k= &where=KEY=VALUE (repeatable) &collection=
POST /api/ask      {"question", "top_k", "where": [], "collection", "model", "stream",
                    "progress"}
"""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from kb.serving.backend import ApiQuestion
from kb.serving.description import LONGEST_QUESTION, MOST_HITS
from kb.serving.responses import json_text, wrong
from kb.serving.routes.common import (
    NDJSON,
    Action,
    Services,
    caller_of,
    checked_fields,
    fits,
    from_first,
    kept,
    ndjson,
    next_text,
    read_object,
    whole,
    with_progress,
)
from kb.serving.waiting import Waiting

_FIELDS = {"question": str, "top_k": int, "where": list, "collection": str}
_FIELDS |= {"model": str, "stream": bool, "progress": bool}


def routes(services: Services) -> list[Route]:
    handlers = _Api(services)
    return [
        Route("/api/status", handlers.status),
        Route("/api/search", handlers.search),
        Route("/api/ask", handlers.ask, methods=["POST"]),
    ]


class _Api:
    def __init__(self, services: Services) -> None:
        self._services = services
        self._backend = services.backend
        self._answers = services.answers

    async def status(self, request: Request) -> Response:
        collection = request.query_params.get("collection", "")
        caller = caller_of(request)
        action = Action(caller, "status", collection)
        return await whole(
            request, self._services, action, lambda: self._backend.status(caller, collection)
        )

    async def search(self, request: Request) -> Response:
        given = request.query_params
        caller = caller_of(request)
        top_k = given.get("top_k", "0")
        question = checked(
            ApiQuestion(
                given.get("q", ""),
                int(top_k) if top_k.isdecimal() and len(top_k) < 9 else -1,
                tuple(given.getlist("where")),
                given.get("collection", ""),
            ),
            name="q",
        )
        action = Action(caller, "search", question.collection, question.text)
        return await whole(
            request, self._services, action, lambda: self._backend.search(caller, question)
        )

    async def ask(self, request: Request) -> Response:
        caller = caller_of(request)
        question, streams, progress = await _read_question(request)
        action = Action(caller, "ask", question.collection, question.text)
        fits(self._services, action, question)
        put = Waiting()
        work = kept(
            self._services, action, lambda: put.answered(self._backend.ask(caller, question))
        )
        reply = self._answers.put(work, caller.name)
        if streams and progress:
            told = ndjson(self._services, reply, with_progress(self._services, reply))
            return StreamingResponse(told, media_type=NDJSON)
        try:
            first = await next_text(request, reply)
            if streams:
                # What goes wrong so far has its own status; later it is a line.
                lines = ndjson(self._services, reply, from_first(first, reply))
                return StreamingResponse(lines, media_type=NDJSON)
            last = first
            while (text := await next_text(request, reply)) is not None:
                last = text
        except BaseException:
            self._answers.abandon(reply)
            raise
        return json_text(last)


async def _read_question(request: Request) -> tuple[ApiQuestion, bool, bool]:
    """The question in a request's body, whether the answer is to be streamed, and whether its
    place in the queue is."""
    body = await read_object(request)
    checked_fields(body, _FIELDS)
    progress = cast(bool, body.get("progress", False))
    question = replace(checked_question(body), progress=progress)
    return question, cast(bool, body.get("stream", False)), progress


def checked_question(body: dict[str, object]) -> ApiQuestion:
    """The question in a body whose fields are of their types. Raises RequestRejected (400)."""
    where = cast(list[object], body.get("where", []))
    if not all(isinstance(one, str) for one in where):
        raise wrong("'where' has the wrong type", why='it is a list of texts, ["type=pdf"]')
    question = ApiQuestion(
        cast(str, body.get("question", "")),
        cast(int, body.get("top_k", 0)),
        tuple(cast(list[str], where)),
        cast(str, body.get("collection", "")),
        model=cast(str, body.get("model", "")),
    )
    return checked(question)


def checked(question: ApiQuestion, *, name: str = "question") -> ApiQuestion:
    """A question within the bounds of any question. Raises RequestRejected (400)."""
    if not question.text.strip():
        raise wrong(f"'{name}' is empty or missing")
    if len(question.text) > LONGEST_QUESTION:
        raise wrong(f"'{name}' is too long", why=f"it has up to {LONGEST_QUESTION:,} characters")
    if not 0 <= question.top_k <= MOST_HITS:
        raise wrong("'top_k' is not valid", why=f"it is a whole number up to {MOST_HITS}")
    return question
