"""What the tests of a repair share: a collection that is damaged, mended and searched."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kb.index.checks import compare
from kb.index.generation import Collection
from kb.index.sparse import document_vector
from kb.pipelines.repair import RepairReport, Tools, repair
from tests.fakes import FakeEmbedder
from tests.pipelines.workspace import Workspace, must_not_run

TEXTS = {"a.md": "Alpha 北京 one.", "b.txt": "Beta two.", "c.txt": "Gamma three."}


def mend(workspace: Workspace, embedder: Callable[[], FakeEmbedder] | None = None) -> RepairReport:
    return repair(Tools(workspace.tools.collection, embedder or must_not_run, document_vector))


def live_folder(collection: Collection) -> Path:
    with collection.reader() as live:
        return live.folder


def chunk_ids(workspace: Workspace) -> dict[str, str]:
    with workspace.tools.collection.reader() as live:
        documents = {record.doc_id: record.path for record in live.catalog.documents()}
        return {
            documents[chunk.doc_id]: chunk.id
            for chunk in live.catalog.chunks([*live.catalog.chunk_ids()])
        }


def assert_everything_is_found(workspace: Workspace, *paths: str) -> None:
    ids = chunk_ids(workspace)
    assert {*ids} == {*(paths or TEXTS)}
    with workspace.tools.collection.reader() as live:
        assert compare(live).sound
        for path, chunk_id in ids.items():
            [chunk] = live.catalog.chunks([chunk_id])
            vector = workspace.embedder.vector(chunk.embedding_text)
            best = live.vectors.search_dense(vector, 1)[0]
            assert (best.chunk_id, round(best.score, 3)) == (chunk_id, 1.0)
            word = document_vector(TEXTS[path].split()[0])
            assert live.vectors.search_sparse(word, 1)[0].chunk_id == chunk_id
            kind = (("type", path.rpartition(".")[2]), ("root", "docs"))
            assert chunk_id in {one.chunk_id for one in live.vectors.search_dense(vector, 9, kind)}


def without_manifest(folder: Path) -> None:
    (folder / "manifest.json").unlink()


def rubbish_in_the_catalog(folder: Path) -> None:
    (folder / "catalog.sqlite").write_bytes(b"rubbish" * 9999)
