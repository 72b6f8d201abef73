"""The API's description: for programs at /api/openapi.json, for people at /api.html."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from kb import __version__
from kb.serving import description
from kb.serving.routes.common import Services


def routes(services: Services) -> list[Route]:
    document, page = description.document(__version__), description.page(__version__)

    def for_programs(request: Request) -> Response:
        return JSONResponse(document)

    def for_people(request: Request) -> Response:
        return HTMLResponse(page)

    return [Route("/api/openapi.json", for_programs), Route("/api.html", for_people)]
