"""A word of the question that another version of a document has, and the asked one has not."""

from __future__ import annotations

import pytest

from kb.answering.other_versions import lacking
from kb.text.question import Question

OLD = "借阅规则（2019版）\n\n图书\n\n每人最多可借图书五册。\n\n丢失\n\n丢失的图书照价赔偿。"
NEW = f"{OLD}\n\n有声书\n\n每位读者每月可以免费听有声书三部。\n\n遗失\n\n遗失的图书照价赔偿。"


@pytest.mark.parametrize(
    ("question", "word"),
    [
        ("2019版里有声书每月可以听几部？", "有声书"),
        ("2019版里图书最多可借几册？", ""),
        ("2019版里图书遗失怎么办？", ""),
        ("2019版里飞机票怎么报销？", ""),
    ],
    ids=[
        "only the other version has it",
        "both have it",
        "the asked one says it in another word",
        "neither has it, which is not this rule's business",
    ],
)
def test_is_what_stands_there_and_has_no_sentence_like_it_here(question: str, word: str) -> None:
    assert lacking(Question.of(question), OLD, [NEW]) == word
