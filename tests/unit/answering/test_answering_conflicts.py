"""Where another passage states another value for the same thing."""

from __future__ import annotations

import pytest

from kb.answering.conflicts import Contradiction, contradictions
from kb.answering.features import features
from kb.text.question import Question
from kb.types import Citation, Passage


def terms(text: str) -> dict[int, float]:
    """Every word counts the same."""
    return {hash(one): 1.0 for one in features(text)}


def found(
    question: str, answer: str, quote: str, *others: tuple[str, str]
) -> tuple[Contradiction, ...]:
    citation = Citation(1, "rules.md", None, None, "", quote)
    passages = [Passage(1, "rules.md", quote, None, None, "", "", ())]
    passages += [
        Passage(n, source, text, None, None, "", "", ())
        for n, (source, text) in enumerate(others, 2)
    ]
    return contradictions(Question.of(question), answer, [citation], passages, terms=terms)


ASKED = "图书逾期几天要收费？"
RULE = "图书逾期7天起收费。"


def test_another_document_that_states_another_value_is_told() -> None:
    [one] = found(
        ASKED, "逾期7天起收费。[1]", RULE, ("faq.md", "你好。\n图书逾期3天之后收费，请注意。")
    )
    assert (one.value, one.passage.source) == ("3天", "faq.md")
    assert one.quote == "图书逾期3天之后收费，请注意。"


def test_in_english_too() -> None:
    [one] = found(
        "When is a fee due for overdue books?",
        "A fee is due after 7 days.",
        "A fee for overdue books is due after 7 days.",
        ("faq.md", "Welcome. For overdue books a fee is due after 3 days already."),
    )
    assert one.value == "3 days"


def test_the_same_value_is_none_however_it_is_written() -> None:
    assert found(ASKED, "7天。", RULE, ("faq.md", "图书逾期七日之后收费。")) == ()


def test_the_heading_of_an_faq_asks_as_the_question_does_and_a_rule_does_not() -> None:
    faq = "补休多久之内要用掉？\n补休要在3个月内用完。"
    rule = "周末加班安排补休。补休须在加班之日起6个月内休完。"
    [one] = found("加班攒的补休多久之内必须休掉？", "3个月内。", faq, ("rule.md", rule))
    assert one.value == "6个月"


def test_another_kind_of_value_is_none() -> None:
    assert found(ASKED, "7天。", RULE, ("faq.md", "图书逾期收费每册2元。")) == ()


def test_another_subject_is_none() -> None:
    assert found(ASKED, "7天。", RULE, ("faq.md", "会员卡过期30天之内可以续办。")) == ()


def test_what_the_cited_document_states_as_well_is_another_thing() -> None:
    own = "图书逾期7天起收费。图书逾期30天停借。"
    assert found(ASKED, "7天。", own, ("faq.md", "图书逾期收费，30天之后停借。")) == ()


def test_a_value_that_the_answer_states_too_is_none() -> None:
    assert (
        found(ASKED, "规则说7天，常见问题说3天。", RULE, ("faq.md", "图书逾期3天之后收费。")) == ()
    )


def test_a_row_about_another_thing_is_none() -> None:
    row = "级别: 教师 | 册数: 20 | 借期(天): 60"
    asked = "教师借期几天？"
    other = ("old.md", "级别: 学生 | 册数: 10 | 借期(天): 30")
    assert found(asked, f"{row}", row, other) == ()
    same = ("old.md", "级别: 教师 | 册数: 20 | 借期(天): 45")
    [one] = found(asked, row, row, same)
    assert one.value == "借期(天): 45"


def test_of_several_values_the_one_behind_the_same_words() -> None:
    rule = "每人每天收费2元，遗失赔偿50元。"
    old = ("old.md", "每人每天收费1元，遗失赔偿40元。")
    [one] = found("每人每天收费多少元？", "每人每天收费2元。", rule, old)
    assert one.value == "1元"


