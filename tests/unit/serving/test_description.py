"""The description of the API names every route, and takes what the handlers take."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, cast

from starlette.routing import Route

from kb.serving import description
from kb.serving.app import Service
from kb.serving.conversations import Conversations
from kb.serving.guard import PROTECTED, Guard
from kb.serving.routes import api
from kb.serving.routes.common import Clients
from kb.session.view import View
from tests.unit.serving.test_app import FakeBackend

NO_VIEW = cast(View, None)
DESCRIBED: dict[str, Any] = description.document("0")
JSON_TYPE = {str: "string", int: "integer", list: "array", bool: "boolean"}


def routes() -> list[Route]:
    async def made() -> list[Route]:
        guard, kept = Guard(frozenset({"kb"}), "t"), Conversations(Path("nowhere"), days=0)
        service = Service(
            FakeBackend(),
            guard,
            kept,
            clients=Clients(embeds=True),
            views=lambda caller: NO_VIEW,
        )
        await asyncio.to_thread(service.stop)
        return service.routes

    return asyncio.run(made())


def test_every_route_that_programs_call_is_described_and_no_other() -> None:
    watched = ("/healthz", "/readyz", "/metrics")
    here = {
        (one.path.replace(":path}", "}"), method.lower())
        for one in routes()
        if one.path.startswith((*PROTECTED, *watched))
        for method in (one.methods or set()) - {"HEAD"}
    }
    described = {(path, method) for path, calls in DESCRIBED["paths"].items() for method in calls}
    assert here == described


def test_a_question_has_the_fields_that_the_handler_takes() -> None:
    properties = DESCRIBED["components"]["schemas"]["Question"]["properties"]
    assert {name: one["type"] for name, one in properties.items()} == {
        name: JSON_TYPE[kind] for name, kind in api._FIELDS.items()
    }


def test_the_page_of_it_names_every_path() -> None:
    page = description.page("0.1<b>")
    assert all(path in page for path in DESCRIBED["paths"])
    assert "<b>" not in page
