"""What an ingest costs beside the engine: whole process against the engine's own time."""

from __future__ import annotations

import time
from pathlib import Path

from kb.index.generation import Collection
from kb.models.connect import open_models
from tests.bench.places import DEMO, MODELS, SHARED, new_kb
from tests.bench.table import Row, at_most

_ROUNDS = 2
_BATCH = 32


def rows() -> list[Row]:
    corpus = SHARED / "eval" / "cmrc2018-trial" / "docs"
    folder = corpus if corpus.is_dir() else DEMO
    runs = [_both(folder) for _ in range(_ROUNDS)]
    whole, engine = (min(seconds) for seconds in zip(*(run[1:] for run in runs), strict=True))
    name = "cmrc2018-trial" if corpus.is_dir() else "the demo corpus"
    return [
        Row(f"ingest of {name}: {runs[0][0]} chunks, whole process", f"{whole:.1f} s"),
        Row("the same texts straight to the engine, model loaded", f"{engine:.1f} s"),
        at_most("ingest / engine, the better of two rounds each", whole / engine, 1.10, "×"),
    ]


def _both(folder: Path) -> tuple[int, float, float]:
    """Chunks; seconds of the whole ingest; seconds of the engine alone."""
    with new_kb() as kb:
        started = time.perf_counter()
        done = kb("ingest", str(folder), "--json", seconds=1200)
        whole = time.perf_counter() - started
        if done.code:
            raise SystemExit(done.err)
        with Collection(kb.home, "default").reader() as live:
            chunks = live.catalog.chunks(list(live.catalog.chunk_ids()))
    return len(chunks), whole, _engine_seconds([chunk.embedding_text for chunk in chunks])


def _engine_seconds(texts: list[str]) -> float:
    """In batches of 32: larger and smaller ones were measured to be no faster."""
    models = open_models("embedded", [], MODELS, "multilingual-e5-small", "qwen2.5-coder:1.5b")
    with models:
        embedder = models.embedder()
        embedder.embed_passages(["warm"])
        started = time.perf_counter()
        for start in range(0, len(texts), _BATCH):
            embedder.embed_passages(texts[start : start + _BATCH])
        return time.perf_counter() - started
