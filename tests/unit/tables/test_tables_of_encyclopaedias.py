"""Questions that compute over tables as an encyclopaedia has them: years, places, the next row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kb.answering.tagger import cut
from kb.index.table_search import TableSearch
from kb.tables.answering import answer
from kb.tables.wording import value_text
from kb.text.question import Question
from tests.table_samples import searchable, sheets

BRIDGES = (
    ("Bridge", "Completed", "Designer", "Length (m)", "Crossed daily (thousands)"),
    ("Alder Bridge", "1893", "Ida Colt", "310", "4.2"),
    ("Birch Bridge", "1911", "Max Orr", "522", "7.5"),
    ("Cedar Bridge", "1937", "Ida Colt", "488", "2.1"),
    ("Dune Bridge", "1964", "Lena Pike", "905", "9.9"),
)
CAPTAINS = (
    ("No.", "Name", "Took office", "Left office", "Club"),
    ("1", "Otto Lund", "1 May 1950", "3 June 1955", "Reds"),
    ("2", "Per Holm", "3 June 1955", "9 July 1961", "Blues"),
    ("3", "Nils Berg", "9 July 1961", "2 May 1970", "Reds"),
)
REGATTA = (
    ("Pos", "Sailor", "Nationality", "Gold", "Silver", "Total"),
    ("1st", "Ann Rowe", "Malta", "5", "2", "7"),
    ("2nd", "Bo Finn", "Norway", "4", "4", "8"),
    ("3rd", "Cai Wen", "Norway", "1", "3", "4"),
)
SONGS = (
    ("Year", "Song", "Chart position", "Written by"),
    ("1990", "Amber", "14", "Jo Hale"),
    ("1992", "Bramble", "2", "Sy Moon"),
    ("1992", "Coal", "30", "Jo Hale"),
    ("1995", "Dusk", "7", "Sy Moon"),
)
TABLE = (
    ("Position", "Team", "Won", "Lost", "Points", "Shirt no."),
    ("1", "Kestrels", "13", "2", "42", "A5"),
    ("2", "Lynx", "11", "0", "37", "A7"),
    ("3", "Moles", "1", "15", "5", "A9"),
)
UNSORTED = (
    ("Station", "Opened", "Line"),
    ("Quay", "1960", "Green"),
    ("Mill", "1921", "Green"),
    ("Moor", "1988", "Red"),
)
TABLES = {
    "Bridges of Wexmoor": BRIDGES,
    "Captains of the Wexmoor league": CAPTAINS,
    "Wexmoor regatta medals": REGATTA,
    "Songs of the Larks": SONGS,
    "Tram stations": UNSORTED,
    "Western league": TABLE,
}
Ask = Callable[[str], str]


@pytest.fixture(scope="module")
def encyclopaedia(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TableSearch]:
    with searchable(tmp_path_factory.mktemp("encyclopaedia"), sheets(TABLES)) as found:
        yield found


@pytest.fixture
def ask(encyclopaedia: TableSearch) -> Ask:
    def asked(text: str) -> str:
        question, tables = Question.of(text), encyclopaedia.tables()
        found = answer(question, tables, encyclopaedia, rank=lambda doc_id: 0, cut=cut)
        return value_text(found, chinese=False) if found else ""

    return asked


@pytest.mark.parametrize(
    ("question", "told"),
    [
        pytest.param("how many bridges were completed after 1910?", "3", id="after a year"),
        pytest.param("how many songs were released in 1992?", "2", id="of a year"),
        pytest.param("when was Cedar Bridge completed?", "1937", id="when: a year"),
        pytest.param("what was the first song?", "Amber (Year: 1990)", id="the first by its year"),
        pytest.param("which bridge was completed last?", "Dune Bridge", id="the last by its year"),
    ],
)
def test_whole_numbers_of_four_digits_are_years(ask: Ask, question: str, told: str) -> None:
    assert ask(question).startswith(told)


@pytest.mark.parametrize(
    ("question", "told"),
    [
        pytest.param("who was captain after Otto Lund?", "Per Holm", id="after"),
        pytest.param("who was captain before Nils Berg?", "Per Holm", id="before"),
        pytest.param("what was the next song after Coal?", "Dusk", id="the next"),
        pytest.param("who was captain after Nils Berg?", "", id="there is no next one"),
        pytest.param("which station opened after Quay?", "", id="the rows are in no order"),
    ],
)
def test_the_row_beside_one_that_is_named(ask: Ask, question: str, told: str) -> None:
    assert ask(question) == told


@pytest.mark.parametrize(
    ("question", "told"),
    [
        pytest.param("which song had the best chart position?", "Bramble", id="best: the least"),
        pytest.param("which song had the worst chart position?", "Coal", id="worst: the greatest"),
        pytest.param("which song had the most chart position?", "", id="most: neither"),
    ],
)
def test_the_best_place_is_the_smallest_number(ask: Ask, question: str, told: str) -> None:
    assert ask(question).startswith(told) if told else ask(question) == ""


@pytest.mark.parametrize(
    ("question", "told"),
    [
        pytest.param("how many bridges were designed by Ida Colt?", "2", id="designed: Designer"),
        pytest.param("how many songs were wrote by Jo Hale?", "2", id="wrote: Written by"),
        pytest.param("when did Per Holm take office?", "3 June 1955", id="take: Took"),
        pytest.param("when did Per Holm leave office?", "9 July 1961", id="leave: Left"),
        pytest.param("how many gold medals did Bo Finn win?", "4", id="win what is named"),
        pytest.param("who won the most silver medals?", "Bo Finn", id="won the most of a column"),
    ],
)
def test_a_verb_is_explained_by_a_column(ask: Ask, question: str, told: str) -> None:
    assert ask(question).startswith(told)


@pytest.mark.parametrize(
    "question",
    [
        pytest.param("how many bridges were owned by Ida Colt?", id="she designed them"),
        pytest.param("how many songs did Jo Hale win?", id="nothing is won"),
        pytest.param("how many bridges did Max Orr lose after 1910?", id="nothing is lost"),
        pytest.param("how many songs were released by Sy Moon?", id="by whom is a property"),
    ],
)
def test_a_verb_that_nothing_explains_leaves_the_question_open(ask: Ask, question: str) -> None:
    assert ask(question) == ""


@pytest.mark.parametrize(
    ("question", "told"),
    [
        pytest.param("which bridge is the longest?", "Dune Bridge", id="the longest of Length"),
        pytest.param("which bridge is the shortest?", "Alder Bridge", id="the shortest"),
        pytest.param(
            "what is the total number of gold medals?", "10", id="Total is another column"
        ),
        pytest.param("how many sailors were from Norway?", "2", id="Pos names nobody"),
        pytest.param(
            "what was the average crossed daily of the bridges designed by Ida Colt?",
            "3.15 thousand",
            id="thousands in English",
        ),
    ],
)
def test_a_column_is_found_by_what_the_question_says(ask: Ask, question: str, told: str) -> None:
    assert ask(question).startswith(told)


@pytest.mark.parametrize(
    ("question", "told"),
    [
        pytest.param("how many teams won more than 10 games?", "2", id="games of Won"),
        pytest.param("which team lost the most games?", "Moles", id="the most of Lost"),
        pytest.param("how many teams had at least 37 points?", "2", id="points are a column"),
        pytest.param("how many teams had no lost?", "1", id="no: zero"),
        pytest.param("which team finished last?", "Moles", id="last by its place"),
        pytest.param("which team came first?", "Kestrels", id="first by its place"),
        pytest.param("which team finished above Moles?", "Lynx", id="above"),
        pytest.param("who had more gold, Bo Finn or Cai Wen?", "Bo Finn", id="more of two"),
        pytest.param("which is longer, Birch Bridge or Cedar Bridge?", "Birch Bridge", id="longer"),
        pytest.param("how many bridges are longer than 500 m?", "2", id="metres, no millions"),
        pytest.param("how many bridges were completed in the 1930s?", "1", id="a decade"),
        pytest.param("how many bridges were completed in the 1800s?", "1", id="a century"),
        pytest.param("what is the total number of songs in 1992?", "2", id="a number of rows"),
    ],
)
def test_conditions_and_places_of_a_table(ask: Ask, question: str, told: str) -> None:
    assert ask(question).startswith(told)


@pytest.mark.parametrize(
    "question",
    [
        pytest.param("what is the length of the first bridge crossed?", id="first at what?"),
        pytest.param("how many crossed daily has the oldest bridge?", id="a number of the oldest"),
        pytest.param("which bridge of Ida Colt was first?", id="completed, or what else?"),
    ],
)
def test_what_is_first_or_oldest_is_not_guessed(ask: Ask, question: str) -> None:
    assert ask(question) == ""


def test_a_number_that_is_compared_is_no_value_of_a_column_of_codes(
    tmp_path: Path,
) -> None:
    shirts = (("No.", "Player", "Cards"), ("5", "Odell", "8"), ("4", "Pajo", "6"), ("7", "Bo", "2"))
    with searchable(tmp_path, sheets({"squad": shirts})) as found:
        question = Question.of("how many players had at least 5 cards?")
        result = answer(question, found.tables(), found, rank=lambda doc_id: 0, cut=cut)
    assert result is not None
    assert result.value == 2
