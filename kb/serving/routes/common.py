"""What the groups of routes share."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import closing
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from kb.access.callers import Caller
from kb.errors import KbError, RequestRejected, UsageError
from kb.serving.audit import Audit
from kb.serving.backend import ApiQuestion, Backend, Lines
from kb.serving.conversations import Conversations
from kb.serving.metrics import Metrics
from kb.serving.queue import AnswerQueue, Reply
from kb.serving.responses import bug, json_text, wrong
from kb.serving.uploads import Uploads
from kb.session import to_json
from kb.unicode import require_unicode

log = logging.getLogger(__name__)

CALLER = "kb.caller"
"""Where the gate (kb/serving/app.py) puts the Caller into a request's scope."""

NDJSON = "application/x-ndjson"
ANSWERING = '{"answering": true}'
"""Nothing waits before it any more."""

_KINDS = {str: "a text", int: "a whole number", bool: "true or false", list: "a list"}
_BODY_BYTES = 64 * 1024
_LOOKS_A_SECOND = 2
_PLACE_SECONDS = 0.2
SILENT_SECONDS = 15.0
"""A stream is silent for so long at most: a proxy (nginx: 60 s), or a client, takes a longer
silence for a dead connection."""
GONE = 499  # nginx's status for a client that went away; nobody reads it


@dataclass(frozen=True, slots=True)
class Clients:
    """What other people's clients may. `embeds`: whether texts of theirs are embedded;
    `most_bytes` of a request; `prompt`: so many characters of their system prompt are read."""

    embeds: bool = False
    most_bytes: int = 1024 * 1024
    prompt: int = 500


@dataclass(frozen=True, slots=True)
class Services:
    """What handlers work with. `answers`: where the language model is used, one at a time;
    `searches`: what takes a moment."""

    backend: Backend
    answers: AnswerQueue
    searches: AnswerQueue
    audit: Audit
    metrics: Metrics
    conversations: Conversations
    clients: Clients = Clients()
    uploads: Uploads | None = None
    """None where none are taken."""


def caller_of(request: Request) -> Caller:
    """Who sends the request, as the gate has found out."""
    caller: Caller = request.scope[CALLER]
    return caller


@dataclass(frozen=True, slots=True)
class Action:
    """What a caller asks for, as the audit log has it."""

    caller: Caller
    name: str
    collection: str = ""
    text: str = ""


def kept(services: Services, action: Action, work: Callable[[], Lines]) -> Callable[[], Lines]:
    """The same work, whose outcome is kept in the audit log and counted."""

    def lines() -> Lines:
        outcome, started, last = "gone", time.monotonic(), "{}"
        try:
            with closing(work()) as texts:
                for last in texts:
                    yield last
            outcome = _outcome(last)
        except KbError as error:
            outcome = error.reference
            raise
        except Exception:
            outcome = "bug"
            raise
        finally:
            services.audit.keep(action.caller, action.name, action.collection, outcome, action.text)
            services.metrics.outcome(action.name, outcome, time.monotonic() - started)

    return lines


def fits(services: Services, action: Action, question: ApiQuestion) -> None:
    """What is wrong with a question is told with its own status, before a stream begins, and is
    kept in the audit log. Raises RequestRejected, UsageError."""
    try:
        services.backend.check(action.caller, question)
    except KbError as error:
        services.audit.keep(
            action.caller, action.name, action.collection, error.reference, action.text
        )
        raise


def _outcome(last: str) -> str:
    """Of an answer, or what a search found: found or refused; of anything else: done."""
    said = json.loads(last)
    found = said.get("found", said.get("hits"))
    return "done" if found is None else "found" if found else "refused"


def one(work: Callable[[], str]) -> Callable[[], Lines]:
    """Work that comes to a single text."""

    def lines() -> Lines:
        yield work()

    return lines


async def whole(
    request: Request, services: Services, action: Action, work: Callable[[], str]
) -> Response:
    """The JSON that a search comes to."""
    lines = kept(services, action, one(work))
    reply = services.searches.put(lines, action.caller.name)
    return json_text(await next_text(request, reply))


