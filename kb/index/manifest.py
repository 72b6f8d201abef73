"""What a generation says of itself: `manifest.json`."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kb.errors import ModelMismatch
from kb.index.faults import damaged, state_faults
from kb.statefile import read_json, typed

if TYPE_CHECKING:
    from kb.model_types import ModelInfo

_LARGEST_MANIFEST = 1 << 20
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
