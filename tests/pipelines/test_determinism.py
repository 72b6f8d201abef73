"""The same files with the same settings give the same ids and the same root hash, on any machine.

Each run is a process of its own, with what differs between machines: the place of the home and of
the documents, the files' times, the number of workers, the locale, the seed of Python's hashes,
and in which order the files came.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.pipelines.workspace import Workspace

ROOT = Path(__file__).parents[2]

FILES = {
    "phones.md": "# 通讯录\n\n张飞的电话号码是u987438274。\n\n## 其他\n\n曹操 123456。\n",
    "pump.txt": "The pump weighs 100 kg. " * 80,
    "ä/offer.html": "<h1>Offer</h1><p>Price 12.50</p><table><tr><th>a</th><td>1</td></tr></table>",
    "table.csv": "name,number\n张飞,1\n刘备,2\n",
    "same/one.txt": "Two files, one text.",
    "same/two.txt": "Two files, one text.",
    "empty.txt": "",
}

PROGRAM = """
import json, sys
from pathlib import Path
from kb.documents.pool.workers import ParsePool
from kb.index.generation import Collection
from kb.index.sparse import document_vector
from kb.pipelines.ingest import IngestJob, Tools, ingest
from tests.fakes import FakeEmbedder

def main():
    home, docs, workers, *parts = sys.argv[1:]
    place = Collection(Path(home), "default")
    with ParsePool(int(workers), seconds_per_file=60, chunk_tokens=64) as pool:
        tools = Tools(
            collection=place, prepare=pool.prepare, parse=pool.results, embedder=FakeEmbedder,
            sparse=document_vector, parser="1", chunker="1", store="edge",
        )
        for part in parts:
            job = IngestJob(paths=(Path(docs) / part,), rebuild=part == "." and len(parts) > 2)
            ingest(job, tools, lambda progress: None)
    with place.reader() as live:
        print(json.dumps({
            "root_hash": live.manifest.root_hash,
            "documents": [[r.doc_id, r.root, r.path, r.sha256] for r in live.catalog.documents()],
            "chunks": [
                [c.id, c.text, c.section, c.start, c.end]
                for r in live.catalog.documents() for c in live.catalog.document_chunks(r.doc_id)
            ],
            "vectors": list(live.vectors.ids()),
            "tables": [[t.id, t.source, t.rows] for t in live.catalog.table_store.tables()],
            "nearest": [
                [one.chunk_id, round(one.score, 6)]
                for one in live.vectors.search_dense(FakeEmbedder().vector("question"), 50)
            ],
            "failed": [[f.path, f.reference] for f in live.catalog.failures()],
        }))

if __name__ == "__main__":
    main()
"""


@dataclass(frozen=True)
class Machine:
    """Where a run happens and how. `parts` are ingested one after another."""

    name: str
    folder: str = ""
    mtime: int = 1_700_000_000
    workers: int = 1
    parts: tuple[str, ...] = (".",)
    environment: dict[str, str] = field(default_factory=dict)


MACHINES = [
    Machine(
        "all of it at once",
        folder="some/where/else",
        mtime=1_000_000_000,
        workers=3,
        environment={
            "PYTHONHASHSEED": "4711",
            "LC_ALL": "C",
            "PYTHONUTF8": "0",
            "TZ": "Asia/Tokyo",
        },
    ),
    Machine("file by file, then rebuilt", parts=("table.csv", "pump.txt", ".")),
]
ONE_BY_ONE = [
    Machine("another folder", folder="some/where/else"),
    Machine("other times", mtime=1_000_000_000),
    Machine("three workers", workers=3),
    Machine("a part first, then all", parts=("same", ".")),
    Machine("another hash seed", environment={"PYTHONHASHSEED": "4711"}),
    Machine("another locale", environment={"LC_ALL": "C", "PYTHONUTF8": "0", "TZ": "Asia/Tokyo"}),
]
"""Which of it made the difference, where there is one; at night."""


def ingested(place: Path, machine: Machine) -> dict[str, object]:
    docs = place / machine.folder / "docs"
    for name, text in FILES.items():
        path = docs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        os.utime(path, (machine.mtime, machine.mtime))
    script = place / "run.py"
    script.write_text(PROGRAM, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, script, place / "home", docs, str(machine.workers), *machine.parts],
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "1", **machine.environment},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    found: dict[str, object] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    found = ingested(tmp_path_factory.mktemp("reference"), Machine("reference"))
    assert found["failed"] == [["empty.txt", "empty-document"]]
    return found


@pytest.mark.parametrize(
    "machine",
    [*MACHINES, *(pytest.param(one, marks=pytest.mark.nightly) for one in ONE_BY_ONE)],
    ids=lambda machine: machine.name,
)
def test_the_same_files_give_the_same_index(
    tmp_path: Path, reference: dict[str, object], machine: Machine
) -> None:
    assert ingested(tmp_path, machine) == reference


def test_another_text_gives_another_root_hash_and_the_old_text_the_old_one(
    workspace: Workspace,
) -> None:
    """Whatever the generations before: the hash is of the content alone."""
    workspace.write("phones.md", FILES["phones.md"])
    hashes: list[str] = []
    for number in (2, 3, 2):
        workspace.write("table.csv", f"name,number\n张飞,1\n刘备,{number}\n")
        os.utime(workspace.docs / "table.csv", (0, len(hashes)))
        workspace.ingest()
        with workspace.tools.collection.reader() as live:
            hashes.append(live.manifest.root_hash)
    assert hashes[0] == hashes[2] != hashes[1]
