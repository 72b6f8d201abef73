"""Which of the hits a question is answered from."""

from __future__ import annotations

from kb.index.sparse import document_vector
from kb.pipelines.choosing import near_rows
from kb.retrieval.search import Found
from kb.text.question import Question
from kb.types import Chunk, Hit

ROSTER = "Staff no.: 40217 | Name: Nora Quist | Room: 12\nStaff no.: 40775 | Name: Omar Reyes"
RULES = "Whoever is ill at home is paid four fifths of the wage."
HOUSE = "The canteen opens at noon."


def terms(text: str) -> dict[int, float]:
    """Every term weighs the same."""
    return dict.fromkeys(document_vector(text).indices, 1.0)


def chosen(question: str, hits: list[str], beside: list[str]) -> tuple[list[str], list[str]]:
    """The texts of the hits, and of what is left beside them."""

    def hit(text: str) -> Hit:
        chunk = Chunk(text, text, 0, text, "", None, None, "", 0, len(text))
        return Hit(chunk, "a.md", 0.5)

    found = Found((*map(hit, hits),), 0.5, 10, beside=(*map(hit, beside),))
    near = near_rows(Question.of(question), found, terms, lambda doc_id: "")
    return [one.chunk.text for one in near.hits], [one.chunk.text for one in near.beside]


def test_rows_without_a_word_of_the_question_give_their_place_to_the_next_text() -> None:
    found = chosen("Who gets money while being sick?", [HOUSE, ROSTER], [RULES])
    assert found == ([HOUSE, RULES], [ROSTER])


def test_rows_with_a_word_of_it_stay() -> None:
    assert chosen("Which room has Omar Reyes?", [ROSTER], [RULES]) == ([ROSTER], [RULES])


def test_rows_in_another_language_stay_for_their_words_cannot_be_compared() -> None:
    assert chosen("谁在家休息时有钱拿？", [ROSTER], [RULES]) == ([ROSTER], [RULES])


def test_where_nothing_but_such_rows_was_found_they_stay() -> None:
    assert chosen("Who gets money while being sick?", [ROSTER], []) == ([ROSTER], [])
