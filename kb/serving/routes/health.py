"""For those who watch the server: whether it lives, whether it can answer, what it did.

    GET /healthz   200 while the process answers
    GET /readyz    200 when every collection can be read, else 503
    GET /metrics   Prometheus' text format

They need no token: no name and no text is in them.
"""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from kb.access.callers import OWNING
from kb.errors import KbError
from kb.serving.metrics import KIND
from kb.serving.routes.common import Services


def routes(services: Services) -> list[Route]:
    def healthz(request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(request: Request) -> Response:
        try:
            await asyncio.to_thread(services.backend.status, OWNING, "")
        except KbError as error:
            return PlainTextResponse(f"not ready: {error.reference}\n", 503)
        return PlainTextResponse("ready\n")

    def metrics(request: Request) -> Response:
        answering, waiting = services.answers.load
        searching, _ = services.searches.load
        gauges = {
            "kb_answers_running": answering,
            "kb_answers_waiting": waiting,
            "kb_searches_running": searching,
        }
        return Response(services.metrics.text(gauges), media_type=KIND)

    return [
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/metrics", metrics),
    ]
