"""`kb reindex`: every known source again, and what is gone is dropped. Made for cron.

With a gate, `gate.py` judges the new generation before anybody else can see it. It is a module of
its own because it loads all that answers questions, which a run without a gate does not need.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kb.errors import NothingFound
from kb.pipelines.ingest import Accept, IngestJob, Tools, ingest
from kb.run_types import IngestReport
from kb.types import Listener

if TYPE_CHECKING:
    from kb.pipelines.gate import GateReport


@dataclass(frozen=True, slots=True)
class Gated:
    """`gate` is None where nothing has changed that it could compare. `rolled_back`: the gate
    failed, what the run made was thrown away."""

    report: IngestReport
    gate: GateReport | None
    rolled_back: bool


def reindex(
    tools: Tools, listen: Listener, *, wait: float, accept: Accept | None = None
) -> IngestReport:
    """Ingest all sources of the collection, pruned; `accept` as in `ingest`.

    A source that is not there tonight is listed as failed and keeps its documents.

    Raises:
        NothingFound: nothing was ever ingested.
        KbError: whatever `ingest` raises.
    """
    if not tools.collection.exists():
        raise NothingFound(
            f"the collection '{tools.collection.name}' has no source",
            why="nothing was ingested into it yet",
            hint="add documents with: kb ingest PATH",
        )
    job = IngestJob(prune=True, wait=wait)
    return ingest(job, tools, listen, command="reindex", accept=accept)
