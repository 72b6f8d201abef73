"""Conditions on numbers and days, and what is asked of the rows that fulfil them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kb.answering.tagger import cut
from kb.index.table_search import TableSearch
from kb.tables.answering import answer
from kb.tables.wording import value_text
from kb.text.question import Question
from tests.table_samples import searchable, sheets

SITES = (
    ("Site", "Manager", "Country", "Opened", "Budget (EUR)", "Spent (EUR)", "Staff"),
    ("Aalborg", "Ida Holm", "Denmark", "2021-03-15", "120000", "90000", "12"),
    ("Bremen", "Jan Koch", "Germany", "2021-07-01", "80000", "80000", "8"),
    ("Celle", "Eva Lang", "Germany", "2022-02-10", "60000", "75000", "6"),
    ("Deventer", "Piet Bos", "Netherlands", "2022-11-20", "200000", "150000", "20"),
    ("Emden", "Uta Frank", "Germany", "2023-05-05", "40000", "10000", "4"),
)
LEASES = (
    ("铺位", "租户", "楼层", "起租日期", "月租金(元)", "面积(平方米)"),
    ("A01", "梁记茶室", "一层", "2024-01-10", "12000", "60"),
    ("A02", "顾氏书店", "一层", "2024-03-05", "9000", "45"),
    ("B01", "沈记面馆", "二层", "2024-03-20", "8000", "50"),
    ("B02", "陆家药房", "二层", "2024-06-01", "16000", "80"),
)


@pytest.fixture(scope="module")
def mall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TableSearch]:
    with searchable(
        tmp_path_factory.mktemp("mall"), sheets({"sites": SITES, "铺位租赁": LEASES})
    ) as found:
        yield found


def said(mall: TableSearch, text: str) -> str:
    """The answer; empty where the tables do not give one."""
    question = Question.of(text)
    result = answer(question, mall.tables(), mall, rank=lambda doc_id: 0, cut=cut)
    return "" if result is None else value_text(result, not text.isascii(), text)


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("How many sites have a budget between 60,000 and 120,000 euros?", "3"),
        ("How many sites were opened before July 2021?", "1"),
        ("How many sites were opened in 2022?", "2"),
        ("How many sites were opened after 1 March 2022?", "2"),
        ("How many sites are not in Germany?", "2"),
        ("Is there a site in Denmark?", "Yes, 1: Aalborg"),
        ("Is there a site opened in 2024?", "No, none (0 of 5 rows)"),
        ("一层有几个铺位？", "2"),
        ("月租金超过8500元的铺位有几个？", "3"),
        ("月租金在8000到12000元之间的铺位有几个？", "3"),
        ("不在一层的铺位有几个？", "2"),
    ],
)
def test_rows_that_fulfil_a_condition_are_counted(
    mall: TableSearch, question: str, told: str
) -> None:
    assert said(mall, question) == told


@pytest.mark.parametrize(
    ("question", "told"), [("3月以后起租的铺位有几个？", "1"), ("3月以前起租的有几个铺位？", "1")]
)
def test_a_month_without_a_year_is_one_of_the_only_year_of_all_rows(
    mall: TableSearch, question: str, told: str
) -> None:
    assert said(mall, question) == told


@pytest.mark.parametrize(
    "question",
    [
        "How many sites have a budget of more than 70,000 dollars?",
        "月租金超过1万美元的铺位有几个？",
    ],
)
def test_money_of_another_kind_is_never_compared(mall: TableSearch, question: str) -> None:
    assert said(mall, question) == ""


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("Which site was opened last?", "Emden (Opened: 2023-05-05)"),
        ("Which site was opened first?", "Aalborg (Opened: 2021-03-15)"),
        ("Which two sites have the most staff?", "Deventer (Staff: 20)\nAalborg (Staff: 12)"),
        ("最早起租的租户是谁？", "A01，梁记茶室（起租日期：2024-01-10）"),
        ("面积最小的铺位是哪个？", "A02，顾氏书店（面积(平方米)：45 平方米）"),
    ],
)
def test_the_first_and_the_last_by_a_number_or_a_day(
    mall: TableSearch, question: str, told: str
) -> None:
    assert said(mall, question) == told


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("What is the total budget of the sites in Germany?", "180,000 €"),
        ("What is the average budget of the sites in Germany?", "60,000 €"),
        ("What is the total staff per country?", "Netherlands (20), Germany (18), Denmark (12)"),
        ("Which country has the highest total budget?", "Netherlands (200,000 €)"),
        ("Which country has the lowest average budget?", "Germany (60,000 €)"),
        ("各楼层的月租金合计是多少？", "二层（24,000 元）、一层（21,000 元）"),
        ("哪个楼层的月租金合计最高？", "二层（24,000 元）"),
        ("一层的面积一共是多少平方米？", "105 平方米"),
        ("二层的月租金占全部月租金的百分之几？", "53.3333% (24,000 元 / 45,000 元)"),
    ],
)
def test_sums_averages_and_shares_are_of_the_rows_that_are_meant(
    mall: TableSearch, question: str, told: str
) -> None:
    assert said(mall, question) == told


def test_two_rows_are_compared_by_the_column_that_is_named(mall: TableSearch) -> None:
    assert said(mall, "What is the difference between the budget of Aalborg and Bremen?") == (
        "Aalborg is higher, by 40,000 € (Aalborg: 120,000 €, Bremen: 80,000 €)"
    )
    assert said(mall, "A01和B01的月租金相差多少？") == (
        "A01 更高，相差 4,000 元（A01：12,000 元，B01：8,000 元）"
    )


def test_rows_in_which_two_columns_differ_are_listed(mall: TableSearch) -> None:
    question = "Which sites have a budget that differs from what was spent?"
    assert said(mall, question) == "Aalborg, Celle, Deventer, Emden"


def test_a_number_per_unit_of_another_column_is_not_the_number_itself(mall: TableSearch) -> None:
    assert said(mall, "A01的月租金是多少？") == "12000 元"
    assert said(mall, "A01每平方米月租金是多少？") == ""
