"""Whether two documents state the same, in their own two sentences."""

from __future__ import annotations

import pytest

from kb.answering.agreement import compared
from kb.answering.features import features
from kb.text.question import Question
from kb.types import Passage

RULES = "图书借阅办法\n\n外借期限\n\n图书每次外借21天，可续借一次。\n\n逾期每天收0.2元。"
FAQ = "常见问题\n\n图书能借多久？\n\n一次30天，到期要还。\n\n几点关门？\n\n晚上8点。"
SAME = "读者须知\n\n图书外借\n\n每次可以借三周。"
LENDING = "A recorder may be kept for ten working days."
NEWCOMERS = "How long can I keep a recorder?\n\nThree weeks, then bring the recorder back."
HANDBOOK = "Probation\n\nProbation lasts 6 months."
LETTER = "Dear Ms Hale, your probation is 3 months. You start on 1 May."
LEASE = "The lease of the depot lasts 12 months."


def terms(text: str) -> dict[int, float]:
    """Every word counts the same."""
    return {hash(one): 1.0 for one in features(text)}


def told(question: str, *texts: str) -> str:
    passages = [
        Passage(n, f"{n}.md", text, None, None, "", "", ()) for n, text in enumerate(texts, 1)
    ]
    found = compared(Question.of(question), passages, terms=terms)
    return found.text if found else ""


@pytest.mark.parametrize(
    ("question", "texts", "answer"),
    [
        (
            "图书外借的期限，问答和借阅办法写的一样吗？",
            (RULES, FAQ),
            "不一样。图书每次外借21天，可续借一次。[1]一次30天，到期要还。[2]",
        ),
        (
            "图书外借天数，须知和借阅办法是否一致？",
            (RULES, SAME),
            "一样。图书每次外借21天，可续借一次。[1]每次可以借三周。[2]",
        ),
        (
            "Do the handbook and the letter say the same about probation?",
            (HANDBOOK, LETTER),
            "They do not say the same. Probation lasts 6 months.[1] Dear Ms Hale, your probation is"
            " 3 months.[2]",
        ),
        (
            "Do the lending rules and the questions agree how long to keep a recorder?",
            (LENDING, NEWCOMERS),
            "They do not say the same. A recorder may be kept for ten working days.[1] Three weeks,"
            " then bring the recorder back.[2]",
        ),
    ],
    ids=["they differ", "they agree in another unit", "in English", "in different units"],
)
def test_the_answer_is_the_two_sentences_and_whether_their_values_agree(
    question: str, texts: tuple[str, ...], answer: str
) -> None:
    assert told(question, *texts) == answer


@pytest.mark.parametrize(
    ("question", "texts"),
    [
        ("图书一次能借多久？", (RULES, FAQ)),
        ("图书外借的期限，学生和老师一样吗？", (RULES, FAQ)),
        ("Is probation the same for cooks and drivers?", (HANDBOOK, LETTER)),
        ("Do the handbook and the letter say the same about probation?", (HANDBOOK, LEASE)),
        ("Do the handbook and the letter say the same about probation?", (HANDBOOK,)),
    ],
    ids=[
        "nothing is compared",
        "two groups are compared",
        "two groups in English",
        "the other speaks of something else",
        "there is one document",
    ],
)
def test_else_there_is_none(question: str, texts: tuple[str, ...]) -> None:
    assert told(question, *texts) == ""
