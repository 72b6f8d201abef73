"""A day that follows from another day and a length of time."""

from __future__ import annotations

import pytest

from kb.answering.date_arithmetic import derived
from kb.text.question import Question
from kb.types import Passage

LIFTS = "维保范围为客梯6台。合同自2024年2月1日起生效，为期18个月。接到困人通知后30分钟内到场。"
GARDEN = "屋顶花园于2024年4月30日竣工，历时10个月，花费312万元。"
LEASE = "The lease runs from 1 March 2024 for two years. The rent is 900 euros."


def told(question: str, text: str) -> str:
    passage = Passage(2, "a.md", text, None, None, "", "", ())
    found = derived(Question.of(question), [passage])
    return found.text if found else ""


def test_the_end_of_a_term_is_its_last_day() -> None:
    assert told("电梯维保合同什么时候到期？", LIFTS) == (
        "2025年7月31日（按2024年2月1日起18个月推算）。[2]"
    )
    assert told("When does the lease expire?", LEASE.replace("two", "2")) == (
        "2026-02-28 (reckoned: 2 years from 1 March 2024). [2]"
    )


def test_the_beginning_is_told_to_the_month_where_its_length_is_in_months() -> None:
    assert told("屋顶花园项目是什么时候开始的？", GARDEN) == (
        "2023年6月（按2024年4月30日往前10个月推算）。[2]"
    )
    course = "The course ended on 20 May 2024 after 10 days."
    assert told("When did the course begin?", course).startswith("2024-05-11")


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("电梯维保合同期限多长？", LIFTS),
        ("电梯维保合同什么时候生效？", LIFTS),
        ("屋顶花园项目什么时候竣工？", GARDEN),
        ("合同什么时候到期？", "合同自2024年2月1日起，至2025年6月30日止，为期17个月。"),
        ("合同什么时候到期？", "合同自2024年2月1日起生效，为期18个月，质保12个月。"),
        ("合同什么时候到期？", "合同自2024年2月1日起生效。"),
        ("合同什么时候到期？", "合同于2024年2月1日签字，为期18个月。"),
        ("合同什么时候到期？", "合同自2024年2月30日起生效，为期18个月。"),
    ],
    ids=[
        "no day is asked for",
        "another day is",
        "the day that stands there",
        "the day is stated",
        "two lengths of time",
        "none",
        "a day on which nothing begins",
        "a day that no calendar has",
    ],
)
def test_nothing_is_computed_where_it_is_open_from_what(question: str, text: str) -> None:
    assert told(question, text) == ""


def test_an_answer_that_tells_the_beginning_for_the_end_is_mistaken() -> None:
    passage = Passage(1, "a.md", LIFTS, None, None, "", "", ())
    found = derived(Question.of("电梯维保合同什么时候到期？"), [passage])
    assert found is not None
    assert found.is_mistaken_in("合同2024年2月1日到期。")
    assert not found.is_mistaken_in("合同2025年7月31日到期。")
    assert not found.is_mistaken_in("合同自2024年2月1日起，到2025年7月31日到期。")
    assert not found.is_mistaken_in("合同为期18个月。")


STALL = """\
The stall is let from 1 May 2024 for three years.
Invoices are paid within 30 days.
Either side may terminate with four months' notice to the end of the term."""
KIOSK = """\
第一条 租期两年，自2024年3月1日起。
第二条 每月5日前付租金。
第三条 期满不续租的，应提前60天书面通知对方。"""


def test_only_the_length_of_the_term_is_added() -> None:
    assert told("When does the let end?", STALL).startswith("2027-04-30")
    assert told("租约到哪天为止？", KIOSK).startswith("2026年2月28日")
    paid = "The stall is let from 1 May 2024.\nInvoices are paid within 30 days."
    assert told("When does the let end?", paid) == ""


def test_the_last_day_for_a_notice_is_reckoned_from_the_end_of_the_term() -> None:
    asked = "By when must we give notice?"
    assert told(asked, STALL) == (
        "2026-12-31 (reckoned: 4 months before the term ends on 2027-04-30). [2]"
    )
    assert told("最晚哪天要通知对方不续租？", KIOSK) == (
        "2025年12月30日（2026年2月28日期满，提前60天）。[2]"
    )
    stated = "The lease ends on 30 June 2026. Notice: at least six months' notice in writing."
    assert told("What is the last day to cancel?", stated).startswith("2025-12-31")
    assert told(asked, "Four months' notice to the end of the term.") == ""
    assert told("How long is the notice?", STALL) == ""


def test_an_answer_that_does_not_tell_the_last_day_for_a_notice_is_mistaken() -> None:
    passage = Passage(1, "a.md", STALL, None, None, "", "", ())
    found = derived(Question.of("By when must we give notice?"), [passage])
    assert found is not None
    assert found.is_mistaken_in("With four months' notice to the end of the term.")
    assert found.is_mistaken_in("By 30 April 2027.")
    assert not found.is_mistaken_in("By 31 December 2026.")
