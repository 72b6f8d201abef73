"""What a collection's runs did: `runs.jsonl`, a line each."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from kb.index.faults import state_faults
from kb.run_types import RunCounts
from kb.statefile import parsed_json, read_tail, typed

log = logging.getLogger(__name__)

_LARGEST = 64 << 20
"""Bytes of `runs.jsonl` that are read: its end, some hundred thousand runs."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run, as `kb history` shows it. `started` is UTC, ISO 8601."""

    started: str
    command: str
    outcome: str
    generation: int
    counts: RunCounts = field(default_factory=RunCounts)
    seconds: float = 0.0

    def as_line(self) -> dict[str, Any]:
        """As a line of runs.jsonl has them: the counts among the others."""
        found = asdict(self)
        counts, seconds = found.pop("counts"), found.pop("seconds")
        return {**found, **counts, "seconds": seconds}

    @classmethod
    def of(cls, found: object) -> RunRecord:
        """Raises ValueError where these are not the fields of a run."""
        if not isinstance(found, dict):
            raise ValueError("it is not an object")
        names = {item.name for item in fields(RunCounts)}
        counts = {name: found[name] for name in names & found.keys()}
        others = {name: value for name, value in found.items() if name not in names}
        return typed(cls, {**others, "counts": typed(RunCounts, counts)})


def run_line(record: RunRecord) -> str:
    return json.dumps(record.as_line(), ensure_ascii=False) + "\n"


def read_runs(path: Path) -> list[RunRecord]:
    """Every run, oldest first. A line that a crash cut off is left out."""
    try:
        with state_faults(path):
            lines = read_tail(path, _LARGEST).split("\n")
    except FileNotFoundError:
        return []
    runs: list[RunRecord] = []
    for line in filter(None, lines):
        try:
            runs.append(RunRecord.of(parsed_json(line)))
        except ValueError as error:
            log.debug("%s: a line that is no run is left out: %s", path, error)
    return runs
