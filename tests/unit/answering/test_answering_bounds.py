"""The bounds of a sentence that states two: which one a question asks for."""

from __future__ import annotations

import pytest

from kb.answering.bounds import of_the_asked_side, of_the_other_bound
from kb.text.question import Question
from kb.types import Passage

BOAT = "游船每次载客不少于4人，最多10人。"
CLIMB = "A rope team has at least 2 and at most 5 climbers."
FARE = "The fare is no less than 30 euros and never above 80 euros."
BOATS = "周末至少开3条船。游船最多载10人。"


def in_its_place(question: str, answer: str, text: str) -> str:
    passage = Passage(3, "a.md", text, None, None, "", "", ())
    found = of_the_asked_side(Question.of(question), answer, [passage])
    return found.text if found else ""


@pytest.mark.parametrize(
    ("question", "answer", "text"),
    [
        ("游船一次最多坐几个人？", "4人。", BOAT),
        ("游船一次至少要几个人？", "10人。", BOAT),
        ("How many climbers are in a team at most?", "At least 2.", CLIMB),
        ("What is the minimum number of climbers?", "5 climbers", CLIMB),
        ("What is the highest fare?", "30 euros.", FARE),
    ],
)
def test_a_sentence_with_both_bounds_stands_for_an_answer_that_tells_the_other_one(
    question: str, answer: str, text: str
) -> None:
    assert in_its_place(question, answer, text) == f"{text} [3]"


@pytest.mark.parametrize(
    ("question", "answer", "text"),
    [
        ("游船一次最多坐几个人？", "10人。", BOAT),
        ("游船一次最多坐几个人？", "不少于4人，最多10人。", BOAT),
        ("游船一次坐几个人？", "4人。", BOAT),
        ("游船最少和最多各坐几个人？", "4人。", BOAT),
        ("游船最多坐几个人？", "3条船。", BOATS),
    ],
    ids=[
        "it tells the asked one",
        "it tells both",
        "no bound is asked for",
        "both are",
        "values of two kinds",
    ],
)
def test_any_other_answer_stays(question: str, answer: str, text: str) -> None:
    assert in_its_place(question, answer, text) == ""


def test_a_long_paragraph_is_no_answer() -> None:
    assert in_its_place("游船一次最多坐几个人？", "4人。", "，".join(["码头" * 160, BOAT])) == ""


def test_a_bound_that_is_stated_alone_does_not_answer_for_the_other_one() -> None:
    def marked(question: str, answer: str, text: str) -> list[str]:
        return [*of_the_other_bound(Question.of(question), answer, [text])]

    assert marked("水深最多几米？", "1.2米", "泳池水深不得低于1.2米。") == ["最多"]
    assert marked("水深至少几米？", "1.2米", "泳池水深不得低于1.2米。") == []
    assert marked("水深最多几米？", "1.2米", "泳池水深1.2米。") == []
    assert marked("水深最多几米？", "1.2米", "水深不得低于1.2米。\n儿童池最多1.2米。") == []
    assert marked("How long at most?", "40 days", "It takes at least 40 days.") == ["at most"]
