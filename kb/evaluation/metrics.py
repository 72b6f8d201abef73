"""Many questions' results in numbers. docs/evaluation.md defines each one.

Every metric is made of one pair (part, of) a question, or of none where it says nothing about
that question. A ratio is the sum of the parts by the sum of the ofs; so one bootstrap over
questions (Efron 1979) serves them all.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from operator import itemgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kb.evaluation.judge import Answered, Result

DEPTHS = (1, 3, 5, 10)
"""Ranks that recall is told for; the last one also bounds MRR and nDCG."""

Pair = tuple[float, float]


class Kind(StrEnum):
    """How the questions' parts become one number."""

    RATIO = "ratio"
    COUNT = "count"
    MEDIAN = "p50"
    TAIL = "p95"


@dataclass(frozen=True, slots=True)
class Metric:
    """`answers`: it needs answers, not retrieval alone. `lower`: less is better."""

    name: str
    kind: Kind
    of: Callable[[Result], Pair | None]
    answers: bool = False
    lower: bool = False


@dataclass(frozen=True, slots=True)
class Value:
    """`value` is None where no question tells. `low` and `high` bound 95 % of the bootstrap's
    resamples, None where there is no interval; `questions` is how many had a say."""

    value: float | None
    low: float | None
    high: float | None
    questions: int


@dataclass(frozen=True, slots=True)
class LayerCount:
    """A layer's refusals: of unanswerable questions, and of answerable ones."""

    right: int
    wrong: int


def measure(
    results: Sequence[Result], *, answers: bool, seed: int = 0, intervals: bool = True
) -> dict[str, Value]:
    """Every metric by its name; `answers`: whether the model was asked."""
    draws = _draws(len(results), seed) if intervals else []
    return {
        metric.name: Value(None, None, None, 0)
        if metric.answers and not answers
        else _value(metric, results, draws)
        for metric in METRICS.values()
    }


def difference(
    metric: Metric, before: Sequence[Result], after: Sequence[Result], *, seed: int = 0
) -> tuple[float | None, float | None]:
    """The 95 % interval of a ratio's difference, later minus earlier, by a bootstrap that draws
    the same questions of both. The two are in the same order; None where no question tells."""
    old, new = ([metric.of(result) or (0.0, 0.0) for result in one] for one in (before, after))
    found = []
    for draw in _draws(len(after), seed):
        (part, of), (new_part, new_of) = _totals(draw(old)), _totals(draw(new))
        if of and new_of:
            found.append(new_part / new_of - part / of)
    return (quantile(found, 0.025), quantile(found, 0.975)) if found else (None, None)


def groups(results: Sequence[Result]) -> dict[str, dict[str, list[Result]]]:
    """The results by language, collection and kind; a grouping that has one group is left out."""
    keys: Mapping[str, Callable[[Result], str]] = {
        "language": lambda one: one.question.language,
        "collection": lambda one: one.question.collection,
        "kind": lambda one: one.question.kind or "other",
    }
    found: dict[str, dict[str, list[Result]]] = {}
    for name, key in keys.items():
        split: dict[str, list[Result]] = {}
        for result in results:
            split.setdefault(key(result), []).append(result)
        if len(split) > 1:
            found[name] = dict(sorted(split.items()))
    return found


def refusals(results: Sequence[Result]) -> dict[str, LayerCount]:
    """By layer, in the order in which they first refused."""
    found: dict[str, LayerCount] = {}
    for result in results:
        answered = result.answered
        if answered and answered.refused_by:
            before = found.get(answered.refused_by, LayerCount(0, 0))
            wrong = result.question.answerable
            found[answered.refused_by] = LayerCount(
                before.right + (not wrong), before.wrong + wrong
            )
    return found


def is_right(result: Result) -> bool | None:
    """Answered as expected, or refused as expected.

    Without the model: found among the first 5, and None where there is nothing to find.
    """
    if result.failure:
        return False
    answerable = result.question.answerable
    if result.answered is None:
        return any(hit.holds for hit in result.retrieved.hits[:5]) if answerable else None
    if answerable:
        return result.answered.found and result.answered.contains
    return not result.answered.found


def wrong_ids(results: Sequence[Result]) -> list[str]:
    """Of the questions that were not answered, or not refused, as expected."""
    return [one.question.id for one in results if is_right(one) is False]


def first_rank(result: Result) -> int | None:
    """Of the first chunk that holds an answer, counted from 1."""
    ranks = (rank for rank, hit in enumerate(result.retrieved.hits, 1) if hit.holds)
    return next(ranks, None)


