"""Whether an answer says what a question needs: by value, not by spelling."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kb.evaluation.needs import by_need, satisfied, says
from tests.unit.evaluation.samples import answered, question


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        ("合计128,000元。", "128000"),
        ("一共12.8万元。", "128000"),
        ("It is 1.28 million.", "1280000"),
        ("有三台。", "3"),
        ("There are seven of them.", "7"),
        ("合格率为95%。", "95%"),
        ("The rate is 0.95.", "95%"),
        ("约占18.4%。", "~18.3673%"),
        ("平均7312.06元。", "~7312.0562"),
        ("于2024年7月27日签订。", "2024-07-27"),
        ("signed on 27 July", "2024-07-27"),
        ("It began on July 27, 2024.", "2024-07-27"),
        ("2023年1月起执行。", "2023-01"),
        ("会议改到下午2点半。", "14:30"),
        ("It opens at 2:30 pm.", "14:30"),
        ("电话（0574）8123 4567。", "0574-8123-4567"),
        ("型号是KX5120。", "KX5120"),
        ("Keep your badges at hand.", "badge"),
        ("适用2021年版。", "=2021"),
        ("不可以。", "@no"),
        ("No, they are blocked.", "@no"),
        ("可以，凭发票报销。", "@yes"),
        ("Yes, with a receipt.", "@yes"),
        ("没有这样的供应商。", "@none"),
        ("0 assets were bought.", "@none"),
    ],
)
def test_is_said(answer: str, wanted: str) -> None:
    assert says(answer, wanted)


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        ("合计128,500元。", "128000"),
        ("合同编号HT-2024-0917。", "917"),
        ("工号E1029。", "1029"),
        ("约占19%。", "~18.3673%"),
        ("It is 9.", "~9.4"),
        ("于2024年7月28日签订。", "2024-07-27"),
        ("signed on 27 July 2023", "2024-07-27"),
        ("会议在上午2点半。", "14:30"),
        ("电话0574-8123-45671。", "0574-8123-4567"),
        ("型号是KX51205。", "KX5120"),
        ("可以。", "@no"),
        ("They may not be used.", "@yes"),
        ("不同的供应商都可以。", "@no"),
        ("有两家。", "@none"),
    ],
)
def test_is_not_said(answer: str, wanted: str) -> None:
    assert not says(answer, wanted)


def test_a_number_of_the_question_said_again_proves_nothing() -> None:
    assert not says("2024年的年假天数没有规定。", "2024", "2024年的年假是几天？")
    assert says("2024年有15天年假。", "15", "2024年的年假是几天？")


def test_one_alternative_of_each_group_is_needed_and_nothing_forbidden() -> None:
    need = [["林冲"], ["6127", "6128"]]
    assert satisfied("林冲，分机6128。", need)
    assert not satisfied("林冲。", need)
    assert not satisfied("林冲、鲁智深，分机6127。", need, ["鲁智深"])


def test_what_a_question_needs_decides_whether_its_answer_is_right() -> None:
    asked = replace(question(answers=""), need=(("u987438274",),), answers=())
    assert by_need(asked, answered()).contains
    assert not by_need(replace(asked, forbid=("张飞",)), answered()).contains


def test_a_foreseen_mistake_is_one_only_where_the_answer_is_not_right() -> None:
    asked = replace(question(), need=(("5352345",),), wrong=("u987438274",))
    assert by_need(asked, answered()).mistake
    right = replace(asked, need=(("u987438274",),))
    assert not by_need(right, answered()).mistake
    assert not by_need(asked, answered(refused_by="model")).mistake


def test_a_number_of_thousands_is_its_thousandfold() -> None:
    assert satisfied("3,823 千元", [["3823000"]])
    assert satisfied("共三千元", [["3000"]])
    assert satisfied("功率为5千瓦", [["5"]])
