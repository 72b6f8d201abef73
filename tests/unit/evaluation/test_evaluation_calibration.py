"""The threshold that a question set suggests."""

from __future__ import annotations

import pytest

from kb.evaluation.calibration import LEAST, Scored, across, auc, within


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
