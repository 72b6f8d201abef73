"""Retrieval: which chunks a question finds, and in what order."""

from __future__ import annotations

from dataclasses import astuple, replace

import pytest

from kb.ports import Anticipated
from kb.retrieval.search import BEYOND, DEPTH, ENOUGH, SAMPLE, WEIGHT
from kb.text.language import LANGUAGE_LABEL, Language
from kb.types import DocumentRecord, SearchMode, SparseVector
from tests.unit.retrieval.corpus import PHONES, Corpus, FakeCatalog


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
    assert found.hits[0].score == pytest.approx(0.7 - 0.8 + counted(corpus, "K-7781", "zz"))


def counted(corpus: Corpus, question: str, chunk: str) -> float:
    """What the lexical side adds: identifiers in full, words in full up to ENOUGH."""
    terms = corpus.terms(question)
    named = corpus.index.score_sparse(terms.identifiers, [chunk])[chunk] / terms.maximum
    words = corpus.index.score_sparse(terms.vector, [chunk])[chunk] / terms.maximum - named
    assert named > 0
    assert words > 0
    return WEIGHT * (named + min(words, ENOUGH) + BEYOND * max(words - ENOUGH, 0.0))


def test_an_identifier_counts_in_full_beside_the_words_that_count_by_a_tenth() -> None:
    question = "备件号 K-7781 的单价和付款方式"
    texts = {"a": f"{question}见附件", "b": "K-7781", "c": "请假"}
    corpus = Corpus(texts, {"a": 0.8, "b": 0.8, "c": 0.7})
    terms = corpus.terms(question)
    words = corpus.index.score_sparse(terms.vector, ["a"])["a"] / terms.maximum
    named = corpus.index.score_sparse(terms.identifiers, ["a"])["a"] / terms.maximum
    assert words - named > ENOUGH

    found = corpus.find(question)

    assert found.hits[0].chunk.id == "a"
    assert found.hits[0].score == pytest.approx(0.8 - 0.8 + counted(corpus, question, "a"))


def test_what_both_sides_found_is_not_fetched_again() -> None:
    corpus = Corpus(PHONES.texts, PHONES.cosines)

    corpus.find("电话")

    assert corpus.index.asked_dense == [tuple(sorted(PHONES.texts))], "the sample alone"


def test_the_medians_are_those_of_a_sample_and_not_of_the_whole_index() -> None:
    texts = {f"c{i:03}": f"第{i}段" for i in range(SAMPLE + 44)}
    corpus = Corpus(texts, dict.fromkeys(texts, 0.8))

    corpus.find("段落", mode=SearchMode.DENSE)

    assert {len(asked) for asked in corpus.index.asked_dense} == {SAMPLE}
    assert len(corpus.index.anticipated[0].sample) == SAMPLE


def test_without_a_sample_a_cosine_stands_for_itself() -> None:
    corpus = Corpus(PHONES.texts, PHONES.cosines)
    corpus.catalog = Unsampled(corpus.catalog.known)

    found = corpus.find("张飞", mode=SearchMode.DENSE)

    assert found.hits[0].score == pytest.approx(0.86)


class Unsampled(FakeCatalog):
    def sample(self, count: int, /) -> dict[str, Language]:
        return {}


def test_a_dozen_chunks_of_a_language_are_enough_for_a_median_of_its_own() -> None:
    english = {f"e{i:02}": f"Clause {i} of the handbook." for i in range(12)}
    chinese = {f"z{i:02}": f"第{i}条守则" for i in range(20)}
    cosines = dict.fromkeys(chinese, 0.8) | dict.fromkeys(english, 0.6)
    corpus = Corpus(chinese | english, cosines | {"e05": 0.7})

    found = corpus.find("守则", mode=SearchMode.DENSE)

    assert found.hits[0].chunk.id == "e05"
    assert found.hits[0].score == pytest.approx(0.1)


def test_a_rank_is_the_place_by_score_whatever_the_id() -> None:
    corpus = Corpus({"a": "一", "b": "二", "c": "三"}, {"a": 0.1, "b": 0.9, "c": 0.5})

    hits = corpus.find("四", mode=SearchMode.DENSE).hits

    assert [(hit.chunk.id, hit.dense_rank) for hit in hits] == [("b", 1), ("c", 2), ("a", 3)]


