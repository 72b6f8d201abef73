"""Retrieval: which chunks a question finds, and in what order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from kb.retrieval.search import BEYOND, ENOUGH, RERANKED, WEIGHT
from kb.types import SearchMode
from tests.unit.retrieval.corpus import PHONES, Corpus


def test_an_identifier_ranks_its_chunk_first_even_where_the_vectors_prefer_another() -> None:
    assert PHONES.order("u987438274是谁的号码") == ["zhang", "guan", "pump", "leave"]
    assert PHONES.order("u987438274是谁的号码", mode=SearchMode.DENSE)[0] == "guan"


def test_a_purely_numeric_identifier_is_found() -> None:
    assert PHONES.order("5352345", mode=SearchMode.SPARSE) == ["guan"]


def test_across_languages_where_bm25_is_silent_the_dense_order_stands() -> None:
    question = "How often must the oil be changed?"

    assert PHONES.order(question, mode=SearchMode.SPARSE) == []
    assert PHONES.order(question) == PHONES.order(question, mode=SearchMode.DENSE)


def test_a_weak_lexical_hit_does_not_outrank_what_the_vectors_find() -> None:
    # It matches one common word of a long question, so its share of the maximum is small.
    corpus = Corpus(
        texts={
            "answer": "The oil of the centrifugal machine is replaced at 500 hours.",
            "weak": "Please remember to lock the door.",
        },
        cosines={"answer": 0.86, "weak": 0.78},
    )

    question = "Please tell me how frequently lubricants ought to be renewed in rotating equipment"

    assert corpus.order(question, mode=SearchMode.SPARSE) == ["weak"]
    assert corpus.order(question)[0] == "answer"


def test_a_hybrid_score_is_the_cosine_above_the_median_and_a_share_of_the_lexical_maximum() -> None:
    question = "合同的电话"
    median = (0.80 + 0.85) / 2
    terms = PHONES.terms(question)
    share = PHONES.index.score_sparse(terms.vector, ["guan"])["guan"] / terms.maximum

    found = PHONES.find(question)

    assert share < ENOUGH
    assert found.hits[0].chunk.id == "guan"
    assert found.best_score == pytest.approx(0.86 - median + WEIGHT * share)


def test_words_beyond_half_of_the_maximum_count_a_tenth() -> None:
    question = "张飞的电话号码"
    terms = PHONES.terms(question)
    share = PHONES.index.score_sparse(terms.vector, ["zhang"])["zhang"] / terms.maximum

    found = PHONES.find(question)

    lexical = WEIGHT * (ENOUGH + BEYOND * (share - ENOUGH))
    assert share > ENOUGH
    assert found.best_score == pytest.approx(0.85 - (0.80 + 0.85) / 2 + lexical)


def among_rules(texts: dict[str, str], cosines: dict[str, float]) -> Corpus:
    """The texts among twenty that have nothing to do with them."""
    rules = {f"r{n:02}": f"第{n}条：员工请假须提前{n + 3}天申请，由经理批准。" for n in range(20)}
    return Corpus(texts | rules, cosines | dict.fromkeys(rules, 0.75))


def test_a_passage_that_repeats_the_question_does_not_outrank_the_one_that_answers_it() -> None:
    question = "润滑油多久更换一次"
    corpus = among_rules(
        {
            "echo": "润滑油多久更换一次？很多人问润滑油多久更换一次。",
            "answer": "润滑油每运行五百小时更换一次。",
        },
        {"echo": 0.85, "answer": 0.90},
    )

    assert corpus.order(question, mode=SearchMode.SPARSE)[0] == "echo"
    assert corpus.order(question)[0] == "answer"


def test_an_identifier_counts_in_full_where_words_count_no_more() -> None:
    text = "合同HT-2024-{}的总价和付款方式，见附件。"
    corpus = among_rules(
        {"asked": text.format("0917"), "other": text.format("0918")},
        {"asked": 0.85, "other": 0.87},
    )

    assert corpus.order("合同HT-2024-0917的总价和付款方式，见附件")[0] == "asked"


def bilingual(*, english: int) -> Corpus:
    """Chinese chunks around 0.80 and English ones around 0.70, the answer a little above."""
    texts = {f"zh{i:02}": f"第{i}条：员工守则。" for i in range(80)}
    cosines = {f"zh{i:02}": 0.80 + i / 10_000 for i in range(80)}
    texts |= {f"en{i:02}": f"Clause {i} of the staff handbook." for i in range(english)}
    cosines |= {f"en{i:02}": 0.70 + i / 10_000 for i in range(english)}
    return Corpus(texts | {"en-oil": PUMP}, cosines | {"en-oil": 0.76})


PUMP = "The pump's lubricant is renewed after 500 hours."


def test_an_answer_in_the_other_language_is_found_though_every_text_of_one_s_own_is_nearer() -> (
    None
):
    found = bilingual(english=20).find("润滑油多久更换？", mode=SearchMode.DENSE)

    assert found.hits[0].chunk.id == "en-oil"
    assert found.hits[0].dense_rank == 1
    assert found.hits[0].score == pytest.approx(0.06, abs=0.005)


def test_of_a_language_with_few_chunks_the_median_is_not_known_and_the_common_one_stands_in() -> (
    None
):
    found = bilingual(english=3).find("润滑油多久更换？", mode=SearchMode.DENSE, top_k=1)

    assert found.hits[0].chunk.id == "zh79"


def test_a_chunk_that_only_one_side_found_is_scored_by_the_other_side_too() -> None:
    texts = {f"c{i:02}": f"第{i}段" for i in range(60)} | {"zz": "备件号 K-7781"}
    cosines = {f"c{i:02}": 0.8 for i in range(60)} | {"zz": 0.7}
    corpus = Corpus(texts, cosines)

    found = corpus.find("K-7781")

    assert found.hits[0].chunk.id == "zz"
    assert found.hits[0].dense_rank is None
    assert found.hits[0].sparse_rank == 1
    assert any("zz" in asked for asked in corpus.index.asked_dense)


def test_the_mode_decides_which_sides_are_asked() -> None:
    corpus = Corpus(PHONES.texts, PHONES.cosines)

    sparse = corpus.find("张飞", mode=SearchMode.SPARSE)

    assert corpus.embedder.asked == []
    assert sparse.hits[0].dense_rank is None
    assert 0.0 < sparse.hits[0].score <= 1.0


def test_equal_scores_are_ordered_by_chunk_id() -> None:
    corpus = Corpus({"b": "一", "a": "二", "c": "三"}, {"b": 0.8, "a": 0.8, "c": 0.8})

    assert corpus.order("四") == ["a", "b", "c"]


def test_a_chunk_that_the_catalog_does_not_know_is_passed_over_and_the_list_stays_full() -> None:
    corpus = Corpus(PHONES.texts, PHONES.cosines, hidden=frozenset({"guan"}))

    found = corpus.find("电话", top_k=2)

    assert [hit.chunk.id for hit in found.hits] == ["zhang", "pump"]


def test_an_empty_collection_finds_nothing() -> None:
    found = Corpus({}, {}).find("张飞")

    assert found.hits == ()
    assert found.best_score is None


# --- several parts --------------------------------------------------------------------


def test_each_part_of_a_question_is_searched_for_and_has_its_hit_in_front() -> None:
    corpus = Corpus(PHONES.texts, PHONES.cosines)

    found = corpus.find("润滑油多久更换一次？员工请假提前多少天？", top_k=3)

    assert corpus.embedder.asked == [
        "润滑油多久更换一次？员工请假提前多少天？",
        "润滑油多久更换一次？",
        "员工请假提前多少天？",
    ]
    assert {"pump", "leave"} <= {hit.chunk.id for hit in found.hits}


def test_a_chunk_has_the_best_score_that_it_has_in_any_part() -> None:
    corpus = Corpus(PHONES.texts, PHONES.cosines)
    alone = corpus.find("润滑油多久更换一次？")

    both = corpus.find("润滑油多久更换一次？员工请假提前多少天？")

    scores = {hit.chunk.id: hit.score for hit in both.hits}
    assert scores["pump"] == pytest.approx(alone.hits[0].score)
    assert len(scores) == len(both.hits)


# --- copies, crowding -----------------------------------------------------------------


def test_a_copy_in_another_document_leaves_its_place_to_the_next() -> None:
    corpus = Corpus(
        {
            "a": "水泵每运行五百小时更换润滑油。",
            "b": "水泵每运行五百小时更换润滑油。",
            "c": "请假。",
        },
        {"a": 0.86, "b": 0.86, "c": 0.7},
    )

    assert [hit.chunk.id for hit in corpus.find("润滑油", top_k=2).hits] == ["a", "c"]


# --- reranking ------------------------------------------------------------------------


@dataclass
class FakeReranker:
    """Prefers whatever holds the word that it was told."""

    likes: str
    read: list[str] = field(default_factory=list)

    def rerank(self, question: str, texts: Sequence[str]) -> list[float]:
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
    assert "c39" not in {hit.chunk.id for hit in found.hits}
