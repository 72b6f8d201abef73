"""How each question ended."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kb.evaluation.judge import Answered, Result
from kb.evaluation.outcomes import Outcome, by_group, counted, known_mistakes, outcome
from tests.unit.evaluation.samples import answered, question, result

MARKED = ("38",)


@pytest.mark.parametrize(
    ("answerable", "answer", "expected"),
    [
        (True, answered(contains=True), Outcome.RIGHT),
        (True, answered(contains=True, unsupported=MARKED), Outcome.RIGHT),
        (True, answered(), Outcome.WRONG),
        (True, answered(unsupported=MARKED), Outcome.WRONG_FLAGGED),
        (True, answered(refused_by="verdict"), Outcome.REFUSED),
        (False, answered(refused_by="verdict"), Outcome.REFUSED),
        (False, answered(unsupported=MARKED), Outcome.FLAGGED),
        (False, answered(), Outcome.INVENTED),
        (True, None, Outcome.FAILED),
    ],
)
def test_each_question_has_one_end(
    answerable: bool, answer: Answered | None, expected: Outcome
) -> None:
    assert outcome(result(question(answerable=answerable), answer=answer)) is expected


@pytest.fixture
def results() -> list[Result]:
    english = question("q2", language="en", kind="list")
    return [
        result(answer=answered(contains=True)),
        result(english, answer=replace(answered(), mistake=True)),
        result(
            question("u1", answerable=False, kind="absent"), answer=answered(refused_by="model")
        ),
    ]


def test_ends_are_counted_for_both_kinds_of_questions(results: list[Result]) -> None:
    found = counted(results)
    assert found.answerable[Outcome.RIGHT] == found.answerable[Outcome.WRONG] == 1
    assert found.unanswerable == {
        Outcome.REFUSED: 1,
        Outcome.FLAGGED: 0,
        Outcome.INVENTED: 0,
        Outcome.FAILED: 0,
    }


def test_they_are_counted_by_language_and_by_class(results: list[Result]) -> None:
    found = by_group(results)
    assert [*found] == [
        "all",
        "language en",
        "language zh",
        "kind absent",
        "kind list",
        "kind other",
    ]
    assert found["kind list"].answerable[Outcome.WRONG] == 1


def test_foreseen_mistakes_are_counted(results: list[Result]) -> None:
    assert known_mistakes(results) == 1
