"""kb/index/sparse.py: what meets in the BM25 vectors, and how much it counts."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import pytest

from kb.index.sparse import (
    HEADING_END,
    K1,
    document_vector,
    query_vector,
)
from kb.text.fold import fold


def terms(text: str) -> set[int]:
    return set(document_vector(text).indices)


def nothing_known(_: Sequence[int]) -> Mapping[int, int]:
    return {}


def score(question: str, passage: str, passages: Sequence[str]) -> float:
    """BM25 as the engine computes it: the dot product of both vectors."""
    counts = Counter(term for text in passages for term in terms(text))
    query = query_vector(question, lambda ids: {i: counts[i] for i in ids}, len(passages)).vector
    weights = dict(zip(*_parts(passage), strict=True))
    return sum(
        value * weights.get(term, 0.0)
        for term, value in zip(query.indices, query.values, strict=True)
    )


def _parts(text: str) -> tuple[tuple[int, ...], tuple[float, ...]]:
    vector = document_vector(text)
    return vector.indices, vector.values


# --- what meets -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("電話號碼", "电话号码"),
        ("乾隆皇帝", "干隆皇帝"),
        ("ＨＴ－２０２４", "ht-2024"),
        ("Running", "runs"),
        ("1,234,567", "1234567"),
        ("138-0013-8000", "13800138000"),
        ("137 2580 1946", "+86 137-2580-1946"),
        ("(0571) 8877-6655", "057188776655"),
        ("88776655", "8877-6655"),
        ("浙B·12345", "浙B12345"),
        ("HT\u20112024\u20110917", "HT-2024-0917"),
        ("第十七条", "第17条"),
        ("列夫·托尔斯泰", "列夫托尔斯泰"),
        ("Mueller", "Müller"),
        ("Wi-Fi", "wifi"),
        ("Porter's", "Porter"),
    ],
)
def test_two_spellings_share_a_term(one: str, other: str) -> None:
    assert terms(one) & terms(other)


@pytest.mark.parametrize(
    "token",
    ["HT-2024-0917", "192.168.1.1", "13800138000", "u987438274", "123456", "2024", "X300", "7"],
)
def test_a_token_with_a_digit_is_found_within_any_text(token: str) -> None:
    for text in (f"他的号码是{token}。", f"see {token}, please", f"({token})"):
        assert terms(token) <= terms(text)


@pytest.mark.parametrize(
    ("token", "part"),
    [("HT-2024-0917", "0917"), ("192.168.1.1", "168"), ("a@example2.org", "example2")],
)
def test_a_compound_token_is_found_by_its_parts(token: str, part: str) -> None:
    assert terms(part) & terms(token)


def test_a_document_is_found_by_each_spelling_of_an_umlaut() -> None:
    document = terms("Jürgen Müller")

    assert terms("Muller") <= document
    assert terms("Mueller") <= document
    assert terms("Müller") <= document
    assert not terms("Miller") & document


def test_a_document_is_found_by_the_end_of_a_telephone_number() -> None:
    for written in ("137-2580-1946", "+86 137 2580 1946"):
        assert terms("1946") <= terms(f"尾号在这里：{written}")


def test_who_asks_for_a_whole_telephone_number_does_not_ask_for_its_groups() -> None:
    whole = query_vector("13725801946", nothing_known, 9)

    assert query_vector("137-2580-1946", nothing_known, 9) == whole
    assert query_vector("+86 137 2580 1946", nothing_known, 9) == whole
    assert len(query_vector("8877-6655", nothing_known, 9).identifiers.indices) == 1
    assert len(query_vector("HT-2024-0917", nothing_known, 9).identifiers.indices) == 3


def test_the_seventeenth_article_is_more_than_a_seventeen() -> None:
    counted = terms("第17条") - terms("第 17 条")

    assert counted <= terms("第十七条 夜间不得装卸")
    assert not counted & terms("17条毛巾，第17天")


def test_numbers_that_differ_by_a_point_do_not_meet_as_a_whole() -> None:
    assert terms("15") & terms("1.5") == set()


def test_chinese_is_found_across_word_borders() -> None:
    """The tokenizer may cut a name in two ways; its bigrams stay."""
    assert len(terms("张飞的电话") & terms("听说张飞跑了")) >= 1


def test_bigrams_do_not_cross_punctuation() -> None:
    assert terms("飞。的") & terms("飞的") == terms("飞") | terms("的")


def test_a_lone_separator_is_no_number() -> None:
    assert document_vector("--- ... ///").indices == ()


def test_folding_leaves_length_and_meaning_of_simplified_text_alone() -> None:
    assert fold("张飞的电话号码是U987438274") == "张飞的电话号码是u987438274"


# --- how much it counts ---------------------------------------------------------------


def test_indices_ascend_are_unique_and_fit_32_bits() -> None:
    indices, values = _parts("张飞的电话号码是u987438274, and the pump X300 of 2024 张飞")
    assert list(indices) == sorted(set(indices))
    assert all(0 <= index < 2**32 for index in indices)
    assert all(0 < value < K1 + 1 for value in values)


def test_a_repeated_term_weighs_more_but_less_than_twice() -> None:
    (once,) = document_vector("4711").values
    (twice,) = document_vector("4711 4711").values
    assert once < twice < 2 * once


def test_the_weight_is_the_bm25_formula() -> None:
    """tf (k + 1) / (tf + k (1 − b + b × length / 100)), k = 0.9, b = 0.3, length 3, tf 2."""
    vector = document_vector("4711 4711 815")
    assert max(vector.values) == pytest.approx(2 * 1.9 / (2 + 0.9 * (0.7 + 0.3 * 3 / 100)))


def test_a_rare_term_of_the_question_weighs_its_idf() -> None:
    (term,) = terms("4711")
    query = query_vector("4711", lambda _: {term: 3}, 100)
    assert query.vector.values == pytest.approx((math.log(1 + 97.5 / 3.5),))


def test_a_term_counts_once_however_often_the_question_says_it() -> None:
    assert query_vector("4711 4711", nothing_known, 9) == query_vector("4711", nothing_known, 9)


def test_the_maximum_counts_the_terms_that_occur_nowhere() -> None:
    known = query_vector("4711", nothing_known, 9)
    both = query_vector("4711 815", nothing_known, 9)
    assert both.maximum == pytest.approx(2 * known.maximum)
    assert known.maximum == pytest.approx((K1 + 1) * known.vector.values[0])


def test_no_passage_exceeds_the_maximum() -> None:
    passages = ["张飞的电话号码是u987438274", "曹操 123456 曹操 123456", "the pump X300"]
    for question in passages:
        query = query_vector(question, nothing_known, 3)
        assert 0 < score(question, question, passages) <= query.maximum


def test_a_bigram_of_the_question_counts_half_a_word() -> None:
    word, bigram = sorted(query_vector("电话", nothing_known, 9).vector.values, reverse=True)
    assert bigram == pytest.approx(word / 2)


def test_a_term_of_the_heading_weighs_one_occurrence_however_often_the_text_says_it() -> None:
    (term,) = terms("4711")
    for text in ("815", "4711 815", "4711 4711 4711 815"):
        vector = document_vector(f"4711{HEADING_END}{text}")
        assert dict(zip(vector.indices, vector.values, strict=True))[term] == 1.0


def test_the_heading_is_read_with_the_text() -> None:
    assert terms(f"电话{HEADING_END}4711") == terms("电话") | terms("4711")


def test_a_question_s_identifiers_are_told_from_its_words() -> None:
    query = query_vector("合同HT-2024的总价", nothing_known, 9)

    assert set(query.identifiers.indices) == terms("HT-2024") - terms("HT")
    assert set(query.identifiers.indices) < set(query.vector.indices)
    assert query_vector("合同的总价", nothing_known, 9).identifiers.indices == ()


def test_a_question_without_terms_has_the_maximum_0() -> None:
    query = query_vector("……", nothing_known, 9)
    assert (query.vector.indices, query.maximum) == ((), 0)


def test_the_passage_with_the_asked_number_comes_first() -> None:
    passages = ["合同 HT-2024-0917 的总价", "合同 HT-2023-0917 的总价", "合同 HT-2024-0911 的总价"]
    scores = [score("合同HT-2024-0917的总价是多少", passage, passages) for passage in passages]
    assert scores[0] == max(scores)
    assert sorted(scores)[-1] > sorted(scores)[-2]
