"""The log of runs: what a run leaves there never decides what becomes of the run."""

from __future__ import annotations

import logging

from kb.errors import StoreDamaged, StoreError
from kb.index.generation import Collection
from kb.index.run_log import RunRecord

log = logging.getLogger(__name__)


def log_run(collection: Collection, record: RunRecord) -> None:
    """Append a line to `runs.jsonl`; where that fails, warn."""
    try:
        collection.append_run(record)
    except (StoreError, StoreDamaged) as error:
        log.warning("the run could not be logged: %s (%s)", error.what, error.why)
