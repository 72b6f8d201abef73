"""An ingest in a process of its own that is killed. Small imports: each child pays for them."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path

from kb.documents.chunking.chunk import chunk
from kb.documents.failures import failure_of
from kb.documents.parse import parse
from kb.documents.pool.workers import ParsedChunks
from kb.errors import DocumentError
from kb.index import layout
from kb.index.generation import Collection
from kb.index.sparse import document_vector
from kb.pipelines.ingest import IngestJob, Tools, ingest
from kb.run_types import IngestReport as Report
from kb.types import Failure, SourceFile
from tests import forked
from tests.crash.stub_kb import SlowEmbedder

SECONDS_PER_TEXT = 0.01


def parse_here(sources: Iterable[SourceFile]) -> Iterator[ParsedChunks | Failure]:
    """In this process: starting a pool takes longer than all the rest of so small a run."""
    for source in sources:
        try:
            document = parse(source)
        except DocumentError as error:
            yield failure_of(source, "parse", error)
            continue
        chunks = tuple(chunk(document, 64, 1))
        yield ParsedChunks(
            document.source,
            chunks,
            document.title,
            document.labels,
            len(document.text),
            tables=document.tables,
        )


def local_tools(home: Path, seconds_per_text: float = 0.0) -> Tools:
    return Tools(
        collection=Collection(home, "default"),
        prepare=lambda files: None,
        parse=parse_here,
        embedder=lambda: SlowEmbedder(seconds_per_text=seconds_per_text),
        sparse=document_vector,
        parser="1",
        chunker="1",
        store="edge",
    )


def run(home: Path, docs: Path, seconds_per_text: float = 0.0, *, prune: bool = True) -> Report:
    job = IngestJob(paths=(docs,), prune=prune)
    return ingest(job, local_tools(home, seconds_per_text), lambda progress: None)


def _killed_run(home: Path, docs: Path, pipe: Connection) -> None:
    pipe.send("ready")
    run(home, docs, SECONDS_PER_TEXT)
    pipe.send("done")
    pipe.recv()


def _run_killed_at_step(home: Path, docs: Path, prune: bool, count: int) -> None:
    left = count

    def step(name: str) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    layout.step = step  # a process of its own: nothing to put back
    run(home, docs, prune=prune)


def kill_at_step(home: Path, docs: Path, *, prune: bool, count: int) -> None:
    """A run that is killed when the commit has come so far; one that has nothing to do ends."""
    child = forked.context().Process(target=_run_killed_at_step, args=(home, docs, prune, count))
    child.start()
    child.join()


def kill_after(home: Path, docs: Path, seconds: float) -> bool:
    """Start a run and kill it so long after its start; whether it was over by then."""
    here, there = forked.context().Pipe()
    child = forked.context().Process(target=_killed_run, args=(home, docs, there), daemon=True)
    child.start()
    assert here.recv() == "ready"
    over = here.poll(seconds)
    child.kill()
    child.join()
    return over
