"""What an admin sees of a collection and of the process that serves it."""

from __future__ import annotations

import shutil

from kb import sandbox
from kb.index.disk import tree_size
from kb.session import Session, to_dict, wiring

_RUNS = 20
_FAILURES = 200


def overview(session: Session, collection: str) -> dict[str, object]:
    """As a JSON object; of runs and failures the newest, or first, so many.

    Raises:
        StoreError, StoreDamaged: the store cannot be read.
    """
    place, settings = wiring.collection(session.settings, collection), session.settings
    status = session.status(collection=collection)
    fields = {name: value for name, value in to_dict(status).items() if name != "failed"}
    models = settings.models
    return {
        "status": fields,
        "runs": [run.as_line() for run in place.runs()[: -_RUNS - 1 : -1]],
        "failures": status.failed[:_FAILURES],
        "failed": len(status.failed),
        "bytes": {
            "index": tree_size(place.folder) if place.exists() else 0,
            "free": shutil.disk_usage(settings.home).free,
        },
        "models": {
            "engine": models.engine,
            "embedding": models.embedding,
            "chat": models.chat,
            "further": ", ".join(settings.serve.models),
            "rerank": models.rerank,
        },
        "walls": sandbox.in_force(),
    }
