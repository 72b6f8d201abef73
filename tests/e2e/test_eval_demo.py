"""`kb eval` on the demo corpus with the real models: its own questions, a calibration, drafts."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.commands import Kb
from tests.e2e.conftest import REPOSITORY
from tests.homes import copied

QUESTIONS = REPOSITORY / "data" / "demo" / "questions.jsonl"
COUNT = len(QUESTIONS.read_text(encoding="utf-8").splitlines())


@pytest.fixture
def own(demo: Kb, tmp_path: Path) -> Kb:
    """The demo's index, to be changed."""
    copied(demo.home, tmp_path / "home")
    return replace(demo, home=tmp_path / "home")


def test_the_demo_questions_are_found(demo: Kb, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    gates = ("--min", "recall@5=0.95", "--min", "source_recall@10=0.98", "--min", "mrr=0.85")
    done = demo(
        *("eval", str(QUESTIONS), "--retrieval-only", "--json", "--report", str(page)), *gates
    )
    assert done.code == 0, done.err
    assert done.json["questions"] == COUNT
    assert done.json["metrics"]["recall_ceiling"] == 1.0
    assert "關羽的電話號碼是多少？" in page.read_text(encoding="utf-8")


@pytest.mark.nightly  # make eval-short, which CI runs, asks six
def test_three_questions_are_asked_and_judged(demo: Kb, tmp_path: Path) -> None:
    rows = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    chosen = [row for row in rows if row["id"] in ("a01", "a40", "u-subject-01")]
    file = tmp_path / "three.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in chosen), encoding="utf-8")
    done = demo("eval", str(file), "--json", "--min", "correct=1", "--max", "unflagged_numbers=0")
    assert done.code == 0, done.err
    metrics = done.json["metrics"]
    assert (metrics["accuracy"], metrics["refusal_recall"], metrics["wrong_refusals"]) == (1, 1, 0)
    assert metrics["citation_precision"] > 0
    assert 0 < metrics["p50_first_word_seconds"] <= metrics["p95_seconds"]
    assert done.json["refused_by"] == {"missing-term": {"right": 1, "wrong": 0}}


def test_a_calibrated_threshold_is_what_asking_goes_by(own: Kb) -> None:
    done = own("eval", str(QUESTIONS), "--calibrate", "--json")
    assert done.code == 0, done.err
    found = done.json["calibrate"]
    assert found["within"]["calibrated"]
    assert found["within"]["auc"] > 0.8
    assert 0.05 < found["threshold"]["within"] < 0.2
    assert found["generation"] == own("status", "--json").json["status"]["generation"]
    again = own("eval", str(QUESTIONS), "--calibrate", "--json").json["calibrate"]
    assert again["before"] == found["threshold"], "what was stored is in force"
    assert own("check").code == 0


@pytest.mark.nightly  # by day with a fake model: tests/pipelines/test_evaluate.py
def test_drafts_stand_in_the_documents_and_can_be_run(demo: Kb, tmp_path: Path) -> None:
    file = tmp_path / "drafts.jsonl"
    done = demo("eval", "--generate", "1", str(file), "--json")
    assert done.code == 0, done.err
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert len(rows) == done.json["generate"]["questions"] > 0
    for row in rows:
        assert row["draft"] is True
        assert row["answers"][0] in row["passage"]
        assert row["answers"][0] not in row["question"]
    run = demo("eval", str(file), "--retrieval-only", "--json")
    assert run.code == 0
    assert run.json["metrics"]["recall_ceiling"] == 1.0
    assert "drafts that nobody reviewed" in run.err
