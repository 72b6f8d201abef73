"""A run kept on the disk, and two runs compared."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kb.errors import UsageError
from kb.evaluation.runs import compare, load, paired_p, save
from tests.unit.evaluation.samples import answered, question, result, run

RIGHT = answered(contains=True)
WRONG = answered()


def test_a_saved_run_is_read_back_as_it_was(tmp_path: Path) -> None:
    before = run(
        result(answer=RIGHT), result(question("u", answerable=False), failure="broke\udcff off")
    )
    save(before, tmp_path / "run.json")
    again = load(tmp_path / "run.json")
    assert again.info == before.info
    assert again.results[0] == before.results[0]


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"format": "other"}', '{"format": "kb eval run 1", "info": {}}']
)
def test_a_file_that_is_no_run_is_wrong_usage(tmp_path: Path, text: str) -> None:
    file = tmp_path / "run.json"
    file.write_text(text)
    with pytest.raises(UsageError, match="not a saved run"):
        load(file)
    with pytest.raises(UsageError, match="not a saved run"):
        load(tmp_path / "missing.json")


def test_questions_are_paired_by_id_and_told_apart_by_better_and_worse() -> None:
    before = run(
        result(question("a"), answer=RIGHT),
        result(question("b"), answer=WRONG),
        result(question("c"), answer=RIGHT),
    )
    after = run(
        result(question("a"), answer=WRONG),
        result(question("b"), answer=RIGHT),
        result(question("c"), answer=RIGHT),
        result(question("new"), answer=WRONG),
    )
    found = compare(before, after)
    assert (found.common, found.only_before, found.only_after) == (3, 0, 1)
    assert (found.better, found.worse) == (("b",), ("a",))
    changes = {change.metric: change for change in found.changes}
    assert changes["accuracy"].difference == 0.0
    assert changes["accuracy"].p == 1.0


def test_a_question_that_was_reworded_is_another_one() -> None:
    reworded = replace(question(), text="张飞的号码？")
    found = compare(run(result(answer=RIGHT)), run(result(reworded, answer=RIGHT)))
    assert (found.common, found.only_before, found.only_after) == (0, 1, 1)


def test_a_run_without_answers_is_compared_by_retrieval() -> None:
    unanswerable = question("u", answerable=False)
    before = run(
        result(at=1, answer=WRONG), result(unanswerable, answer=answered(refused_by="model"))
    )
    after = run(result(at=7), result(unanswerable), answers=False)
    found = compare(before, after)
    assert (found.better, found.worse) == ((), ("q1",))
    changes = {change.metric: change for change in found.changes}
    assert changes["accuracy"].difference is None
    assert changes["recall@5"].difference == -1.0


def test_mcnemar_is_exact() -> None:
    # 1 of 6 discordant questions the other way: 2 * (1 + 6) / 2**6.
    assert paired_p([1, 1, 1, 1, 1, -1, 0, 0]) == pytest.approx(14 / 64)
    assert paired_p([0, 0]) == 1.0
    assert paired_p([1, -1]) == 1.0


def test_fractions_are_tested_by_flipping_signs() -> None:
    assert paired_p([0.5] * 12) < 0.01
    assert paired_p([0.5, -0.5] * 6) > 0.9
    assert paired_p([0.3, -0.2, 0.4]) == paired_p([0.3, -0.2, 0.4])
