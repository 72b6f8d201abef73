"""Hybrid retrieval: dense and BM25 candidates, fused by score.

For a question q and a chunk c written in the language l

    score(q, c) = (cos(q, c) - median of cos(q, · in l)) + WEIGHT * f(BM25(q, c) / BM25max(q))

a convex combination with theoretical normalisation (Bruch, Gai, Ingber 2022, "An Analysis of
Fusion Functions for Hybrid Retrieval", arXiv 2210.11934). BM25max counts the question's
unmatched terms too, so a lexical hit that matches little of the question counts little. Fusing
ranks (RRF) loses that. f lets words count in full up to half of what could match, and by a tenth
beyond: of two passages on the question's subject the one that repeats the question is not the one
that answers it. Identifiers and numbers count in full.

A multilingual model finds any text in the question's language nearer than the answer in another
one: with Chinese and English documents in one index, their own medians raise the answers found
among the first five across the languages from 0.3 % to 73 %, and change nothing within one
(docs/retrieval.md). Within a language the median leaves the order alone, and makes the scores
of different questions comparable, which the refusal threshold needs.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice, zip_longest
from typing import Protocol

from kb.ports import Anticipated, Embedder, Reranker, VectorIndex
from kb.retrieval.definitions import expanded, inquiries
from kb.retrieval.hubs import without_hubs
from kb.retrieval.large_tables import by_words, of_rows
from kb.retrieval.question_parts import parts
from kb.retrieval.selection import select
from kb.text.language import LANGUAGE_LABEL, Language, language
from kb.types import (
    Chunk,
    DocumentRecord,
    Hit,
    Query,
    ScoredId,
    SearchMode,
    SparseVector,
    Vector,
    Where,
)

WEIGHT = 0.3
"""Of the lexical side. Flat optimum: 0.2 to 0.5 differ by less than 0.01 in recall."""

ENOUGH = 0.5
"""Share of the lexical maximum up to which words count in full. Flat optimum: 0.5 to 0.6."""

BEYOND = 0.1
"""What words count beyond it. Flat optimum: 0.1 to 0.15."""

DEPTH = 50
"""Candidates taken from each side, at least."""

RERANKED = 20
"""Candidates that a reranker reads: it takes its time for each."""

READ = 10
"""Of what was found, the part in which an answer may be contradicted, hits included."""

DEFINING = 20
"""Candidates in which the question's names are looked for as defined, and as many by the words of
defining."""

SAMPLE = 256
"""Chunks whose cosine to the question estimates the medians over the whole index."""

_FEW = 12
"""With fewer chunks of a language in the sample, the median over all languages stands in."""


_NO_TERMS = SparseVector((), ())


class LexicalQuery(Protocol):
    """A question's terms, weighted by idf, and the score of a chunk that matches all of them."""

    @property
    def vector(self) -> SparseVector: ...

    @property
    def identifiers(self) -> SparseVector:
        """The part of `vector` that stands for identifiers and numbers; most often empty."""

    @property
    def maximum(self) -> float: ...


class Catalog(Protocol):
    """What retrieval asks of the catalog of the generation that it reads."""

    def chunks(self, ids: Sequence[str], /) -> Sequence[Chunk]:
        """The named chunks in any order; those that are not in this generation are left out."""

    def sample(self, count: int, /) -> Mapping[str, Language]:
        """Up to `count` chunk ids, drawn by document, with the language of each one's text, the
        same ones at every call on one generation. Asked for with every question: it must cost
        nothing then."""

    def document(self, doc_id: str, /) -> DocumentRecord | None: ...

    def meta(self, key: str, /) -> str | None:
        """What a commit kept by a name."""


@dataclass(frozen=True, slots=True)
class Found:
    """`best_score` is the hits' highest, None where there is none; `candidates` were scored.
    `beside`: the next best, which nothing is answered from, but which may contradict.
    `defined`: the question with the other names of what it names, where the documents define some
    (kb/retrieval/definitions.py), else empty."""

    hits: tuple[Hit, ...]
    best_score: float | None
    candidates: int
    beside: tuple[Hit, ...] = ()
    defined: str = ""


