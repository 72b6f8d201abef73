"""How many days lie between two days that the passages state."""

from __future__ import annotations

import pytest

from kb.answering.days_between import days_between
from kb.answering.features import features
from kb.text.question import Question
from kb.types import Passage

ORDER = "Date: 2025-03-03\n\n30 pallets of tiles leave on 10 March, the other 12 on 28 March."
CHANGE = "Date: 2025-03-07\n\nCorrection: the 12 pallets of tiles leave on 21 March."
MEETINGS = (
    "评审会纪要\n\n2025年\n\n第一次评审会于2025年4月8日召开，第二次评审会于2025年5月6日召开。"
)


def terms(text: str) -> dict[int, float]:
    """Every word counts the same."""
    return {hash(one): 1.0 for one in features(text)}


def told(question: str, *texts: str) -> str:
    passages = [
        Passage(n, f"{n}.md", text, None, None, "", "", ()) for n, text in enumerate(texts, 1)
    ]
    asked = Question.of(question)
    found = days_between(asked, passages, terms=terms, later=lambda one, other: one > other)
    return found.text if found else ""


@pytest.mark.parametrize(
    ("question", "texts", "answer"),
    [
        (
            "How many days lie between the two shipments of tiles?",
            (ORDER,),
            "18 days: 10 March [1] and 28 March [1].",
        ),
        (
            "How many days lie between the two shipments of tiles?",
            (ORDER, CHANGE),
            "11 days: 10 March [1] and 21 March [2].",
        ),
        (
            "两次评审会相隔多少天？",
            (MEETINGS,),
            "相隔28天：2025年4月8日 [1]与2025年5月6日 [1]。",
        ),
        (
            "合同签订到验收之间隔了多少天？",
            ("本合同于2025年3月1日签订。2025年3月31日验收。",),
            "相隔30天：2025年3月1日 [1]与2025年3月31日 [1]。",
        ),
    ],
    ids=["as stated", "as a later mail corrects one", "in Chinese", "of two that are named"],
)
def test_the_difference_is_computed_and_both_days_are_shown(
    question: str, texts: tuple[str, ...], answer: str
) -> None:
    assert told(question, *texts) == answer


@pytest.mark.parametrize(
    ("question", "texts"),
    [
        ("When do the tiles leave?", (ORDER,)),
        (
            "How many days lie between the two shipments of tiles?",
            ("The tiles leave on 10 March.",),
        ),
        (
            "How many days lie between the two shipments of tiles?",
            (ORDER, "Date: 2025-03-08\n\nMore pallets of tiles leave on 4 April."),
        ),
        ("How many days lie between the two meetings of the board?", (ORDER,)),
        ("两次评审会相隔多少天？", ("第一次评审会2025年2月30日，第二次评审会2025年3月2日。",)),
        ("合同签订到付款之间隔了多少天？", ("本合同于2025年3月1日签订。2025年3月31日验收。",)),
    ],
    ids=[
        "no such number is asked for",
        "one day is stated",
        "three are",
        "of something else",
        "one is no day",
        "one is another's",
    ],
)
def test_else_nothing_is_computed(question: str, texts: tuple[str, ...]) -> None:
    assert told(question, *texts) == ""
