"""Each metric by one worked example."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

from kb.evaluation.metrics import (
    METRICS,
    LayerCount,
    groups,
    is_right,
    measure,
    quantile,
    refusals,
)
from tests.unit.evaluation.samples import answered, question, result

DOCUMENT = Path(__file__).parents[3] / "docs" / "evaluation.md"
NO = question("u1", answerable=False)


def value(name: str, *results: object, answers: bool = True) -> float | None:
    return measure(results, answers=answers)[name].value  # type: ignore[arg-type]


def test_every_metric_is_documented_and_no_other() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    table = text.split("| metric |", 1)[1].split("\n\n", 1)[0]
    assert set(re.findall(r"`([^`]+)`", "\n".join(re.findall(r"^\| (.*?) \|", table, re.M)))) == {
        *METRICS
    }


def test_recall_counts_questions_whose_first_k_hits_hold_an_answer() -> None:
    results = [result(at=1), result(at=4), result(at=None), result(NO, at=None)]
    found = [value(f"recall@{k}", *results) for k in (1, 3, 5, 10)]
    assert found == pytest.approx([1 / 3, 1 / 3, 2 / 3, 2 / 3])


def test_source_recall_leaves_out_questions_that_name_no_source() -> None:
    nameless = result(question(source=""), at=None)
    assert value("source_recall@1", result(at=1), nameless) == 1.0
    assert value("recall@1", result(at=1), nameless) == 0.5


def test_mrr_is_the_mean_of_one_by_the_rank() -> None:
    assert value("mrr", result(at=2), result(at=4), result(at=None)) == pytest.approx(0.25)
    assert value("mrr", result(at=12, of=20)) == 0.0


def test_ndcg_compares_with_the_best_order_of_the_source_chunks() -> None:
    assert value("ndcg@10", result(at=1)) == 1.0
    assert value("ndcg@10", result(at=3)) == pytest.approx(1 / math.log2(4))


def test_an_answer_counts_only_if_it_was_not_refused() -> None:
    results = [
        result(answer=answered(contains=True)),
        result(answer=answered()),
        result(answer=answered(refused_by="model")),
        result(failure="broke off"),
        result(NO, answer=answered(refused_by="retrieval")),
    ]
    assert value("accuracy", *results) == 1 / 4
    assert value("f1", *results) == 1 / 8
    assert value("correct", *results) == 2 / 5
    assert value("failed_questions", *results) == 1
    assert value("wrong_refusals", *results) == 1 / 3


def test_refusals_have_precision_and_recall() -> None:
    results = [
        result(answer=answered(refused_by="model")),
        result(NO, answer=answered(refused_by="retrieval")),
        result(NO, answer=answered(refused_by="model")),
        result(NO, answer=answered(unsupported=("42",))),
        result(NO, answer=answered()),
    ]
    assert value("refusal_precision", *results) == 2 / 3
    assert value("refusal_recall", *results) == 2 / 4
    assert value("refusal_recall_before_model", *results) == 1 / 4
    assert value("refused_or_flagged", *results) == 3 / 4
    assert value("flagged", *results) == 1 / 2
    assert refusals(results) == {"model": LayerCount(1, 1), "retrieval": LayerCount(1, 0)}


def test_citations_are_counted_one_by_one() -> None:
    results = [
        result(answer=answered(contains=True)),
        result(answer=answered()),
        result(NO, answer=answered()),
    ]
    assert value("citation_precision", *results) == 1 / 4
    assert value("citation_source", *results) == 1 / 4


def test_what_was_not_asked_has_no_value() -> None:
    found = measure([result()], answers=False)
    assert {name for name, one in found.items() if one.value is None} == {
        name for name, metric in METRICS.items() if metric.answers
    }
    assert value("refusal_recall", result(answer=answered())) is None


def test_retrieval_alone_says_nothing_of_an_unanswerable_question() -> None:
    assert [is_right(one) for one in (result(at=5), result(at=6), result(NO))] == [
        True,
        False,
        None,
    ]


def test_the_interval_holds_the_value_narrows_with_more_questions_and_is_repeatable() -> None:
    def width(count: int) -> float:
        results = [result(at=1 if n % 4 else None) for n in range(count)]
        found = measure(results, answers=False)["recall@1"]
        assert found.low is not None
        assert found.high is not None
        assert found.low <= 0.75 <= found.high
        assert found == measure(results, answers=False)["recall@1"]
        return found.high - found.low

    assert width(400) < width(40) / 2


def test_latency_is_told_by_its_quantiles() -> None:
    assert quantile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert quantile([0.0, 1.0], 0.95) == pytest.approx(0.95)
    assert value("p95_retrieve_seconds", result(), result()) == 0.25


def test_groups_of_one_are_left_out() -> None:
    english = result(question("q2", language="en"))
    assert groups([result()]) == {}
    found = groups([result(), english])
    assert list(found) == ["language"]
    assert found["language"]["en"] == [english]
