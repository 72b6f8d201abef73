"""The page and its files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kb.serving.routes.common import Services

_FOLDER = Path(__file__).parents[1] / "page"
_KINDS = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}


def routes(services: Services) -> list[Route]:
    files = {file.name: _KINDS[file.suffix] for file in sorted(_FOLDER.iterdir())}
    named = [Route(f"/{name}", _file(name, kind)) for name, kind in files.items()]
    return [Route("/", _file("index.html", "text/html")), *named]


def _file(name: str, kind: str) -> Callable[[Request], Response]:
    content = (_FOLDER / name).read_bytes()

    def answer(request: Request) -> Response:
        return Response(content, media_type=kind)

    return answer
