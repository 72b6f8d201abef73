"""Which cosines count: those of words alone, too, less the median of their language."""

from __future__ import annotations

from array import array

import pytest

from kb.types import SearchMode
from tests.unit.retrieval.corpus import Corpus


def test_a_chunk_that_words_alone_found_has_its_own_cosine() -> None:
    texts = {f"c{i:02}": f"第{i}段" for i in range(60)} | {"zz": "备件编号 K-7781"}

    def score(cosine: float) -> float:
        corpus = Corpus(texts, {f"c{i:02}": 0.8 for i in range(60)} | {"zz": cosine})
        hit = corpus.find("编号 K-7781 在哪").hits[0]
        assert (hit.chunk.id, hit.dense_rank) == ("zz", None)
        return hit.score

    assert score(0.75) - score(0.7) == pytest.approx(0.05)


def test_each_language_has_the_median_of_the_cosines_that_it_is_compared_by() -> None:
    chinese = {f"z{i:02}": f"第{i}条守则" for i in range(20)}
    english = {f"e{i:02}": f"Clause {i} of the handbook." for i in range(20)}
    corpus = Corpus(
        chinese | english, dict.fromkeys(chinese, 0.8) | dict.fromkeys(english, 0.6) | {"z03": 0.9}
    )
    # Of every question in Chinese the English ones are as near as they are to this one.
    corpus.embedder.unrelated = array("f", [corpus.cosines[one] for one in sorted(corpus.texts)])

    scores = {
        hit.chunk.id: hit.score for hit in corpus.find("守则", mode=SearchMode.DENSE, top_k=40).hits
    }

    assert scores["z03"] == pytest.approx(0.1)
    assert scores["z04"] == pytest.approx(0.0)
    assert scores["e04"] == pytest.approx(0.0)
