"""What is refused before the model, by the absolute threshold and by the collection's own.

    python -m tests.bench.refusal                            four sets, three embedding models
    python -m tests.bench.refusal --set office --model e5    one of each
    python -m tests.bench.refusal --missing-term             names and identifiers alone

For each set and model: the thresholds that the collection suggests by itself, with their AUC
(kb/evaluation/self_calibration.py), and the seconds that took; then the share of the answerable
questions that is refused, and of the same questions with their own documents taken away from the
hits: by the absolute threshold, by the collection's own, and by all that kb asks before the model
(pipelines/refusing.py).

The models: `e5` is multilingual-e5-small. `wide` and `narrow` are stub engines on top of it, whose
vectors are turned by a fixed rotation and moved, so that their cosines spread several times as far,
or half as far: what leans on absolute values shows. Embeddings are kept in `--work`.
"""

from __future__ import annotations

import argparse
import json
import time
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import NoReturn

import numpy as np
import numpy.typing as npt

from kb.answering.refusal import (
    THRESHOLDS,
    Threshold,
    below_threshold,
    missing_term,
    own_threshold,
)
from kb.config import data_folder
from kb.documents.pool.workers import ParsedChunks
from kb.index.cache import EmbeddingCache
from kb.index.sparse import query_vector
from kb.model_types import ModelInfo
from kb.models.connect import open_models
from kb.pipelines.ask import Tools
from kb.pipelines.refusing import refused_before
from kb.pipelines.self_calibration import Material, made_questions, measured
from kb.ports import Embedder
from kb.retrieval.search import DEPTH, search
from kb.text.question import Question
from kb.types import Hit, Passage, Query, SearchMode, Vector
from tests.bench.eval_retrieval import Bench, KnownQuestions, built, row, say
from tests.bench.retrieval_sets import SHARED, documents

SETS = ("cmrc2018-trial", "xquad-zh-holdout", "squad-en", "office")
MODELS = ("e5", "wide", "narrow")
TOP_K = 5
ABSOLUTE = THRESHOLDS["multilingual-e5-small"]
_ARTICLE = 4_000
"""Characters of an article that names are looked for in."""

Refuses = Callable[[Question, Sequence[Hit]], bool]


@dataclass(frozen=True, slots=True)
class Asked:
    """`sources` are the documents that answer it, as paths end; empty where none does."""

    question: Question
    sources: tuple[str, ...]

    def is_own(self, source: str) -> bool:
        return source.endswith(self.sources)


class StubModel:
    """multilingual-e5-small's vectors, turned and moved: v ↦ |R v + by · d|, where R is a fixed
    rotation and d the rotated direction that all of the model's vectors share. To move against it
    spreads the cosines, to move with it draws them together."""

    def __init__(self, model: Embedder, name: str, by: float) -> None:
        self._model = model
        self._name = name
        self.load = model.load
        size = model.info().dimension
        turn, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(size, size)))
        self._turn: npt.NDArray[np.float64] = turn
        shared = np.mean([self._turned(v) for v in model.embed_passages(_SHARED)], axis=0)
        self._moved = by * shared / np.linalg.norm(shared)

    def info(self) -> ModelInfo:
        info = self._model.info()
        return replace(info, name=self._name, digest=f"{self._name}:{info.digest}")

    def embed_passages(self, texts: Sequence[str]) -> list[Vector]:
        return [*map(self._of, self._model.embed_passages(texts))]

    def embed_query(self, text: str) -> Vector:
        return self._of(self._model.embed_query(text))

    def embed_queries(self, texts: Sequence[str]) -> list[Vector]:
        return [*map(self._of, self._model.embed_queries(texts))]

    def _turned(self, vector: Vector) -> npt.NDArray[np.float64]:
        return self._turn @ np.asarray(vector, dtype=np.float64)

    def _of(self, vector: Vector) -> Vector:
        moved = self._turned(vector) + self._moved
        return array("f", moved / np.linalg.norm(moved))


_SHARED = (
    "The weather will stay dry until the end of the week.",
    "A contract ends when both sides agree to end it.",
    "水泵的轴承每半年检查一次。",
    "会议纪要由秘书整理后发给所有参会人员。",
    "The river rises in the mountains and flows into the lake.",
    "他在大学里学习历史，后来当了记者。",
)


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options(arguments)
    options.work.mkdir(parents=True, exist_ok=True)
    if options.missing_term:
        for name in options.set or SETS[:3]:
            names(name, options)
        return
    cache = EmbeddingCache(options.work / "embeddings.sqlite")
    with open_models(
        "embedded",
        hosts=[],
        folder=options.models,
        embedding="multilingual-e5-small",
        chat="",
    ) as models:
        plain = _CachedPassages(models.embedder(), cache)
        for name in options.set or SETS:
            found = documents(options.shared / name / "docs", 384)
            for model in options.model or MODELS:
                embedder: Embedder = plain
                if model != "e5":
                    embedder = StubModel(plain, model, by={"wide": -0.8, "narrow": 1.0}[model])
                bench = Bench(KnownQuestions(embedder, cache), cache, options.work)
                compare(name, model, found, bench, options)


