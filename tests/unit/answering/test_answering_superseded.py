"""Sentences whose day or amount a later document has changed, for the question that asks for it."""

from __future__ import annotations

import pytest

from kb.answering.features import features
from kb.answering.superseded import superseded
from kb.text.question import Question
from kb.types import Passage

MARCH = "1. 书画特展定于9月12日开幕，预算85万元。\n2. 展签4月底前交稿。"
MAY = "1. 书画特展开幕日期推迟至9月26日；书画特展预算追加到97万元。"


def terms(text: str) -> dict[int, float]:
    """Every word counts the same."""
    return {hash(one): 1.0 for one in features(text)}


def gone(question: str, *texts: str, later: bool = True) -> list[str]:
    """The sentences, of documents in the order of their days."""
    passages = [
        Passage(n, f"{n}.md", text, None, None, "", "", ()) for n, text in enumerate(texts, 1)
    ]
    found = superseded(
        Question.of(question),
        passages,
        terms=terms,
        later=lambda one, other: later and one > other,
    )
    return [passages[n - 1].text[start:end].strip() for n in found for start, end in found[n]]


@pytest.mark.parametrize("question", ["书画特展哪天开幕？", "书画特展预算多少？"])
def test_the_older_sentence_that_states_what_a_later_one_changes(question: str) -> None:
    assert gone(question, MARCH, MAY) == ["1. 书画特展定于9月12日开幕，预算85万元。"]


def test_in_english_too() -> None:
    older = "Aurora will start on 15 July. The room is 12."
    newer = "Dear all, the start of Aurora is postponed to 2 August."
    assert gone("When does Aurora start?", older, newer) == ["Aurora will start on 15 July."]


@pytest.mark.parametrize(
    ("question", "older", "newer"),
    [
        ("新展厅哪天完工？", "新展厅6月底前完工。", "新展厅完工推迟到8月31日。"),
        ("新展厅什么时候完工？", "新展厅8月31日前完工。", "新展厅完工推迟到10月。"),
        (
            "When will the hall open?",
            "The hall opens in June.",
            "The hall's opening moved to 3 August.",
        ),
    ],
)
def test_a_month_is_a_time_as_a_day_is(question: str, older: str, newer: str) -> None:
    assert gone(question, older, newer) == [older]


@pytest.mark.parametrize(
    ("question", "texts"),
    [
        ("书画特展由谁负责？", (MARCH, MAY)),
        ("书画特展原定哪天开幕？", (MARCH, MAY)),
        ("展签哪天交稿？", (MARCH, MAY)),
        ("书画特展哪天开幕？", (MAY, MARCH)),
        ("书画特展哪天开幕？", (MARCH, "1. 书画特展另有9月30日的导览。")),
    ],
    ids=[
        "something else is asked for",
        "the former value is asked for",
        "of another thing",
        "the change is the older one",
        "the later one changes nothing",
    ],
)
def test_what_is_not_changed_stays(question: str, texts: tuple[str, ...]) -> None:
    assert gone(question, *texts) == []


def test_the_day_in_a_mail_s_head_is_its_own() -> None:
    older = "Date: 2025-02-10\n\nThe crates will arrive soon."
    newer = "The arrival of the crates is moved to 27 February."
    assert gone("When will the crates arrive?", older, newer) == []


def test_documents_without_a_day_change_nothing() -> None:
    assert gone("书画特展哪天开幕？", MARCH, MAY, later=False) == []


@pytest.mark.parametrize(
    ("question", "older", "newer"),
    [
        (
            "门票系统选了哪一家的？",
            "门票系统：暂定采购“启明”系统。",
            "门票系统：“启明”不支持团体票，改为采购“海棠”系统。",
        ),
        (
            "Who supplies the showcases?",
            "The showcases are ordered from Vogel.",
            "The showcases are ordered from Kern instead.",
        ),
    ],
)
def test_what_was_chosen_gives_way_to_what_took_its_place(
    question: str, older: str, newer: str
) -> None:
    assert gone(question, older, newer) == [older]


def test_but_not_to_another_choice_about_the_same_thing() -> None:
    older, newer = "门票系统由信息组王岚负责维护。", "门票系统改为采购“海棠”系统，与预约打通。"
    assert gone("门票系统由谁负责？", older, newer) == []


OPEN = "预订系统选用石基还是OPERA，下次会议决定。"


def test_what_was_left_open_is_settled_by_a_later_document_that_speaks_of_it() -> None:
    decided = "预订系统决定选用OPERA，八月底上线。"
    assert gone("预订系统最后选了哪一家？", OPEN, decided) == [OPEN]
    assert gone("预订系统最后选了哪一家？", OPEN, "预订系统的选用仍待定。") == []
    assert gone("预订系统最后选了哪一家？", OPEN, "早餐改为七点开始。") == []
    older, newer = "The venue of the gala: Hall A or B, to be decided.", "The gala is in Hall B."
    assert gone("In which hall is the gala?", older, newer) == [older]


FIRST = "Date: 2025-05-15\n\nWe will pay 415,000 euros. Please prepare the receipt by 30 May."
SECOND = "Date: 2025-05-16\n\nI swapped two digits, sorry. The sum is 451,000 euros."
TWO_SUMS = "Date: 2025-05-16\n\nThe fee is 200 euros, the deposit 900 euros."


@pytest.mark.parametrize(
    ("question", "newer", "sentences"),
    [
        ("How much do we pay?", SECOND, ["We will pay 415,000 euros."]),
        ("When is the receipt due?", SECOND, []),
        ("How much do we pay?", TWO_SUMS, []),
        ("How much do we pay?", FIRST, []),
    ],
    ids=["another sum", "something else is asked for", "of two sums none is it", "the same sum"],
)
def test_the_only_value_of_a_mail_gives_way_to_the_only_one_of_a_later_mail_of_its_thread(
    question: str, newer: str, sentences: list[str]
) -> None:
    passages = [
        Passage(n, f"{n}.eml", text, None, None, "", "", ())
        for n, text in enumerate((FIRST, newer), 1)
    ]
    found = superseded(
        Question.of(question),
        passages,
        terms=terms,
        later=lambda one, other: False,
        follows=lambda one, other: one > other,
    )
    assert [FIRST[start:end].strip() for start, end in found.get(1, ())] == sentences


TALK = "The reading at the old mill takes place on Saturday 8 June. Tea is at 15:00."
AGREED = "We agreed to move the reading at the mill to the next Sunday, 16 June."


def test_what_two_sentences_share_tells_that_one_changes_the_other_whatever_is_asked() -> None:
    sentence = "The reading at the old mill takes place on Saturday 8 June."
    assert gone("When can the public come?", TALK, AGREED) == [sentence]
    other = "We agreed to move the harvest supper to Sunday, 16 June."
    assert gone("When can visitors come?", TALK, other) == []
    older = "书法讲座定于周二在东厅举行。"
    assert gone("讲座哪天能去听？", older, "大家同意把东厅的书法讲座挪到周四。") == [older]
    assert gone("讲座哪天能去听？", older, "大家同意把合唱排练挪到周四。") == []


def test_what_was_decided_against_is_over() -> None:
    older = "2. 东门的售票亭由两间增加到三间。"
    newer = "馆务会认为东门售票亭没有必要设三间，维持两间。"
    assert gone("最后一共几间售票亭？", older, newer) == [older]
    assert gone("最后一共几间售票亭？", older, "馆务会表示感谢。") == []
