"""A model store as Ollama lays it out, made of the demo's GGUF files without copying them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

WEIGHTS = "application/vnd.ollama.image.model"
TEMPLATE = "application/vnd.ollama.image.template"
PARAMETERS = "application/vnd.ollama.image.params"


def add_model(
    store: Path, name: str, weights: Path, digest: str, template: str = "", parameters: str = ""
) -> None:
    """Add a model, `name:tag`, whose weights are a link to a file of this digest."""
    blobs = store / "blobs"
    blobs.mkdir(parents=True, exist_ok=True)
    blob = blobs / f"sha256-{digest}"
    if not blob.exists():
        blob.symlink_to(weights)
    layers = [{"mediaType": WEIGHTS, "digest": f"sha256:{digest}", "size": weights.stat().st_size}]
    for kind, text in ((TEMPLATE, template), (PARAMETERS, parameters)):
        if text:
            of_text = hashlib.sha256(text.encode()).hexdigest()
            (blobs / f"sha256-{of_text}").write_text(text, "utf-8")
            layers.append({"mediaType": kind, "digest": f"sha256:{of_text}", "size": len(text)})
    base, tag = name.split(":")
    manifest = store / "manifests/registry.ollama.ai/library" / base / tag
    manifest.parent.mkdir(parents=True, exist_ok=True)
    manifest.write_text(json.dumps({"schemaVersion": 2, "layers": layers}), "utf-8")
