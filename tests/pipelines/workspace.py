"""A folder of documents, a home, and what it takes to ingest the one into the other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NoReturn

from kb.documents.pool.workers import ParsePool
from kb.index.generation import Collection
from kb.index.sparse import document_vector
from kb.pipelines.ingest import IngestJob, Tools, ingest
from kb.run_types import IngestReport
from kb.types import Progress
from tests.fakes import FakeEmbedder


@dataclass
class Workspace:
    """A folder of documents, a home, and what it takes to ingest the one into the other."""

    docs: Path
    tools: Tools
    embedder: FakeEmbedder
    progress: list[Progress]

    def write(self, path: str, text: str) -> Path:
        file = self.docs / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def ingest(self, *paths: Path, prune: bool = False, rebuild: bool = False) -> IngestReport:
        job = IngestJob(paths=paths or (self.docs,), prune=prune, rebuild=rebuild)
        return ingest(job, self.tools, self.progress.append)

    def named(self, collection: str) -> Collection:
        """Another collection of its home."""
        return Collection(self.tools.collection.home, collection)

    def fill(self, collection: str, files: Mapping[str, str]) -> None:
        """Ingest files into another collection, from a folder of its name."""
        tools = replace(self.tools, collection=self.named(collection))
        one = Workspace(self.docs / collection, tools, self.embedder, [])
        for path, text in files.items():
            one.write(path, text)
        one.ingest()

    def documents(self) -> list[str]:
        with self.tools.collection.reader() as live:
            return [f"{record.root}/{record.path}" for record in live.catalog.documents()]

    def text_of(self, path: str) -> str:
        with self.tools.collection.reader() as live:
            [record] = live.catalog.documents_matching(path)
            return "\n".join(c.text for c in live.catalog.document_chunks(record.doc_id))

    def is_sound(self) -> bool:
        """Catalog and vectors hold the same chunks."""
        with self.tools.collection.reader() as live:
            return list(live.catalog.chunk_ids()) == list(live.vectors.ids())


def made_in(folder: Path, pool: ParsePool) -> Workspace:
    docs = folder / "docs"
    docs.mkdir()
    embedder = FakeEmbedder()
    tools = Tools(
        collection=Collection(folder / "home", "default"),
        prepare=pool.prepare,
        parse=pool.results,
        embedder=lambda: embedder,
        sparse=document_vector,
        parser="1",
        chunker="1",
        store="edge",
    )
    return Workspace(docs, tools, embedder, [])


def must_not_run(*arguments: object) -> NoReturn:
    raise AssertionError("this stage had nothing to do")
