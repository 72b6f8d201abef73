"""Look-ups of single cells by the heads of their row and their column, on each level."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kb.answering.tagger import cut
from kb.index.table_search import TableSearch
from kb.table_types import Grid
from kb.tables.answering import answer
from kb.tables.moments import fits, moments
from kb.tables.wording import how_text, value_text
from kb.text.question import Question
from tests.table_samples import searchable

GOODS = (
    ("品名", "期末余额", "期末余额", "期初余额", "期初余额"),
    ("品名", "账面余额", "账面价值", "账面余额", "账面价值"),
    ("茶叶", "500", "450", "400", "380"),
    ("瓷器", "900", "870", "700", "660"),
    ("合计", "1400", "1320", "1100", "1040"),
)
OTHER_GOODS = (*GOODS[:2], ("茶叶", "50", "45", "40", "38"), ("瓷器", "9", "8", "7", "6"))
SHIPS = (
    ("项目", "帆船", "渔船"),
    ("一、原价", "", ""),
    ("1.期初余额", "71", "72"),
    ("2.期末余额", "73", "74"),
    ("二、折旧", "", ""),
    ("1.期初余额", "11", "12"),
    ("2.期末余额", "13", "14"),
)
FIGURES = (
    ("指标", "2024年", "2023年", "本年比上年增减"),
    ("客运量", "880", "800", "10%"),
    ("货运量", "330", "300", "11%"),
)
FARE = (
    ("", "31 March 2024", "31 March 2024", "31 March 2023", "31 March 2023"),
    ("", "Gross", "Net", "Gross", "Net"),
    ("Adult", "21", "19", "17", "15"),
    ("Child up to 12", "11", "9", "8", "7"),
)
WIDE = (  # the second head of each pair runs over the edge of the first column
    ("", "2024", "2024", "2023", "2023"),
    ("", "Gross of all Net of all", "", "Gross of all Net of all", ""),
    ("North", "51", "41", "31", "21"),
    ("South", "52", "42", "32", "22"),
)
RUN_TOGETHER = (  # two heads run together in a column, and the next one has none
    ("单位", "余额", "占比 坏账", ""),
    ("甲号", "81", "31", "61"),
    ("乙号", "82", "32", "62"),
)
CARD = (("船名", "广源号", "船籍港", "泉州"), ("吨位", "320吨", "下水日期", "2019-05-02"))
TABLES = {
    "南洋商行2024年报·货物": (GOODS, 2),
    "北洋商行2024年报·货物": (OTHER_GOODS, 2),
    "南洋商行2024年报·船舶": (SHIPS, 1),
    "南洋商行2024年报·运量": (FIGURES, 1),
    "Ferry fares": (FARE, 2),
    "Wide regions": (WIDE, 2),
    "广源号登记卡": (CARD, None),
    "码头欠款": (RUN_TOGETHER, 1),
}


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TableSearch]:
    grids = {
        f"{name}.docx": Grid("", tuple(map(tuple, rows)), head=head)
        for name, (rows, head) in TABLES.items()
    }
    with searchable(tmp_path_factory.mktemp("reports"), grids) as found:
        yield found


def said(reports: TableSearch, text: str) -> str:
    """The first line of the answer; empty where the tables do not answer."""
    question = Question.of(text)
    result = answer(question, reports.tables(), reports, rank=lambda doc_id: 0, cut=cut)
    return "" if result is None else value_text(result, not text.isascii(), text)


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("南洋商行货物中茶叶的期末账面价值是多少？", "450"),
        ("南洋商行货物中茶叶年初的账面价值是多少？", "380"),
        ("南洋商行去年末货物中瓷器的账面余额有多少？", "700"),
        ("2024年末南洋商行货物里瓷器的账面价值", "870"),
        ("南洋商行2023年末货物里瓷器的账面价值是多少", "660"),
        ("南洋商行货物合计的期末账面余额是多少？", "1400"),
        ("南洋商行船舶中渔船折旧的期末余额是多少？", "14"),
        ("南洋商行2024年报中上年的客运量是多少？", "800"),
        ("南洋商行2024年报中客运量比上年增减多少？", "10%"),
        ("What is the net for 'Child up to 12' at 31 March 2023 in the ferry fares?", "7"),
        ("广源号登记卡上的吨位是多少？", "320吨"),
        ("截至2024年12月31日，南洋商行货物中茶叶的账面价值金额是多少？", "450"),
    ],
    ids=[
        "two levels",
        "another word for the time",
        "the end of last year is the start of this one",
        "the year of the report",
        "the year before it",
        "a row called total is a cell and no sum",
        "levels at the left",
        "the year of a report's name beside another one",
        "a change is of neither year",
        "days in English",
        "a form",
        "a word for what cells hold",
    ],
)
def test_a_cell_is_found_by_the_heads_of_both_sides(
    reports: TableSearch, question: str, value: str
) -> None:
    assert said(reports, question) == value


def test_heads_that_are_joined_give_a_cell_each(reports: TableSearch) -> None:
    assert said(reports, "南洋商行货物中茶叶期初和期末的账面价值分别是多少？") == (
        "期末余额 账面价值: 450, 期初余额 账面价值: 380"
    )


def test_of_two_pairs_of_heads_only_the_cells_of_each_pair_are_told(reports: TableSearch) -> None:
    text = said(reports, "南洋商行船舶中帆船的原价期初余额和折旧期末余额分别是多少？")
    assert "71" in text
    assert "13" in text
    assert "73" not in text
    assert "11" not in text


def test_where_the_words_leave_two_cells_both_are_told_with_their_heads(
    reports: TableSearch,
) -> None:
    assert said(reports, "南洋商行货物中茶叶的账面价值是多少？") == (
        "期末余额 账面价值: 450, 期初余额 账面价值: 380"
    )


@pytest.mark.parametrize(
    "question",
    [
        "东洋商行货物中茶叶的期末账面价值是多少？",
        "货物中茶叶的期末账面价值是多少？",
        "南洋商行货物中丝绸的期末账面价值是多少？",
        "南洋商行货物中茶叶的期末市场价值是多少？",
        "南洋商行2021年末货物中茶叶的账面价值是多少？",
        "南洋商行2024年6月末货物中茶叶的账面价值是多少？",
        "南洋商行2024年报中2024年5月的客运量是多少？",
        "南洋商行（东洋商行）货物中茶叶的期末账面价值是多少？",
        "What is the net of all for North in 2024 in the wide regions?",
        "码头欠款中甲号的坏账是多少？",
    ],
    ids=[
        "another company",
        "either company",
        "no such row",
        "no such column",
        "no such year",
        "no such month",
        "a month of the year that is told",
        "a company before brackets",
        "a head that may be either column's",
        "a head that may be the next column's, which has none",
    ],
)
def test_no_cell_is_told_that_a_word_is_not_true_of(reports: TableSearch, question: str) -> None:
    assert said(reports, question) == ""


def test_the_answer_names_the_heads_of_the_cell(reports: TableSearch) -> None:
    question = Question.of("南洋商行货物中茶叶的年初账面价值是多少？")
    result = answer(question, reports.tables(), reports, rank=lambda doc_id: 0, cut=cut)
    assert result is not None
    assert how_text(result, True) == (
        "计算：《南洋商行2024年报·货物.docx》，品名 = 茶叶，3 行中的 1 行，查找：期初余额 账面价值"
    )
    assert [row.number for row in result.rows] == [3]


@pytest.mark.parametrize(
    ("asked", "head", "year", "fit"),
    [
        ("年末", "期末余额", None, 2),
        ("年初", "上年年末余额", None, 2),
        ("去年", "期初余额", None, 1),
        ("期末", "期初余额", None, 0),
        ("期末", "本期发生额", None, 0),
        ("2024年末", "2024年12月31日", None, 2),
        ("2024年", "2024年12月31日", None, 1),
        ("2024年末", "2024年", None, 1),
        ("2024年6月", "2024年", None, 0),
        ("2024年初", "2024年1月1日", None, 2),
        ("2023年", "上期发生额", 2024, 2),
        ("2023年", "上期发生额", None, 0),
        ("1年以上年末", "上年年末余额", None, 0),
        ("at year-end 2023", "31 december 2023 net", None, 2),
        ("last year", "prior year", None, 2),
    ],
)
def test_how_well_a_time_that_is_asked_for_fits_a_head(
    asked: str, head: str, year: int | None, fit: int
) -> None:
    assert fits(moments(asked)[-1], moments(head)[0], year) == fit


FILMS = (
    ("Year", "Title", "Role"),
    ("2003", "Salt Roads", "Imogen"),
    ("2007", "The Long Ferry", "Captain Ode"),
)
MATCHES = (
    ("Week", "Opponent", "Venue", "Attendance"),
    ("1", "Selby Stars", "Marsh Park", "4100"),
    ("2", "Ashby Bears", "Bear Bowl", "3900"),
    ("3", "Orby United", "Marsh Park", "4700"),
)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TableSearch]:
    tables = {"Mila Harcourt films.html": FILMS, "Marsh Rovers 1987 season.html": MATCHES}
    grids = {path: Grid("", rows, head=1) for path, rows in tables.items()}
    with searchable(tmp_path_factory.mktemp("pages"), grids) as found:
        yield found


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("What role did Mila Harcourt play in The Long Ferry?", "Captain Ode"),
        ("Who was the opponent of Marsh Rovers in week 2 of the 1987 season?", "Ashby Bears"),
        ("In which year did Mila Harcourt appear in The Long Ferry?", "2007"),
        ("What was the attendance of Marsh Rovers in week 3 of the 1987 season?", "4,700"),
        ("How many goals did Marsh Rovers score in week 3 of the 1987 season?", ""),
    ],
    ids=["a text", "a row by its number", "what the row is called", "a number", "no such column"],
)
def test_pages_of_an_encyclopaedia(pages: TableSearch, question: str, value: str) -> None:
    assert said(pages, question).replace("4700", "4,700") == value


def test_a_word_of_the_title_is_no_part_of_a_cell(pages: TableSearch) -> None:
    # Marsh of Marsh Rovers does not leave the two matches at Marsh Park.
    text = "Which week of the Marsh Rovers 1987 season had the lowest attendance?"
    assert said(pages, text).startswith("2, Ashby Bears")
