"""Questions over a library's tables: what is computed, and what is left to passages."""

from __future__ import annotations

import pytest

from kb.tables.wording import how_text, value_text
from tests.unit.tables.conftest import Ask


def said(ask: Ask, text: str) -> str:
    """The first line of the answer; empty where the tables do not answer."""
    result = ask(text)
    return "" if result is None else value_text(result, not text.isascii(), text)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("借书证号R2003的读者是谁？", "马文才"),
        ("白素贞借的书名是什么？", "水浒传"),
        ("押金200元的是谁？", "马文才"),
        ("Who is the reader (读者) of R2001?", "祝英台"),
    ],
    ids=["by its key", "by a name", "by a number", "in the other language"],
)
def test_a_cell_of_the_row_that_the_question_names(ask: Ask, question: str, answer: str) -> None:
    assert said(ask, question) == answer


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("城北分馆有多少条借阅？", "3"),
        ("城南分馆在借的有几本？", "2"),
        ("2024年2月借出的有几本？", "2"),
        ("2024年2月1日以后借出的有几本？", "3"),
        ("押金超过100元的有几本？", "3"),
        ("城北分馆状态不是在借的有几本？", "2"),
    ],
    ids=["one value", "two values", "a month", "after a day", "more than", "not"],
)
def test_rows_are_counted_without_the_total(ask: Ask, question: str, answer: str) -> None:
    assert said(ask, question) == answer


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("城北分馆的押金一共是多少元？", "470 元"),
        ("城南分馆的平均押金是多少？", "70 元"),
        ("哪个分馆的押金合计最高？", "城北分馆（470 元）"),
        ("押金最高的读者是谁？", "R2003，马文才（押金(元)：200 元）"),
        ("各分馆一季度平均是多少？", "1,000"),
    ],
    ids=["sum", "average", "the group with the most", "the row with the most", "without totals"],
)
def test_numbers_are_added_up(ask: Ask, question: str, answer: str) -> None:
    assert said(ask, question) == answer


def test_the_most_of_a_group_is_told_only_if_it_is_so_in_one_row_and_in_all(ask: Ask) -> None:
    # 城北分馆 has the highest deposit, and the most in all; 在借 has neither with the highest one.
    assert said(ask, "哪个分馆的押金最高？").startswith("城北分馆，R2003")
    assert said(ask, "哪种状态的押金最高？") == ""


def test_a_share_says_what_it_is_made_of(ask: Ask) -> None:
    assert said(ask, "城北分馆的借阅占全部借阅的百分之几？") == "60% (3 / 5)"


def test_two_columns_of_a_row_are_compared(ask: Ask) -> None:
    assert said(ask, "城北分馆二季度比一季度增长了百分之几？") == "25% (1,200 → 1,500)"


def test_two_rows_are_compared(ask: Ask) -> None:
    assert "差 120" in said(ask, "R2003和R2002的押金哪个高，相差多少元？")


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("6月2日二号台是谁值班？", "法海"),
        ("6月3日法海在哪个台？", "三号台"),
        ("小青6月一共值了几个班？", "3"),
    ],
    ids=["cell", "column", "count"],
)
def test_a_matrix_is_read_both_ways(ask: Ask, question: str, answer: str) -> None:
    assert said(ask, question) == answer


def test_tables_that_share_values_are_joined(ask: Ask) -> None:
    result = ask("马文才所在分馆的馆长是谁？")
    assert result is not None
    assert value_text(result, True) == "法海"
    assert "分馆 → 分馆通讯录.xlsx" in how_text(result, True)


def test_none_is_an_answer_when_the_values_exist(ask: Ask) -> None:
    assert said(ask, "城南分馆有没有逾期的？") == "没有（5 行中 0 行）"


@pytest.mark.parametrize(
    "question",
    [
        "R2009的读者是谁？",
        "马文才的身份证号是多少？",
        "城北分馆德国分部的馆长是谁？",
        "图书馆的开放时间是几点？",
        "Who wrote the annual report?",
        "他的押金是多少？",
        "R2003的押金是最高的吗？",
        "借阅持续了多少个月？",
    ],
    ids=[
        *("no such key", "no such column", "a word more", "no table", "no cell", "a follow-up"),
        *("the highest of one row", "a number of months"),
    ],
)
def test_what_the_tables_do_not_explain_in_full_goes_to_the_passages(
    ask: Ask, question: str
) -> None:
    assert ask(question) is None


def test_a_cell_is_named_by_a_part_of_it_only_if_that_is_most_of_it(ask: Ask) -> None:
    assert said(ask, "聊斋的押金是多少？") == "150 元"
    assert ask("聊的押金是多少？") is None


def test_the_answer_says_how_it_was_computed(ask: Ask) -> None:
    result = ask("城北分馆的押金一共是多少元？")
    assert result is not None
    assert how_text(result, True) == (
        "计算：《借阅登记.xlsx》，分馆 = 城北分馆，5 行中的 3 行，求和：押金(元)"
    )
    assert [row.number for row in result.rows] == [2, 4, 6]


def test_of_several_columns_of_one_name_none_is_taken_for_the_one_meant(ask: Ask) -> None:
    assert said(ask, "城北分馆的季度人次是多少？") == "一季度: 1200, 二季度: 1500, 三季度: 900"
