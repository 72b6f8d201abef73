"""The requests: read within bounds, handed to the backend, answered in JSON; and the page.

    GET  /api/status   ?collection=
    GET  /api/search   ?q= &top_k= &where=KEY=VALUE (repeatable) &collection=
    POST /api/ask      {"question", "top_k", "where": [], "collection", "stream"}

The only importer of starlette.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kb.errors import KbError, RequestRejected, UsageError
from kb.serving.backend import ApiQuestion, Backend, Lines
from kb.serving.guard import HEADERS, Guard
from kb.serving.queue import AnswerQueue, Reply
from kb.serving.statuses import status_of
from kb.session import to_dict, to_json
from kb.unicode import require_unicode

log = logging.getLogger(__name__)

_BODY_BYTES = 64 * 1024
_MOST_HITS = 100
_LOOKS_A_SECOND = 2
_GONE = 499  # nginx's status for a client that went away; nobody reads it
_PAGE = {
    "/": ("index.html", "text/html"),
    "/page.css": ("page.css", "text/css"),
    "/page.js": ("page.js", "text/javascript"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}
_FIELDS = {"question": str, "top_k": int, "where": list, "collection": str, "stream": bool}


class Service:
    """The application. `stop()` ends what is being answered; `app` is what a server runs."""

    def __init__(self, backend: Backend, guard: Guard) -> None:
        self._backend = backend
        # The model reads and writes for one; a search takes a moment.
        self._answers = AnswerQueue(workers=1, waiting=8, halt=backend.halt)
        self._searches = AnswerQueue(workers=2, waiting=32)
        routes = [
            Route("/api/status", self._status),
            Route("/api/search", self._search),
            Route("/api/ask", self._ask, methods=["POST"]),
            *(Route(path, _page(*file)) for path, file in _PAGE.items()),
        ]
        inner = Starlette(
            routes=routes,
            lifespan=self._lifespan,
            exception_handlers={KbError: _explain, HTTPException: _explain, Exception: _unexpected},
        )
        self.app: ASGIApp = _Gate(inner, guard)

    def stop(self) -> None:
        self._answers.stop()
        self._searches.stop()

    @asynccontextmanager
    async def _lifespan(self, app: Starlette) -> AsyncIterator[None]:
        yield
        self._answers.close()
        self._searches.close()

    async def _status(self, request: Request) -> Response:
        collection = request.query_params.get("collection", "")
        return await _whole(request, self._searches, lambda: self._backend.status(collection))

    async def _search(self, request: Request) -> Response:
        given = request.query_params
        top_k = given.get("top_k", "0")
        question = _checked(
            ApiQuestion(
                given.get("q", ""),
                int(top_k) if top_k.isdecimal() and len(top_k) < 9 else -1,
                tuple(given.getlist("where")),
                given.get("collection", ""),
            ),
            name="q",
        )
        return await _whole(request, self._searches, lambda: self._backend.search(question))

    async def _ask(self, request: Request) -> Response:
        question, streams = await _read_question(request)
        reply = self._answers.put(lambda: self._backend.ask(question))
        try:
            first = await _next_text(request, reply)
            if streams:
                # What goes wrong so far has its own status; later it is a line.
                lines = _lines(first, reply, lambda: self._answers.abandon(reply))
                return StreamingResponse(lines, media_type="application/x-ndjson")
            last = first
            while (text := await _next_text(request, reply)) is not None:
                last = text
        except BaseException:
            self._answers.abandon(reply)
            raise
        return _json(last)


async def _whole(request: Request, queue: AnswerQueue, work: Callable[[], str]) -> Response:
    def lines() -> Lines:
        yield work()

    return _json(await _next_text(request, queue.put(lines)))


def _json(text: str | None) -> Response:
    return Response(f"{text}\n", media_type="application/json")


async def _next_text(request: Request, reply: Reply) -> str | None:
    """The reply's next text; gives up when whoever asked has gone away meanwhile."""
    while True:
        try:
            async with asyncio.timeout(1 / _LOOKS_A_SECOND):
                return await reply.next()
        except TimeoutError:
            if await request.is_disconnected():
                raise HTTPException(_GONE) from None


