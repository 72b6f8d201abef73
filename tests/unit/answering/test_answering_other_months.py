"""A month of the question, and documents that are records of another one."""

from __future__ import annotations

import pytest

from kb.answering.other_months import Text, month_asked_for
from kb.text.question import Question
from kb.types import Passage


def text(source: str, text: str = "Chair: Bo Marsh.") -> Text:
    return Text.of(Passage(1, source, text, None, None, "", "", ()))


@pytest.mark.parametrize(
    ("question", "month"),
    [
        ("Who chairs the committee in June?", (6, 0)),
        ("6月的例会由谁主持？", (6, 0)),
        ("2024年6月的例会由谁主持？", (6, 2024)),
        ("Who chaired the meeting of 3 June 2024?", (6, 2024)),
    ],
)
def test_the_month_that_a_question_asks_of(question: str, month: tuple[int, int]) -> None:
    asked = month_asked_for(Question.of(question))
    assert asked is not None
    assert (asked.number, asked.year) == month


@pytest.mark.parametrize(
    "question",
    [
        "Who may chair the committee?",
        "What has been decided since June?",
        "6月以来决定了什么？",
        "What changed from May to July?",
        "What is to be done by June?",
    ],
)
def test_a_bound_of_time_or_two_months_are_none(question: str) -> None:
    assert month_asked_for(Question.of(question)) is None


@pytest.mark.parametrize(
    ("source", "said", "ends"),
    [
        ("minutes/2024-05-06.md", "Chair: Bo Marsh.", "another"),
        ("纪要20240506.md", "主持：马博。", "another"),
        ("minutes/2023-06-05.md", "Chair: Bo Marsh.", "another"),
        ("minutes/2024-06-03.md", "Chair: Bo Marsh.", "it"),
        ("minutes/2024-05-06.md", "In June Ann Lee takes the chair.", "neither"),
        ("rules-2024-05.md", "Bo Marsh chairs the committee.", "neither"),
        ("minutes.md", "Chair: Bo Marsh.", "neither"),
    ],
    ids=[
        "minutes of another month",
        "a day without marks",
        "of the same month of another year",
        "of the month itself",
        "of another one that speaks of it",
        "rules hold on",
        "minutes without a day",
    ],
)
def test_minutes_and_reports_are_of_a_month(source: str, said: str, ends: str) -> None:
    month = month_asked_for(Question.of("Who chairs the committee in June 2024?"))
    assert month is not None
    one = text(source, said)
    found = "another" if one.is_of_another(month) else "it" if one.is_of(month) else "neither"
    assert found == ends