# --- each metric's part of one question -----------------------------------------------


def _can_be_looked_for(result: Result) -> bool:
    """Whether a chunk can be seen to answer: a question that needs a yes or a sum has no such."""
    return result.question.answerable and bool(result.question.answers)


def _recall(depth: int) -> Callable[[Result], Pair | None]:
    def part(result: Result) -> Pair | None:
        if not _can_be_looked_for(result):
            return None
        return float(any(hit.holds for hit in result.retrieved.hits[:depth])), 1.0

    return part


def _source_recall(depth: int) -> Callable[[Result], Pair | None]:
    def part(result: Result) -> Pair | None:
        if not (result.question.answerable and result.question.source):
            return None
        return float(any(hit.of_source for hit in result.retrieved.hits[:depth])), 1.0

    return part


def _ceiling(result: Result) -> Pair | None:
    if not (_can_be_looked_for(result) and result.question.source):
        return None
    return float(result.retrieved.relevant > 0), 1.0


def _reciprocal_rank(result: Result) -> Pair | None:
    if not _can_be_looked_for(result):
        return None
    rank = first_rank(result)
    return (1 / rank if rank and rank <= DEPTHS[-1] else 0.0), 1.0


def _ndcg(result: Result) -> Pair | None:
    """Binary gain: a chunk of the source that holds an answer; None where there is none."""
    relevant = min(result.retrieved.relevant, DEPTHS[-1])
    if not (result.question.answerable and relevant):
        return None
    hits = result.retrieved.hits[: DEPTHS[-1]]
    gained = sum(
        1 / math.log2(rank + 1) for rank, hit in enumerate(hits, 1) if hit.holds and hit.of_source
    )
    ideal = sum(1 / math.log2(rank + 1) for rank in range(1, relevant + 1))
    return gained / ideal, 1.0


def _of_answerable(
    part: Callable[[Answered], float], *, failed: Pair | None = None
) -> Callable[[Result], Pair | None]:
    def pair(result: Result) -> Pair | None:
        if not result.question.answerable:
            return None
        return (float(part(result.answered)), 1.0) if result.answered else failed

    return pair


def _of_unanswerable(part: Callable[[Answered], float]) -> Callable[[Result], Pair | None]:
    def pair(result: Result) -> Pair | None:
        if result.answered is None or result.question.answerable:
            return None
        return float(part(result.answered)), 1.0

    return pair


def _of_citations(part: Callable[[Answered], int]) -> Callable[[Result], Pair | None]:
    def pair(result: Result) -> Pair | None:
        answered = result.answered
        if answered is None or not answered.citations or not result.question.answerable:
            return None
        return float(part(answered)), float(answered.citations)

    return pair


def _refusal_precision(result: Result) -> Pair | None:
    if result.answered is None or result.answered.found:
        return None
    return float(not result.question.answerable), 1.0


def _flagged(result: Result) -> Pair | None:
    if result.answered is None or not result.answered.found:
        return None
    return float(bool(result.answered.unsupported)), 1.0


def _right(result: Result) -> Pair | None:
    right = is_right(result)
    return None if right is None else (float(right), 1.0)


def _of_answers(part: Callable[[Answered], float]) -> Callable[[Result], Pair | None]:
    return lambda result: (float(part(result.answered)), 1.0) if result.answered else None


def _prompt_tokens(result: Result) -> Pair | None:
    sent = result.answered.prompt_tokens if result.answered else 0
    return (float(sent), 1.0) if sent else None


def _retrieve_seconds(result: Result) -> Pair | None:
    return result.retrieved.seconds, 1.0


_BEFORE_THE_MODEL = ("retrieval", "missing-term")
_NONE_OF_IT = (0.0, 1.0)

