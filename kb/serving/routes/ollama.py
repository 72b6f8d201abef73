"""Ollama's protocol, as far as clients of it ask: each collection is a model, `kb:NAME`
(kb/serving/chat_models.py).

    GET  /api/version, /api/tags, /api/ps
    POST /api/show, /api/chat, /api/generate      the last two streamed (NDJSON) unless told not to

https://docs.ollama.com/api is what it follows. While an answer has not begun, lines without text
say in `kb` how far it is; in the last line `kb` is what `kb ask --json` prints. Its paths and kb's
own below /api/ have no name in common (docs/decisions/0015-other-protocols.md).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from kb import __version__
from kb.serving.chat_models import offered
from kb.serving.queue import Reply
from kb.serving.responses import MarkedJSONResponse, ollama_error
from kb.serving.routes.common import NDJSON, Services, caller_of, read_object
from kb.serving.routes.conversation import (
    Spoken,
    ask,
    conversation,
    heard,
    named,
    spoken,
)


def routes(services: Services) -> list[Route]:
    handlers = _Ollama(services)
    return [
        Route("/api/version", handlers.version),
        Route("/api/tags", handlers.tags),
        Route("/api/ps", handlers.running),
        Route("/api/show", handlers.show, methods=["POST"]),
        Route("/api/chat", handlers.chat, methods=["POST"]),
        Route("/api/generate", handlers.generate, methods=["POST"]),
    ]


class _Ollama:
    def __init__(self, services: Services) -> None:
        self._services = services

    def version(self, request: Request) -> Response:
        return MarkedJSONResponse({"version": __version__})

    async def tags(self, request: Request) -> Response:
        return MarkedJSONResponse({"models": self._tags(request)})

    async def running(self, request: Request) -> Response:
        extra = {"expires_at": _now(), "size_vram": 0}
        return MarkedJSONResponse({"models": [{**one, **extra} for one in self._tags(request)]})

    def _tags(self, request: Request) -> list[dict[str, Any]]:
        backend = self._services.backend
        names = offered(backend.collections(caller_of(request)), backend.models())
        return [_tag(name) for name in names]

    async def show(self, request: Request) -> Response:
        body = await read_object(request, any_type=True)
        told = named(self._services, caller_of(request), body.get("model", body.get("name")))
        return MarkedJSONResponse(
            {
                "modelfile": "",
                "parameters": "",
                "template": "",
                "details": _DETAILS,
                "model_info": {"general.architecture": "kb", "kb.collection": told.collection},
                "capabilities": ["completion"],
                "modified_at": _now(),
            }
        )

    async def chat(self, request: Request) -> Response:
        body = await self._read(request)
        return await self._answer(request, body, body.get("messages"), chats=True)

    async def generate(self, request: Request) -> Response:
        body = await self._read(request)
        told = [{"role": "system", "content": body.get("system")}]
        asked = {"role": "user", "content": body.get("prompt")}
        return await self._answer(request, body, [*told, asked], chats=False)

    async def _read(self, request: Request) -> dict[str, Any]:
        most = self._services.clients.most_bytes
        return await read_object(request, any_type=True, most=most)

    async def _answer(
        self, request: Request, body: dict[str, Any], messages: Any, *, chats: bool
    ) -> Response:
        caller = caller_of(request)
        model = body.get("model")
        told = named(self._services, caller, model)
        prompt = self._services.clients.prompt
        asked = conversation(messages, body.get("tools"), prompt=prompt)
        reply = ask(self._services, caller, told, asked)
        thinks = body.get("think") is not False
        form = _Form(str(model), chats=chats, thinks=thinks)
        if body.get("stream", True):
            return StreamingResponse(self._lines(reply, form), media_type=NDJSON)
        text, thought, so_far = await heard(request, self._services, reply)
        return MarkedJSONResponse(form.line(text, thought, last=so_far))

    async def _lines(self, reply: Reply, form: _Form) -> AsyncIterator[str]:
        last = Spoken()
        try:
            async for text, last in spoken(self._services, reply):
                stands = {"kb": last.stands} if last.stands else {}
                yield json.dumps(form.line(text, last.thought) | stands) + "\n"
            yield json.dumps(form.line("", "", last=last)) + "\n"
        except Exception as error:
            yield json.dumps(ollama_error(error)[0]) + "\n"


class _Form:
    """The lines of /api/chat or /api/generate."""

    def __init__(self, model: str, *, chats: bool, thinks: bool) -> None:
        self._model = model
        self._chats = chats
        self._thinks = thinks

    def line(self, text: str, thought: str, last: Spoken | None = None) -> dict[str, Any]:
        found: dict[str, Any] = {"model": self._model, "created_at": _now(), "done": bool(last)}
        thinking = {"thinking": thought} if thought and self._thinks else {}
        if self._chats:
            found["message"] = {"role": "assistant", "content": text, **thinking}
        else:
            found |= {"response": text, **thinking}
        if last and last.answer:
            times = last.answer["timings"]
            found |= {
                "done_reason": last.finish,
                "total_duration": _nanoseconds(times["total"]),
                "load_duration": _nanoseconds(times.get("load", 0)),
                "prompt_eval_count": last.answer["prompt_tokens"],
                "prompt_eval_duration": _nanoseconds(times.get("prompt", 0)),
                "eval_count": last.answer["answer_tokens"],
                "eval_duration": _nanoseconds(times["generate"]),
                "kb": last.answer,
            }
        return found


_DETAILS = {
    "parent_model": "",
    "format": "kb",
    "family": "kb",
    "families": ["kb"],
    "parameter_size": "",
    "quantization_level": "",
}


def _tag(name: str) -> dict[str, Any]:
    digest = hashlib.sha256(name.encode()).hexdigest()
    return {
        "name": name,
        "model": name,
        "modified_at": _now(),
        "size": 0,
        "digest": digest,
        "details": _DETAILS,
    }


def _now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


def _nanoseconds(seconds: float) -> int:
    return int(seconds * 1e9)