def search(
    query: Query,
    *,
    index: VectorIndex,
    catalog: Catalog,
    embedder: Embedder,
    lexical: Callable[[str], LexicalQuery],
    rerank: Reranker | None = None,
) -> Found:
    """The best `query.top_k` chunks, best first; equal scores in the order of their ids.

    `lexical` weighs the question's terms with the document frequencies of the same generation.
    Scores lie in about -0.2 to 0.6 (hybrid), -0.2 to 0.3 (dense), 0 to 1 (sparse). A chunk in
    the other language is found by its meaning if it is labelled with its language.

    A question in several parts is searched for as it stands and part by part, and the hits are
    taken from each in turn; a chunk's score is then the best that it has in any of them. A
    question with a name that the found chunks define is searched for under its other name, too. A
    reranker puts the first candidates into its own order; their scores stay those of the search,
    which are comparable between questions.

    Raises:
        ModelError: the question cannot be embedded, or the reranker failed.
        StoreError: the index cannot be searched.
    """

    def ranked(text: str) -> list[Candidate]:
        one = replace(query, text=text)
        found = ranking(one, index=index, catalog=catalog, embedder=embedder, lexical=lexical)
        return _reranked(text, found, rerank) if rerank else found

    whole = ranked(query.text)
    defining = [one.chunk.text for one in whole[:DEFINING]]
    if query.mode is not SearchMode.DENSE:
        defining += _defining(query, index, catalog, lexical)
    defined = expanded(query.text, defining)
    rankings = [whole, *map(ranked, [*filter(None, [defined]), *parts(query.text)])]
    ordered = [*_in_turn(rankings)]
    selected = select(ordered, query.top_k)
    taken = {one.chunk.id for one in selected}
    others = (one for one in ordered if one.chunk.id not in taken)
    hits = tuple(_hit(one, catalog) for one in selected)
    beside = tuple(_hit(one, catalog) for one in islice(others, max(READ - len(hits), 0)))
    best = max((hit.score for hit in hits), default=None)
    return Found(hits, best, candidates=len(whole), beside=beside, defined=defined)


def _defining(
    query: Query,
    index: VectorIndex,
    catalog: Catalog,
    lexical: Callable[[str], LexicalQuery],
) -> list[str]:
    """The texts that most likely define an abbreviation of the question, wherever they stand."""
    ids = [
        hit.chunk_id
        for asked in inquiries(query.text)
        for hit in index.search_sparse(lexical(asked).vector, DEFINING, query.where)
    ]
    return [chunk.text for chunk in catalog.chunks(ids)] if ids else []


def _hit(one: Candidate, catalog: Catalog) -> Hit:
    return Hit(
        chunk=one.chunk,
        source=_source(one.chunk, catalog),
        score=one.score,
        dense_rank=one.dense_rank,
        sparse_rank=one.sparse_rank,
    )


@dataclass(frozen=True, slots=True)
class Candidate:
    """A chunk that was found, with its score and its places on either side, counted from 1."""

    chunk: Chunk
    score: float
    dense_rank: int | None
    sparse_rank: int | None


