"""A run in numbers, and how a number is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kb.evaluation.metrics import METRICS, Kind, Value, groups, measure
from kb.evaluation.reranking import Gain, gains
from kb.evaluation.runs import Run


@dataclass(frozen=True, slots=True)
class Summary:
    """A run in numbers: overall, by grouping and group, and what its reranker was worth."""

    values: Mapping[str, Value]
    grouped: Mapping[str, Mapping[str, Mapping[str, Value]]]
    reranking: tuple[Gain, ...] = ()


def summarise(run: Run, *, seed: int = 0) -> Summary:
    """Every metric, with intervals for the whole."""
    answers = run.info.answers
    return Summary(
        measure(run.results, answers=answers, seed=seed),
        {
            name: {
                key: measure(results, answers=answers, intervals=False)
                for key, results in split.items()
            }
            for name, split in groups(run.results).items()
        },
        gains(run.results, seed=seed),
    )


def shown(name: str, value: float | None) -> str:
    """A metric's value as people read it."""
    if value is None:
        return "–"
    kind = METRICS[name].kind
    if kind is Kind.RATIO:
        return f"{value:.3f}"
    return f"{value:.2f} s" if name.endswith("_seconds") else f"{value:.0f}"
