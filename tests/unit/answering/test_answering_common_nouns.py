"""kb/answering/common_nouns.py: what is tagged as a name and names nothing."""

from __future__ import annotations

import pytest

from kb.answering.names import Kind, Term, terms


@pytest.mark.parametrize(
    "question",
    [
        "哪个城市的供应商最多？",
        "一线城市的住宿标准是多少？",
        "两国之间有几班飞机？",
        "普通员工出差住什么标准？",
        "馆内可以吃东西吗？",
        "有什么福利？",
        "许可怎么办理？",
        "外国公司的合同要谁批？",
        "外国员工怎么办签证？",
        "沿海地区的运费是多少？",
        "Which City has the most Suppliers?",
        "What does the Head of the Department sign?",
    ],
)
def test_a_word_for_any_place_or_anybody_is_no_name(question: str) -> None:
    assert terms(question) == ()


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("上海的仓库有多大？", "上海"),
        ("新乡的办事处在哪里？", "新乡"),
        ("宁波铸件厂的账期是几天？", "宁波铸件厂"),
        ("华东地区的销售额是多少？", "华东地区"),
        ("山东省有几家客户？", "山东省"),
        ("浦东新区的房租是多少？", "浦东新区"),
    ],
)
def test_a_place_with_a_name_stays_one(question: str, name: str) -> None:
    assert terms(question) == (Term(name, Kind.PLACE),)


def test_of_a_name_with_a_common_word_behind_it_the_name_counts() -> None:
    assert terms("Where is the Hilton Hotel?") == (Term("Hilton", Kind.LATIN),)
    assert terms("What does the Acme Company sell?") == (Term("Acme", Kind.LATIN),)
