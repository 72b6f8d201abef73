"""An engine that costs a fixed time or none, for what is measured around the engine.

    python -m tests.bench.stub HOME DOCS [--seconds 0.005] [--at-once 1] [--no-vectors]
        [--table-rows 0]

is a whole process that ingests DOCS with it and prints the report as JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from kb.documents.pool.workers import ParsePool
from kb.index.generation import Collection
from kb.index.sparse import LEXICAL, document_vector
from kb.pipelines.ingest import IngestJob, Tools, ingest
from kb.types import EmbeddedChunk, Vector
from tests.bench.places import REPOSITORY
from tests.fakes import FakeEmbedder


@dataclass
class StubEngine(FakeEmbedder):
    """Vectors made of a hash, after a set delay for each text; it works on so many calls at once,
    as a server does. `busy` is the time that its calls took, in all: a sleep may be longer than
    it was set to."""

    dimension: int = 384
    seconds_per_text: float = 0.0
    at_once: int = 1
    busy: float = 0.0
    places: threading.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self.places = threading.Semaphore(self.at_once)

    def embed_passages(self, texts: Sequence[str]) -> list[Vector]:
        if self.seconds_per_text:
            with self.places:
                began = time.perf_counter()
                time.sleep(self.seconds_per_text * len(texts))
                self.busy += time.perf_counter() - began
        return super().embed_passages(texts)


@contextmanager
def stub_tools(home: Path, engine: StubEngine, table_rows: int = 0) -> Iterator[Tools]:
    from kb.documents import CHUNKER, PARSER

    with ParsePool(0, chunk_tokens=384, table_rows=table_rows) as pool:
        yield Tools(
            collection=Collection(home, "default"),
            prepare=pool.prepare,
            parse=pool.results,
            embedder=lambda: engine,
            sparse=document_vector,
            parser=PARSER,
            # As kb's own runs call it (kb/session/wiring.py), so that they find nothing changed.
            chunker=f"{CHUNKER}:{LEXICAL}:384:1:{table_rows}",
            store="edge",
        )


def start(home: Path, docs: Path, *options: str) -> subprocess.Popen[str]:
    """A whole process that ingests with the stub engine."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.bench.stub", str(home), str(docs), *options],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.PIPE,
        text=True,
    )


def report_of(process: subprocess.Popen[str]) -> dict[str, Any]:
    out, _ = process.communicate()
    if process.returncode:
        raise SystemExit("the ingest failed")
    found: dict[str, Any] = json.loads(out)
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("home", type=Path)
    parser.add_argument("docs", type=Path)
    parser.add_argument("--seconds", type=float, default=0.0, help="a text")
    parser.add_argument("--at-once", type=int, default=1, help="calls that the engine works on")
    parser.add_argument("--table-rows", type=int, default=0, help="as chunk.table_rows")
    parser.add_argument("--no-vectors", action="store_true", help="hand none to the store")
    options = parser.parse_args()
    if options.no_vectors:
        import kb.index.qdrant_edge.index

        kb.index.qdrant_edge.index.EdgeIndex.upsert = _drop  # type: ignore[method-assign]
    engine = StubEngine(seconds_per_text=options.seconds, at_once=options.at_once)
    with stub_tools(options.home, engine, options.table_rows) as tools:
        report = ingest(IngestJob(paths=(options.docs,)), tools, lambda progress: None)
    print(json.dumps({**asdict(report), **asdict(report.counts), "busy": engine.busy}))


def _drop(self: object, points: Sequence[EmbeddedChunk]) -> None:
    """In the place of EdgeIndex.upsert."""


if __name__ == "__main__":
    main()
