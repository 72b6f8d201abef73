"""Responses: JSON, the three lines of an error, and what a bug tells (nothing)."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from kb.errors import KbError, RequestRejected
from kb.serving.statuses import status_of
from kb.session import to_dict


def json_text(text: str | None) -> Response:
    """A response of JSON that has been written already."""
    return Response(f"{text}\n", media_type="application/json")


def bug() -> KbError:
    return KbError("a bug", why="an unexpected exception", hint="see the server's log")


def refusal(error: KbError) -> Response:
    headers = dict(error.headers) if isinstance(error, RequestRejected) else None
    return JSONResponse(to_dict(error), status_of(error), headers)


def wrong(what: str, *, why: str = "the request does not fit the API") -> RequestRejected:
    """400."""
    return RequestRejected(what, why=why, hint="docs/serve.md describes the requests")


async def explain(request: Request, error: Exception) -> Response:
    """The three lines of an error of ours, and of starlette's own (404, 405, 413)."""
    if isinstance(error, KbError):
        return refusal(error)
    assert isinstance(error, HTTPException)
    return refusal(
        RequestRejected(
            error.detail,
            why=f"{request.method} {request.url.path}",
            hint="docs/serve.md describes the requests",
            status=error.status_code,
            headers=tuple((error.headers or {}).items()),
        )
    )


async def unexpected(request: Request, error: Exception) -> Response:
    """Of a bug the traceback goes to the log (uvicorn writes it), not to whoever asked."""
    return JSONResponse(to_dict(bug()), 500)
