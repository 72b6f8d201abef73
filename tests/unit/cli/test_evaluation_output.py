"""What `kb eval` shows people, and its JSON: a run, a comparison, a calibration, a verdict."""

from __future__ import annotations

from typing import Any

import pytest

from kb.answering.refusal import Threshold
from kb.answering.verdict import Bounds, Rule
from kb.cli.calibration_output import calibration_fields, show_calibration, show_wordings
from kb.cli.eval_output import run_fields, show_run
from kb.cli.verdict_output import show_verdict, verdict_fields
from kb.evaluation.calibration import Side
from kb.evaluation.gates import failed, parse_gate
from kb.evaluation.reranking import Gain
from kb.evaluation.runs import Run, compare
from kb.evaluation.summary import Summary, summarise
from kb.pipelines.calibrate import Calibrated, Refused
from kb.pipelines.verdicts import ChosenVerdict, Margins
from kb.pipelines.wordings import ChosenWording, WordingCount
from kb.text.language import Language
from kb.wording import Inquiry, Wording
from tests.unit.evaluation.samples import answered, question, result, run

RIGHT, WRONG = answered(contains=True), answered()
REFUSED = answered(refused_by="score-threshold")


@pytest.fixture
def told() -> Run:
    """Two of four answerable questions right, one wrong, one refused; one unanswerable refused."""
    return run(
        result(question("a"), answer=RIGHT),
        result(question("b"), answer=RIGHT, at=2),
        result(question("c"), answer=WRONG),
        result(question("d"), answer=REFUSED, at=None),
        result(question("u", answerable=False), answer=REFUSED, at=None),
    )


def lines(text: str, beginning: str) -> list[list[str]]:
    """The words of the lines that begin so."""
    return [line.split() for line in text.splitlines() if line.startswith(beginning)]


