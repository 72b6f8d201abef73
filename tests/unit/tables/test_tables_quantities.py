"""How many there are of a thing: the sum of the column that says so, never the number of rows."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kb.answering.tagger import cut
from kb.index.table_search import TableSearch
from kb.tables.answering import answer
from kb.tables.wording import value_text
from kb.text.question import Question
from tests.table_samples import searchable, sheets

FODDER = (
    ("饲料", "批次", "存量（袋）", "棚号", "到期日"),
    ("苜蓿", "F-101", "140", "甲棚", "2026-08-31"),
    ("燕麦", "F-102", "65", "乙棚", "2025-12-31"),
    ("苜蓿", "F-103", "60", "乙棚", "2027-01-31"),
)
TOOLS = (
    ("器具", "存放点", "数量", "单价（元）"),
    ("铁锹", "东库", "14", "35"),
    ("水泵", "东库", "5", "800"),
    ("水泵", "西库", "7", "800"),
)
COURSES = (
    ("课程", "人数（人）", "讲师"),
    ("急救", "24", "王芳"),
    ("消防", "31", "李强"),
    ("急救", "18", "赵敏"),
)
PARTS = (
    ("Part", "Store", "Quantity (pcs)", "Status"),
    ("Gasket", "North", "40", "open"),
    ("Bolt", "North", "500", "open"),
    ("Gasket", "South", "25", "closed"),
)
ORDERS = (
    ("订单号", "客户", "货物", "数量"),
    ("PO-1", "远大", "轮胎", "3"),
    ("PO-2", "中恒", "轮胎", "5"),
    ("PO-3", "远大", "机油", "10"),
)
TABLES = {"饲料": FODDER, "器具": TOOLS, "课程": COURSES, "stock": PARTS, "订单": ORDERS}


@pytest.fixture(scope="module")
def stable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TableSearch]:
    with searchable(tmp_path_factory.mktemp("stable"), sheets(TABLES)) as found:
        yield found


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("苜蓿一共有多少袋？", "200 袋"),
        ("所有饲料一共有多少袋？", "265 袋"),
        ("乙棚存放了多少袋饲料？", "125 袋"),
        ("急救一共多少人？", "42 人"),
        ("水泵有几台？", "12"),
        ("东库有多少个铁锹？", "14"),
        ("How many gaskets are there in total?", "65 pcs"),
        ("How many gaskets are in the North store?", "40 pcs"),
    ],
    ids=[
        "its unit is counted",
        "of every row",
        "of the rows with a value",
        "people, where a column says how many",
        "goods, where one column says how many",
        "a thing as its row is called",
        "a plural",
        "with its unit in the head",
    ],
)
def test_what_a_column_says_is_added_up(stable: TableSearch, question: str, told: str) -> None:
    assert _said(stable, question) == told


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("有多少种饲料？", "2"),
        ("远大有几个订单？", "2"),
        ("一共多少张订单？", "3"),
        ("How many open parts are there?", "2"),
    ],
    ids=["kinds", "rows by a value", "what the rows are", "rows of a state"],
)
def test_kinds_and_rows_are_counted(stable: TableSearch, question: str, told: str) -> None:
    assert _said(stable, question) == told


def _said(stable: TableSearch, question: str) -> str:
    result = answer(Question.of(question), stable.tables(), stable, rank=lambda doc_id: 0, cut=cut)
    return "" if result is None else value_text(result, not question.isascii(), question)
