"""OpenAI's protocol: each collection is a model, `kb:NAME` (kb/serving/chat_models.py).

    GET  /v1/models                  those that the caller may see
    POST /v1/chat/completions        whole, or streamed as server-sent events
    POST /v1/embeddings              where `serve.embeddings` is set

https://platform.openai.com/docs/api-reference is what it follows. Beyond it, an answer has
`citations`, which some clients show, and `kb`: what `kb ask --json` prints. While a streamed answer
has not begun, comments (`: {"progress": …}`) say how far it is.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import AsyncIterator
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from kb.access.callers import Caller
from kb.errors import RequestRejected
from kb.serving.chat_models import offered
from kb.serving.queue import Reply
from kb.serving.responses import MarkedJSONResponse, openai_error, wrong
from kb.serving.routes.common import (
    Action,
    Services,
    caller_of,
    kept,
    next_text,
    one,
    read_object,
)
from kb.serving.routes.conversation import (
    Spoken,
    ask,
    conversation,
    heard,
    named,
    spoken,
)

_MOST_TEXTS = 256


def routes(services: Services) -> list[Route]:
    handlers = _OpenAI(services)
    found = [
        Route("/v1/models", handlers.models),
        Route("/v1/models/{name:path}", handlers.model),
        Route("/v1/chat/completions", handlers.complete, methods=["POST"]),
    ]
    if services.clients.embeds:
        found.append(Route("/v1/embeddings", handlers.embed, methods=["POST"]))
    return found


class _OpenAI:
    def __init__(self, services: Services) -> None:
        self._services = services

    async def models(self, request: Request) -> Response:
        backend = self._services.backend
        names = offered(backend.collections(caller_of(request)), backend.models())
        return MarkedJSONResponse({"object": "list", "data": [_model(one) for one in names]})

    async def model(self, request: Request) -> Response:
        found = named(self._services, caller_of(request), request.path_params["name"])
        return MarkedJSONResponse(_model(found.name))

    async def complete(self, request: Request) -> Response:
        clients = self._services.clients
        body = await read_object(request, most=clients.most_bytes)
        caller = caller_of(request)
        told = named(self._services, caller, body.get("model"))
        asked = conversation(body.get("messages"), body.get("tools"), prompt=clients.prompt)
        reply = ask(self._services, caller, told, asked)
        head = {
            "id": f"chatcmpl-{secrets.token_hex(12)}",
            "created": int(time.time()),
            "model": body["model"],
        }
        thinks = bool(body.get("include_reasoning") or body.get("reasoning_effort"))
        if body.get("stream"):
            options = body.get("stream_options")
            usage = isinstance(options, dict) and bool(options.get("include_usage"))
            events = self._events(reply, head, thinks=thinks, usage=usage)
            return StreamingResponse(events, media_type="text/event-stream")
        return await self._whole(request, reply, head, thinks=thinks)

    async def _whole(
        self, request: Request, reply: Reply, head: dict[str, Any], *, thinks: bool
    ) -> Response:
        text, thought, so_far = await heard(request, self._services, reply)
        message: dict[str, Any] = {"role": "assistant", "content": text}
        if thinks:
            message["reasoning_content"] = thought
        message["annotations"] = _annotations(so_far)
        finish = so_far.finish
        choice = {"index": 0, "message": message, "finish_reason": finish, "logprobs": None}
        whole = {**head, "object": "chat.completion", "choices": [choice]}
        return MarkedJSONResponse({**whole, "usage": _usage(so_far), **_beyond(so_far)})

    async def _events(
        self, reply: Reply, head: dict[str, Any], *, thinks: bool, usage: bool
    ) -> AsyncIterator[str]:
        head = {**head, "object": "chat.completion.chunk"}

        def chunk(delta: dict[str, Any], finish: str | None = None, **more: Any) -> str:
            choice = {"index": 0, "delta": delta, "finish_reason": finish, "logprobs": None}
            return _event({**head, "choices": [choice], **more})

        last = Spoken()
        try:
            yield chunk({"role": "assistant", "content": ""})
            async for piece, last in spoken(self._services, reply):
                if last.stands:
                    yield _comment(last.stands)
                if thinks and last.thought:
                    yield chunk({"reasoning_content": last.thought})
                if piece:
                    yield chunk({"content": piece})
            yield chunk({"annotations": _annotations(last)}, last.finish, **_beyond(last))
            if usage:
                yield _event({**head, "choices": [], "usage": _usage(last)})
        except Exception as error:
            yield _event(openai_error(error)[0])
        yield "data: [DONE]\n\n"

    async def embed(self, request: Request) -> Response:
        body, caller = await read_object(request), caller_of(request)
        given = body.get("input")
        texts = [given] if isinstance(given, str) else given
        if not (isinstance(texts, list) and texts and all(isinstance(t, str) for t in texts)):
            raise wrong("'input' is not valid", why="it is a text or a list of texts")
        if len(texts) > _MOST_TEXTS:
            raise wrong("'input' has too many texts", why=f"at most {_MOST_TEXTS} are embedded")
        line = await self._embedded(request, caller, texts)
        vectors = json.loads(line)
        data = [
            {"object": "embedding", "index": place, "embedding": vector}
            for place, vector in enumerate(vectors["vectors"])
        ]
        usage = {"prompt_tokens": 0, "total_tokens": 0}
        found = {"object": "list", "data": data, "model": vectors["model"], "usage": usage}
        return MarkedJSONResponse(found)

    async def _embedded(self, request: Request, caller: Caller, texts: list[str]) -> str:
        embedding = one(lambda: self._services.backend.embed(texts))
        work = kept(self._services, Action(caller, "embed"), embedding)
        text = await next_text(request, self._services.searches.put(work, caller.name))
        if text is None:
            raise RequestRejected("gone", why="the client went away", hint="ask again")
        return text


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "kb"}


def _annotations(so_far: Spoken) -> list[dict[str, Any]]:
    """The citations in the shape that OpenAI has for files."""
    return [
        {
            "type": "file_citation",
            "index": one["n"],
            "filename": one["source"],
            "quote": one["quote"],
        }
        for one in so_far.answer.get("citations", [])
    ]


def _usage(so_far: Spoken) -> dict[str, int]:
    """As the engine counted them; none where no model was asked."""
    read = int(so_far.answer.get("prompt_tokens", 0))
    written = int(so_far.answer.get("answer_tokens", 0))
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}


def _beyond(so_far: Spoken) -> dict[str, Any]:
    citations = so_far.answer.get("citations", [])
    return {"citations": citations, "kb": so_far.answer} if so_far.answer else {}


def _comment(content: dict[str, Any]) -> str:
    """A line that a reader of server-sent events passes over, and that keeps a connection open."""
    return f": {json.dumps(content)}\n\n"


def _event(content: dict[str, Any]) -> str:
    return f"data: {json.dumps(content)}\n\n"