class _CachedPassages:
    """What a stub engine stands on is embedded once for all of them."""

    def __init__(self, embedder: Embedder, cache: EmbeddingCache) -> None:
        self._embedder = embedder
        self._cache = cache
        self.info, self.load = embedder.info, embedder.load
        self.embed_query = KnownQuestions(embedder, cache).embed_query

    def embed_queries(self, texts: Sequence[str]) -> list[Vector]:
        return [*map(self.embed_query, texts)]

    def embed_passages(self, texts: Sequence[str]) -> list[Vector]:
        model = self.info().digest
        known = self._cache.get(model, texts)
        missing = [text for text in texts if text not in known]
        if missing:
            known |= zip(missing, self._embedder.embed_passages(missing), strict=True)
            self._cache.put(model, known)
        return [known[text] for text in texts]


def compare(
    name: str,
    model: str,
    found: Sequence[ParsedChunks],
    bench: Bench,
    options: argparse.Namespace,
) -> None:
    index, catalog = built(found, bench)
    began = time.perf_counter()
    material = Material(catalog, index, bench.cache, bench.embedder)
    own = measured(made_questions(catalog), material, lambda heard: None, lambda: False)
    seconds = time.perf_counter() - began
    assert own, "nobody stops it"
    chosen = own_threshold({spoken: one.threshold for spoken, one in own.languages.items()})
    tools = Tools(
        index=index,
        catalog=catalog,
        lexical=partial(query_vector, df=catalog.df, n=catalog.chunk_count()),
        embedder=bench.embedder,
        generator=_no_model,
        engine="",
        temperature=0.0,
        threshold=chosen,
    )
    say(f"\n{name}, {model}: {len(found)} documents, {catalog.chunk_count()} chunks")
    for spoken, one in own.languages.items():
        say(f"  {spoken}: {one.threshold:.3f} of {one.questions} questions, AUC {one.auc:.3f}")
    say(f"  measured in {seconds:.1f} s")
    asked = [one for one in questions(name, options) if one.sources]
    hits = {one: _hits(one, tools) for one in asked}
    say(row("", ["lost", "refused"]))
    for label, refuses in _rules(tools, chosen).items():
        lost = [refuses(one.question, hits[one][:TOP_K]) for one in asked]
        away = [
            refuses(one.question, [hit for hit in hits[one] if not one.is_own(hit.source)][:TOP_K])
            for one in asked
        ]
        say(row(label, [f"{sum(lost)}/{len(lost)}", f"{sum(away) / len(away):.3f}"]))


def _rules(tools: Tools, own: Threshold | None) -> dict[str, Refuses]:
    def by(threshold: Threshold | None, question: Question, hits: Sequence[Hit]) -> bool:
        mode = SearchMode.HYBRID
        return bool(below_threshold(question, hits, mode=mode, threshold=threshold))

    def everything(question: Question, hits: Sequence[Hit]) -> bool:
        passages = [_passage(n, hit, tools) for n, hit in enumerate(hits, 1)]
        return bool(refused_before(question, hits, passages, tools, mode=SearchMode.HYBRID))

    return {
        "absolute threshold": partial(by, ABSOLUTE),
        "own threshold": partial(by, own),
        "all before the model": everything,
    }


def _hits(asked: Asked, tools: Tools) -> tuple[Hit, ...]:
    return search(
        Query(asked.question.text, DEPTH),
        index=tools.index,
        catalog=tools.catalog,
        embedder=tools.embedder,
        lexical=tools.lexical,
    ).hits


def _passage(n: int, hit: Hit, tools: Tools) -> Passage:
    chunk, record = hit.chunk, tools.catalog.document(hit.chunk.doc_id)
    title = record.title if record else ""
    return Passage(
        n, hit.source, chunk.text, chunk.page, chunk.line, chunk.section, title, (chunk.id,)
    )


def _no_model() -> NoReturn:
    raise AssertionError("refusals before the model need none")


def questions(name: str, options: argparse.Namespace) -> list[Asked]:
    """Those that can be asked alone, the answerable ones first; `--questions` of each."""
    lines = (options.shared / name / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    found: dict[bool, list[Asked]] = {True: [], False: []}
    for line in map(json.loads, lines):
        if line["question"].strip() and not line.get("hist"):
            source = line["source"] if line["answerable"] else []
            sources = (source,) if isinstance(source, str) else tuple(source)
            found[line["answerable"]].append(Asked(Question.of(line["question"]), sources))
    return [*found[True][: options.questions], *found[False][: options.questions]]


def names(name: str, options: argparse.Namespace) -> None:
    """The check for names and identifiers with a question's own article as the only passage, and
    with another article in its place."""
    texts = {
        document.source.path: "\n".join(chunk.text for chunk in document.chunks)[:_ARTICLE]
        for document in documents(options.shared / name / "docs", 384)
    }
    asked = [one for one in questions(name, options) if one.sources]
    own = other = 0
    paths = sorted(texts)
    for at, one in enumerate(asked):
        [source] = [path for path in paths if one.is_own(path)]
        elsewhere = paths[(paths.index(source) + 1 + at) % len(paths)]
        own += bool(missing_term(one.question, [_article(source, texts[source])]))
        other += bool(missing_term(one.question, [_article(elsewhere, texts[elsewhere])]))
    say(row(name, [f"{own}/{len(asked)}", f"{other}/{len(asked)}"]))


def _article(source: str, text: str) -> Passage:
    return Passage(1, source, text, None, None, "", "", ())


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--set", action="append", help="a folder of --shared; may be repeated")
    parser.add_argument("--model", action="append", choices=MODELS, help="may be repeated")
    parser.add_argument("--missing-term", action="store_true", help="names and identifiers alone")
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--questions", type=int, default=400, help="of a set, at most")
    parser.add_argument("--models", type=Path, default=data_folder() / "models")
    parser.add_argument("--work", type=Path, default=Path("build") / "bench")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
