"""The BM25 vectors: words, Chinese bigrams, numbers and identifiers.

score(q, c) = Σ over the terms t of q:  idf(t) × tf(t) (k + 1) / (tf(t) + k (1 − b + b |c| / avg))

(Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009). The
chunk's vector carries the right factor, the question's vector carries the idf, which comes from
the catalog's document frequencies; so a chunk's vector stays valid while the corpus grows.
`avg` is a constant for the same reason.

A chunk's heading (its document's title, its section) is a field of its own: a term that stands in
it weighs what one occurrence weighs, however often the text repeats it. So all chunks under one
heading match its terms alike, and the question's other terms decide between them: that of
"the leaves of X" is not found behind one that names X five times (docs/retrieval.md).

Text is folded before (kb/text/fold.py); the dense side embeds it as it was.
"""

from __future__ import annotations

import math
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from kb.index.qdrant_edge.words import word_weights
from kb.text.fold import fold, standard, without_umlauts
from kb.text.han import HAN, KANA
from kb.text.numbers import COUNTED, telephones
from kb.types import SparseVector

LEXICAL = "2"
"""Raise it when a text's terms change: every document's vector is then made anew."""

K1 = 0.9
B = 0.3
AVERAGE_LENGTH = 100.0
"""In terms. Measured: 100 and 200 rank as well as each corpus's own average, 57 to 161."""

_ONE_OCCURRENCE = 1.0
"""tf (k + 1) / (tf + k) for tf = 1."""

BIGRAM_WEIGHT = 0.5
"""A question's bigrams count half: they overlap, and most repeat a word. Measured on the answer-
bearing chunk at 1: 0.938 for cmrc2018-trial (words alone 0.928, full weight 0.934), flat from 0.3
to 0.7."""

HEADING_END = "\x1d"
"""Ends the heading that may stand in front of a chunk's text (ASCII's group separator)."""

# Scripts that are written without spaces, and the iteration mark.
_CJK = re.compile(f"[々{KANA}{HAN}]{{2,}}")
# Letters and digits with single separators between them.
_TOKEN = re.compile(r"[a-z0-9]+(?:[-_./:@+][a-z0-9]+)*")
_PART = re.compile(r"[a-z0-9]+")
_DIGIT = re.compile(r"[0-9]")

# Qdrant's word ids have 31 bits; the other terms have the highest bit set, so the kinds never meet.
_OURS = 0x8000_0000
_LEAST_DIGITS = 7


@dataclass(frozen=True, slots=True)
class QueryTerms:
    """A question's sparse vector, idf as weights, and the score that no chunk can exceed.

    `maximum` is (k + 1) Σ weight(t) over all terms of the question, those that occur in no chunk
    too; 0 when the question has no term. `identifiers` is the part of `vector` that stands for
    tokens with a digit.
    """

    vector: SparseVector
    identifiers: SparseVector
    maximum: float


def document_vector(text: str) -> SparseVector:
    """Term ids and BM25 weights without idf, each between 0 and k + 1.

    What stands before HEADING_END is the heading; a text without one has none.
    """
    heading, end, _ = text.partition(HEADING_END)
    weights = _weights(text.replace(HEADING_END, "\n"))
    if end:
        weights |= dict.fromkeys(_weights(heading), _ONE_OCCURRENCE)
    indices = sorted(weights)
    return SparseVector(tuple(indices), tuple(weights[index] for index in indices))


def query_vector(text: str, df: Callable[[Sequence[int]], Mapping[int, int]], n: int) -> QueryTerms:
    """Each term of the question once, weighted by idf(t) = ln(1 + (n − df + ½) / (df + ½)).

    `df` tells in how many of the `n` chunks of the collection each term id occurs (Catalog.df).
    """
    folded = fold(text)
    numbers = {*_numbers(folded, asked=True)}
    importance = dict.fromkeys(_bigrams(folded), BIGRAM_WEIGHT)
    importance |= dict.fromkeys([*_words(folded), *numbers], 1.0)
    known = df([*importance])
    weights = {}
    for term in sorted(importance):
        count = known.get(term, 0)
        idf = math.log1p((max(n - count, 0) + 0.5) / (count + 0.5))
        weights[term] = importance[term] * idf
    return QueryTerms(
        vector=SparseVector(tuple(weights), tuple(weights.values())),
        identifiers=SparseVector(
            tuple(term for term in weights if term in numbers),
            tuple(weight for term, weight in weights.items() if term in numbers),
        ),
        maximum=(K1 + 1) * sum(weights.values()),
    )


def _weights(text: str) -> dict[int, float]:
    """Of a document's text, which is found by all of its spellings."""
    folded, bare = fold(text), without_umlauts(text)
    words = _words(fold(bare)) if bare != text else {}
    # The groups of a telephone number: "the one that ends in 5678".
    groups = " ".join(group for one in telephones(standard(text)) for group in one.groups)
    numbers = (*_numbers(folded), *_numbers(groups))
    return words | _words(folded) | _saturated(_bigrams(folded)) | _saturated(numbers)


def _words(text: str) -> dict[int, float]:
    return word_weights(text, k=K1, b=B, average_length=AVERAGE_LENGTH)


def _bigrams(text: str) -> Iterator[int]:
    for run in _CJK.findall(text):
        for first, second in pairwise(run):
            yield _term("2", first + second)


def _numbers(text: str, *, asked: bool = False) -> Iterator[int]:
    """Every token with a digit, whole and in its parts with a digit; and 第17条, for 17 is many
    things.

    A long number is written with hyphens or without (8001-3800), so these count as one; where it
    is `asked` for, its parts are not asked for besides.
    """
    yield from (_term("#", counted) for counted in COUNTED.findall(text))
    for token in _TOKEN.findall(text):
        if not _DIGIT.search(token):
            continue
        joined = token.replace("-", "")
        whole = joined if len(_DIGIT.findall(joined)) >= _LEAST_DIGITS else token
        yield _term("#", whole)
        parts = _PART.findall(token)
        if len(parts) > 1 and not (asked and whole.isdigit()):
            yield from (_term("#", part) for part in parts if _DIGIT.search(part))


def _term(kind: str, text: str) -> int:
    return zlib.crc32(f"{kind}{text}".encode()) | _OURS


def _saturated(terms: Iterable[int]) -> dict[int, float]:
    counts = Counter(terms)
    length = counts.total()
    k = K1 * (1 - B + B * length / AVERAGE_LENGTH)
    return {term: count * (K1 + 1) / (count + k) for term, count in counts.items()}
