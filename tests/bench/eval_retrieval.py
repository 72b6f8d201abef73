"""How well retrieval finds, and how well its score tells that there is nothing to find.

    python -m tests.bench.eval_retrieval                          cmrc2018-trial, three modes
    python -m tests.bench.eval_retrieval --set squad-en --set covidqa --ablation
    python -m tests.bench.eval_retrieval --across                 questions in the other language
    python -m tests.bench.eval_retrieval --distractors 5000       news articles mixed in
    python -m tests.bench.eval_retrieval --refusal                half of the documents taken away

For each set one table: the share of questions whose answer stands in a chunk among the first 1,
3, 5 and 10 (for dureader-demo, whose answers are partly written: a chunk of the document that the
answer was written from), and the milliseconds of a search besides embedding the question. A and B
are halves of the set's documents: what is tuned on one is confirmed on the other. Embeddings are
kept in `--work`, so only the first run is slow.
"""

from __future__ import annotations

import argparse
import random
import shutil
import statistics
import sys
import time
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NoReturn

from kb.documents.pool.workers import ParsedChunks
from kb.index.cache import EmbeddingCache
from kb.index.catalog import Catalog
from kb.index.qdrant_edge.index import EdgeIndex
from kb.index.sparse import document_vector, query_vector
from kb.models.connect import open_models
from kb.pipelines.ask import Tools
from kb.pipelines.flow import EmbeddedDocument, Stages, flow
from kb.pipelines.points import embedded_chunk, lexical_text
from kb.pipelines.storing import record_of
from kb.ports import Embedder
from kb.retrieval.search import Found, search
from kb.types import Query, SearchMode, Vector
from tests.bench.retrieval_sets import (
    DISTRACTORS,
    Question,
    QuestionSet,
    across,
    add_set_options,
    documents,
    every_chunk,
    question_set,
)

DEPTHS = (1, 3, 5, 10)
THRESHOLDS = (0.08, 0.09, 0.10, 0.11, 0.12)

Find = Callable[[str, SearchMode], Found]


class KnownQuestions:
    """An embedder whose question vectors are kept on disk; passages are the cache's business."""

    def __init__(self, embedder: Embedder, cache: EmbeddingCache) -> None:
        self._embedder = embedder
        self._cache = cache
        self._known: dict[str, Vector] = {}
        self.info, self.load = embedder.info, embedder.load
        self.embed_passages = embedder.embed_passages

    def embed_query(self, text: str) -> Vector:
        if text not in self._known:
            model = f"query:{self.info().digest}"
            known = self._cache.get(model, [text])
            if not known:
                known = {text: self._embedder.embed_query(text)}
                self._cache.put(model, known)
            self._known |= known
        return self._known[text]

    def embed_queries(self, texts: Sequence[str]) -> list[Vector]:
        return [*map(self.embed_query, texts)]


@dataclass(frozen=True, slots=True)
class Bench:
    embedder: KnownQuestions
    cache: EmbeddingCache
    work: Path


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options(arguments)
    options.work.mkdir(parents=True, exist_ok=True)
    names = options.set or ([] if options.across else ["cmrc2018-trial"])
    sets = [question_set(name, options.shared) for name in names]
    sets += across(options.shared) if options.across else []
    cache = EmbeddingCache(options.work / "embeddings.sqlite")
    with open_models(
        "embedded", hosts=[], folder=options.models, embedding=options.model, chat=""
    ) as models:
        bench = Bench(KnownQuestions(models.embedder(), cache), cache, options.work)
        for one in sets:
            found = documents(one.folder, options.tokens)
            if options.distractors:
                news = options.shared / DISTRACTORS / "docs"
                found += documents(news, options.tokens, most=options.distractors)
            asked = one.questions[options.skip :][: options.questions]
            measure(one, asked, found, bench, options)


def measure(
    one: QuestionSet,
    questions: Sequence[Question],
    found: Sequence[ParsedChunks],
    bench: Bench,
    options: argparse.Namespace,
) -> None:
    chunks = sum(len(document.chunks) for document in found)
    say(f"\n{one.name}: {len(found)} documents, {chunks} chunks, {len(questions)} questions")
    columns = [f"@{depth}" for depth in DEPTHS]
    say(row("", [*columns, "A @1", "B @1", "A @5", "B @5", "p50 ms", "p95 ms"]))
    find = indexed(found, bench)
    for question in questions:
        bench.embedder.embed_query(question.text)
    for mode in SearchMode:
        say(row(mode.value, [*recall(questions, find, mode), *latency(find, mode)]))
    if options.ablation:
        ablation(questions, found, bench)
    if options.refusal:
        refusal(questions, found, bench)


_seconds: dict[SearchMode, list[float]] = {mode: [] for mode in SearchMode}


def recall(questions: Sequence[Question], find: Find, mode: SearchMode) -> list[str]:
    """The shares found among the first, of all questions and of each half."""
    holds = []
    for question in questions:
        hits = find(question.text, mode).hits
        holds.append([question.found_in(hit.chunk, hit.source) for hit in hits])
    return shares(questions, holds)


def shares(questions: Sequence[Question], holds: Sequence[Sequence[bool]]) -> list[str]:
    half = [zlib.crc32(question.document.encode()) % 2 for question in questions]

    def share(depth: int, halves: Sequence[int] = (0, 1)) -> str:
        found = [any(h[:depth]) for h, side in zip(holds, half, strict=True) if side in halves]
        return f"{statistics.fmean(found):.3f}"

    return [*map(share, DEPTHS), *(share(depth, [side]) for depth in (1, 5) for side in (0, 1))]


