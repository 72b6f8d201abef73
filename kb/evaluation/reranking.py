"""What a reranker is worth: the same questions, retrieved with it and without it in one run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kb.evaluation.judge import Result
from kb.evaluation.metrics import DEPTHS, METRICS, difference, measure

COMPARED = (*(f"recall@{depth}" for depth in DEPTHS), "mrr", "ndcg@10")
TIMED = "p50_retrieve_seconds"


@dataclass(frozen=True, slots=True)
class Gain:
    """A metric without the reranker and with it, None where no question tells it. `low` and `high`
    bound 95 % of the difference's bootstrap over questions, paired; None without an interval."""

    metric: str
    without: float | None
    with_it: float | None
    low: float | None
    high: float | None

    @property
    def difference(self) -> float | None:
        if self.without is None or self.with_it is None:
            return None
        return self.with_it - self.without


def gains(results: Sequence[Result], *, seed: int = 0) -> tuple[Gain, ...]:
    """The ranking's metrics and the time that it takes, over the questions that were retrieved in
    both ways; none where no reranker was in use."""
    after = [one for one in results if one.unranked is not None]
    before = [replace(one, retrieved=one.unranked) for one in after if one.unranked is not None]
    if not after:
        return ()
    old, new = (measure(one, answers=False, intervals=False) for one in (before, after))
    found = []
    for name in (*COMPARED, TIMED):
        low, high = (
            (None, None) if name == TIMED else difference(METRICS[name], before, after, seed=seed)
        )
        found.append(Gain(name, old[name].value, new[name].value, low, high))
    return tuple(found)
