"""Gates: what is asked for, and what happens when it is not reached."""

from __future__ import annotations

import pytest

from kb.errors import UsageError
from kb.evaluation import gates
from kb.evaluation.metrics import METRICS, measure
from tests.unit.evaluation.samples import answered, result


def test_a_gate_is_least_or_most_and_its_bound_is_good_enough() -> None:
    values = measure([result(at=1), result(at=None)], answers=False)
    wanted = [
        gates.parse_gate("recall@5=0.5", most=False, answers=False),
        gates.parse_gate("recall@5=0.6", most=False, answers=False),
        gates.parse_gate("p50_retrieve_seconds = 0.25", most=True, answers=False),
        gates.parse_gate("p50_retrieve_seconds=0.2", most=True, answers=False),
    ]
    assert [str(one) for one in gates.failed(wanted, values)] == [
        "recall@5 is 0.5, wanted recall@5 >= 0.6",
        "p50_retrieve_seconds is 0.25, wanted p50_retrieve_seconds <= 0.2",
    ]


def test_a_metric_without_a_value_fails_its_gate() -> None:
    values = measure([result(answer=answered(contains=True))], answers=True)
    gate = gates.parse_gate("refusal_recall=0", most=False, answers=True)
    [lost] = gates.failed([gate], values)
    assert "could not be measured" in str(lost)


def test_an_unknown_metric_is_told_all_names() -> None:
    with pytest.raises(UsageError) as caught:
        gates.parse_gate("recal=0.9", most=False, answers=True)
    assert all(name in caught.value.why for name in METRICS)


@pytest.mark.parametrize("text", ["recall@5", "recall@5=", "recall@5=high", "recall@5=nan"])
def test_a_bound_that_is_no_number_is_wrong_usage(text: str) -> None:
    with pytest.raises(UsageError, match="not a gate"):
        gates.parse_gate(text, most=False, answers=True)


def test_a_gate_on_answers_is_refused_where_none_are_asked_for() -> None:
    with pytest.raises(UsageError, match="retrieval alone"):
        gates.parse_gate("accuracy=0.5", most=False, answers=False)


def test_the_error_names_every_failed_gate() -> None:
    gate = gates.Gate("recall@1", 0.9)
    error = gates.failure([gates.FailedGate(gate, 0.8), gates.FailedGate(gate, None)], 3)
    assert error.exit_code == 10
    assert error.what == "2 of 3 quality gates failed"
    assert "recall@1 is 0.8" in error.why
    assert "could not be measured" in error.why


def test_where_nothing_else_tells_the_error_names_the_questions_that_went_wrong() -> None:
    failed = [gates.FailedGate(gates.Gate("accuracy", 0.9), 0.8)]
    assert gates.failure(failed, 1).hint.startswith("see which questions went wrong with --report")
    assert gates.failure(failed, 1, ["a1", "a2"]).hint == "look at a1, a2, or lower the gate"
    many = gates.failure(failed, 1, [f"a{number}" for number in range(12)]).hint
    assert "a9 and 2 more," in many
    assert "a10" not in many
