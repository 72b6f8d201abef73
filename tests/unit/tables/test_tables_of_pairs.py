"""Two columns of a row: what is still owed, what was spent at a unit price, who was late; and
columns of ticks, where nothing stands for no."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from kb.answering.tagger import cut
from kb.index.table_search import TableSearch
from kb.tables.answering import answer
from kb.tables.wording import how_text, value_text
from kb.text.question import Question
from tests.table_samples import searchable, sheets

FEES = (
    ("船号", "船主", "应缴(元)", "实缴(元)"),
    ("C-01", "老秦", "900", "900"),
    ("C-02", "阿根", "700", "300"),
    ("C-03", "老秦", "800", ""),
)
NETS = (
    ("单号", "日期", "渔具", "数量", "单价"),
    ("Y-1", "2025-03-02", "网", "4", "50"),
    ("Y-2", "2025-03-09", "绳", "10", "8"),
    ("Y-3", "2025-04-01", "网", "2", "60"),
)
CREW = (
    ("姓名", "职务", "上船日期", "体检", "救生证"),
    ("水生", "轮机", "2024-02-01", "√", "√"),
    ("海宝", "水手", "2024-05-01", "", "√"),
    ("阿旺", "水手", "2024-06-01", "√", ""),
)
KITS = (
    ("Kit", "Keeper", "Due back", "Returned", "In stock", "Minimum"),
    ("Drill", "Ana", "2025-01-10", "2025-01-12", "3", "5"),
    ("Lamp", "Bo", "2025-01-10", "2025-01-10", "9", "5"),
    ("Rope", "Cy", "2025-02-01", "", "5", "5"),
)
TRIPS = (
    ("Day", "Skipper", "Catch (kg)", "Price per kg ($)"),
    ("2025-05-02", "Moe", "120", "4"),
    ("2025-05-09", "Moe", "80", "5"),
    ("2025-05-11", "Fay", "60", "4"),
)
TABLES = {"泊位费": FEES, "渔具采购": NETS, "船员": CREW, "kits": KITS, "trips": TRIPS}


@pytest.fixture(scope="module")
def harbour(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TableSearch]:
    with searchable(tmp_path_factory.mktemp("harbour"), sheets(TABLES)) as found:
        yield found


@pytest.fixture
def ask(harbour: TableSearch) -> Callable[[str], str]:
    def asked(text: str) -> str:
        question = Question.of(text)
        result = answer(question, harbour.tables(), harbour, rank=lambda doc_id: 0, cut=cut)
        chinese = not text.isascii()
        return "" if result is None else value_text(result, chinese) + how_text(result, chinese)

    return asked


@pytest.mark.parametrize(
    ("question", "told", "how"),
    [
        ("阿根还欠多少？", "400 元", "求和：应缴(元) − 实缴(元)"),
        ("一共还有多少没收回来？", "1,200 元", "3 行中的 3 行"),
        ("哪些船没交齐？", "C-02、C-03", "实缴(元) < 应缴(元)"),
        ("哪个船主欠得最多？", "老秦（800 元）", "分组：船主、应缴(元) − 实缴(元)"),
        ("实缴低于应缴的有几个？", "1", "实缴(元) < 应缴(元)"),
        ("应缴减实缴一共多少？", "1,200 元", "应缴(元) − 实缴(元)"),
        ("三月买渔具花了多少钱？", "280", "单价 × 数量"),
        ("Y-2这一单多少钱？", "80", "单价 × 数量"),
        ("哪种渔具花的钱最多？", "网（320）", "单价 × 数量"),
        ("谁还没体检？", "海宝", "体检 为空"),
        ("没有救生证的水手有几个？", "1", "救生证 为空"),
        ("Which kits were returned late?", "Drill", "Returned > Due back"),
        ("Which kits are in stock below minimum?", "Drill", "In stock < Minimum"),
        ("How many kg did Moe catch in May?", "200", "sum Catch (kg)"),
    ],
)
def test_two_columns_of_a_row_are_computed_with(
    ask: Callable[[str], str], question: str, told: str, how: str
) -> None:
    text = ask(question)
    assert text.startswith(told)
    assert how in text


@pytest.mark.parametrize(
    "question",
    ["渔具的单价合计是多少？", "Who has not returned?", "水生欠多少？", "2023年买渔具花了多少钱？"],
    ids=["unit prices are not added up", "no person is told", "no such columns", "another year"],
)
def test_what_two_columns_do_not_say_is_not_computed(
    ask: Callable[[str], str], question: str
) -> None:
    assert ask(question) in ("", "没有") or "0 行" in ask(question)
