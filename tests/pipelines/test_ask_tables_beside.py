"""Two tables of a document with the same heads: which one is told, and what the other says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from kb.documents.tables.understand import tables_of
from kb.index.catalog import Catalog
from kb.index.table_search import TableSearch
from kb.pipelines import computing
from kb.table_types import Grid
from kb.types import Query
from kb.versions.choosing import NO_VERSIONS
from tests.index_samples import document

GROUP = (("项目", "2024年度", "2023年度"), ("门票收入", "910", "820"), ("餐饮收入", "77", "66"))
ALONE = (("项目", "本期发生额", "上期发生额"), ("门票收入", "510", "420"), ("餐饮收入", "77", "55"))
GUESTS = (
    ("单位名称", "期末余额", "占应收票款期末余额的比例(%)"),
    ("第一名", "300", "61.5"),
    ("第二名", "200", "38.5"),
)
KINDS = (("类别", "期末坏账"), ("散客", "33"), ("旅行社", "55"), ("合计", "88"))
FIRST = (("单位名称", "期末坏账"), ("第一名", "30"), ("第二名", "20"))
TABLES = (
    ("合并收入表", "二、财务报表", GROUP),
    ("母公司收入表", "二、财务报表", ALONE),
    ("前五名", "七、附注 应收票款", GUESTS),
    ("按类别", "七、附注 应收票款", KINDS),
    ("欠款前五名", "七、附注 应收票款", FIRST),
)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TableSearch]:
    folder = tmp_path_factory.mktemp("zoo")
    with closing(Catalog(folder / "catalog.sqlite", writable=True)) as catalog:
        record, chunks = document("灵溪动物园2024年年度报告.docx", ["灵溪动物园2024年年度报告"])
        found = [
            replace(table, place=place)
            for place, (name, above, rows) in enumerate(TABLES)
            for table in tables_of(Grid(name, rows, head=1), above=above)
        ]
        catalog.put_document(record, chunks, [(1,)], found)
        yield TableSearch(catalog)


def answered(report: TableSearch, text: str) -> computing.Computed | None:
    return computing.computed(Query(text, 5), report, NO_VERSIONS)


def test_what_another_table_of_the_report_says_is_told_where_the_question_names_neither(
    report: TableSearch,
) -> None:
    found = answered(report, "灵溪动物园收入表中2024年门票收入是多少？")
    assert found is not None
    assert found.text.splitlines()[0] == "910"
    assert found.text.splitlines()[-1] == "取自「合并收入表」；「母公司收入表」中为 510"
    assert [(one.value, one.source) for one in found.conflicts] == [
        ("510", "灵溪动物园2024年年度报告.docx")
    ]


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("灵溪动物园合并收入表中2024年门票收入是多少？", "910"),
        ("灵溪动物园母公司收入表里2024年门票收入是多少？", "510"),
        ("灵溪动物园收入表中2024年餐饮收入是多少？", "77"),
    ],
    ids=["the group's is named", "the company's is named", "both say the same"],
)
def test_nothing_else_is_told_where_one_is_named_or_both_say_the_same(
    report: TableSearch, question: str, value: str
) -> None:
    found = answered(report, question)
    assert found is not None
    assert found.text.splitlines()[0] == value
    assert not found.conflicts
    assert "取自" not in found.text


def test_an_amount_is_no_share_of_it(report: TableSearch) -> None:
    found = answered(report, "灵溪动物园应收票款前五名中，第一名的应收票款期末余额是多少？")
    assert found is None or found.text.splitlines()[0] == "300"
    share = answered(report, "灵溪动物园应收票款前五名中，第一名占应收票款期末余额的比例是多少？")
    assert share is not None
    assert share.text.splitlines()[0] == "61.5"


def test_a_sum_over_one_table_is_not_told_where_another_has_the_row(report: TableSearch) -> None:
    found = answered(report, "灵溪动物园应收票款合计的期末坏账是多少？")
    assert found is None or found.text.splitlines()[0] == "88"
