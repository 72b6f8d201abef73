"""What a generation says of itself (`manifest.json`), and a run after it (`runs.jsonl`)."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from kb.errors import ModelMismatch
from kb.index.faults import damaged, state_faults
from kb.model_types import ModelInfo
from kb.run_types import RunCounts
from kb.statefile import parsed_json, read_json, read_tail, typed

log = logging.getLogger(__name__)

_LARGEST_MANIFEST = 1 << 20
_LARGEST_LOG = 64 << 20
"""Bytes of `runs.jsonl` that are read: its end, some hundred thousand runs."""
_LARGEST_DIMENSION = 1 << 20


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What made the vectors. `digest` is the sha256 of the embedding model's weights.

    `parser` and `chunker` name versions, whose change makes every document worth reading again;
    `engine` is the vector store's, `edge` or `server`.
    """

    parser: str
    chunker: str
    embedding: str
    digest: str
    dimension: int
    engine: str

    def check_model(self, name: str, digest: str, dimension: int) -> None:
        """Raises ModelMismatch unless the vectors were made by this very model."""
        if (self.digest, self.dimension) != (digest, dimension):
            raise ModelMismatch(
                f"this collection was embedded with {self.embedding}, not with {name}",
                why=f"its vectors come from weights {self.digest[:12]}, not {digest[:12]}, "
                "and vectors of two models cannot be compared",
                hint=f"set models.embedding = {self.embedding}, or start over: kb ingest --rebuild",
            )


@dataclass(frozen=True, slots=True)
class Manifest:
    """`parent` is 0 for the first generation; `created` is UTC, ISO 8601.

    `fingerprint` is None while nothing was ever embedded.
    """

    generation: int
    parent: int
    created: str
    documents: int
    chunks: int
    failures: int
    root_hash: str
    fingerprint: Fingerprint | None

    def check_model(self, model: ModelInfo) -> None:
        """Raises ModelMismatch unless the vectors, if any, were made by this very model."""
        if self.fingerprint:
            self.fingerprint.check_model(model.name, model.digest, model.dimension)


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


def manifest_text(manifest: Manifest) -> str:
    return json.dumps(asdict(manifest), indent=2, sort_keys=True) + "\n"


def read_manifest(path: Path) -> Manifest:
    """Raises StoreDamaged when it is missing or not a manifest."""
    try:
        with state_faults(path):
            found = read_json(path, _LARGEST_MANIFEST)
            known = found.get("fingerprint") if isinstance(found, dict) else None
            fingerprint = None if known is None else typed(Fingerprint, known)
            if fingerprint and not 0 < fingerprint.dimension <= _LARGEST_DIMENSION:
                raise ValueError(f"a vector has {fingerprint.dimension} numbers")
            return typed(Manifest, {**found, "fingerprint": fingerprint} if known else found)
    except FileNotFoundError as error:
        raise damaged(path, "the file is missing") from error


def run_line(record: RunRecord) -> str:
    return json.dumps(record.as_line(), ensure_ascii=False) + "\n"


def read_runs(path: Path) -> list[RunRecord]:
    """Every run, oldest first. A line that a crash cut off is left out."""
    try:
        with state_faults(path):
            lines = read_tail(path, _LARGEST_LOG).split("\n")
    except FileNotFoundError:
        return []
    runs: list[RunRecord] = []
    for line in filter(None, lines):
        try:
            runs.append(RunRecord.of(parsed_json(line)))
        except ValueError as error:
            log.debug("%s: a line that is no run is left out: %s", path, error)
    return runs
