"""How questions on an office's share end with kb, and with a plain pipeline beside it.

    make eval-office
    python -m tests.bench.office --set FOLDER [--work build/office] [--report] [--limit N] [--alone]

FOLDER holds `docs/` and `questions.jsonl` (docs/evaluation.md). Both pipelines use the demo's
models; the plain one hands over the five nearest chunks with the usual instruction
(tests/bench/answers.py). A question's two answers are kept as a line of JSON as soon as they are
there, and an interrupted run goes on from there. With `--alone` the plain pipeline is not asked.
`make eval-office` exits 1 where there is no set.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from kb import egress
from kb.config import Settings
from kb.errors import EngineFailed, InputTooLong
from kb.evaluation.judge import Answered, Result, Retrieved
from kb.evaluation.metrics import quantile, refusals
from kb.evaluation.needs import by_need
from kb.evaluation.outcomes import (
    ANSWERABLE,
    UNANSWERABLE,
    Counts,
    by_group,
    known_mistakes,
    outcome,
)
from kb.evaluation.questions import Question, read_questions, sample
from kb.pipelines.evaluate import Bench, EvaluationJob, answered
from kb.pipelines.ingest import IngestJob, ingest
from kb.session import wiring
from kb.types import SearchMode
from tests.bench.answers import SHARED, plain, say
from tests.bench.judging import unjudged
from tests.bench.places import MODELS, demo_settings

WHO = ("kb", "plain")


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options(arguments)
    egress.install()
    questions = sample(read_questions(options.set / "questions.jsonl"), options.limit, options.seed)
    options.work.mkdir(parents=True, exist_ok=True)
    kept = options.work / "answers.jsonl"
    if not options.report:
        ask_both(
            questions,
            demo_settings(options.work / "home", options.models),
            options.set / "docs",
            kept,
            alone=options.alone,
        )
    results = _results(questions, kept)
    report(questions, results)
    by_place(options.set / "questions.jsonl", results["kb"])


def ask_both(
    questions: Sequence[Question], settings: Settings, docs: Path, kept: Path, *, alone: bool
) -> None:
    """Ask what is not yet answered in the file, one line a question; kb alone where so wanted."""
    done = {row["id"] for row in _rows(kept)}
    with wiring.ingest_tools(settings) as tools:
        ingest(IngestJob(paths=(docs,), prune=False, rebuild=False), tools, lambda progress: None)
    asking = wiring.asking(settings)
    with (
        wiring.ask_tools(settings) as tools,
        wiring.collection(settings).reader() as live,
        kept.open("a", encoding="utf-8") as out,
    ):
        bench = Bench(tools, live.catalog)
        job = EvaluationJob((), settings.retrieval.top_k, SearchMode.HYBRID, asking=asking)
        for number, question in enumerate(questions, 1):
            if question.id in done:
                continue
            row: dict[str, object] = {"id": question.id, "kb": None, "plain": None}
            try:
                row["kb"] = asdict(answered(question, bench, job, asking))
                if not alone:
                    row["plain"] = asdict(_plainly(question, bench))
            except (InputTooLong, EngineFailed) as error:
                row["failure"] = f"{error.what} ({error.why})"
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
            out.flush()
            sys.stderr.write(f"\r{number} of {len(questions)}")


def _plainly(question: Question, bench: Bench) -> Answered:
    """The plain pipeline's answer. It knows neither what was said before nor a mark."""
    said = plain(question, bench.tools)
    judged = unjudged(
        said.text,
        found=not said.refused,
        refused_by="model" if said.refused else "",
        unsupported=(),
        seconds=said.seconds,
    )
    return by_need(question, judged)


def report(questions: Sequence[Question], results: Mapping[str, Sequence[Result]]) -> None:
    say(f"{len(results['kb'])} of {len(questions)} questions")
    counts = {who: by_group(results[who]) for who in WHO}
    for kind, ends in (("answerable", ANSWERABLE), ("unanswerable", UNANSWERABLE)):
        say(f"\n{kind + ': kb / plain':<34}{'n':>5}" + "".join(f"{end:>16}" for end in ends))
        for group, ours in counts["kb"].items():
            here, there = (_of(one, kind) for one in (ours, counts["plain"][group]))
            if total := sum(here.values()):
                cells = "".join(f"{f'{here[end]} / {there[end]}':>16}" for end in ends)
                say(f"{group:<34}{total:>5}{cells}")
    computed = sum(bool(one.answered and one.answered.computation) for one in results["kb"])
    say(f"\nkb computed {computed} answers over tables, without the chat model")
    for layer, count in refusals(results["kb"]).items():
        say(f"kb refused by {layer}: {count.right} rightly, {count.wrong} wrongly")
    sent = [n for one in results["kb"] if one.answered and (n := one.answered.prompt_tokens)]
    first = [
        one.answered.first_word
        for one in results["kb"]
        if one.answered and one.answered.prompt_tokens
    ]
    if sent:
        say(
            f"kb sent the model {quantile(sent, 0.5):.0f} tokens (median of {len(sent)} questions);"
            f" first word after {quantile(first, 0.5):.1f} s"
        )
    for who in WHO:
        seconds = [one.answered.total for one in results[who] if one.answered]
        median = f"{quantile(seconds, 0.5):.1f}" if seconds else "–"
        say(f"{who}: foreseen mistakes {known_mistakes(results[who])}, median seconds {median}")


def by_place(file: Path, results: Sequence[Result]) -> None:
    """Those over tables (`sql_like` says how they would be computed) and those over documents."""
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    tables = {row["id"] for row in rows if row.get("sql_like")}
    for name, inside in (("tables", True), ("documents", False)):
        some = [
            one
            for one in results
            if one.question.answerable and (one.question.id in tables) is inside
        ]
        ends = Counter(str(outcome(one)) for one in some)
        layers = Counter(one.answered.refused_by for one in some if one.answered)
        told = ", ".join(f"{ends[str(end)]} {end}" for end in ANSWERABLE)
        say(f"kb over {name} ({len(some)}): {told}; refused by retrieval {layers['retrieval']}")


def _of(counts: Counts, kind: str) -> Mapping[Any, int]:
    return counts.answerable if kind == "answerable" else counts.unanswerable


def _rows(kept: Path) -> list[dict[str, Any]]:
    if not kept.exists():
        return []
    return [json.loads(line) for line in kept.read_text(encoding="utf-8").splitlines()]


def _results(questions: Sequence[Question], kept: Path) -> dict[str, list[Result]]:
    """What there is so far, judged anew: a question's need may have been corrected since."""
    rows = {row["id"]: row for row in _rows(kept)}
    asked = [question for question in questions if question.id in rows]
    return {who: [_result(one, rows[one.id], who) for one in asked] for who in WHO}


def _result(question: Question, row: Mapping[str, Any], who: str) -> Result:
    nothing = Retrieved((), 0, 0.0)
    found = row[who]
    if found is None:
        return Result(question, nothing, failure=str(row.get("failure", "")))
    lists = {name: tuple(found[name]) for name in ("unsupported", "unflagged")}
    return Result(question, nothing, by_need(question, Answered(**{**found, **lists})))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--set", type=Path, default=SHARED / "office", help="docs and questions")
    parser.add_argument("--limit", type=int, help="a random sample of so many questions")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--alone", action="store_true", help="without the plain pipeline")
    parser.add_argument("--report", action="store_true", help="print what there is, ask nothing")
    parser.add_argument("--models", type=Path, default=MODELS)
    parser.add_argument("--work", type=Path, default=Path("build") / "office")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
