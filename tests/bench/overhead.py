"""What an ingest costs beside the engine: whole process against the engine's own time."""

from __future__ import annotations

import time

from kb.index.generation import Collection
from kb.models.connect import open_models
from pipelines.embedding import BATCH
from tests.bench.places import DEMO, MODELS, SHARED, new_kb
from tests.bench.table import Row, at_most

_DOCUMENTS = 120


def rows() -> list[Row]:
    corpus = SHARED / "eval" / "cmrc2018-trial" / "docs"
    include = [f"--include={path.name}" for path in sorted(corpus.glob("*"))[:_DOCUMENTS]]
    name = f"{_DOCUMENTS} articles of cmrc2018-trial" if include else "demo corpus"
    with new_kb() as kb:
        started = time.perf_counter()
        done = kb("ingest", str(corpus if include else DEMO), *include, "--json", seconds=1200)
        whole = time.perf_counter() - started
        if done.code:
            raise SystemExit(done.err)
        with Collection(kb.home, "default").reader() as live:
            chunks = live.catalog.chunks(list(live.catalog.chunk_ids()))
    engine = _engine_seconds([chunk.embedding_text for chunk in chunks])
    return [
        Row(f"ingest of {name}: {len(chunks)} chunks, whole process", f"{whole:.1f} s"),
        Row("the same texts straight to the engine, model loaded", f"{engine:.1f} s"),
        at_most("ingest / engine", whole / engine, 1.10, "×", places=3),
    ]


def _engine_seconds(texts: list[str]) -> float:
    """In batches of 32: larger and smaller ones were measured to be no faster."""
    models = open_models("embedded", [], MODELS, "multilingual-e5-small", "qwen2.5-coder:1.5b")
    with models:
        embedder = models.embedder()
        embedder.embed_passages(["warm"])
        started = time.perf_counter()
        for start in range(0, len(texts), BATCH):
            embedder.embed_passages(texts[start : start + BATCH])
        return time.perf_counter() - started
