"""The application: every group of routes behind one gate. What a request may ask is in
kb/serving/routes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kb.errors import KbError, RequestRejected
from kb.serving.backend import Backend
from kb.serving.guard import HEADERS, Guard
from kb.serving.queue import AnswerQueue
from kb.serving.responses import explain, refusal, unexpected
from kb.serving.routes import api, page
from kb.serving.routes.common import CALLER, Services

_GROUPS = (api, page)


class Service:
    """The application. `stop()` ends what is being answered; `app` is what a server runs."""

    def __init__(self, backend: Backend, guard: Guard) -> None:
        # The model reads and writes for one; a search takes a moment.
        self._services = Services(
            backend=backend,
            answers=AnswerQueue(workers=1, waiting=8, halt=backend.halt),
            searches=AnswerQueue(workers=2, waiting=32),
        )
        inner = Starlette(
            routes=[route for group in _GROUPS for route in group.routes(self._services)],
            lifespan=self._lifespan,
            exception_handlers={KbError: explain, HTTPException: explain, Exception: unexpected},
        )
        self.app: ASGIApp = _Gate(inner, guard)

    def stop(self) -> None:
        self._services.answers.stop()
        self._services.searches.stop()

    @asynccontextmanager
    async def _lifespan(self, app: Starlette) -> AsyncIterator[None]:
        yield
        self._services.answers.close()
        self._services.searches.close()


class _Gate:
    """Stands before everything: asks the guard who calls, and gives every response the guard's
    headers."""

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

        peer = (scope.get("client") or ("",))[0]
        try:
            scope[CALLER] = self._guard.check(scope["path"], Headers(scope=scope), peer)
        except RequestRejected as error:
            await refusal(error)(scope, receive, send_with_headers)
        else:
            await self._inner(scope, receive, send_with_headers)
