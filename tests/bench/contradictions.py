"""How often a right answer is told to be contradicted, on sets in which nothing contradicts.

    python -m tests.bench.contradictions [--set cmrc2018-trial] [--questions 1500] [--show]

Each question is given its gold answer, cited from its own article, and the first ten passages by
words. "Answer": what is told for the answer as it is; "sentence": for the whole sentence that
holds it. No model runs.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from heapq import nlargest

from kb.answering.conflicts import Contradiction, contradictions
from kb.evaluation.judge import holds
from kb.index.sparse import document_vector, query_vector
from kb.pipelines import meanings
from kb.pipelines.points import lexical_text
from kb.retrieval.context import merge
from kb.retrieval.search import READ
from kb.text.question import Question
from kb.text.sentences import sentence_spans
from kb.types import Chunk, Citation, DocumentRecord, Hit
from tests.bench.eval_retrieval import row, say
from tests.bench.retrieval_sets import (
    WRITTEN_ANSWERS,
    add_set_options,
    documents,
    every_chunk,
    question_set,
)

SETS = ("cmrc2018-trial", "xquad-zh-holdout", "squad-en")
TOP_K = READ


@dataclass(frozen=True, slots=True)
class _Corpus:
    """Chunks with their documents, and their vectors of words."""

    chunks: Sequence[tuple[DocumentRecord, Chunk]]
    postings: dict[int, dict[int, float]]

    @classmethod
    def of(cls, chunks: Sequence[tuple[DocumentRecord, Chunk]]) -> _Corpus:
        postings: dict[int, dict[int, float]] = {}
        for place, (owner, chunk) in enumerate(chunks):
            vector = document_vector(lexical_text(owner, chunk))
            for term, weight in zip(vector.indices, vector.values, strict=True):
                postings.setdefault(term, {})[place] = weight
        return cls(chunks, postings)

    def df(self, terms: Sequence[int]) -> dict[int, int]:
        return {term: len(self.postings.get(term, ())) for term in terms}

    def nearest(self, text: str) -> list[Hit]:
        vector = query_vector(text, self.df, len(self.chunks)).vector
        scores: defaultdict[int, float] = defaultdict(float)
        for term, idf in zip(vector.indices, vector.values, strict=True):
            for place, weight in self.postings.get(term, {}).items():
                scores[place] += idf * weight
        return [self.hit(place) for place in nlargest(TOP_K, scores, key=scores.__getitem__)]

    def hit(self, place: int) -> Hit:
        owner, chunk = self.chunks[place]
        return Hit(chunk, owner.path, 0.0, None, None)


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options(arguments)
    say(row("", ["answers", "answer", "sentence"]))
    for name in options.set or SETS:
        _measure(name, options)


def _measure(name: str, options: argparse.Namespace) -> None:
    one = question_set(name, options.shared)
    corpus = _Corpus.of([*every_chunk(documents(one.folder, options.tokens))])
    titles = {owner.doc_id: owner.title for owner, _ in corpus.chunks}
    terms = cache(meanings.terms(partial(query_vector, df=corpus.df, n=len(corpus.chunks))))
    told: Callable[..., tuple[Contradiction, ...]] = partial(contradictions, terms=terms)
    counts: Counter[str] = Counter()
    for asked in one.questions[: options.questions]:
        others = merge(corpus.nearest(asked.text), title=titles.__getitem__)
        found = [
            (passage, text, gold)
            for passage in others
            for start, end in sentence_spans(passage.text)
            for text in [passage.text[start:end].strip()]
            for gold in asked.answers
            if passage.source == asked.document and holds(text, [gold])
        ]
        if not found or name in WRITTEN_ANSWERS:
            continue
        passage, sentence, gold = found[0]
        counts["answers"] += 1
        citation = Citation(1, passage.source, None, None, passage.section, sentence)
        for kind, answer in (("answer", gold), ("sentence", sentence)):
            if conflicts := told(Question.of(asked.text), answer, [citation], others):
                counts[kind] += 1
                if options.show:
                    say(f"{kind}: {asked.text}\n  {sentence}")
                    for each in conflicts:
                        say(f"  {each.value}: {each.passage.source}: {each.quote}")
    total = counts["answers"]
    shares = [f"{counts[kind] / max(total, 1):.4f}" for kind in ("answer", "sentence")]
    say(row(name, [f"{total}", *shares]))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--set", action="append", help="a folder of --shared; may be repeated")
    parser.add_argument("--questions", type=int, default=1500, help="how many")
    parser.add_argument("--show", action="store_true", help="what is told")
    add_set_options(parser)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
