"""How long something lasted: two days, or years, of a row."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from kb.answering.tagger import cut
from kb.index.table_search import TableSearch
from kb.tables.answering import answer
from kb.tables.durations import between, whole_months
from kb.tables.wording import value_text
from kb.text.question import Question
from tests.table_samples import searchable, sheets

ABBOTS = (
    ("No.", "Abbot", "Elected", "Resigned", "Order"),
    ("1", "Aldous Fenn", "1501", "1519", "Grey"),
    ("2", "Bede Harrow", "1519", "1520", "White"),
)
LEASES = (
    ("租约号", "商铺", "起租日", "到期日", "月租(元)"),
    ("ZY-01", "茶庄", "2023-03-01", "2025-02-28", "9000"),
    ("ZY-02", "书店", "2024-01-15", "2024-02-20", "7000"),
)
WORKS = (
    ("工程", "开工日期", "竣工日期", "工期(天)"),
    ("南桥", "2024-01-01", "2024-03-01", "58"),
    ("北塔", "2024-02-01", "2024-04-01", "57"),
)


@pytest.fixture(scope="module")
def lists(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TableSearch]:
    tables = {"Abbots of Ferncombe": ABBOTS, "商铺租约": LEASES, "工程台账": WORKS}
    with searchable(tmp_path_factory.mktemp("durations"), sheets(tables)) as found:
        yield found


@pytest.fixture
def ask(lists: TableSearch) -> Callable[[str], str]:
    def asked(text: str) -> str:
        question = Question.of(text)
        result = answer(question, lists.tables(), lists, rank=lambda doc_id: 0, cut=cut)
        return "" if result is None else value_text(result, not text.isascii(), text)

    return asked


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("How long was Aldous Fenn abbot of Ferncombe?", "18 years"),
        ("How many years did Bede Harrow serve as abbot of Ferncombe?", "1 year"),
        ("ZY-01的租约有多久？", "730 天（2 年）"),
        ("茶庄租了几个月？", "730 天（2 年）"),
        ("书店租了多少天？", "36 天"),
        ("南桥的工期有多久？", "58 天"),
    ],
    ids=["years", "how many years", "days that are whole years", "months", "days", "it is stated"],
)
def test_how_long_is_computed_from_the_row_s_two_days(
    ask: Callable[[str], str], question: str, value: str
) -> None:
    assert ask(question) == value


@pytest.mark.parametrize(
    "question",
    ["How many months was Aldous Fenn abbot?", "商铺租约有多久？"],
    ids=["months of years", "of no row"],
)
def test_what_the_two_days_do_not_say_is_not_told(ask: Callable[[str], str], question: str) -> None:
    assert ask(question) == ""


def test_how_long_it_is_from_today_is_no_length_of_the_row(ask: Callable[[str], str]) -> None:
    assert ask("ZY-01还有多久到期？") == "2025-02-28"


def test_a_last_day_may_count_or_not() -> None:
    assert (
        whole_months("2024-01-01", "2024-12-31") == whole_months("2024-01-01", "2025-01-01") == 12
    )
    assert whole_months("2024-01-31", "2024-02-10") == 0
    assert between("2024-02-01", "2024-01-01") is None
    assert between(1990, 2001) == (11.0, "years")