def ranking(
    query: Query,
    *,
    index: VectorIndex,
    catalog: Catalog,
    embedder: Embedder,
    lexical: Callable[[str], LexicalQuery],
    scores_only: bool = False,
) -> list[Candidate]:
    """Everything that either side found for a question as it stands, best first: what `search`
    chooses from. `scores_only`: of hundreds that are equal at the end of a side, none may be
    among them (kb.ports.Anticipated)."""
    depth = max(DEPTH, 2 * query.top_k)
    vector = None if query.mode is SearchMode.SPARSE else embedder.embed_query(query.text)
    terms = None if query.mode is SearchMode.DENSE else lexical(query.text)
    index = index.for_question(
        Anticipated(
            dense=vector,
            sparse=terms.vector if terms else _NO_TERMS,
            identifiers=terms.identifiers if terms else _NO_TERMS,
            wheres=_conditions(query),
            limit=depth,
            sample=tuple(catalog.sample(SAMPLE)) if vector else (),
            scores_only=scores_only,
        )
    )
    dense_query = _dense_query(vector, query, catalog, embedder) if vector else None
    near = _nearest(dense_query, query, depth, index) if dense_query else []
    matching = by_words(terms.vector, depth, query.where, index, catalog) if terms else []
    # A chunk of a writer that has not committed may be in the index, but not in the catalog.
    union = sorted({hit.chunk_id for hit in (*near, *matching)})
    chunks = {chunk.id: chunk for chunk in catalog.chunks(union)}
    dense = _dense_scores(dense_query, near, chunks, index, catalog) if dense_query else {}
    dense |= of_rows(dense, chunks)
    sparse = _sparse_scores(terms, matching, chunks, index) if terms and chunks else {}
    if terms and query.mode is SearchMode.HYBRID:
        sparse = _bounded(terms, sparse, index)
    dense_ranks, sparse_ranks = _ranks(near, dense), _ranks(matching, sparse)
    found = [
        Candidate(
            chunk,
            dense.get(chunk_id, 0.0) + sparse.get(chunk_id, 0.0),
            dense_ranks.get(chunk_id),
            sparse_ranks.get(chunk_id),
        )
        for chunk_id, chunk in chunks.items()
    ]
    return sorted(found, key=lambda one: (-one.score, one.chunk.id))


def _reranked(text: str, found: Sequence[Candidate], rerank: Reranker) -> list[Candidate]:
    """The first RERANKED in the reranker's order, the rest behind them; equal ones as they were."""
    first, rest = found[:RERANKED], found[RERANKED:]
    scores = rerank.rerank(text, [one.chunk.embedding_text for one in first])
    order = sorted(range(len(first)), key=lambda place: (-scores[place], place))
    return [*(first[place] for place in order), *rest]


def _in_turn(rankings: Sequence[Sequence[Candidate]]) -> Iterator[Candidate]:
    """Each ranking's first, each one's second and so on; none twice, each with its best score."""
    best: dict[str, Candidate] = {}
    for one in chain.from_iterable(rankings):
        known = best.get(one.chunk.id)
        if known is None or known.score < one.score:
            best[one.chunk.id] = one
    places = zip_longest(*rankings)
    for one in chain.from_iterable(places):
        if one is not None and one.chunk.id in best:
            yield best.pop(one.chunk.id)


@dataclass(frozen=True, slots=True)
class _DenseQuery:
    """A question's vector as it is compared with chunks of its language, `spoken`, and `across`
    with those of the other one: the same where there is none of these."""

    vector: Vector
    across: Vector
    spoken: Language

    def score(self, ids: Mapping[str, Language], index: VectorIndex) -> dict[str, float]:
        """The cosine of each chunk, by its language."""
        own = [one for one, written in ids.items() if written is self.spoken]
        other = [one for one, written in ids.items() if written is not self.spoken]
        return {
            **(index.score_dense(self.vector, own) if own else {}),
            **(index.score_dense(self.across, other) if other else {}),
        }


def _dense_query(vector: Vector, query: Query, catalog: Catalog, embedder: Embedder) -> _DenseQuery:
    spoken = query.question.language
    bilingual = spoken.other in catalog.sample(SAMPLE).values()
    across = without_hubs(vector, spoken, embedder, catalog) if bilingual else vector
    return _DenseQuery(vector, across, spoken)


def _nearest(asked: _DenseQuery, query: Query, depth: int, index: VectorIndex) -> list[ScoredId]:
    """Candidates by meaning, under each condition."""
    found = {
        hit.chunk_id: hit
        for where, vector in zip(_conditions(query), (asked.vector, asked.across), strict=True)
        for hit in index.search_dense(vector, depth, where)
    }
    return [*found.values()]


