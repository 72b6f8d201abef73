"""Which of the hits a question is answered from."""

from __future__ import annotations

import pytest

from kb.answering.features import features
from kb.index.sparse import document_vector
from kb.pipelines.choosing import (
    near_rows,
    of_the_version,
    one_in_its_own_language,
    one_in_the_other_language,
    with_later_records,
)
from kb.retrieval.search import Found
from kb.text.question import Question
from kb.types import Chunk, Hit
from kb.version_types import Families, Family, FamilyKind, Member
from kb.versions.choosing import Chosen, Versions, choose

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


CHINESE = "市电中断后，柴油发电机应自动投入。"


@pytest.mark.parametrize(
    ("score", "hits", "beside"),
    [(0.3, [RULES, CHINESE], [HOUSE]), (0.2, [RULES, HOUSE], [CHINESE])],
    ids=["half as good", "far from it"],
)
def test_one_hit_is_in_the_language_of_the_question_if_it_is_half_as_good(
    score: float, hits: list[str], beside: list[str]
) -> None:
    def hit(text: str, score: float = 0.5) -> Hit:
        return Hit(Chunk(text, text, 0, text, "", None, None, "", 0, len(text)), "a.md", score)

    found = Found((hit(RULES), hit(HOUSE)), 0.5, 10, beside=(hit(CHINESE, score),))
    chosen = one_in_its_own_language(Question.of("断电了怎么办？"), found)
    assert [one.chunk.text for one in chosen.hits] == hits
    assert [one.chunk.text for one in chosen.beside] == beside


@pytest.mark.parametrize(
    ("question", "score", "handed"),
    [
        ("How long may waste be stored?", 0.3, [RULES, HOUSE, CHINESE]),
        ("How long may waste be stored?", 0.2, [RULES, HOUSE]),
        ("When does the canteen open?", 0.3, [RULES, HOUSE]),
    ],
    ids=["as good as half of the best", "worse", "a hit speaks of what is asked for"],
)
def test_where_no_hit_speaks_of_it_the_best_in_the_other_language_is_handed_over_too(
    question: str, score: float, handed: list[str]
) -> None:
    def hit(text: str, score: float = 0.5) -> Hit:
        return Hit(Chunk(text, text, 0, text, "", None, None, "", 0, len(text)), "a.md", score)

    found = Found((hit(RULES), hit(HOUSE)), 0.5, 10, beside=(hit(CHINESE, score),))
    asked = Question.of(question)
    chosen = one_in_the_other_language(asked, found, terms, lambda doc_id: "")
    assert [one.chunk.text for one in chosen.hits] == handed


OLD = "Each reader may borrow five books."
NEW = "Each reader may borrow eight books."
FAQ = "FAQ: five books for each reader."
EDITIONS = Family(FamilyKind.EDITION, (Member(OLD, "v1.md"), Member(NEW, "v2.md")))


def answered_from(question: str, score: float = 0.4) -> list[str]:
    """The texts that a question is answered from, of two versions, with the FAQ next best."""

    def hit(text: str, score: float) -> Hit:
        return Hit(Chunk(text, text, 0, text, "", None, None, "", 0, len(text)), text, score)

    found = Found((hit(NEW, 0.6), hit(OLD, 0.5)), 0.6, 10, beside=(hit(FAQ, score),))
    versions = Versions(Families.of((EDITIONS,)), lambda doc_id: [hit(doc_id, 0).chunk])
    chosen = of_the_version(Question.of(question), found, versions, terms, lambda doc_id: "")
    return [one.chunk.text for one in chosen.hits]


def test_the_place_of_a_version_that_gives_way_is_that_of_a_hit_which_has_another_word() -> None:
    asked = "How many books may each reader borrow, and does the FAQ say so?"
    assert answered_from(asked) == [NEW, FAQ]
    assert answered_from("How many books may each reader borrow?") == [NEW]
    assert answered_from(asked, score=0.2) == [NEW]


