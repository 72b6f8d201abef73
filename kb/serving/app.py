"""The application: every group of routes behind one gate. What a request may ask is in
kb/serving/routes."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import unquote_to_bytes

from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kb.errors import KbError, RequestRejected
from kb.serving.audit import Audit
from kb.serving.backend import Backend
from kb.serving.conversations import Conversations
from kb.serving.guard import HEADERS, Guard
from kb.serving.metrics import Metrics
from kb.serving.queue import AnswerQueue
from kb.serving.responses import explain, refusal, unexpected, wrong
from kb.serving.routes import (
    admin,
    api,
    conversations,
    health,
    ollama,
    openai,
    openapi,
    page,
    uploads,
)
from kb.serving.routes.common import CALLER, Clients, Services
from kb.serving.routes.mcp import Mcp, Views
from kb.serving.uploads import Uploads

access = logging.getLogger("kb.access")

_GROUPS = (admin, api, conversations, health, ollama, openai, openapi, page, uploads)
_CLIENTS = Clients()
_WAITING = 32
_EACH = 8
_ENDING_SECONDS = 0.3
"""Of each queue; with the second in which connections end, two in all at most."""


class Service:
    """The application. `stop()` ends what is being answered; `app` is what a server runs,
    `routes` what it answers. `has_ended`: after it was served, whether no thread works any more."""

    def __init__(
        self,
        backend: Backend,
        guard: Guard,
        kept: Conversations,
        audit: Audit | None = None,
        *,
        clients: Clients = _CLIENTS,
        views: Views | None = None,
        inbox: Uploads | None = None,
    ) -> None:
        """`views`: what of the session a caller may read, for /mcp; None offers none.
        `inbox`: where uploads go; None takes none."""
        # The model reads and writes for one; a search takes a moment.
        self._services = Services(
            backend=backend,
            answers=AnswerQueue(workers=1, waiting=_WAITING, halt=backend.halt, each=_EACH + 1),
            searches=AnswerQueue(workers=2, waiting=_WAITING),
            audit=audit or Audit(None),
            metrics=Metrics(),
            conversations=kept,
            clients=clients,
            uploads=inbox,
        )
        self._mcp = Mcp(self._services, views)
        routes = [route for group in _GROUPS for route in group.routes(self._services)]
        self.routes = [*routes, *self._mcp.routes]
        inner = Starlette(
            routes=self.routes,
            lifespan=self._lifespan,
            exception_handlers={KbError: explain, HTTPException: explain, Exception: unexpected},
        )
        self.has_ended = False
        self.app: ASGIApp = _Gate(inner, guard, self._services.metrics)

    def stop(self) -> None:
        self._services.answers.stop()
        self._services.searches.stop()
        if inbox := self._services.uploads:
            inbox.ingestion.stop()

    @asynccontextmanager
    async def _lifespan(self, app: Starlette) -> AsyncIterator[None]:
        async with self._mcp.running():
            yield
        queues = (self._services.answers, self._services.searches)
        self.has_ended = all([one.close(_ENDING_SECONDS) for one in queues])  # noqa: C419 each is closed


def _require_utf8(query: bytes) -> None:
    """Raises RequestRejected (400): what is no text would be searched for as something else."""
    try:
        unquote_to_bytes(query).decode()
    except UnicodeDecodeError as error:
        raise wrong("the address is not Unicode text", why=str(error)) from error


class _Gate:
    """Stands before everything: asks the guard who calls, and gives every response the guard's
    headers."""

    def __init__(self, inner: ASGIApp, guard: Guard, metrics: Metrics) -> None:
        self._inner = inner
        self._guard = guard
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return

        started, peer = time.monotonic(), (scope.get("client") or ("",))[0]

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(dict(HEADERS))
                self._note(scope, message["status"], started)
            await send(message)

        try:
            scope[CALLER] = self._guard.check(scope["path"], Headers(scope=scope), peer)
            _require_utf8(scope["query_string"])
        except RequestRejected as error:
            await refusal(error, scope["path"])(scope, receive, send_with_headers)
        else:
            await self._inner(scope, receive, send_with_headers)

    def _note(self, scope: Scope, status: int, started: float) -> None:
        """A line of the access log, without what was asked for, and a count."""
        route = scope.get("route")
        path = route.path if isinstance(route, Route) else "other"
        caller = scope.get(CALLER)
        self._metrics.request(path, status)
        access.info(
            "%s %s %d %.0f ms %s",
            scope["method"],
            path,
            status,
            1000 * (time.monotonic() - started),
            caller.name if caller else "-",
        )
