"""kb/answering/comparison.py: the two subjects of a question that compares."""

from __future__ import annotations

import pytest

from kb.answering.comparison import subjects


@pytest.mark.parametrize(
    ("question", "both"),
    [
        ("X200和X300哪个更贵？", ("X200", "X300")),
        ("张飞与关羽的年假有什么区别？", ("张飞", "关羽")),
        ("比较一下宁波分公司和绍兴分公司的销售额", ("宁波分公司", "绍兴分公司")),
        ("水泵比风机贵多少？", ("水泵", "风机")),
        ("2021版和2024版的陪产假分别是几天？", ("2021版", "2024版")),
        ("What is the difference between the X200 and the X300?", ("X200", "X300")),
        ("Compare Leeds with York", ("Leeds", "York")),
        ("Which is heavier, the X200 or the X300?", ("X200", "X300")),
    ],
)
def test_what_is_compared(question: str, both: tuple[str, str]) -> None:
    assert subjects(question) == both


@pytest.mark.parametrize(
    "question",
    [
        "张飞和关羽的电话是多少？",
        "水泵的扬程是多少？",
        "Who are Alice and Bob?",
        "What is the head of the pump?",
    ],
)
def test_a_question_that_compares_nothing_has_no_such_subjects(question: str) -> None:
    assert subjects(question) is None