async def next_text(request: Request, reply: Reply) -> str | None:
    """The reply's next text; gives up when whoever asked has gone away meanwhile."""
    while True:
        try:
            async with asyncio.timeout(1 / _LOOKS_A_SECOND):
                return await reply.next()
        except TimeoutError:
            if await request.is_disconnected():
                raise HTTPException(GONE) from None


async def ndjson(services: Services, reply: Reply, texts: AsyncIterator[str]) -> AsyncIterator[str]:
    """NDJSON: one line a text. An error ends it with a line of its own; leaving it stops the
    answer."""
    try:
        async for text in texts:
            yield f"{text}\n"
    except Exception as error:
        yield f"{error_line(error)}\n"
    finally:
        services.answers.abandon(reply)


async def from_first(first: str | None, reply: Reply) -> AsyncIterator[str]:
    """A reply's texts, of which the first was waited for already."""
    text = first
    while text is not None:
        yield text
        text = await reply.next()


async def with_progress(
    services: Services, reply: Reply, *, silent: float = SILENT_SECONDS
) -> AsyncIterator[str]:
    """A reply's texts from the very beginning: while others are before it, how many, and how long
    they may take; then `{"answering": true}`. One of these, or how far the model was, comes again
    after `silent` seconds without another text."""
    place, told = -1, 0.0
    while not reply.begun.is_set() and (now := services.answers.place(reply)):
        if now != place or time.monotonic() - told > silent:
            place, told = now, time.monotonic()
            seconds = round(services.answers.seconds_to(now))
            yield json.dumps({"waiting": {"place": now, "seconds": seconds}})
        await asyncio.sleep(_PLACE_SECONDS)
    yield (again := ANSWERING)
    while True:
        try:
            async with asyncio.timeout(silent):
                text = await reply.next()
        except TimeoutError:
            yield again
            continue
        if text is None:
            return
        again = text if text.startswith('{"progress"') else ANSWERING
        yield text


def error_line(error: Exception) -> str:
    """What is told of an error in the middle of a stream."""
    if isinstance(error, KbError):
        return to_json(error)
    log.error("a bug, while an answer was streamed", exc_info=error)
    return to_json(bug())


async def read_object(
    request: Request, *, any_type: bool = False, most: int = _BODY_BYTES
) -> dict[str, object]:
    """The JSON object in a request's body, of `most` bytes. `any_type`: whatever Content-Type it
    has, as Ollama's clients send none; a page of another site is kept out by its origin all the
    same.

    Raises:
        RequestRejected: it is something else, too large, or not Unicode.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if not any_type and kind != "application/json":
        raise RequestRejected(
            "the body is not JSON",
            why="the Content-Type is not application/json",
            hint="send Content-Type: application/json",
            status=415,
        )
    try:
        body = json.loads(await read_body(request, most))
        require_unicode(json.dumps(body, ensure_ascii=False))
    except RequestRejected:
        raise
    except UsageError as error:
        raise wrong("the body is not Unicode text", why=error.why) from error
    except (ValueError, RecursionError) as error:
        raise wrong("the body is not JSON", why=str(error)) from error
    if not isinstance(body, dict):
        raise wrong("the body is no JSON object")
    return body


def checked_fields(body: dict[str, object], fields: Mapping[str, type]) -> None:
    """Raises RequestRejected: a field that is none, or of another type."""
    for name, value in body.items():
        if name not in fields:
            raise wrong(f"unknown field '{name}'", why=f"the fields are {', '.join(fields)}")
        if type(value) is not fields[name]:
            raise wrong(f"'{name}' has the wrong type", why=f"it is {_KINDS[fields[name]]}")


async def read_body(request: Request, most: int = _BODY_BYTES) -> bytes:
    """Raises RequestRejected (413): it has more bytes than that."""
    body = b""
    try:
        async for part in request.stream():
            body += part
            if len(body) > most:
                raise RequestRejected(
                    "the request's body is too large",
                    why=f"it is read up to {most} bytes",
                    hint="ask a shorter question",
                    status=413,
                )
    except ClientDisconnect:
        raise HTTPException(GONE) from None
    return body