METRICS: Mapping[str, Metric] = {
    metric.name: metric
    for metric in (
        *(Metric(f"recall@{k}", Kind.RATIO, _recall(k)) for k in DEPTHS),
        *(Metric(f"source_recall@{k}", Kind.RATIO, _source_recall(k)) for k in DEPTHS),
        Metric("recall_ceiling", Kind.RATIO, _ceiling),
        Metric("mrr", Kind.RATIO, _reciprocal_rank),
        Metric("ndcg@10", Kind.RATIO, _ndcg),
        Metric("correct", Kind.RATIO, _right, answers=True),
        Metric(
            "accuracy",
            Kind.RATIO,
            _of_answerable(lambda a: a.found and a.contains, failed=_NONE_OF_IT),
            True,
        ),
        Metric(
            "exact_match", Kind.RATIO, _of_answerable(lambda a: a.exact, failed=_NONE_OF_IT), True
        ),
        Metric("f1", Kind.RATIO, _of_answerable(lambda a: a.f1, failed=_NONE_OF_IT), True),
        Metric("citation_precision", Kind.RATIO, _of_citations(lambda a: a.right), True),
        Metric("citation_source", Kind.RATIO, _of_citations(lambda a: a.of_source), True),
        Metric("refusal_precision", Kind.RATIO, _refusal_precision, True),
        Metric("refusal_recall", Kind.RATIO, _of_unanswerable(lambda a: not a.found), True),
        Metric(
            "refusal_recall_before_model",
            Kind.RATIO,
            _of_unanswerable(lambda a: a.refused_by in _BEFORE_THE_MODEL),
            True,
        ),
        Metric(
            "refused_or_flagged",
            Kind.RATIO,
            _of_unanswerable(lambda a: not a.found or bool(a.unsupported)),
            True,
        ),
        Metric("wrong_refusals", Kind.RATIO, _of_answerable(lambda a: not a.found), True, True),
        Metric("flagged", Kind.RATIO, _flagged, True, True),
        Metric(
            "unflagged_numbers", Kind.COUNT, _of_answers(lambda a: len(a.unflagged)), True, True
        ),
        Metric(
            "failed_questions", Kind.COUNT, lambda one: (float(bool(one.failure)), 1.0), lower=True
        ),
        Metric("p50_retrieve_seconds", Kind.MEDIAN, _retrieve_seconds, lower=True),
        Metric("p95_retrieve_seconds", Kind.TAIL, _retrieve_seconds, lower=True),
        Metric(
            "p50_first_word_seconds", Kind.MEDIAN, _of_answers(lambda a: a.first_word), True, True
        ),
        Metric(
            "p95_first_word_seconds", Kind.TAIL, _of_answers(lambda a: a.first_word), True, True
        ),
        Metric("p50_prompt_tokens", Kind.MEDIAN, _prompt_tokens, True, True),
        Metric("p50_seconds", Kind.MEDIAN, _of_answers(lambda a: a.total), True, True),
        Metric("p95_seconds", Kind.TAIL, _of_answers(lambda a: a.total), True, True),
    )
}


# --- from parts to a number -----------------------------------------------------------

_RESAMPLES = 1000


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which a share of them lies, between two neighbours by proportion.

    `values` is not empty, in any order; share 0 to 1.
    """
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def _value(metric: Metric, results: Sequence[Result], draws: Sequence[Draw]) -> Value:
    pairs = [metric.of(result) for result in results]
    known = [pair for pair in pairs if pair is not None]
    if not known:
        return Value(None, None, None, 0)
    if metric.kind is Kind.COUNT:
        return Value(sum(part for part, _ in known), None, None, len(known))
    if metric.kind is not Kind.RATIO:
        share = 0.5 if metric.kind is Kind.MEDIAN else 0.95
        return Value(quantile([part for part, _ in known], share), None, None, len(known))
    parts = [pair[0] if pair else 0.0 for pair in pairs]
    ofs = [pair[1] if pair else 0.0 for pair in pairs]
    low, high = _interval(parts, ofs, draws)
    return Value(sum(parts) / sum(ofs), low, high, len(known))


Draw = Callable[[Sequence[Any]], tuple[Any, ...]]


def _totals(pairs: Sequence[Pair]) -> Pair:
    return sum(part for part, _ in pairs), sum(of for _, of in pairs)


def _draws(size: int, seed: int) -> list[Draw]:
    """Each picks `size` of `size` values with replacement; the same ones for every metric."""
    if size < 2:
        return []
    generator = random.Random(seed)
    positions = range(size)
    return [itemgetter(*generator.choices(positions, k=size)) for _ in range(_RESAMPLES)]


def _interval(
    parts: Sequence[float], ofs: Sequence[float], draws: Sequence[Draw]
) -> tuple[float | None, float | None]:
    """The percentile bootstrap's 95 % interval of a ratio."""
    sums = [(sum(draw(parts)), sum(draw(ofs))) for draw in draws]
    ratios = [part / of for part, of in sums if of]
    return (quantile(ratios, 0.025), quantile(ratios, 0.975)) if ratios else (None, None)
