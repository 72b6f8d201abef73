"""A month of the question, and documents that are records of another one."""

from __future__ import annotations

import pytest

from kb.answering.other_months import Text, month_as_of, month_asked_for
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
        "2024年6月的时候由谁主持？",
        "Who was the chair as of June 2024?",
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


@pytest.mark.parametrize(
    ("question", "month"),
    [
        ("2024年6月的时候由谁主持？", (6, 2024)),
        ("截至2024年6月由谁主持？", (6, 2024)),
        ("Who was the chair as of June 2024?", (6, 2024)),
    ],
)
def test_the_month_of_which_a_question_asks_what_held_then(
    question: str, month: tuple[int, int]
) -> None:
    asked = month_as_of(Question.of(question))
    assert asked is not None
    assert (asked.number, asked.year) == month


@pytest.mark.parametrize(
    "question", ["2024年6月的时间表由谁排？", "6月的例会由谁主持？", "Who chairs it in June 2024?"]
)
def test_a_month_whose_minutes_are_asked_for_is_none(question: str) -> None:
    assert month_as_of(Question.of(question)) is None


def test_minutes_of_later_months_are_after_it() -> None:
    june = month_as_of(Question.of("Who was the chair as of June 2024?"))
    assert june is not None
    assert text("minutes/2024-07-01.md").is_after(june)
    assert not text("minutes/2024-06-03.md").is_after(june)
    assert not text("minutes/2023-07-03.md").is_after(june)
    assert not text("rules-2024-07.md").is_after(june)
