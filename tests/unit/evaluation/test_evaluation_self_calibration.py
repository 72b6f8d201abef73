"""kb/evaluation/self_calibration.py: questions made of a collection, and what their scores say."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from kb.evaluation.self_calibration import (
    MadeQuestion,
    MadeScore,
    made_question,
    own_thresholds,
)
from kb.text.language import Language
from kb.types import Chunk

CHINESE = "北京理科大学坐落于北京市海淀区学院路，是一所以理科为主的全国重点大学，创建于一九五二年。"
ENGLISH = (
    "The pump delivers fifty cubic metres an hour, and its inspector is Alice Porter of Leeds."
)


def chunk(text: str, name: str = "c") -> Chunk:
    return Chunk(name, "d", 0, text, "", None, None, "", 0, len(text))


def made(text: str, name: str = "c") -> MadeQuestion:
    question = made_question(chunk(text, name))
    assert question
    return question


# --- questions ------------------------------------------------------------------------


def test_a_question_is_two_spans_of_the_chunk() -> None:
    for name in "abcdef":
        first, second = made(CHINESE, name).text.removesuffix("是多少？").split()
        assert first in CHINESE
        assert second in CHINESE
        assert {len(first), len(second)} <= {6, 7, 8}, "six characters, and a mark between them"


def test_in_english_a_span_is_of_whole_words() -> None:
    words = set(ENGLISH.replace(",", "").replace(".", "").split())
    for name in "abcdef":
        question = made(ENGLISH, name)
        asked = question.text.removeprefix("What exactly is ").removesuffix(" called?").split()
        assert {word.strip(",.") for word in asked} <= words
        assert 60 <= sum(map(len, asked)) <= 90


def test_it_knows_its_language_and_where_it_is_from() -> None:
    assert made(CHINESE, "x").language is Language.ZH
    assert made(ENGLISH, "x").language is Language.EN
    assert (made(CHINESE, "x").chunk_id, made(CHINESE, "x").doc_id) == ("x", "d")


def test_the_same_chunk_gives_the_same_question_and_others_give_others() -> None:
    assert made(CHINESE, "a") == made(CHINESE, "a")
    assert len({made(CHINESE, name).text for name in "abcdef"}) > 3


@pytest.mark.parametrize(
    "text", ["", "……", "短句。", "A short sentence.", "北京理科大学坐落于海淀"]
)
def test_a_chunk_that_is_too_short_for_two_spans_gives_none(text: str) -> None:
    assert made_question(chunk(text)) is None


def test_a_row_of_a_table_gives_its_cells() -> None:
    row = "工号: E1029 | 姓名: 邓玉兰 | 部门: 信息技术部 | 手机: 13518979901 | 分机: 8840"
    text = made(row).text.removesuffix("是多少？")
    assert text[:6] in row
    assert text[-6:] in row


def test_a_word_without_an_end_makes_no_endless_question() -> None:
    assert len(made("x" * 100_000).text) < 300


# --- thresholds -----------------------------------------------------------------------


def scores(
    spoken: Language, best: Sequence[float], elsewhere: Sequence[float | None]
) -> list[MadeScore]:
    return [MadeScore(spoken, one, other) for one, other in zip(best, elsewhere, strict=True)]


def test_the_threshold_is_the_2nd_percentile_of_what_the_questions_score() -> None:
    best = [0.10 + n / 1000 for n in range(101)]
    own = own_thresholds(scores(Language.ZH, best, [0.0] * 101))[Language.ZH]
    assert own.threshold == pytest.approx(0.102)
    assert (own.auc, own.questions) == (1.0, 101)


def test_each_language_has_its_own() -> None:
    both = scores(Language.ZH, [0.3] * 20, [0.1] * 20) + scores(Language.EN, [0.2] * 20, [0.1] * 20)
    found = own_thresholds(both)
    assert {spoken: one.threshold for spoken, one in found.items()} == {
        Language.ZH: pytest.approx(0.3),
        Language.EN: pytest.approx(0.2),
    }


def test_where_the_score_tells_less_the_threshold_is_lower() -> None:
    best = [0.1] * 10 + [0.3] * 10
    half = own_thresholds(scores(Language.ZH, best, [0.2] * 20))[Language.ZH]
    assert (half.auc, half.threshold) == (0.5, 0.0)
    more = own_thresholds(scores(Language.ZH, best, [0.2] * 10 + [0.05] * 10))[Language.ZH]
    assert more.auc == pytest.approx(0.75)
    assert more.threshold == pytest.approx(0.1 * 0.15 / 0.35)


def test_a_low_percentile_below_zero_stays_what_it_is() -> None:
    own = own_thresholds(scores(Language.ZH, [-0.02] * 20, [-0.02] * 20))[Language.ZH]
    assert own.threshold == pytest.approx(-0.02)


def test_a_language_with_few_questions_has_no_threshold() -> None:
    assert own_thresholds(scores(Language.ZH, [0.3] * 19, [0.1] * 19)) == {}
    assert own_thresholds(scores(Language.ZH, [0.3] * 20, [None] * 20)) == {}
    assert own_thresholds([]) == {}