def latency(find: Find, mode: SearchMode) -> list[str]:
    taken = sorted(_seconds[mode])
    _seconds[mode].clear()
    return [f"{1000 * taken[len(taken) * share // 100]:.1f}" for share in (50, 95)]


def ablation(questions: Sequence[Question], found: Sequence[ParsedChunks], bench: Bench) -> None:
    from tests.bench.ablation import variants

    chunks = [*every_chunk(found)]
    texts = [chunk.embedding_text for _, chunk in chunks]
    known = known_vectors(texts, bench)
    asked = [bench.embedder.embed_query(question.text) for question in questions]
    words = [question.text for question in questions]
    for name, scores in variants(chunks, [known[text] for text in texts], words, asked):
        holds = []
        for question, line in zip(questions, scores, strict=True):
            best = (-line).argsort(kind="stable")[: max(DEPTHS)]
            near = [chunks[int(place)] for place in best]
            holds.append([question.found_in(chunk, owner.path) for owner, chunk in near])
        say(row(name, shares(questions, holds)))


def known_vectors(texts: Sequence[str], bench: Bench) -> Mapping[str, Vector]:
    model, step = bench.embedder.info().digest, 500
    found: dict[str, Vector] = {}
    for start in range(0, len(texts), step):
        found |= bench.cache.get(model, texts[start : start + step])
    return found


def refusal(questions: Sequence[Question], found: Sequence[ParsedChunks], bench: Bench) -> None:
    kept = random.Random(0).sample(found, len(found) // 2)
    sources = {document.source.path for document in kept}
    find = indexed(kept, bench)
    there: list[float] = []
    missing: list[float] = []
    for question in questions:
        score = find(question.text, SearchMode.HYBRID).best_score or 0.0
        (there if question.document in sources else missing).append(score)
    there.sort()
    missing.sort()
    above = sum(len(there) - bisect_left(there, score) for score in missing)
    auc = above / (len(there) * len(missing))
    say(f"half of the documents taken away: AUC of the best score {auc:.3f}")
    say(row("threshold", ["wrongly", "rightly refused"]))
    for threshold in THRESHOLDS:
        wrong = bisect_right(there, threshold) / len(there)
        right = bisect_right(missing, threshold) / len(missing)
        say(row(f"{threshold:.2f}", [f"{wrong:.3f}", f"{right:.3f}"]))


def built(found: Sequence[ParsedChunks], bench: Bench) -> tuple[EdgeIndex, Catalog]:
    """The documents in a fresh catalog and Edge shard."""
    place = bench.work / "index"
    shutil.rmtree(place, ignore_errors=True)
    (place / "vectors").mkdir(parents=True)
    catalog = Catalog(place / "catalog.sqlite", writable=True)
    index = EdgeIndex(place / "vectors", dimension=bench.embedder.info().dimension)
    for done in embedded(found, bench):
        owner, chunks = record_of(done.parsed), done.parsed.chunks
        sparse = [document_vector(lexical_text(owner, one)) for one in chunks]
        catalog.put_document(owner, chunks, [v.indices for v in sparse])
        dense = [done.vectors[one.embedding_text] for one in chunks]
        index.upsert(
            [embedded_chunk(owner, *each) for each in zip(chunks, dense, sparse, strict=True)]
        )
    index.flush()
    return index, catalog


def indexed(found: Sequence[ParsedChunks], bench: Bench) -> Find:
    """The documents, ready to be searched."""
    index, catalog = built(found, bench)
    lexical = partial(query_vector, df=catalog.df, n=catalog.chunk_count())

    def find(text: str, mode: SearchMode) -> Found:
        query = Query(text, max(DEPTHS), mode)
        began = time.perf_counter()
        hits = search(query, index=index, catalog=catalog, embedder=bench.embedder, lexical=lexical)
        _seconds[mode].append(time.perf_counter() - began)
        return hits

    return find


def embedded(found: Sequence[ParsedChunks], bench: Bench) -> Iterator[EmbeddedDocument]:
    stages = Stages(
        parse=lambda files: iter(found),
        halt=lambda: None,
        embedder=bench.embedder,
        cache=bench.cache,
        patience=0.0,
        stop=lambda: False,
    )
    for done in flow([], stages, _progress):
        assert isinstance(done, EmbeddedDocument), "only parsing can fail, and it is done"
        yield done


def _progress(done: int) -> None:
    sys.stderr.write(f"\rembedded {done} chunks")


def no_model() -> NoReturn:
    """For what ends before the model starts."""
    raise AssertionError("no model is asked here")


def tools_of(index: EdgeIndex, catalog: Catalog, embedder: Embedder) -> Tools:
    """What asking works with, up to the model."""
    return Tools(
        index=index,
        catalog=catalog,
        lexical=partial(query_vector, df=catalog.df, n=catalog.chunk_count()),
        embedder=embedder,
        generator=no_model,
        engine="",
        temperature=0.0,
        threshold=None,
    )


def row(name: str, cells: Sequence[str]) -> str:
    return f"{name:28}" + "".join(f"{cell:>9}" for cell in cells)


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--set", action="append", help="a folder of --shared; may be repeated")
    parser.add_argument("--across", action="store_true", help="the translated sets, crossed")
    parser.add_argument("--distractors", type=int, default=0, help="news articles mixed in")
    parser.add_argument("--ablation", action="store_true", help="with each part taken out")
    parser.add_argument("--refusal", action="store_true", help="with half of the documents")
    parser.add_argument("--questions", type=int, default=400, help="how many")
    parser.add_argument("--skip", type=int, default=0, help="how many are left out in front")
    add_set_options(parser)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