def _conditions(query: Query) -> tuple[Where, Where]:
    """The question's own, and the same in the other language."""
    other = query.question.language.other.value
    return query.where, (*query.where, (LANGUAGE_LABEL, other))


def _dense_scores(
    asked: _DenseQuery,
    near: Sequence[ScoredId],
    chunks: Mapping[str, Chunk],
    index: VectorIndex,
    catalog: Catalog,
) -> dict[str, float]:
    """By chunk id, the cosine above the median of the chunk's language."""
    if not chunks:
        return {}
    medians = _medians(asked, index, catalog)
    written = {chunk_id: language(chunk.text) for chunk_id, chunk in chunks.items()}
    if asked.across is asked.vector:
        cosines = _completed(near, chunks, lambda ids: index.score_dense(asked.vector, ids))
    else:
        cosines = asked.score(written, index)
    return {one: cosine - medians[written[one]] for one, cosine in cosines.items()}


def _sparse_scores(
    terms: LexicalQuery,
    matching: Sequence[ScoredId],
    chunks: Mapping[str, Chunk],
    index: VectorIndex,
) -> dict[str, float]:
    """By chunk id, the share of the largest score that the question allows, 0 to 1; nothing where
    the question has no term."""
    scores = _completed(matching, chunks, lambda ids: index.score_sparse(terms.vector, ids))
    return {chunk_id: score / terms.maximum for chunk_id, score in scores.items()}


def _bounded(
    terms: LexicalQuery, shares: Mapping[str, float], index: VectorIndex
) -> dict[str, float]:
    """What the lexical side adds to a hybrid score, 0 to WEIGHT."""
    exact = index.score_sparse(terms.identifiers, [*shares]) if terms.identifiers.indices else {}
    added = {}
    for chunk_id, share in shares.items():
        named = exact.get(chunk_id, 0.0) / terms.maximum
        words = share - named
        added[chunk_id] = WEIGHT * (named + min(words, ENOUGH) + BEYOND * max(words - ENOUGH, 0.0))
    return added


def _completed(
    found: Sequence[ScoredId],
    chunks: Mapping[str, Chunk],
    fetch: Callable[[Sequence[str]], Mapping[str, float]],
) -> dict[str, float]:
    """One side's scores for both sides' candidates: the other side's are fetched, not guessed."""
    scores = {hit.chunk_id: hit.score for hit in found if hit.chunk_id in chunks}
    missing = [chunk_id for chunk_id in chunks if chunk_id not in scores]
    return {**scores, **fetch(missing)} if missing else scores


def _medians(asked: _DenseQuery, index: VectorIndex, catalog: Catalog) -> dict[Language, float]:
    """Of the question's cosines to the index's sample, one median for each language."""
    sample = catalog.sample(SAMPLE)
    own = index.score_dense(asked.vector, [*sample])
    other = own if asked.across is asked.vector else index.score_dense(asked.across, [*sample])
    medians = {}
    for one in Language:
        cosines = own if one is asked.spoken else other
        written = [cosine for chunk_id, cosine in cosines.items() if sample[chunk_id] is one]
        few = len(written) < _FEW
        medians[one] = statistics.median(cosines.values() if few else written) if cosines else 0.0
    return medians


def _ranks(found: Sequence[ScoredId], scores: Mapping[str, float]) -> dict[str, int]:
    """The place of each candidate among those of its side, counted from 1."""
    known = [hit.chunk_id for hit in found if hit.chunk_id in scores]
    ordered = sorted(known, key=lambda chunk_id: (-scores[chunk_id], chunk_id))
    return {chunk_id: rank for rank, chunk_id in enumerate(ordered, 1)}


def _source(chunk: Chunk, catalog: Catalog) -> str:
    document = catalog.document(chunk.doc_id)
    return document.path if document else ""
