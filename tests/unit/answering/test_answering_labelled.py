"""What stands behind another label than the question's is no answer."""

from __future__ import annotations

from kb.answering.labelled import of_another_label
from kb.text.fold import fold
from kb.text.question import Question

MINUTES = "Present: Ada Quill, Bo Marsh, Cy Dunn. Chair: Bo Marsh."
PROTOCOL = "主持人：林雅琴。记录：马腾。"


def other(question: str, answer: str, line: str) -> list[str]:
    return [*of_another_label(Question.of(question), answer, [fold(line)])]


def test_a_name_behind_another_label_is_told() -> None:
    assert other("Who chairs the committee?", "Ada Quill chairs it.", MINUTES) == ["chair"]
    assert other("这次会议由谁主持？", "由马腾主持。", PROTOCOL) == ["主持人"]


def test_the_name_behind_its_own_label_is_not() -> None:
    assert other("Who chairs the committee?", "Bo Marsh chairs it.", MINUTES) == []
    assert other("这次会议由谁主持？", "由林雅琴主持。", PROTOCOL) == []


def test_where_two_labels_are_named_or_none_nothing_is_told() -> None:
    assert other("Who was present beside the chair?", "Ada Quill was.", MINUTES) == []
    assert other("Who came?", "Ada Quill came.", MINUTES) == []