@pytest.mark.parametrize(
    ("asked", "answer", "quote", "other", "told"),
    [
        ("定金是合同价的多少？", "30%。", "定金为合同价的30%。", "定金为合同价的20%。", "20%"),
        (
            "年会是哪一天？",
            "2024年6月1日。",
            "年会定于2024年6月1日举行。",
            "年会定于2025年6月1日举行。",
            "2025年6月1日",
        ),
        (
            "前台电话是多少？",
            "0571-8765 4321。",
            "前台电话是 0571-87654321。",
            "前台电话：0571-87650000。",
            "0571-87650000",
        ),
        ("仓库有几台叉车？", "12台。", "仓库有12台叉车。", "仓库有9台叉车。", "9台"),
        ("谁是项目负责人？", "是张岚。", "项目负责人：张岚", "项目负责人：李默", "李默"),
        ("谁是项目负责人？", "张岚。", "项目负责人是张岚。", "项目负责人为李默。", "李默"),
        (
            "Who is the project owner?",
            "Anna Berg.",
            "Project owner: Anna Berg",
            "Project owner: Liu Wei",
            "Liu Wei",
        ),
    ],
)
def test_values_of_every_kind_are_compared(
    asked: str, answer: str, quote: str, other: str, told: str
) -> None:
    [one] = found(asked, answer, quote, ("other.md", other))
    assert one.value == told


@pytest.mark.parametrize(
    ("asked", "answer", "quote", "other"),
    [
        ("年会是哪一天？", "6月1日。", "年会定于2024年6月1日举行。", "年会定于6月1日举行。"),
        (
            "前台电话是多少？",
            "87654321。",
            "前台电话是 0571-8765 4321。",
            "前台电话：057187654321。",
        ),
        ("谁是项目负责人？", "张岚。", "项目负责人：张岚", "项目审批人：李默"),
        ("谁是项目负责人？", "张岚。", "项目负责人：张岚", "项目负责人：张岚（设备部）"),
        ("谁是项目负责人？", "张岚。", "项目负责人：张岚", "项目负责人：待定"),
        ("项目预算是多少？", "3万元。", "项目负责人：张岚，预算3万元", "项目负责人：李默"),
    ],
)
def test_what_says_the_same_or_of_another_property_is_no_contradiction(
    asked: str, answer: str, quote: str, other: str
) -> None:
    assert found(asked, answer, quote, ("other.md", other)) == ()


def test_a_text_that_repeats_less_of_the_question_contradicts_too() -> None:
    asked = "展厅内参观车限速是多少？"
    own = "展厅内参观车限速8公里/小时。"
    [one] = found(asked, "8公里/小时。", own, ("minutes.md", "参观车限速改为6公里/小时。"))
    assert one.value == "6公里/小时"


@pytest.mark.parametrize(
    "other",
    ["叉车限速改为6公里/小时。", "展厅内叉车限速6公里/小时。", "消防车限速改为6公里/小时。"],
)
def test_but_not_where_it_speaks_of_another_thing(other: str) -> None:
    asked, own = "展厅内参观车限速是多少？", "展厅内参观车限速8公里/小时。"
    assert found(asked, "8公里/小时。", own, ("minutes.md", other)) == ()


def test_nor_of_another_project() -> None:
    own, other = "海豚项目预算300万元。", "海燕项目预算200万元。"
    assert found("海豚项目预算是多少？", "300万元。", own, ("minutes.md", other)) == ()


def test_of_a_mail_the_sentence_counts_and_not_its_day() -> None:
    mail = (
        "Subject: the vaccine\nDate: 2024-06-07\n\nThe vaccine is late and does arrive on 19 June."
    )
    [one] = found(
        "When does the vaccine arrive?",
        "On 12 June.",
        "The vaccine does arrive on 12 June.",
        ("2.eml", mail),
    )
    assert one.value.startswith("19 June")


def test_another_month_is_another_thing_and_no_contradiction() -> None:
    asked, quote = "展厅的客流是多少？", "展厅的客流2月份为118人。"
    assert found(asked, "2月份为118人。", quote, ("march.md", "展厅的客流3月份为118人。")) == ()
