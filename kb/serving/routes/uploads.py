"""What editors add to a collection, each their own; and who the caller is.

GET    /api/me
GET    /api/uploads  ?collection=          the caller's, and how far the run is
POST   /api/uploads  ?collection= &name=   the file as it is
DELETE /api/uploads  ?collection= &name=

A file is never given back: what it says is read where documents are, as text.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import BinaryIO

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from kb.access.callers import Caller, Role
from kb.errors import KbError, RequestRejected
from kb.serving.ingestion import Run
from kb.serving.responses import json_text
from kb.serving.routes.common import GONE, Action, Services, caller_of, whole
from kb.serving.uploads import Uploads
from kb.session import to_json

_PART = 1 << 20
"""Bytes that are written at once."""


def routes(services: Services) -> list[Route]:
    handlers = _Uploads(services)
    path = "/api/uploads"
    return [
        Route("/api/me", handlers.me),
        Route(path, handlers.listed),
        Route(path, handlers.add, methods=["POST"]),
        Route(path, handlers.remove, methods=["DELETE"]),
    ]


class _Uploads:
    def __init__(self, services: Services) -> None:
        self._services = services
        self._backend = services.backend

    async def me(self, request: Request) -> Response:
        caller, inbox = caller_of(request), self._services.uploads
        limits = None
        if inbox and caller.role.covers(Role.EDITOR):
            limits = {"most_bytes": inbox.most_bytes, "most_files": inbox.most_files}
        found = {
            "name": caller.name,
            "role": caller.role.value,
            "collections": self._backend.collections(caller),
            "models": self._backend.models(),
            "uploads": limits,
        }
        return json_text(to_json(found))

    async def listed(self, request: Request) -> Response:
        caller, inbox, collection = self._given(request)

        def work() -> str:
            found = inbox.listed(caller, collection)
            run = inbox.ingestion.state(collection)
            return to_json({"uploads": found, "run": run and _run(run)})

        return await whole(request, self._services, Action(caller, "uploads", collection), work)

    async def add(self, request: Request) -> Response:
        caller, name = caller_of(request), request.query_params.get("name", "")
        outcome, collection = "bug", request.query_params.get("collection", "")
        try:
            caller, inbox, collection = self._given(request)
            await _receive(request, inbox, caller, collection, name)
            outcome = "done"
        except KbError as error:
            outcome = error.reference
            await _read_off(request)
            raise
        except (ClientDisconnect, HTTPException):
            outcome = "gone"
            raise HTTPException(GONE) from None
        finally:
            self._services.audit.keep(caller, "upload", collection, outcome, name)
        return json_text("{}")

    async def remove(self, request: Request) -> Response:
        caller, inbox, collection = self._given(request)
        name = request.query_params.get("name", "")

        def work() -> str:
            inbox.remove(caller, collection, name)
            return "{}"

        action = Action(caller, "upload-remove", collection, name)
        return await whole(request, self._services, action, work)

    def _given(self, request: Request) -> tuple[Caller, Uploads, str]:
        """Raises RequestRejected: 403 for a reader, 404 for a collection that the caller may not
        see, or where nothing can be uploaded."""
        caller, inbox = caller_of(request), self._services.uploads
        caller.require(Role.EDITOR)
        if inbox is None:
            raise RequestRejected(
                "this server takes no uploads",
                why="serve.upload_mb is 0",
                hint="whoever runs the server adds documents with: kb ingest PATH",
                status=404,
            )
        named = request.query_params.get("collection", "")
        return caller, inbox, self._backend.collection(caller, named)


async def _receive(
    request: Request, inbox: Uploads, caller: Caller, collection: str, name: str
) -> None:
    """Raises RequestRejected, StoreError; ClientDisconnect: it did not come whole."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > inbox.most_bytes:
        raise _too_large(inbox)
    arriving = inbox.arriving(caller, collection, name)
    file = await asyncio.to_thread(arriving.__enter__)
    try:
        await _write(request, file, inbox)
    except BaseException as error:
        if not await asyncio.to_thread(arriving.__exit__, type(error), error, None):
            raise
    else:
        await asyncio.to_thread(arriving.__exit__, None, None, None)


async def _write(request: Request, file: BinaryIO, inbox: Uploads) -> None:
    size = 0
    async for part in _parts(request):
        size += len(part)
        if size > inbox.most_bytes:
            raise _too_large(inbox)
        await asyncio.to_thread(file.write, part)
    if not size:
        raise RequestRejected("the file is empty", why="it has no bytes", hint="choose another one")


async def _parts(request: Request) -> AsyncIterator[bytes]:
    held = bytearray()
    async for part in request.stream():
        held += part
        if len(held) >= _PART:
            yield bytes(held)
            held.clear()
    yield bytes(held)


async def _read_off(request: Request) -> None:
    """What a browser is sending; it reads no refusal before. Not of a body that is too large."""
    left = 8 * _PART
    try:
        async for part in request.stream():
            left -= len(part)
            if left < 0:
                return
    except (ClientDisconnect, RuntimeError):  # gone, or read to its end already
        return


def _too_large(inbox: Uploads) -> RequestRejected:
    return RequestRejected(
        "the file is too large",
        why=f"at most {inbox.most_bytes >> 20} MB are taken (serve.upload_mb)",
        hint="split it, or ask whoever runs the server to add it with kb ingest",
        status=413,
    )


def _run(run: Run) -> dict[str, object]:
    return {"state": run.state, "stage": run.stage, "done": run.done, "total": run.total}
