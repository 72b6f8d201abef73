"""`kb reindex`: every known source again, and what is gone is dropped. Made for cron."""

from __future__ import annotations

from kb.errors import NothingFound
from kb.types import IngestReport, Listener
from pipelines.ingest import IngestJob, Tools, ingest


def reindex(tools: Tools, listen: Listener, *, wait: float) -> IngestReport:
    """Ingest all sources of the collection, pruned.

    A source that is not there tonight is listed as failed and keeps its documents.

    Raises:
        NothingFound: nothing was ever ingested.
        KbError: whatever `ingest` raises.
    """
    if not tools.collection.exists():
        raise NothingFound(
            f"the collection '{tools.collection.name}' has no source",
            why="nothing was ingested into it yet",
            hint="take documents in with: kb ingest PATH",
        )
    return ingest(IngestJob(prune=True, wait=wait), tools, listen, command="reindex")