def test_people_see_metrics_outcomes_and_who_refused(
    told: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    show_run(told, summarise(told), None)
    out = capsys.readouterr().out
    [accuracy] = lines(out, "accuracy")
    assert accuracy[1] == "0.500"
    assert accuracy[3] == "to"
    assert "refused by score-threshold: 1 rightly, 1 wrongly" in out
    assert "wrong: c, d" in out
    assert [row[1] for row in lines(out, "answerable")] == ["n"]


def test_retrieval_alone_shows_no_answers(capsys: pytest.CaptureFixture[str]) -> None:
    found = run(result(question("a")), answers=False)
    show_run(found, summarise(found), None)
    out = capsys.readouterr().out
    assert lines(out, "recall@1")[0][1] == "1.000"
    assert "accuracy" not in out
    assert "answerable" not in out


def test_a_comparison_names_what_is_better_and_worse(
    told: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    after = run(
        result(question("a"), answer=WRONG),
        result(question("c"), answer=RIGHT),
        result(question("d"), answer=RIGHT),
    )
    comparison = compare(told, after)
    show_run(after, summarise(after), comparison)
    out = capsys.readouterr().out
    assert "compared on 3 questions (2 only before, 0 only now)" in out
    assert "right now, wrong before: c, d" in out
    assert "wrong now, right before: a" in out
    assert lines(out, "accuracy")[-1][1:4] == ["0.333", "0.667", "+0.333"]
    fields: Any = run_fields(after, summarise(after), (), comparison)["comparison"]
    assert (fields["questions"], fields["better"], fields["worse"]) == (3, ["c", "d"], ["a"])
    assert fields["metrics"]["accuracy"]["difference"] == 0.3333


def test_what_a_reranker_is_worth_is_shown_beside_what_it_was_without(
    told: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    values = summarise(told)
    gains = (Gain("mrr", 0.5, 0.75, 0.1, 0.4), Gain("recall@5", None, None, None, None))
    summary = Summary(values.values, values.grouped, gains)
    show_run(told, summary, None)
    out = capsys.readouterr().out
    assert lines(out, "mrr")[-1] == ["mrr", "0.500", "0.750", "+0.250", "+0.100", "to", "+0.400"]
    fields: Any = run_fields(told, summary, (), None)["rerank"]
    assert fields["difference"] == {"mrr": 0.25, "recall@5": None}
    assert fields["intervals"] == {"mrr": [0.1, 0.4]}


def test_a_script_gets_gates_outcomes_and_figures_of_four_digits(told: Run) -> None:
    summary = summarise(told)
    gates = [
        parse_gate("accuracy=0.8", most=False, answers=True),
        parse_gate("wrong_refusals=0.5", most=True, answers=True),
    ]
    fields: Any = run_fields(told, summary, failed(gates, summary.values), None)
    assert (fields["questions"], fields["asked"]) == (5, 5)
    assert fields["failed_gates"] == [
        {"metric": "accuracy", "value": 0.5, "bound": 0.8, "gate": "accuracy >= 0.8"}
    ]
    assert fields["metrics"]["mrr"] == 0.625
    assert fields["refused_by"] == {"score-threshold": {"right": 1, "wrong": 1}}
    assert fields["wrong"] == ["c", "d"]
    assert "comparison" not in fields
    assert fields["outcomes"]["all"]["unanswerable"]["refused"] == 1


# --- calibration ----------------------------------------------------------------------

HIGH, LOW = tuple(0.5 + n / 100 for n in range(20)), (0.1, 0.2)
FOUND = Calibrated(
    threshold=Threshold(0.45, 0.3),
    before=Threshold(0.4, 0.3),
    within=Side(0.45, HIGH, LOW, (0.3,)),
    across=Side(None, (0.6,), (), ()),
    refused=Refused(1, 20, 2, 2),
    refused_before=Refused(0, 20, 1, 2),
    left_out=("q9",),
)


def test_a_calibration_shows_scores_and_what_the_threshold_refuses(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show_calibration(FOUND)
    out = capsys.readouterr().out
    assert "AUC of answerable against unanswerable: 1.000" in out
    assert "across languages the threshold stays as it is" in out
    assert "not used, their source is not indexed: q9" in out
    assert "before: 0.400 within a language, 0.300 across; refuses 0 of 20 answerable" in out
    assert "now:    0.450 within a language, 0.300 across; refuses 1 of 20 answerable" in out


def test_a_calibration_of_one_language_says_that_nothing_crosses(
    capsys: pytest.CaptureFixture[str],
) -> None:
    nothing = Side(None, (), (), ())
    one = Calibrated(FOUND.threshold, None, FOUND.within, nothing, FOUND.refused, FOUND.refused, ())
    show_calibration(one)
    out = capsys.readouterr().out
    assert "across languages: no answerable question" in out
    assert "before:" not in out
    fields: Any = calibration_fields(one, "m", 3, None, "chat")
    assert (fields["before"], "wording" in fields) == (None, False)
    assert fields["across"]["percentiles"] == {}


BEFORE, CHOSEN, *_ = Wording
WORDS = ChosenWording(
    chosen=CHOSEN,
    before=BEFORE,
    counts={BEFORE: WordingCount(right=3), CHOSEN: WordingCount(right=5)},
    answerable=6,
    unanswerable=4,
)


def test_wordings_are_shown_with_what_became_of_the_questions(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show_wordings(WORDS, "chat")
    out = capsys.readouterr().out
    assert "chat, 6 answerable and 4 unanswerable questions asked in each wording" in out
    assert f"{BEFORE}, in force" in out
    assert lines(out, str(CHOSEN))[0][1] == "5"
    assert f"chosen: {CHOSEN}" in out
    fields: Any = calibration_fields(FOUND, "m", 3, WORDS, "chat")
    assert (fields["generation"], fields["wording"]["chat"]) == (3, "chat")
    assert fields["within"]["calibrated"]
    assert not fields["across"]["calibrated"]
    assert fields["within"]["percentiles"]["answerable"]["p50"] == 0.595


def test_a_verdict_s_rule_is_shown_with_the_questions_that_it_gives_up(
    capsys: pytest.CaptureFixture[str],
) -> None:
    way, *_ = Inquiry
    some = Margins((-1.0, 2.0, 3.0, 4.0), (-3.0, -2.0, 1.0))
    found = ChosenVerdict(
        rules={Language.EN: Rule(way, Bounds(-1.5, 0.0))},
        margins={Language.EN: {way: some}, Language.ZH: {way: Margins((1.0,), ())}},
        lost=2,
    )
    show_verdict(found, "chat")
    out = capsys.readouterr().out
    assert f"en {way}: 4 answerable, 3 unanswerable, AUC 0.917" in out
    assert f"chosen {way}; below -1.50 it refuses 0 of 4 answerable and 2 of 3 unanswer" in out
    assert "below 0.00 it refuses or marks 1 of 4 answerable and 2 of 3 unanswerable ones" in out
    assert "zh: too few questions to calibrate with, the rule stays as it is" in out
    assert "no passage that was found holds their answer: 2 questions" in out
    fields: Any = verdict_fields(found, "chat")
    assert fields["not_in_passages"] == 2
    assert fields["languages"]["en"]["rule"] == {"inquiry": way.value, "refuse": -1.5, "flag": 0.0}
    assert fields["languages"]["zh"]["rule"] is None
