"""Of a sentence that changes a value, the former one is no answer."""

from __future__ import annotations

import pytest

from kb.answering.changed_values import asks_for_the_former, former_values
from kb.text.fold import fold
from kb.text.question import Question

MOVED = "The go-live of Aurora moves from 15 July to 2 September 2024."
POSTPONED = "原定4月19日的义卖改期到5月10日，地点不变。"
RAISED = "押金由2000元调整为3000元。"


def former(question: str, answer: str, text: str) -> list[str]:
    return [*former_values(Question.of(question), answer, [fold(text)])]


@pytest.mark.parametrize(
    ("question", "answer", "text"),
    [
        ("When does Aurora go live?", "Aurora goes live on 15 July 2024.", MOVED),
        ("义卖在哪天？", "义卖在4月19日。", POSTPONED),
        ("押金是多少？", "押金是2000元。", RAISED),
    ],
    ids=["from one day to another", "a day that was meant at first", "an amount"],
)
def test_the_former_value_is_told(question: str, answer: str, text: str) -> None:
    assert former(question, answer, text)


@pytest.mark.parametrize(
    ("question", "answer", "text"),
    [
        ("When does Aurora go live?", "On 2 September 2024.", MOVED),
        ("When does Aurora go live?", "It moves from 15 July to 2 September.", MOVED),
        ("When was Aurora originally to go live?", "On 15 July.", MOVED),
        ("义卖原定哪天？", "4月19日。", POSTPONED),
        ("押金是多少？", "押金是3000元。", RAISED),
        ("How far is it?", "5 km.", "The line runs from 5 km to 9 km."),
    ],
    ids=["the new one", "both", "the former is asked for", "原定", "an amount", "no change"],
)
def test_nothing_else_is(question: str, answer: str, text: str) -> None:
    assert former(question, answer, text) == []


@pytest.mark.parametrize(
    ("question", "former"),
    [
        ("调整前的价格是多少？", True),
        ("以前的负责人是谁？", True),
        ("应在几时以前告知？", False),
        ("提前几天通知前台？", False),
    ],
)
def test_only_what_was_before_a_change_is_the_former(question: str, former: bool) -> None:
    assert asks_for_the_former(Question.of(question)) is former
