"""A small collection of tables, as a generation keeps them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from kb.answering.tagger import cut
from kb.index.table_search import TableSearch
from kb.tables.answering import answer
from kb.tables.results import Result
from kb.text.question import Question
from tests.table_samples import Rows, searchable, sheets

LOANS: Rows = (
    ("借书证号", "读者", "书名", "分馆", "借出日期", "押金(元)", "状态"),
    ("R2001", "祝英台", "三国演义", "城北分馆", "2024-01-05", "120", "已归还"),
    ("R2002", "梁山伯", "西游记", "城南分馆", "2024-02-11", "80", "在借"),
    ("R2003", "马文才", "红楼梦", "城北分馆", "2024-02-20", "200", "逾期"),
    ("R2004", "白素贞", "水浒传", "城南分馆", "2024-03-02", "60", "在借"),
    ("R2005", "许仙", "聊斋志异", "城北分馆", "2023-12-30", "150", "在借"),
    ("合计", "", "", "", "", "610", ""),
)
BRANCHES: Rows = (
    ("分馆", "馆长", "馆内电话"),
    ("城北分馆", "法海", "0571-8800-1111"),
    ("城南分馆", "小青", "0571-8800-2222"),
)
VISITS: Rows = (
    ("分馆", "一季度", "二季度", "三季度"),
    ("城北分馆", "1200", "1500", "900"),
    ("城南分馆", "800", "1000", "1100"),
    ("合计", "2000", "2500", "2000"),
)
DUTY: Rows = (
    ("日期", "一号台", "二号台", "三号台"),
    ("2024-06-01", "法海", "小青", "许仙"),
    ("2024-06-02", "小青", "法海", "许仙"),
    ("2024-06-03", "小青", "许仙", "法海"),
)
TABLES = {"借阅登记": LOANS, "分馆通讯录": BRANCHES, "到馆人次": VISITS, "值班表": DUTY}

Ask = Callable[[str], Result | None]


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TableSearch]:
    with searchable(tmp_path_factory.mktemp("library"), sheets(TABLES)) as found:
        yield found


@pytest.fixture
def ask(library: TableSearch) -> Ask:
    return lambda text: answer(
        Question.of(text), library.tables(), library, rank=lambda doc_id: 0, cut=cut
    )
