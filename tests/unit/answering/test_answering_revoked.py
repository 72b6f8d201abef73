"""Where a later document says that what an answer rests on no longer holds."""

from __future__ import annotations

import pytest

from kb.answering.conflicts import Contradiction
from kb.answering.features import features
from kb.answering.revoked import revocations
from kb.text.question import Question
from kb.types import Citation, Passage

ASKED = "消防演练定在哪一天？"
NOTICE = "消防演练定于周五下午举行。"


def terms(text: str) -> dict[int, float]:
    """Every word counts the same."""
    return {hash(one): 1.0 for one in features(text)}


def found(
    quote: str, *others: str, asked: str = ASKED, answer: str = "周五下午。", later: bool = True
) -> tuple[Contradiction, ...]:
    citation = Citation(1, "notice.md", None, None, "", quote)
    passages = [
        Passage(n, f"mail-{n}.eml", text, None, None, "", "", ()) for n, text in enumerate(others)
    ]
    return revocations(
        Question.of(asked),
        answer,
        [citation],
        passages,
        terms=terms,
        later=lambda one, other: later,
    )


@pytest.mark.parametrize(
    ("text", "clause"),
    [
        ("各位好！因天气原因，消防演练取消。谢谢。", "因天气原因，消防演练取消"),
        ("- 消防演练改期，时间另行通知；班车照常。", "消防演练改期，时间另行通知"),
        ("关于消防演练定在周五下午的决定作废。", "关于消防演练定在周五下午的决定作废"),
        ("消防演练改选周六上午。", "消防演练改选周六上午"),
    ],
)
def test_a_later_sentence_that_voids_it_is_told(text: str, clause: str) -> None:
    [one] = found(NOTICE, text)
    assert one.value == clause


def test_in_english_too() -> None:
    [one] = found(
        "The fire drill takes place on Friday.",
        "Dear all, the fire drill on Friday is cancelled.",
        asked="When does the fire drill take place?",
        answer="On Friday.",
    )
    assert "cancelled" in one.value
    [one] = found(
        "The fire drill takes place on Friday.",
        "What we said of the fire drill on Friday is off the table.",
        asked="When does the fire drill take place?",
        answer="On Friday.",
    )
    assert "off the table" in one.value


def test_a_decision_is_voided_by_its_object() -> None:
    """The sentence repeats nothing of the question, but names what the answer brought."""
    [one] = found(
        "会议决定采用鸿图系统。",
        "上次关于鸿图系统的决议作废。",
        asked="仓库软件选了哪家？",
        answer="鸿图系统。",
    )
    assert one.value == "上次关于鸿图系统的决议作废"


def test_what_is_not_known_to_be_later_voids_nothing() -> None:
    assert found(NOTICE, "消防演练取消。", later=False) == ()


def test_another_thing_that_is_cancelled_voids_nothing() -> None:
    assert found(NOTICE, "周会取消。") == ()


def test_a_later_sentence_that_only_repeats_it_voids_nothing() -> None:
    assert found(NOTICE, "消防演练定于周五下午，请准时参加。") == ()


def test_a_figure_alone_names_nothing() -> None:
    assert (
        found(
            "员工可休陪产假15天。",
            "上线日期推迟至11月15日。",
            asked="陪产假是几天？",
            answer="陪产假是15天。",
        )
        == ()
    )


MILL = "The reading at the old mill takes place on Saturday 8 June."


def test_another_value_of_the_same_matter_in_a_later_document_is_told_whatever_is_asked() -> None:
    def told(*others: str, answer: str = "On Saturday 8 June.", later: bool = True) -> list[str]:
        asked = "When can the public come?"
        return [one.value for one in found(MILL, *others, asked=asked, answer=answer, later=later)]

    moved = "We agreed to move the reading at the mill to Sunday 16 June."
    assert told(moved) == [moved]
    assert told(moved, later=False) == []
    assert told("We agreed to move the harvest supper to Sunday 16 June.") == []
    assert told("The reading at the mill is as planned, on 8 June.") == []
    assert told("We keep the reading at the mill, moved or not, on 8 June.") == []
    assert told("The price of the reading at the mill is raised to 9 euros.") == []


def test_a_chinese_decision_is_told_in_other_words_too() -> None:
    quote = "东门售票亭由两间增加到三间，预算八万元。"
    later = "馆务会认为东门的售票亭没有必要设三间，维持两间。"
    [one] = found(quote, later, asked="最后一共几个亭子？", answer="3间。")
    assert "维持两间" in one.value
