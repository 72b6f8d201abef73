"""The refusal threshold that a question set suggests.

A question is refused before the model runs when its best hit scores too low (docs/retrieval.md).
The threshold is the 3rd percentile of the scores of questions that can be answered: 3 % of them
are refused, and of the others as many as fall below it. Questions whose answer stands in the
other language have a threshold of their own.

Where a set has few unanswerable questions, "left out" stands in for them: what an answerable
question's best score would be if its own document were missing.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kb.evaluation.metrics import quantile

if TYPE_CHECKING:
    from kb.evaluation.judge import Result

PERCENTILE = 0.03
LEAST = 20
"""Answerable questions without which a side is not calibrated."""

SHOWN = (0.01, 0.03, 0.05, 0.25, 0.50, 0.75, 0.95)


@dataclass(frozen=True, slots=True)
class Scored:
    """A question's best scores, None where no hit is in that language.

    `across`: its answer stands in the other language. `same` and `other` are the best hits in
    the question's language and in the other one, `same_left` and `other_left` the best ones that
    are not of the question's source.
    """

    id: str
    answerable: bool
    across: bool
    same: float | None
    other: float | None
    same_left: float | None
    other_left: float | None


@dataclass(frozen=True, slots=True)
class Side:
    """One language relation's scores, ascending. `threshold` is None where too few answer."""

    threshold: float | None
    answerable: tuple[float, ...]
    unanswerable: tuple[float, ...]
    left_out: tuple[float, ...]


def within(scored: Sequence[Scored]) -> Side:
    """Questions answered in their own language."""
    mine = [one for one in scored if one.answerable and not one.across]
    return _side(
        [one.same for one in mine],
        [one.same for one in scored if not one.answerable],
        [one.same_left for one in mine],
    )


def across(scored: Sequence[Scored]) -> Side:
    """Questions answered in the other language."""
    mine = [one for one in scored if one.answerable and one.across]
    return _side(
        [one.other for one in mine],
        [one.other for one in scored if not one.answerable],
        [one.other_left for one in mine],
    )


def auc(higher: Sequence[float], lower: Sequence[float]) -> float | None:
    """The chance that one of `higher` exceeds one of `lower`, ties by half (Mann and Whitney
    1947): 1 where the two are apart, 0.5 where the score tells nothing. None without values."""
    if not higher or not lower:
        return None
    ordered = sorted(lower)
    wins = sum(bisect_left(ordered, one) + bisect_right(ordered, one) for one in higher)
    return wins / (2 * len(higher) * len(lower))


@dataclass(frozen=True, slots=True)
class Verdicts:
    """How well the model's verdicts tell the questions apart on which it was asked for one."""

    answerable: int
    unanswerable: int
    auc: float | None


def verdicts(results: Sequence[Result]) -> Verdicts | None:
    """None where no verdict was taken."""
    sides: dict[bool, list[float]] = {True: [], False: []}
    for result in results:
        if result.answered and result.answered.verdict is not None:
            sides[result.question.answerable].append(result.answered.verdict)
    if not any(sides.values()):
        return None
    return Verdicts(len(sides[True]), len(sides[False]), auc(sides[True], sides[False]))


def _side(
    answerable: Sequence[float | None],
    unanswerable: Sequence[float | None],
    left_out: Sequence[float | None],
) -> Side:
    there, missing, left = (
        tuple(sorted(score for score in scores if score is not None))
        for scores in (answerable, unanswerable, left_out)
    )
    threshold = round(quantile(there, PERCENTILE), 3) if len(there) >= LEAST else None
    return Side(threshold, there, missing, left)
