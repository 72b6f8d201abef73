"""Seasons, medals and lists of which there are several alike, each with a title of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from kb.answering.tagger import cut
from kb.index.table_search import TableSearch
from kb.tables.answering import answer
from kb.tables.wording import value_text
from kb.text.question import Question
from tests.table_samples import searchable, sheets

EPISODES_2 = (
    ("No.", "Title", "Directed by", "Viewers (millions)"),
    ("1", "Ash", "Mo Lane", "4.1"),
    ("2", "Bark", "Mo Lane", "6.2"),
    ("3", "Cone", "Vi Roth", "3.3"),
)
EPISODES_3 = (
    ("No.", "Title", "Directed by", "Viewers (millions)"),
    ("1", "Dew", "Vi Roth", "5.5"),
    ("2", "Elm", "Vi Roth", "7.7"),
    ("3", "Fir", "Mo Lane", "2.2"),
    ("4", "Gum", "Mo Lane", "1.1"),
)
MEDALS = (
    ("Rank", "Nation", "Gold", "Silver", "Total"),
    ("1", "Malta", "9", "2", "11"),
    ("2", "Norway", "4", "5", "9"),
    ("3", "Kenya", "1", "3", "4"),
    ("", "Total", "14", "10", "24"),
)
RACES = (
    ("Year", "Race", "Position"),
    ("1990", "Spring Cup", "1st"),
    ("1991", "Lake Run", "3rd"),
    ("1992", "Spring Cup", "1st"),
    ("1994", "Hill Dash", "12th"),
)
HILLS = (
    ("Hill", "Height (m)", "Sheep"),
    ("Big Tor", "512", "40"),
    ("Far Tor", "633", "10"),
    ("Old Tor", "471", "90"),
)
VOTES = (("Candidate", "Votes"), ("Ada Bly", "900"), ("Cy Dorn", "640"), ("Eve Finch", "200"))
STOPS = (
    ("Stop", "Zone", "Riders"),
    ("Ash Lane", "1", "300"),
    ("Elm Lane", "2", "500"),
    ("Gate", "2", "70"),
)
GAMES = (
    ("Week", "Opponent", "Attendance"),
    ("1", "Larks", "31,000"),
    ("2", "Wrens", "12,000"),
    ("3", "Rooks", "45,000"),
)
ALBUMS = (
    ("Year", "Album", "Label"),
    ("1971", "Grey Heron", "Reed"),
    ("1973", "Low Tide", "Pike"),
    ("1976", "Salt", "Reed"),
)
OTHER_ALBUMS = (
    ("Year", "Album", "Label"),
    ("1981", "Amber Pier", "Reed"),
    ("1985", "Long Sands", "Pike"),
)
TABLES = {
    "The Amber Piers discography": ALBUMS,
    "The Low Tides discography": OTHER_ALBUMS,
    "Fog_Bay_season_2": EPISODES_2,
    "Fog Bay (season 3)": EPISODES_3,
    "Gulf Games medal table": MEDALS,
    "Races of Ira Quill": RACES,
    "Tors of Marl": HILLS,
    "Marl election": VOTES,
    "List_of_stops_on_the_Marl_line": STOPS,
    "Marl Hornets season": GAMES,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TableSearch]:
    with searchable(tmp_path_factory.mktemp("seasons"), sheets(TABLES)) as found:
        yield found


@pytest.fixture
def ask(folder: TableSearch) -> Callable[[str], str]:
    def asked(text: str) -> str:
        found = answer(Question.of(text), folder.tables(), folder, rank=lambda one: 0, cut=cut)
        return value_text(found, chinese=False) if found else ""

    return asked


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("Which episode had the most viewers in Fog Bay (season 2)?", "Bark"),
        ("How many episodes had fewer than 6 million viewers in Fog Bay (season 3)?", "3"),
        ("How many stops on the Marl line are in zone 2?", "2"),
    ],
    ids=["underscores of a file", "the number is of the title", "no part of a cell"],
)
def test_a_table_is_called_by_its_title(
    ask: Callable[[str], str], question: str, told: str
) -> None:
    assert ask(question).startswith(told)


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("How many episodes did Mo Lane direct in Fog Bay (season 3)?", "2"),
        ("Which nation won the most silver medals at the Gulf Games?", "Norway"),
        ("How many nations won at least 4 gold medals at the Gulf Games?", "2"),
        ("How many gold medals were won in total at the Gulf Games?", "14"),
        ("How many medals did Norway win in total at the Gulf Games?", "9"),
        ("How many races did Ira Quill finish 1st?", "2"),
        ("What is the highest hill of the Tors of Marl?", "Far Tor"),
        ("How much higher is Far Tor than Old Tor?", "Far Tor is higher, by 162"),
        ("How many hills are higher than 500 m in the Tors of Marl?", "2"),
        ("By how many votes did Ada Bly beat Cy Dorn?", "Ada Bly is higher, by 260"),
        ("How many votes did Ada Bly and Eve Finch have together?", "1,100"),
        ("How many games had an attendance over 30,000 in the Marl Hornets season?", "2"),
    ],
    ids=[
        "direct: Directed by",
        "medals of the table's name",
        "at least so many",
        "in total: no column",
        "in total: of one row",
        "1st is a place",
        "highest: Height",
        "higher: Height",
        "higher than so many metres",
        "to beat by",
        "together",
        "rows with opponents are games",
    ],
)
def test_words_that_a_column_or_the_title_explains(
    ask: Callable[[str], str], question: str, told: str
) -> None:
    assert ask(question).startswith(told)


def test_a_name_is_no_cell_of_another_table_that_has_its_singular(
    ask: Callable[[str], str],
) -> None:
    assert ask("How many albums did Amber Piers release on Pike?") == "1"
    assert ask("How many albums did Low Tides release on Reed?") == "1"


def test_two_tables_alike_are_told_apart_by_their_titles_or_not_told(
    ask: Callable[[str], str],
) -> None:
    assert ask("Which episode had the most viewers in Fog Bay?") == ""
