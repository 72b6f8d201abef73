"""The values that a sentence states, by what they can be compared with."""

from __future__ import annotations

import pytest

from kb.answering.values import values


def stated(sentence: str) -> list[tuple[str, str]]:
    return [(one.kind, "-".join(one.amount)) for one in values(sentence)]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("借期为30天。", [("day", "30")]),
        ("借期为三十日。", [("day", "30")]),
        ("Books are lent for 30 days.", [("day", "30")]),
        ("押金1.2万元", [("yuan", "12000")]),
        ("押金人民币12,000元（可退）", [("yuan", "12000")]),
        ("The deposit is $1,200 per seat.", [("usd", "1200")]),
        ("保管期为二十四个月", [("month", "24")]),
        ("收到账单后，45日内付款", [("day", "45")]),
        ("累计逾期，两次即停借", [("次", "2")]),
        ("每人最多借八册", [("册", "8")]),
        ("限高4.5米，限速15公里/小时", [("m", "4.5"), ("km/h", "15")]),
        ("押金退还90%", [("%", "90")]),
        ("It has 12 characters.", [("en character", "12")]),
        ("5月20日22:00闭馆", [("date", "5-20"), ("time", "22-00")]),
        ("It closes on 20 May.", [("date", "5-20")]),
        ("Due on Sept. 3, 2024", [("date", "9-3-2024")]),
        ("借期10-15天", [("day", "10-15")]),
    ],
)
def test_amounts_with_their_units(sentence: str, expected: list[tuple[str, str]]) -> None:
    assert stated(sentence) == expected


def test_a_number_at_the_start_of_a_line() -> None:
    assert stated("Invited\n14 people") == [("person", "14")]


def test_a_word_that_begins_like_a_month_is_none() -> None:
    assert stated("There are 3 marketing posts by Decision 12.") == [("en marketing", "3")]


def test_a_number_without_a_unit_is_what_its_cell_is_called() -> None:
    assert stated("编号: T-7 | 单价(元): 1,250 | 库存: 12") == [
        ("单价|yuan", "1250"),
        ("库存|", "12"),
    ]


def test_of_a_change_the_value_that_it_ends_in() -> None:
    assert stated("借期由30天延长至40天。") == [("day", "40")]
    assert stated("The limit was lowered from 20 km/h to 15 km/h.") == [("km/h", "15")]


@pytest.mark.parametrize(
    "sentence", ["第三方资料", "百姓书房", "HT-2024-031", "一般情况", "成立于1998年"]
)
def test_what_is_no_amount(sentence: str) -> None:
    assert stated(sentence) == []


def test_a_value_is_told_as_it_is_written() -> None:
    [one] = values("应在30天之内归还。")
    assert (one.text, "应在30天之内归还。"[one.start :][:3]) == ("30天", "30天")
