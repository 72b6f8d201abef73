"""A large collection: 100,000 chunks in 10,000 documents on Qdrant Edge, with the 384 numbers a
vector of the demo's model, and with the 1,024 of bge-m3.

The store as it is, without a model: texts are drawn from a vocabulary by Zipf's law, a fifth in
Chinese characters, and differ in length as real ones do (of one length, BM25 gives whole crowds
one score); vectors lie around 2,000 centres, for real ones are clustered. The search is
the whole of kb/retrieval/search.py in a process of its own, whose pages the writer has evicted:
what a question costs besides its embedding. Recall is that of the dense candidates, against a
scan of the whole vectors.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from array import array
from collections.abc import Callable, Sequence
from functools import partial
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from kb.index.draft import Draft
from kb.index.generation import Collection, Fingerprint
from kb.index.qdrant_edge.index import EdgeIndex
from kb.index.sparse import document_vector, query_vector
from kb.retrieval.search import search
from kb.text.language import LANGUAGE_LABEL, language
from kb.types import (
    Chunk,
    DocumentRecord,
    EmbeddedChunk,
    Query,
    SearchMode,
    Vector,
    chunk_id,
    document_id,
)
from tests.bench.table import Row, at_least, at_most
from tests.fakes import FakeEmbedder

DIMENSIONS = (384, 1024)
DOCUMENTS, CHUNKS = 10_000, 10
_CENTRES = 2_000
_QUESTIONS = 300


def rows() -> list[Row]:
    return [row for dimension in DIMENSIONS for row in _rows(dimension)]


def _rows(dimension: int) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="kb-bench-") as folder:
        written = _part("write", folder, dimension)
        found = _part("search", folder, dimension)
    name = f"{DOCUMENTS * CHUNKS:,} chunks × {dimension:,}"
    return [
        Row(f"{name}: first build, vectors given", f"{written['build']:.0f} s"),
        Row("of it: the commit, with merging and 4-bit copies", f"{written['first_commit']:.1f} s"),
        at_most("commit of a one-file change, median of 5", written["commit"], 5, "s"),
        at_most("the slowest of the 5", written["slowest"], 5, "s"),
        Row("disk taken by a generation, and by one more", f"{written['disk']}"),
        Row("load of the vectors, pages not in memory", f"{found['load']:.2f} s"),
        at_most("hybrid search, p50", found["p50"], 20, "ms", places=1),
        at_most("hybrid search, p95", found["p95"], 50, "ms", places=1),
        Row("hybrid search / one pass over the vectors with numpy", f"{found['to_numpy']:.2f} ×"),
        Row("the first search after the load", f"{found['first']:.1f} ms"),
        at_least("recall@10 against the exact scan", found["recall_10"], 0.99),
        at_least("recall@50", found["recall_50"], 0.99),
        at_least("recall@50 under a filter", found["recall_filtered"], 0.99),
        Row("memory of the searching process", f"{found['memory']}"),
    ]


def _part(name: str, folder: str, dimension: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.bench.scale", name, folder, str(dimension)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    result: dict[str, Any] = json.loads(done.stdout)
    return result


# --- writing --------------------------------------------------------------------------


def write(home: Path, dimension: int) -> dict[str, Any]:
    collection, texts, vectors = Collection(home, "default"), Texts(1), Vectors(1, dimension)
    made_by = Fingerprint("bench", "bench", "synthetic", "5c" * 32, dimension, "edge")
    started = time.perf_counter()
    with collection.writer() as draft:
        draft.begin(made_by)
        for number in range(DOCUMENTS):
            _put(draft, number, [texts.next() for _ in range(CHUNKS)], vectors)
        committing = time.perf_counter()
        draft.commit()
    ended = time.perf_counter()
    disk = [_megabytes(home)]
    commits = []
    for number in range(5):
        began = time.perf_counter()
        with collection.writer() as draft:
            draft.begin(made_by)
            _put(draft, number * 100, [texts.next() for _ in range(CHUNKS)], vectors)
            draft.commit()
        commits.append(time.perf_counter() - began)
    disk.append(_megabytes(home) - disk[0])
    return {
        "build": ended - started,
        "first_commit": ended - committing,
        "commit": sorted(commits)[2],
        "slowest": max(commits),
        "disk": f"{disk[0]:.0f} MB, {disk[1]:.0f} MB",
    }


def _put(draft: Draft, number: int, texts: Sequence[str], vectors: Vectors) -> None:
    path = f"{number:05}.md"
    doc_id = document_id("docs", path)
    size = sum(map(len, texts))
    record = DocumentRecord(doc_id, "docs", path, size, 0, doc_id, path, len(texts), size)
    chunks = [
        Chunk(chunk_id(doc_id, "", text, 0), doc_id, n, text, "", None, None, "", 0, len(text))
        for n, text in enumerate(texts)
    ]
    sparse = [document_vector(text) for text in texts]
    change = draft.catalog.put_document(record, chunks, [one.indices for one in sparse])
    draft.vectors.upsert(
        [
            EmbeddedChunk(chunk, dense, one, {LANGUAGE_LABEL: language(chunk.text).value})
            for chunk, dense, one in zip(chunks, vectors.take(len(chunks)), sparse, strict=True)
        ]
    )
    draft.vectors.delete(change.delete)


def _megabytes(home: Path) -> float:
    """Files that have several names are counted once."""
    places = [path.stat() for path in home.rglob("*") if path.is_file()]
    return sum({one.st_ino: one.st_blocks * 512 for one in places}.values()) / 1e6


# --- searching ------------------------------------------------------------------------


class _Given(FakeEmbedder):
    """Vectors drawn as the chunks' are, whatever is asked; in advance, for embedding is not what
    is measured."""

    def __init__(self, vectors: list[Vector]) -> None:
        super().__init__()
        self.vectors = iter(vectors)

    def embed_query(self, text: str) -> Vector:
        return next(self.vectors)

    def embed_queries(self, texts: Sequence[str]) -> list[Vector]:
        return [*map(self.embed_query, texts)]


def search_all(home: Path, dimension: int) -> dict[str, Any]:
    texts, vectors = Texts(2), Vectors(2, dimension)
    embedder = _Given(vectors.take(_QUESTIONS))
    query_vector("词典", df=lambda terms: {}, n=1)  # loads the dictionary, which startup measures
    with Collection(home, "default").reader() as live:
        before = _memory()
        started = time.perf_counter()
        index = live.vectors
        load = time.perf_counter() - started
        lexical = partial(query_vector, df=live.catalog.df, n=live.catalog.chunk_count())
        milliseconds = []
        for _ in range(_QUESTIONS):
            query = Query(" ".join(texts.next().split()[:8])[:40], 5, SearchMode.HYBRID)
            began = time.perf_counter()
            search(query, index=index, catalog=live.catalog, embedder=embedder, lexical=lexical)
            milliseconds.append(1000 * (time.perf_counter() - began))
        after = _memory()
        assert isinstance(index, EdgeIndex)
        recalls = _recalls(index, vectors.take(100))
    ordered = sorted(milliseconds)
    p50 = ordered[len(ordered) // 2]
    return {
        "to_numpy": p50 / _numpy_pass(dimension),
        "load": load,
        "first": milliseconds[0],
        "p50": p50,
        "p95": ordered[len(ordered) * 95 // 100],
        "memory": f"{after[0]:.0f} MB of its own (before the load {before[0]:.0f}), "
        f"{after[1]:.0f} MB of mapped files",
        **recalls,
    }


def _numpy_pass(dimension: int) -> float:
    """Milliseconds of the simplest dense search there is: what this machine is worth today."""
    vectors = np.random.default_rng(0).random((DOCUMENTS * CHUNKS, dimension), dtype=np.float32)
    taken = []
    for question in vectors[:21]:
        began = time.perf_counter()
        np.argpartition(vectors @ question, -50)
        taken.append(1000 * (time.perf_counter() - began))
    return sorted(taken)[len(taken) // 2]


def _recalls(index: EdgeIndex, questions: Sequence[Vector]) -> dict[str, float]:
    chinese = ((LANGUAGE_LABEL, "zh"),)

    def recall(depth: int, where: tuple[tuple[str, str], ...]) -> float:
        shares = []
        for question in questions:
            found = {one.chunk_id for one in index.search_dense(question, depth, where)}
            wanted = {
                one.chunk_id for one in index.search_dense(question, depth, where, exact=True)
            }
            shares.append(len(found & wanted) / depth)
        return sum(shares) / len(shares)

    return {
        "recall_10": recall(10, ()),
        "recall_50": recall(50, ()),
        "recall_filtered": recall(50, chinese),
    }


def _memory() -> tuple[float, float]:
    """Megabytes that are this process's own, and of mapped files, which the kernel may take."""
    status = Path("/proc/self/status").read_text().splitlines()
    sizes = {line.split(":")[0]: line.split()[1] for line in status if line.startswith("Rss")}
    return int(sizes["RssAnon"]) / 1024, int(sizes["RssFile"]) / 1024


