"""Numbers that a run must reach, for cron and CI."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kb.errors import GateFailed, UsageError
from kb.evaluation.metrics import METRICS, Value
from kb.evaluation.questions import first_ids

_NAMED = 10
"""Questions that an error names."""


@dataclass(frozen=True, slots=True)
class Gate:
    """A metric's `bound`: the least allowed, or with `most` the largest."""

    metric: str
    bound: float
    most: bool = False

    def __str__(self) -> str:
        return f"{self.metric} {'<=' if self.most else '>='} {self.bound:g}"


@dataclass(frozen=True, slots=True)
class FailedGate:
    """`value` is None where the metric could not be measured."""

    gate: Gate
    value: float | None

    def __str__(self) -> str:
        found = "could not be measured" if self.value is None else f"is {self.value:.4g}"
        return f"{self.gate.metric} {found}, wanted {self.gate}"


def parse_gate(text: str, *, most: bool, answers: bool) -> Gate:
    """`recall@5=0.95` as a gate. `answers`: whether the run asks the model.

    Raises:
        UsageError: it is not METRIC=VALUE, the metric is unknown, or the run cannot tell it.
    """
    name, equals, value = text.partition("=")
    metric = METRICS.get(name.strip())
    option = "--max" if most else "--min"
    if metric is None:
        raise UsageError(
            f"'{name.strip()}' is not a metric",
            why=f"the metrics are: {', '.join(METRICS)}",
            hint=f"for example {option} recall@5=0.95",
        )
    try:
        bound = float(value)
        if not math.isfinite(bound):
            raise ValueError(value)
    except ValueError as error:
        why = f"'{value}' is not a number" if equals else "there is no '='"
        raise UsageError(
            f"'{text}' is not a gate", why=why, hint=f"write {option} {metric.name}=0.95"
        ) from error
    if metric.answers and not answers:
        raise UsageError(
            f"retrieval alone does not measure {metric.name}",
            why="the model is not asked with --retrieval-only",
            hint="leave out --retrieval-only, or the gate",
        )
    return Gate(metric.name, bound, most)


def failed(gates: Sequence[Gate], values: Mapping[str, Value]) -> tuple[FailedGate, ...]:
    """The gates that are not met. A metric without a value meets none."""
    each = [(gate, values[gate.metric].value) for gate in gates]
    return tuple(FailedGate(gate, value) for gate, value in each if not met(gate, value))


def met(gate: Gate, value: float | None) -> bool:
    """The bound itself is good enough; what could not be measured is not."""
    return value is not None and (value <= gate.bound if gate.most else value >= gate.bound)


def failure(failures: Sequence[FailedGate], of: int, wrong: Sequence[str] = ()) -> GateFailed:
    """The error that ends the process. `wrong`: ids of questions, where nothing else will tell."""
    look = "see which questions went wrong with --report report.html"
    if wrong:
        look = f"look at {first_ids(wrong, _NAMED)}"
    return GateFailed(
        f"{len(failures)} of {of} quality gates failed",
        why="; ".join(str(one) for one in failures),
        hint=f"{look}, or lower the gate",
    )