async def _lines(first: str | None, reply: Reply, leave: Callable[[], None]) -> AsyncIterator[str]:
    """NDJSON: one line a text. An error ends it with a line of its own."""
    try:
        text = first
        while text is not None:
            yield f"{text}\n"
            text = await reply.next()
    except KbError as error:
        yield f"{to_json(error)}\n"
    except Exception:
        log.exception("a bug, while an answer was streamed")
        yield f"{to_json(_bug())}\n"
    finally:
        leave()


# --- requests ------------------------------------------------------------------------


async def _read_question(request: Request) -> tuple[ApiQuestion, bool]:
    """The question in a request's body, and whether the answer is to be streamed."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise RequestRejected(
            "the body is not JSON",
            why="the Content-Type is not application/json",
            hint="send Content-Type: application/json",
            status=415,
        )
    try:
        body = json.loads(await _body(request))
        require_unicode(json.dumps(body, ensure_ascii=False))
    except RequestRejected:
        raise
    except UsageError as error:
        raise _wrong("the body is not Unicode text", why=error.why) from error
    except (ValueError, RecursionError) as error:
        raise _wrong("the body is not JSON", why=str(error)) from error
    if not isinstance(body, dict):
        raise _wrong("the body is no JSON object")
    for name, value in body.items():
        if name not in _FIELDS:
            raise _wrong(f"unknown field '{name}'", why=f"the fields are {', '.join(_FIELDS)}")
        if type(value) is not _FIELDS[name]:
            raise _wrong(f"'{name}' has the wrong type", why=f"it is a {_FIELDS[name].__name__}")
    where = body.get("where", [])
    if not all(isinstance(one, str) for one in where):
        raise _wrong("'where' has the wrong type", why='it is a list of texts, ["type=pdf"]')
    text, top_k = body.get("question", ""), body.get("top_k", 0)
    question = ApiQuestion(text, top_k, tuple(where), body.get("collection", ""))
    return _checked(question, name="question"), body.get("stream", False)


async def _body(request: Request) -> bytes:
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > _BODY_BYTES:
            raise RequestRejected(
                "the request's body is too large",
                why=f"it is read up to {_BODY_BYTES} bytes",
                hint="ask a shorter question",
                status=413,
            )
    return body


def _checked(question: ApiQuestion, *, name: str) -> ApiQuestion:
    if not question.text.strip():
        raise _wrong(f"'{name}' is empty or missing")
    if not 0 <= question.top_k <= _MOST_HITS:
        raise _wrong("'top_k' is not valid", why=f"it is a whole number up to {_MOST_HITS}")
    return question


def _wrong(what: str, *, why: str = "the request does not fit the API") -> RequestRejected:
    return RequestRejected(what, why=why, hint="docs/serve.md describes the requests")


# --- responses ------------------------------------------------------------------------


def _page(name: str, kind: str) -> Callable[[Request], Response]:
    content = (Path(__file__).parent / "page" / name).read_bytes()

    def page(request: Request) -> Response:
        return Response(content, media_type=kind)

    return page


def _bug() -> KbError:
    return KbError("a bug", why="an unexpected exception", hint="see the server's log")


def _refusal(error: KbError) -> Response:
    headers = dict(error.headers) if isinstance(error, RequestRejected) else None
    return JSONResponse(to_dict(error), status_of(error), headers)


async def _explain(request: Request, error: Exception) -> Response:
    """The three lines of an error of ours, and of starlette's own (404, 405, 413)."""
    if isinstance(error, KbError):
        return _refusal(error)
    assert isinstance(error, HTTPException)
    return _refusal(
        RequestRejected(
            error.detail,
            why=f"{request.method} {request.url.path}",
            hint="docs/serve.md describes the requests",
            status=error.status_code,
            headers=tuple((error.headers or {}).items()),
        )
    )


async def _unexpected(request: Request, error: Exception) -> Response:
    """Of a bug the traceback goes to the log (uvicorn writes it), not to whoever asked."""
    return JSONResponse(to_dict(_bug()), 500)


class _Gate:
    """Stands before everything: asks the guard, and gives every response the guard's headers."""

    def __init__(self, inner: ASGIApp, guard: Guard) -> None:
        self._inner = inner
        self._guard = guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(dict(HEADERS))
            await send(message)

        try:
            self._guard.check(scope["path"], Headers(scope=scope))
        except RequestRejected as error:
            await _refusal(error)(scope, receive, send_with_headers)
        else:
            await self._inner(scope, receive, send_with_headers)