# --- synthetic documents --------------------------------------------------------------


class Texts:
    """40 to 80 words by Zipf's law: of 50,000, or of 20,000 Chinese ones of two characters."""

    def __init__(self, seed: int) -> None:
        names = Random(0)
        self.random = Random(seed)
        letters = "aeioubcdfghklmnprstvz"
        self.words = ["".join(names.choices(letters, k=7)) for _ in range(50_000)]
        characters = [chr(0x4E00 + n) for n in names.sample(range(20_000), 3_000)]
        self.chinese = ["".join(names.choices(characters, k=2)) for _ in range(20_000)]
        self.weights = [*accumulate(1 / (n + 2) for n in range(50_000))]

    def next(self) -> str:
        choose: Callable[..., list[str]] = self.random.choices
        words = self.random.randint(40, 80)
        if self.random.random() < 0.2:
            return "".join(choose(self.chinese, cum_weights=self.weights[:20_000], k=words))
        return " ".join(choose(self.words, cum_weights=self.weights, k=words))


class Vectors:
    """Of length 1, around the same centres whatever the seed."""

    def __init__(self, seed: int, dimension: int) -> None:
        self.centres = _unit(np.random.default_rng(0).standard_normal((_CENTRES, dimension)))
        self.random = np.random.default_rng(seed)

    def take(self, count: int) -> list[Vector]:
        chosen = self.centres[self.random.integers(0, _CENTRES, count)]
        noise = self.random.standard_normal(chosen.shape) / chosen.shape[1] ** 0.5
        found = _unit(chosen + noise).astype(np.float32)
        return [array("f", one.tobytes()) for one in found]


def _unit(vectors: Any) -> Any:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


if __name__ == "__main__":
    part = {"write": write, "search": search_all}[sys.argv[1]]
    print(json.dumps(part(Path(sys.argv[2]), int(sys.argv[3]))))
