"""Make an office, take it in, ask its questions, print how they end by class.

    python -m tests.bench.firms --firm hospital --seed 3 [--no-model] [--limit N]
    python -m tests.bench.firms --set lookups --seed 3 --no-model
    python -m tests.bench.firms --set reports --seed 3 --tables
    python -m tests.bench.firms --firm hotel --kb .venv/bin/kb    # a new process a question

`--no-model` never starts the chat model; what would need it counts as "needs model". `--tables`
asks the tables alone, without any model; what they do not answer counts so, too. What is not right
is printed below the table, and with `--failures FILE` written there.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import textwrap
from collections import Counter, defaultdict
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from kb import egress
from kb.evaluation.outcomes import Outcome
from kb.evaluation.questions import Question, read_questions, sample
from tests.bench.answers import say
from tests.bench.encyclopaedia.generate import generate as encyclopaedia
from tests.bench.firms.generate import TRADES, generate
from tests.bench.firms.running import (
    NEEDS_MODEL,
    Asked,
    Row,
    in_new_processes,
    in_this_process,
    over_tables_alone,
    run,
    take_in,
)
from tests.bench.lookups.generate import generate as lookups
from tests.bench.places import MODELS, demo_settings
from tests.bench.reports.generate import generate as reports

SETS = {"lookups": lookups, "reports": reports, "encyclopaedia": encyclopaedia}

ENDS = {
    "right": (Outcome.RIGHT,),
    "wrong": (Outcome.WRONG, Outcome.INVENTED),
    "flagged": (Outcome.WRONG_FLAGGED, Outcome.FLAGGED),
    "refused": (Outcome.REFUSED,),
    NEEDS_MODEL: (NEEDS_MODEL,),
}

_SHOWN = 300
"""Characters of an answer that is not right."""


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options(arguments)
    egress.install()
    firms = [options.set] if options.set else [options.firm] if options.firm else [*TRADES]
    rows: list[Row] = []
    for firm in firms:
        folder = options.work / f"{firm}-{options.seed}"
        if firm in SETS:
            SETS[firm](options.seed, folder)
        else:
            generate(firm, options.seed, folder)
        if not options.only_generate:
            rows += _asked(firm, folder, options)
    if options.only_generate:
        return
    if len(firms) > 1:
        report("all", rows)
    if options.failures:
        options.failures.write_text("\n".join(map(failure, filter(missed, rows))), encoding="utf-8")


def _asked(firm: str, folder: Path, options: argparse.Namespace) -> list[Row]:
    questions = sample(read_questions(folder / "questions.jsonl"), options.limit, options.seed)
    rows = []
    with _asking(folder, options) as asked:
        for row in run(questions, asked):
            rows.append(row)
            sys.stderr.write(f"\r{firm}: {len(rows)} of {len(questions)}")
    sys.stderr.write("\n")
    report(firm, rows)
    for row in filter(missed, rows):
        say(failure(row))
    return rows


def _asking(folder: Path, options: argparse.Namespace) -> AbstractContextManager[Asked]:
    if options.tables:
        return over_tables_alone(folder)
    settings = demo_settings(folder / "home", options.models)
    take_in(settings, folder / "docs")
    if options.kb:
        return in_new_processes(options.kb, settings, no_model=options.no_model)
    return in_this_process(settings, no_model=options.no_model)


def missed(row: Row) -> bool:
    """Not as it should end. A question that several tables answer differently may be refused."""
    if row.question.kind.startswith("open") and row.end in (Outcome.REFUSED, NEEDS_MODEL):
        return False
    wanted = Outcome.RIGHT if row.question.answerable else Outcome.REFUSED
    return row.end != wanted


def report(name: str, rows: Sequence[Row]) -> None:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        kind = "answerable" if row.question.answerable else "unanswerable"
        groups[kind].append(row)
        groups[f"  {row.question.kind}"].append(row)
    say(f"{name:<26}{'n':>5}" + "".join(f"{end:>13}" for end in (*ENDS, "computed")))
    for group in sorted(groups, key=lambda one: (one.strip() == one, one), reverse=True):
        some = groups[group]
        ends = Counter(str(row.end) for row in some)
        cells = [sum(ends[str(one)] for one in kinds) for kinds in ENDS.values()]
        cells.append(sum(row.computed for row in some))
        say(f"{group:<26}{len(some):>5}" + "".join(f"{cell:>13}" for cell in cells))
    seconds = [row.seconds for row in rows]
    computed = [row.seconds for row in rows if row.computed]
    say(f"median seconds {_median(seconds)}, of what was computed {_median(computed)}\n")


def _median(seconds: Sequence[float]) -> str:
    return f"{statistics.median(seconds):.3f}" if seconds else "–"


def failure(row: Row) -> str:
    computed = ", computed" if row.computed else ""
    said = textwrap.shorten(row.answer, _SHOWN, placeholder=" …")
    return f"[{row.end}{computed}] {_expected(row.question)}\n    got: {said}"


def _expected(question: Question) -> str:
    need = "; ".join("|".join(group) for group in question.need) or "a refusal"
    before = f" (after: {question.history[-1]})" if question.history else ""
    forbid = f", not {', '.join(question.forbid)}" if question.forbid else ""
    return f"{question.id} {question.kind}: {question.text}{before}\n    want: {need}{forbid}"


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--firm", choices=TRADES, help="one trade; else all of them")
    parser.add_argument("--set", choices=SETS, help="no trade, but one of the sets of one kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--limit", type=int, help="a random sample of so many questions a firm")
    parser.add_argument("--tables", action="store_true", help="ask the tables alone, no model")
    parser.add_argument("--no-model", action="store_true", help="never start the chat model")
    parser.add_argument("--kb", help="the program, to ask each question in a new process")
    parser.add_argument("--only-generate", action="store_true", help="write the sets, ask nothing")
    parser.add_argument("--failures", type=Path, help="also write what is not right there")
    parser.add_argument("--models", type=Path, default=MODELS)
    parser.add_argument("--work", type=Path, default=Path("build") / "firms")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
