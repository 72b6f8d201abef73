"""Responses: JSON, the three lines of an error, and what a bug tells (nothing)."""

from __future__ import annotations

import json
import logging
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from kb.errors import KbError, RequestRejected
from kb.serving.description import PROTOCOLS
from kb.serving.statuses import status_of
from kb.session import to_dict
from kb.text.readable import shown_in_json

log = logging.getLogger(__name__)

_OLLAMA = frozenset(PROTOCOLS["Ollama"])


class MarkedJSONResponse(JSONResponse):
    """JSON in which a character that would act on whoever prints it is an escape."""

    def render(self, content: Any) -> bytes:
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return shown_in_json(text).encode()


def json_text(text: str | None) -> Response:
    """A response of JSON that has been written already."""
    return Response(f"{text}\n", media_type="application/json")


def bug() -> KbError:
    return KbError("a bug", why="an unexpected exception", hint="see the server's log")


def refusal(error: KbError, path: str = "") -> Response:
    """In the shape of the protocol that the path belongs to."""
    headers = dict(error.headers) if isinstance(error, RequestRejected) else None
    return MarkedJSONResponse(_shaped(error, path), status_of(error), headers)


def _shaped(error: KbError, path: str) -> dict[str, object]:
    if path.startswith("/v1/"):
        return openai_error(error)[0]
    return ollama_error(error)[0] if path in _OLLAMA else to_dict(error)


def openai_error(error: Exception) -> tuple[dict[str, object], int]:
    """An error as OpenAI's API tells it, and its status; of a bug nothing is told."""
    told = _told(error)
    status = status_of(told)
    kind = "invalid_request_error" if status < 500 else "server_error"
    message = f"{told.what}: {told.why}. {told.hint}"
    found = {"message": message, "type": kind, "param": None, "code": told.reference}
    return {"error": found}, status


def ollama_error(error: Exception) -> tuple[dict[str, object], int]:
    """The same as Ollama's API tells it."""
    told = _told(error)
    return {"error": f"{told.what}: {told.why}. {told.hint}"}, status_of(told)


def _told(error: Exception) -> KbError:
    if isinstance(error, KbError):
        return error
    log.error("a bug, while an answer was streamed", exc_info=error)
    return bug()


def wrong(what: str, *, why: str = "the request does not fit the API") -> RequestRejected:
    """400."""
    return RequestRejected(what, why=why, hint="docs/serve.md describes the requests")


async def explain(request: Request, error: Exception) -> Response:
    """The three lines of an error of ours, and of starlette's own (404, 405, 413)."""
    if isinstance(error, KbError):
        return refusal(error, request.url.path)
    assert isinstance(error, HTTPException)
    return refusal(
        RequestRejected(
            error.detail,
            why=f"{request.method} {request.url.path}",
            hint="docs/serve.md describes the requests",
            status=error.status_code,
            headers=tuple((error.headers or {}).items()),
        ),
        request.url.path,
    )


async def unexpected(request: Request, error: Exception) -> Response:
    """Of a bug the traceback goes to the log (uvicorn writes it), not to whoever asked."""
    return MarkedJSONResponse(_shaped(bug(), request.url.path), 500)