def test_a_passage_that_was_reworded_takes_the_place_of_the_older_one() -> None:
    old = "Rooms are cleaned within 45 minutes. Sheets are replaced once every two days."
    new = "Rooms are cleaned within 35 minutes. Sheets are changed every day."
    asked = "How often once in how many days are sheets replaced once?"
    family = Family(FamilyKind.EDITION, (Member(old, "v1.md"), Member(new, "v2.md")))

    def hit(text: str) -> Hit:
        return Hit(Chunk(text, text, 0, text, "", None, None, "", 0, len(text)), text, 0.5)

    versions = Versions(Families.of((family,)), lambda doc_id: [hit(doc_id).chunk])
    chosen = choose(
        asked, [hit(old)], versions, features=features, today=20240601, words=("sheets",)
    )
    assert [one.chunk.text for one in chosen.hits] == [new]
    lost = choose(
        asked, [hit(old)], versions, features=features, today=20240601, words=("replaced",)
    )
    assert [one.chunk.text for one in lost.hits] == [old], "what only it says is not lost"


MAILS = (
    "The boat is at the quay on 3 May.",
    "It is late: 9 May.",
    "Later still: 11 May.",
    "12 May!",
)
MAIL_THREAD = Family(FamilyKind.THREAD, tuple(Member(text, f"{text}.eml") for text in MAILS))


def mails_for(*found: tuple[str, float]) -> list[str]:
    """The texts that are handed over, of what was found with its scores."""

    def chunk(text: str) -> Chunk:
        return Chunk(text, text, 0, text, "", None, None, "", 0, len(text))

    hits = [Hit(chunk(text), text, score) for text, score in found]
    versions = Versions(Families.of((MAIL_THREAD,)), lambda doc_id: [chunk(doc_id)])
    question = "When is the boat at the quay?"
    handed = choose(question, hits, versions, features=features, today=20240601)
    return [one.chunk.text for one in handed.hits]


def test_with_a_mail_come_the_last_ones_of_its_thread_the_newest_first() -> None:
    first, second, third, last = MAILS
    assert mails_for((first, 0.5), (HOUSE, 0.4)) == [last, HOUSE, third, first]
    assert mails_for((third, 0.5), (HOUSE, 0.4)) == [last, HOUSE, third]
    assert mails_for((last, 0.5), (second, 0.4)) == [last, third, second]
    assert mails_for((last, 0.5), (HOUSE, 0.4)) == [last, HOUSE]


def test_a_mail_that_is_far_from_the_best_hit_brings_none() -> None:
    assert mails_for((HOUSE, 0.5), (MAILS[0], 0.1)) == [HOUSE, MAILS[0]]


CHOIR = {
    "minutes/2024-02-05.md": "The choir sings on Tuesdays in the hall.",
    "minutes/2024-04-08.md": "Tuesdays clash with the market, so the choir goes to Thursdays.",
    "minutes/2024-05-06.md": "The roof is mended in June.",
    "minutes/2023-11-06.md": "The choir wants a new piano.",
    "letters/2024-06-03 report.md": "The choir thanks the town.",
}


def _is_later(one: str, other: str) -> bool:
    """By the day in the name."""
    return one.rpartition("/")[2][:10] > other.rpartition("/")[2][:10]


def beside_minutes(question: str, found: str) -> list[str]:
    """Where what is handed over comes from, if one of these was found and the others are next."""

    def hit(source: str) -> Hit:
        text = CHOIR[source]
        return Hit(Chunk(source, source, 0, text, "", None, None, "", 0, len(text)), source, 0.5)

    hits = Found((hit(found),), 0.5, 9, beside=tuple(hit(one) for one in CHOIR if one != found))
    chosen = Chosen(hits.hits)
    asked = Question.of(question)
    handed = with_later_records(asked, chosen, hits, terms, lambda doc_id: "", _is_later)
    return [one.source for one in handed.hits]


def test_before_minutes_come_later_ones_that_speak_of_the_same() -> None:
    february, april, *_ = CHOIR
    question = "On which weekday does the choir sing?"
    assert beside_minutes(question, february) == [april, february]
    assert beside_minutes(question, april) == [april]
    assert beside_minutes("Summarise what the choir does.", february) == [february]


def test_later_minutes_of_the_same_month_come_too(monkeypatch: pytest.MonkeyPatch) -> None:
    again = "minutes/2024-02-19.md"
    monkeypatch.setitem(CHOIR, again, "The choir sings on Fridays, not on Tuesdays.")
    assert again in beside_minutes("On which weekday does the choir sing?", "minutes/2024-02-05.md")
