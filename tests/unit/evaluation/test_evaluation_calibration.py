"""The threshold that a question set suggests."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kb.evaluation.calibration import LEAST, Scored, Verdicts, across, auc, verdicts, within
from kb.evaluation.judge import Result
from tests.unit.evaluation.samples import answered, question, result


def scored(score: float | None, *, answerable: bool = True, other: bool = False) -> Scored:
    return Scored(
        id="q",
        answerable=answerable,
        across=other,
        same=None if other else score,
        other=score if other else None,
        same_left=0.05,
        other_left=None,
    )


def test_the_threshold_is_the_third_percentile_of_the_answerable() -> None:
    answerable = [scored(0.2 + n / 1000) for n in range(101)]
    missing = [scored(0.1, answerable=False) for _ in range(5)]
    side = within([*answerable, *missing])
    assert side.threshold == pytest.approx(0.203)
    assert side.unanswerable == (0.1,) * 5
    assert side.left_out == (0.05,) * 101


def test_too_few_questions_set_no_threshold() -> None:
    assert within([scored(0.2)] * (LEAST - 1)).threshold is None
    assert within([scored(0.2)] * LEAST).threshold == 0.2


def test_each_language_relation_has_its_own_scores() -> None:
    questions = [*[scored(0.3)] * LEAST, *[scored(0.1, other=True)] * LEAST]
    assert within(questions).threshold == 0.3
    assert across(questions).threshold == 0.1


def test_auc_is_the_chance_of_the_right_order() -> None:
    assert auc([0.3, 0.4], [0.1, 0.2]) == 1.0
    assert auc([0.2], [0.2]) == 0.5
    assert auc([0.1, 0.3], [0.2]) == 0.5
    assert auc([], [0.2]) is None


def judged(margin: float | None, *, answerable: bool = True) -> Result:
    answer = replace(answered(), verdict=margin)
    return result(question("q", answerable=answerable), answer=answer)


def test_verdicts_tell_how_often_an_answerable_question_has_the_larger_margin() -> None:
    missing = [judged(margin, answerable=False) for margin in (-3.0, 0.5)]
    found = verdicts([judged(2.0), judged(0.0), judged(None), *missing, result()])
    assert found == Verdicts(answerable=2, unanswerable=2, auc=0.75)


def test_without_a_verdict_there_is_nothing_to_tell() -> None:
    assert verdicts([judged(None), result()]) is None


def test_verdicts_on_one_kind_of_question_have_no_auc() -> None:
    assert verdicts([judged(2.0)]) == Verdicts(answerable=1, unanswerable=0, auc=None)
