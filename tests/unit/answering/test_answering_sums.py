"""What a sum of money is, and per what it is."""

from __future__ import annotations

import pytest

from kb.answering.conflicts import contradictions
from kb.answering.features import features
from kb.answering.rates import per
from kb.answering.sums import kinds, of_another_kind_of_sum
from kb.answering.values import values
from kb.text.question import Question
from kb.types import Citation, Passage

BOAT = (
    "Harbour Ltd offers 61,000 euros for the boat.\n"
    "The upkeep of Harbour Ltd is capped at 900 euros."
)


def passage(text: str, title: str = "") -> Passage:
    return Passage(1, "a.md", text, None, None, "", title, ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("导游费每小时260元", {"hour"}),
        ("停车费5元/小时", {"hour"}),
        ("会员年费1,800元", {"year"}),
        ("物业费每平方米每月3.2元", {"m2", "month"}),
        ("A guide costs 60 euros an hour", {"hour"}),
        ("The yearly fee is 300 euros", {"year"}),
        ("bricks at 900 euros per tonne", {"tonne"}),
        ("the boat costs 900 euros", set()),
        ("导游每天带两团，定金200元", set()),
    ],
)
def test_per_what_an_amount_is(text: str, expected: set[str]) -> None:
    [value] = [one for one in values(text) if one.kind in ("yuan", "eur")]
    assert per(value, text) == expected


def test_what_a_sum_is_stands_in_its_clause() -> None:
    text = "门票单价40元，押金100元，逾期违约金每日5元"
    assert [sorted(kinds(one, text)) for one in values(text)] == [[], ["deposit"], ["penalty"]]


def test_another_kind_of_sum_than_the_price_that_is_asked_for_is_marked() -> None:
    def marked(question: str, answer: str, text: str = BOAT) -> list[str]:
        return [*of_another_kind_of_sum(Question.of(question), answer, [passage(text)])]

    assert marked("What does the boat of Harbour Ltd cost?", "900 euros") == ["cost"]
    assert marked("What does the boat of Harbour Ltd cost?", "61,000 euros") == []
    assert marked("What does the upkeep of Harbour Ltd cost?", "900 euros") == []
    assert marked("How long is the boat?", "900 euros") == []
    chinese = "画架报价每个320元。画架押金50元。"
    assert marked("买一个画架要多少钱？", "50元", chinese) == ["买"]
    assert marked("画架的押金是多少钱？", "50元", chinese) == []


def test_without_a_better_sum_nothing_is_marked() -> None:
    only = "The upkeep of Harbour Ltd is capped at 900 euros."
    asked = Question.of("What does the boat of Harbour Ltd cost?")
    assert [*of_another_kind_of_sum(asked, "900 euros", [passage(only)])] == []


def test_a_rent_near_which_nothing_of_the_question_stands_is_no_price_of_it() -> None:
    def marked(question: str, title: str = "") -> list[str]:
        cited = passage("从9月起，展厅的房租每月少付一千，即19,000元。新显微镜已装好。", title)
        return [*of_another_kind_of_sum(Question.of(question), "19,000元", [cited])]

    assert marked("显微镜花了多少钱？") == ["多少钱"]
    assert marked("展厅要花多少钱？") == []
    assert marked("显微镜花了多少钱？", "显微镜") == []


def told(quote: str, other: str, asked: str, answer: str) -> list[str]:
    found = contradictions(
        Question.of(asked),
        answer,
        [Citation(1, "a.md", None, None, "", quote)],
        [Passage(2, "b.md", other, None, None, "", "", ())],
        terms=lambda text: {hash(one): 1.0 for one in features(text)},
    )
    return [one.value for one in found]


def test_amounts_per_different_things_and_different_kinds_of_sums_contradict_nothing() -> None:
    asked, quote = "讲解服务收费多少？", "讲解服务收费每小时180元。"
    assert told(quote, "讲解服务收费每小时200元。", asked, "每小时180元。") == ["200元"]
    assert told(quote, "讲解服务收费，年费3,000元。", asked, "每小时180元。") == []
    asked, quote = "游船租金多少？", "游船租金300元。"
    assert told(quote, "游船租金280元。", asked, "300元。") == ["280元"]
    assert told(quote, "租游船押金1,000元。", asked, "300元。") == []
