"""The Model Context Protocol over streamable HTTP, at /mcp: the tools of `kb mcp`, each caller
within its own collections, in its own turn, and in the audit log as with every other protocol.

Without the SDK (the extra `kb[mcp]`) there is no such route.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from importlib.util import find_spec
from typing import Any

from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from kb.access.callers import Caller
from kb.serving.backend import Lines
from kb.serving.routes.common import CALLER, Action, Services, kept
from kb.serving.waiting import Waiting
from kb.session.view import View

Views = Callable[[Caller], View]


class Mcp:
    """`routes`, and what has to be entered while they are served (`running`)."""

    def __init__(self, services: Services, views: Views | None) -> None:
        self.routes: list[Route] = []
        self.running: Callable[[], AbstractAsyncContextManager[Any]] = nullcontext
        if views is None or find_spec("mcp") is None:
            return
        from kb.mcp.protocol import over_http

        def access(context: Any) -> tuple[View, _InTurn]:
            caller: Caller = context.request.scope[CALLER]
            return views(caller), _InTurn(services, caller)

        manager = over_http(access)
        # Without sessions there is nothing to listen for by GET, or to DELETE: 405, as MCP has it.
        self.routes.append(Route("/mcp", _Application(manager.handle_request), methods=["POST"]))
        self.running = manager.run


class _Application:
    """An object, so that starlette hands it the connection as it is."""

    def __init__(self, handle: ASGIApp) -> None:
        self._handle = handle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._handle(scope, receive, send)


class _InTurn:
    """A kb.mcp.running.Runner on the queues of the server."""

    def __init__(self, services: Services, caller: Caller) -> None:
        self._services = services
        self._caller = caller

    async def steps(
        self,
        work: Callable[[], Any],
        *,
        model: bool,
        name: str,
        arguments: Mapping[str, Any],
    ) -> AsyncGenerator[Any, None]:
        made: deque[Any] = deque()
        put = Waiting()

        def lines() -> Lines:
            begun = put.begun()
            for step in work():
                fields = getattr(step, "fields", {})
                if "timings" in fields:
                    begun.include(fields["timings"])
                made.append(step)
                yield json.dumps(fields)

        text = str(arguments.get("question", arguments.get("sql", "")))
        action = Action(self._caller, f"mcp {name}", str(arguments.get("collection", "")), text)
        queue = self._services.answers if model else self._services.searches
        reply = queue.put(kept(self._services, action, lines), self._caller.name)
        try:
            while await reply.next() is not None:
                yield made.popleft()
        finally:
            queue.abandon(reply)
