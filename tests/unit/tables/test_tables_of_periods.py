"""Months and quarters as rows and as columns, changes from one to the next, days that are open."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from kb.answering.tagger import cut
from kb.index.table_search import TableSearch
from kb.tables.answering import answer
from kb.tables.wording import value_text
from kb.text.question import Question
from tests.table_samples import Rows, searchable, sheets

WATER: Rows = (
    ("月份", "北渠", "南渠"),
    *((f"{month}月", str(month * 10), str(month * 7)) for month in range(1, 13)),
)
FEES: Rows = (
    ("片区", "应缴 一季度", "应缴 二季度", "实缴 一季度", "实缴 二季度"),
    ("河东", "100", "120", "80", "90"),
    ("河西", "200", "220", "150", "180"),
)
YEARS: Rows = (
    ("科目", "2024年度", "2023年度"),
    ("灌溉收入", "600.5", "500"),
    ("养护支出", "300", "240"),
)
PUMPS: Rows = (
    ("水泵编号", "泵站", "上次检测", "下次检测", "返修日期"),
    ("SB-1", "东站", "2024-03-02", "2025-03-02", "2024-04-01"),
    ("SB-2", "东站", "2024-05-06", "2025-05-06", ""),
    ("SB-3", "西站", "2024-03-09", "2025-03-09", "2024-05-11"),
)
STAFF: Rows = (
    ("姓名", "岗位", "联系电话", "证书到期日", "加班(小时)"),
    ("孟浩然", "巡渠员", "13800001111", "2024-05-01", "12"),
    ("王昌龄", "闸门工", "13900002222", "2025-06-01", "30"),
    ("岑参", "巡渠员", "13700003333", "2026-07-01", "21"),
)
HERBARIUM: Rows = (
    ("Sheet", "Maker", "Room", "Collected on", "Mounted on", "Insured for (£)"),
    ("HB-1", "Ames", "Upper Room", "1901-04-02", "1920-01-01", "100"),
    ("HB-2", "Bell", "Lower Room", "1899-04-02", "1930-01-01", "300"),
    ("HB-3", "Ames", "Cellar", "1910-04-02", "1910-06-01", "200"),
    ("HB-4", "Ames", "Upper Room", "1911-04-02", "1911-06-01", "900"),
)
TABLES = {
    "用水": WATER,
    "水费": FEES,
    "收支": YEARS,
    "水泵": PUMPS,
    "职工": STAFF,
    "herbarium": HERBARIUM,
}

Tell = Callable[[str], str]


@pytest.fixture(scope="module")
def canal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TableSearch]:
    with searchable(tmp_path_factory.mktemp("canal"), sheets(TABLES)) as found:
        yield found


@pytest.fixture
def tell(canal: TableSearch) -> Tell:
    def told(text: str) -> str:
        question = Question.of(text)
        found = answer(question, canal.tables(), canal, rank=lambda doc_id: 0, cut=cut)
        return "" if found is None else value_text(found, chinese=True)

    return told


@pytest.mark.parametrize(
    ("question", "value"),
    [
        pytest.param("北渠上半年一共用了多少水？", "210", id="rows of half a year"),
        pytest.param("北渠上半年用了多少水？", "210", id="one number of several rows"),
        pytest.param("养护支出2024年度比上年变化了百分之几？", "25%", id="no share of a column"),
        pytest.param("南渠二季度合计多少？", "105", id="rows of a quarter"),
        pytest.param("河西全年实缴多少？", "330", id="the quarters of one of two heads"),
        pytest.param("河东二季度实缴环比增长多少？", "12.5%", id="from the quarter before"),
        pytest.param("灌溉收入比上年增长了百分之多少？", "20.1%", id="from the year before"),
        pytest.param("北渠5月环比增长百分之几？", "25%", id="from the row before"),
        pytest.param("2025年3月要检测的水泵有几台？", "2", id="what is to come is the next"),
        pytest.param("还没有返修的水泵有几台？", "1", id="no day on which it was"),
        pytest.param("孟浩然的手机号多少？", "13800001111", id="numbers of mobiles"),
        pytest.param("What is the median insured amount?", "250", id="the middle"),
        pytest.param("How many different makers are there?", "2", id="a column in the plural"),
        pytest.param("How many sheets are there in each room?", "Upper Room", id="each"),
    ],
)
def test_a_period_is_found_among_rows_and_columns(tell: Tell, question: str, value: str) -> None:
    assert tell(question).startswith(value)


@pytest.mark.parametrize(
    "question",
    [
        pytest.param("2024年3月检测的水泵有几台？", id="of the last day or the next one"),
        pytest.param("河东二季度的收缴率是多少？", id="a rate that no column is"),
        pytest.param("河东一季度实缴环比增长多少？", id="nothing stands before the first"),
        pytest.param("How was HB-1 collected?", id="a manner"),
        pytest.param("Which is the oldest sheet?", id="of two days none is that of a beginning"),
        pytest.param("2024年巡渠员一共加班多少小时？", id="the day of an end is no other's"),
    ],
)
def test_what_is_open_is_not_computed(tell: Tell, question: str) -> None:
    assert tell(question) == ""
