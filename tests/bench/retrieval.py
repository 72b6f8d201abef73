"""Answer-bearing chunks found on real questions, after a real `kb ingest`.

tests/bench/eval_retrieval.py takes the same figures apart, and calibrates the refusal threshold.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from kb.config import load
from kb.pipelines.ask import retrieve
from kb.session import wiring
from kb.types import Query, SearchMode
from tests.bench.places import MODELS, SHARED, new_kb
from tests.bench.table import Row, at_least
from tests.commands import Kb

_SET = "cmrc2018-trial"
_QUESTIONS = 400
_TARGETS = {1: 0.95, 5: 0.99}


def rows() -> list[Row]:
    folder = SHARED / "eval" / _SET
    if not folder.is_dir():
        return [Row(f"{_SET}, answer-bearing chunk", "not measured: the set is not here")]
    lines = (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line) for line in lines[:_QUESTIONS]]
    with new_kb() as kb:
        done = kb("ingest", str(folder / "docs"), seconds=1800)
        if done.code:
            raise SystemExit(done.err)
        return [row for mode in SearchMode for row in _recall(kb, questions, mode)]


def _recall(kb: Kb, questions: list[dict[str, Any]], mode: SearchMode) -> list[Row]:
    settings = load(
        file=Path(kb.command()[-1]), home=kb.home, environ={"KB_MODELS__FOLDER": str(MODELS)}
    )
    found = dict.fromkeys(_TARGETS, 0)
    with wiring.ask_tools(settings) as tools:
        for question in questions:
            hits = retrieve(Query(question["question"], max(_TARGETS), mode), tools).hits
            holds = [any(a in hit.chunk.text for a in question["answers"]) for hit in hits]
            for depth in _TARGETS:
                found[depth] += any(holds[:depth])
    shares = {depth: hit / len(questions) for depth, hit in found.items()}
    named = {depth: f"{_SET}, answer-bearing chunk @{depth}, {mode.value}" for depth in shares}
    if mode is not SearchMode.HYBRID:
        return [Row(named[depth], f"{share:.3f}") for depth, share in shares.items()]
    return [at_least(named[depth], share, _TARGETS[depth]) for depth, share in shares.items()]