@pytest.mark.parametrize(("top_k", "depth"), [(1, DEPTH), (25, DEPTH), (40, 80)])
def test_twice_as_many_candidates_as_are_wanted_are_taken_from_each_side(
    top_k: int, depth: int
) -> None:
    corpus = Corpus(PHONES.texts, PHONES.cosines)

    found = corpus.find("电话", top_k=top_k)

    assert set(corpus.index.limits) == {depth}
    assert len(corpus.index.limits) == 3, "by meaning, by meaning in the other language, by words"
    assert found.candidates == len(PHONES.texts)


def test_an_index_is_told_at_once_all_that_a_question_will_ask_of_it() -> None:
    corpus = Corpus(PHONES.texts, PHONES.cosines)
    where = (("type", "list"),)
    question = "u987438274是谁的电话"
    terms = corpus.terms(question)
    whole = Anticipated(
        dense=corpus.embedder.vector,
        sparse=terms.vector,
        identifiers=terms.identifiers,
        wheres=(where, (*where, (LANGUAGE_LABEL, "en"))),
        limit=DEPTH,
        sample=tuple(sorted(PHONES.texts)),
    )
    nothing = SparseVector((), ())

    for mode in (SearchMode.HYBRID, SearchMode.DENSE, SearchMode.SPARSE):
        corpus.find(question, mode=mode, where=where)

    # Two of them are equal only if they are one: what was asked is kept by identity.
    assert [*map(astuple, corpus.index.anticipated)] == [
        astuple(whole),
        astuple(replace(whole, sparse=nothing, identifiers=nothing)),
        astuple(replace(whole, dense=None, sample=())),
    ]


@pytest.mark.parametrize("mode", SearchMode)
def test_a_condition_holds_for_each_side(mode: SearchMode) -> None:
    corpus = Corpus(PHONES.texts, PHONES.cosines)
    corpus.index.labels["guan"]["type"] = "list"

    found = corpus.find("电话号码", mode=mode, where=(("type", "list"),))

    assert [hit.chunk.id for hit in found.hits] == ["guan"]


def test_words_alone_score_by_the_share_that_matches_and_nothing_is_bounded() -> None:
    question = "张飞的电话号码"
    terms = PHONES.terms(question)
    share = PHONES.index.score_sparse(terms.vector, ["zhang"])["zhang"] / terms.maximum
    assert share > ENOUGH

    found = PHONES.find(question, mode=SearchMode.SPARSE)

    assert found.best_score == pytest.approx(share)


def test_a_word_that_every_chunk_holds_still_counts() -> None:
    corpus = Corpus({"a": "泵", "b": "泵", "c": "泵"}, {"a": 0.1, "b": 0.2, "c": 0.3})
    assert 0 < corpus.terms("泵").maximum < 1

    found = corpus.find("泵", mode=SearchMode.SPARSE)

    assert found.hits[0].score == pytest.approx(
        corpus.index.score_sparse(corpus.terms("泵").vector, ["a"])["a"]
        / corpus.terms("泵").maximum
    )


def test_a_question_without_a_word_is_searched_by_its_meaning_alone() -> None:
    assert PHONES.order("？") == PHONES.order("？", mode=SearchMode.DENSE)
    assert PHONES.order("？", mode=SearchMode.SPARSE) == []


def test_a_hit_names_the_path_of_its_document_and_nothing_where_that_is_gone() -> None:
    corpus = Corpus(PHONES.texts, PHONES.cosines)
    corpus.catalog = Forgetful(corpus.catalog.known)

    sources = {hit.chunk.id: hit.source for hit in corpus.find("电话").hits}

    assert sources["zhang"] == "doc-zhang.md"
    assert sources["pump"] == ""


class Forgetful(FakeCatalog):
    def document(self, doc_id: str, /) -> DocumentRecord | None:
        return None if doc_id == "doc-pump" else super().document(doc_id)


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
