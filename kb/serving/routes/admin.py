"""What an admin sees of the server: GET /api/admin ?collection=

The last runs, what failed and why, what waits, sizes, models, walls. Paths of the server are in
it, and no question.
"""

from __future__ import annotations

import json

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from kb.access.callers import Role
from kb.serving.routes.common import Action, Services, caller_of, whole
from kb.session import to_json


def routes(services: Services) -> list[Route]:
    async def admin(request: Request) -> Response:
        """Raises RequestRejected: 403 for another role, and as every call about a collection."""
        caller = caller_of(request)
        caller.require(Role.ADMIN)
        named = request.query_params.get("collection", "")

        def work() -> str:
            found = json.loads(services.backend.overview(caller, named))
            return to_json({**found, "waiting": _waiting(services, found["status"]["collection"])})

        return await whole(request, services, Action(caller, "admin", named), work)

    return [Route("/api/admin", admin)]


def _waiting(services: Services, collection: str) -> dict[str, object]:
    answering, waiting = services.answers.load
    run = services.uploads and services.uploads.ingestion.state(collection)
    return {"answering": answering, "answers": waiting, "uploads": run.state if run else None}
