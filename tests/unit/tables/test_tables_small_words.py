"""Words of an office that leave a column what it is, and names that are written together."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from kb.answering.tagger import cut
from kb.index.table_search import TableSearch
from kb.tables.answering import answer
from kb.tables.wording import value_text
from kb.text.question import Question
from tests.table_samples import searchable, sheets

TOOLS = (
    ("工具编号", "工具", "原值(元)", "购置日期", "租借价(元)"),
    ("GJ-1041", "电钻", "800", "2020-03-01", "20"),
    ("GJ-1042", "电锯", "950", "2021-07-05", "35"),
    ("GJ-1043", "电钻", "700", "2022-01-09", "15"),
)
CHOIRS = (
    ("Choir", "Singers", "Rehearsals per week", "Concerts per term"),
    ("Larks", "31", "3", "5"),
    ("Wrens", "22", "2", "7"),
)
GUILDS = (
    ("行会名录", "城区", "行会年费(元)"),
    ("木匠行", "东城", "300"),
    ("铁匠行", "东城", "500"),
    ("裁缝行", "西城", "200"),
    ("染匠行", "南城", "400"),
)
WATCH = (
    ("Date", "East Gate", "West Gate"),
    ("2025-05-02", "Ann Rowe", "Bo Finn"),
    ("2025-05-03", "Bo Finn", "Cai Wen"),
)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TableSearch]:
    tables = {"工具台账": TOOLS, "Choirs": CHOIRS, "Watch in May": WATCH, "行会": GUILDS}
    with searchable(tmp_path_factory.mktemp("small"), sheets(tables)) as found:
        yield found


@pytest.fixture
def ask(office: TableSearch) -> Callable[[str], str]:
    def asked(text: str) -> str:
        question = Question.of(text)
        found = answer(question, office.tables(), office, rank=lambda one: 0, cut=cut)
        return value_text(found, not text.isascii(), text) if found else ""

    return asked


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("GJ-1042的购入原值是多少？", "950 元"),
        ("电钻的购入原值合计是多少元？", "1,500 元"),
        ("gj 1043的原值是多少？", "700 元"),
        ("How many weekly rehearsals do the Larks have?", "3"),
        ("East Gate5月2日是谁？", "Ann Rowe"),
    ],
    ids=["a qualifier", "of a sum", "a code with a blank", "weekly: per week", "a day behind it"],
)
def test_it_is_understood(ask: Callable[[str], str], question: str, value: str) -> None:
    assert ask(question) == value


@pytest.mark.parametrize(
    "question",
    [
        "How many weekly concerts do the Larks have?",
        "2020年3月1日和2022年1月9日购置的工具有多少件？",
    ],
    ids=["a week is no term", "no day is two days"],
)
def test_it_is_not_told(ask: Callable[[str], str], question: str) -> None:
    assert ask(question) == ""


def test_a_share_of_a_number_is_none_of_what_a_part_of_a_name_says(
    ask: Callable[[str], str],
) -> None:
    assert not ask("东城的行会占行会总数的比例是多少？").startswith("57")
