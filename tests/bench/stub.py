"""An engine that costs a fixed time or none, for what is measured around the engine."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kb.documents.workers import ParsePool
from kb.index.generation import Collection
from kb.index.sparse import document_vector
from kb.types import Vector
from pipelines.ingest import Tools
from tests.fakes import FakeEmbedder


@dataclass
class StubEngine(FakeEmbedder):
    """Vectors made of a hash, after a set delay for each text."""

    dimension: int = 384
    seconds_per_text: float = 0.0

    def embed_passages(self, texts: Sequence[str]) -> list[Vector]:
        time.sleep(self.seconds_per_text * len(texts))
        return super().embed_passages(texts)


@contextmanager
def stub_tools(home: Path, engine: StubEngine) -> Iterator[Tools]:
    from kb.documents import CHUNKER, PARSER

    with ParsePool(0, chunk_tokens=384) as pool:
        yield Tools(
            collection=Collection(home, "default"),
            prepare=pool.prepare,
            parse=pool.results,
            embedder=lambda: engine,
            sparse=document_vector,
            parser=PARSER,
            chunker=f"{CHUNKER}:384:1",
            store="edge",
        )
