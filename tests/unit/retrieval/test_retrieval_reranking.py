"""A reranker orders the first candidates, and leaves their scores alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from kb.retrieval.search import RERANKED
from tests.unit.retrieval.corpus import PHONES, Corpus


@dataclass
class FakeReranker:
    """Prefers whatever holds the word that it was told."""

    likes: str
    read: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)

    def rerank(self, question: str, texts: Sequence[str]) -> list[float]:
        self.questions.append(question)
        self.read += texts
        return [float(self.likes in text) for text in texts]


def test_a_reranker_orders_the_first_candidates_and_leaves_their_scores_alone() -> None:
    before = {hit.chunk.id: hit.score for hit in PHONES.find("电话").hits}

    found = PHONES.find("电话", rerank=FakeReranker("润滑油"))

    assert found.hits[0].chunk.id == "pump"
    assert [hit.chunk.id for hit in found.hits[1:]] == ["guan", "zhang", "leave"]
    assert {hit.chunk.id: hit.score for hit in found.hits} == before
    assert found.best_score == max(before.values())


def test_a_reranker_reads_no_more_than_the_first_candidates() -> None:
    texts = {f"c{i:02}": f"第{i}段" for i in range(40)}
    reranker = FakeReranker("第39段")

    found = Corpus(texts, {c: 0.9 - i / 1000 for i, c in enumerate(texts)}).find(
        "段落", rerank=reranker
    )

    assert len(reranker.read) == RERANKED
    assert reranker.questions == ["段落"]
    assert "c39" not in {hit.chunk.id for hit in found.hits}
