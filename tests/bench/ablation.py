"""What each part of the hybrid score is worth: scores of every chunk, with one part taken out.

The lexical side is the product's own code (kb/index/sparse.py) with a part of it replaced; the
fusion is computed here over all chunks, where kb/retrieval/search.py takes the union of both
sides' candidates. Neither copies nor crowding documents are taken out of the lists.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from unittest.mock import patch

import numpy as np
import numpy.typing as npt

from kb.index import sparse
from kb.index.sparse import HEADING_END
from kb.pipelines.points import lexical_text
from kb.retrieval.search import BEYOND, ENOUGH, WEIGHT
from kb.text.language import Language, language
from kb.types import Chunk, DocumentRecord, Vector

Matrix = npt.NDArray[np.float32]
"""A row for each question, a column for each chunk."""

_RRF = 60


@dataclass(frozen=True, slots=True)
class Lexical:
    """A variant of the lexical side: what is replaced in kb/index/sparse.py, and the text."""

    changes: Mapping[str, object]
    text: Callable[[str], str] = lambda whole: whole


@dataclass(frozen=True, slots=True)
class Side:
    """Shares of the largest lexical score that each question allows: all of it, and of it that
    of identifiers."""

    whole: Matrix
    named: Matrix

    @property
    def bounded(self) -> Matrix:
        return _bounded(self.whole - self.named) + self.named


def _bounded(shares: Matrix) -> Matrix:
    bounded: Matrix = np.minimum(shares, ENOUGH) + BEYOND * np.maximum(shares - ENOUGH, 0.0)
    return bounded


def _none(_: str) -> Iterator[int]:
    return iter(())


_AS_IT_IS = Lexical({})
_LEXICAL = {
    "without bigrams": Lexical({"_bigrams": _none}),
    "bigrams with full weight": Lexical({"BIGRAM_WEIGHT": 1.0}),
    "without identifiers": Lexical({"_numbers": _none}),
    "without folding": Lexical({"fold": lambda text: text}),
    "title no field of its own": Lexical({}, lambda whole: whole.replace(HEADING_END, "\n")),
    "without title": Lexical({}, lambda whole: whole.partition(HEADING_END)[2]),
    "k1 = 1.2, b = 0.75": Lexical({"K1": 1.2, "B": 0.75}),
}


def variants(
    chunks: Sequence[tuple[DocumentRecord, Chunk]],
    vectors: Sequence[Vector],
    questions: Sequence[str],
    asked: Sequence[Vector],
) -> Iterator[tuple[str, Matrix]]:
    """Each variant's name and scores, those of the hybrid as it is first."""
    texts = [lexical_text(*one) for one in chunks]
    dense = _dense([one.text for _, one in chunks], vectors, asked)
    side = _lexical(_AS_IT_IS, texts, questions)
    yield f"hybrid, weight {WEIGHT}", dense + WEIGHT * side.bounded
    yield "words without bound", dense + WEIGHT * side.whole
    yield "identifiers bounded too", dense + WEIGHT * _bounded(side.whole)
    yield "RRF, k = 60", _reciprocal(dense) + _reciprocal(side.whole)
    for weight in (0.1, 0.2, 0.4, 0.5):
        yield f"weight {weight}", dense + weight * side.bounded
    for name, variant in _LEXICAL.items():
        yield name, dense + WEIGHT * _lexical(variant, texts, questions).bounded


def _dense(texts: Sequence[str], vectors: Sequence[Vector], asked: Sequence[Vector]) -> Matrix:
    cosines = np.array(asked, dtype=np.float32) @ np.array(vectors, dtype=np.float32).T
    written = np.array([language(text).value for text in texts])
    for one in Language:
        columns = written == one.value
        if columns.any():
            cosines[:, columns] -= np.median(cosines[:, columns], axis=1, keepdims=True)
    return cosines


def _lexical(variant: Lexical, texts: Sequence[str], questions: Sequence[str]) -> Side:
    side = Side(*(np.zeros((len(questions), len(texts)), dtype=np.float32) for _ in range(2)))
    with ExitStack() as stack:
        for name, value in variant.changes.items():
            stack.enter_context(patch.object(sparse, name, value))
        chunks = _postings([variant.text(text) for text in texts])

        def df(terms: Sequence[int]) -> dict[int, int]:
            return {term: len(chunks[term][0]) for term in terms if term in chunks}

        for row, question in enumerate(questions):
            terms = sparse.query_vector(question, df, len(texts))
            for vector, scores in ((terms.vector, side.whole), (terms.identifiers, side.named)):
                for term, idf in zip(vector.indices, vector.values, strict=True):
                    if term in chunks:
                        columns, weights = chunks[term]
                        scores[row, columns] += idf / terms.maximum * np.array(weights)
    return side


def _postings(texts: Sequence[str]) -> dict[int, tuple[list[int], list[float]]]:
    """By term, the columns of the chunks that hold it, and its weight in each."""
    found: dict[int, tuple[list[int], list[float]]] = defaultdict(lambda: ([], []))
    for column, text in enumerate(texts):
        vector = sparse.document_vector(text)
        for term, weight in zip(vector.indices, vector.values, strict=True):
            found[term][0].append(column)
            found[term][1].append(weight)
    return dict(found)


def _reciprocal(scores: Matrix) -> Matrix:
    """1 / (k + rank); nothing for a chunk that has no term of the question (its score is 0)."""
    ranks = np.argsort(np.argsort(-scores, axis=1, kind="stable"), axis=1)
    return np.where(scores == 0, 0, 1 / (_RRF + 1 + ranks)).astype(np.float32)
