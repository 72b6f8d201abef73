"""What a reranker was worth, from a run's results."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kb.evaluation import runs
from kb.evaluation.judge import RankedHit, Result, Retrieved
from kb.evaluation.report import html
from kb.evaluation.reranking import gains
from kb.evaluation.summary import summarise
from tests.unit.evaluation.samples import question, result, run


def found(rank: int, seconds: float = 0.1) -> Retrieved:
    """Ten hits, of which the one at a rank holds the answer."""
    hits = tuple(RankedHit("a.txt", 0.5, "zh", n == rank, n == rank) for n in range(1, 11))
    return Retrieved(hits, 1, seconds)


def reranked(before: int, after: int, name: str) -> Result:
    made = Result(question(name), found(after, seconds=0.3), unranked=found(before))
    assert made.retrieved != made.unranked
    return made


def test_each_metric_stands_without_and_with_it_and_the_difference_is_paired() -> None:
    results = [reranked(2, 1, f"q{n}") for n in range(30)] + [reranked(1, 3, "worse")]
    told = {gain.metric: gain for gain in gains(results)}
    first = told["recall@1"]
    assert first.without == pytest.approx(1 / 31)
    assert first.with_it == pytest.approx(30 / 31)
    assert first.difference == pytest.approx(29 / 31)
    assert first.low is not None
    assert first.high is not None
    assert 0.7 < first.low < 29 / 31 <= first.high <= 1
    assert (told["recall@3"].difference, told["recall@3"].low, told["recall@3"].high) == (0, 0, 0)
    assert told["mrr"].without == pytest.approx((30 / 2 + 1) / 31)
    time = told["p50_retrieve_seconds"]
    assert (time.without, time.with_it, time.low) == (0.1, 0.3, None)


def test_a_run_without_a_reranker_has_nothing_to_tell() -> None:
    made = run(result())
    assert gains(made.results) == ()
    assert "Reranking" not in html(made, summarise(made))


def test_it_is_kept_with_the_run_and_told_in_the_report(tmp_path: Path) -> None:
    made = run(reranked(2, 1, "q1"), reranked(1, 1, "q2"))
    made = replace(made, info=replace(made.info, rerank="bge <reranker>"))
    runs.save(made, tmp_path / "run.json")
    assert runs.load(tmp_path / "run.json") == made
    page = html(made, summarise(made))
    assert "<h2>Reranking</h2>" in page
    assert "bge &lt;reranker&gt;" in page
    assert "<td>+0.500</td>" in page
