"""LlamaIndex's own path for tables, with the demo's models, beside what kb computes.

    python -m tests.bench.stock_tables --limit 20 --seed 17 [--home HOME] [--report]

`NLSQLTableQueryEngine`: pandas reads each sheet and each CSV file as its documentation shows, they
become tables of SQLite, the model writes SQL and then words its result. It is given the tables of
the right files alone, which helps it: over a share, a retriever would have to find them first. Only
questions whose tables are XLSX and CSV are drawn, since the path has no reader for those of other
documents. kb is asked over the whole share, and never starts the chat model. Each question's
answers are kept in `--work` as a line of JSON, and an interrupted run goes on from there.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas
from llama_index.core import SQLDatabase
from llama_index.core.query_engine import NLSQLTableQueryEngine
from sqlalchemy import create_engine

from kb import egress
from kb.config import Settings
from kb.evaluation.judge import Result, Retrieved
from kb.evaluation.needs import by_need
from kb.evaluation.outcomes import outcome
from kb.evaluation.questions import Question, read_questions, sample
from kb.integrations.llamaindex import KbEmbedding, KbLLM
from kb.session import wiring
from tests.bench.answers import DOES_NOT_KNOW, SHARED, say
from tests.bench.firms.running import in_this_process, run, take_in
from tests.bench.judging import unjudged
from tests.bench.places import MODELS, demo_settings

_READ = {".xlsx", ".xls", ".csv"}
_WORDED = 256
"""Tokens of an answer at most: SQL, or a sentence."""

Asked = Callable[[Question], Mapping[str, Any]]


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options(arguments)
    egress.install()
    questions = sample(_over_files(options.set), options.limit, options.seed)
    options.work.mkdir(parents=True, exist_ok=True)
    kept = options.work / "answers.jsonl"
    if not options.report:
        _ask(questions, options, kept)
    report(questions, _kept(kept))


def _over_files(folder: Path) -> tuple[Question, ...]:
    """The table questions whose tables are all files that pandas reads."""
    file = folder / "questions.jsonl"
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    computed = {row["id"] for row in rows if row.get("sql_like")}
    return tuple(
        one
        for one in read_questions(file)
        if one.id in computed and {Path(source).suffix for source in one.sources} <= _READ
    )


def _ask(questions: Sequence[Question], options: argparse.Namespace, kept: Path) -> None:
    settings = demo_settings(options.home or options.work / "home", options.models)
    docs = options.set / "docs"
    if not options.home:
        take_in(settings, docs)
    done = _kept(kept)
    with (
        kept.open("a", encoding="utf-8") as out,
        _theirs(settings, docs) as theirs,
        in_this_process(settings, no_model=True) as ours,
    ):
        for question in questions:
            if question.id in done:
                continue
            [row] = run([question], ours)
            told = theirs(question)
            end = _end(question, told)
            found = {
                "id": question.id,
                "kb": {"end": row.end, "answer": row.answer, "seconds": row.seconds},
                "stock": {"end": end, **told},
            }
            out.write(json.dumps(found, ensure_ascii=False, default=str) + "\n")
            out.flush()
            sys.stderr.write(f"{question.id}: kb {row.end}, stock {end}\n")


@contextmanager
def _theirs(settings: Settings, docs: Path) -> Iterator[Asked]:
    limited = replace(settings, answer=replace(settings.answer, max_tokens=_WORDED))
    with wiring.ask_tools(limited) as tools:
        llm = KbLLM(tools.generator(), limited)
        embedding = KbEmbedding(tools.embedder)

        def asked(question: Question) -> Mapping[str, Any]:
            engine = create_engine("sqlite://")
            names = []
            for source in question.sources:
                for name, frame in _frames(docs / source):
                    frame.to_sql(name, engine, index=False)
                    names.append(name)
            started = time.monotonic()
            try:
                database = SQLDatabase(engine, include_tables=names)
                stock = NLSQLTableQueryEngine(
                    database, tables=names, llm=llm, embed_model=embedding
                )
                answer = stock.query(question.text)
                told = {"answer": str(answer), "sql": (answer.metadata or {}).get("sql_query", "")}
            except ImportError:
                raise
            except Exception as error:  # whatever it raises is how its answer ended
                told = {"answer": "", "sql": "", "failure": f"{type(error).__name__}: {error}"}
            return {**told, "seconds": time.monotonic() - started}

        yield asked


def _frames(path: Path) -> Iterator[tuple[str, Any]]:
    """The tables of a file, named after it and its sheet."""
    if path.suffix == ".csv":
        yield path.stem, _csv(path)
        return
    for sheet, frame in pandas.read_excel(path, sheet_name=None).items():
        yield f"{path.stem}_{sheet}", frame


def _csv(path: Path) -> Any:
    """As UTF-8, and as whoever sees that fail reads it next."""
    try:
        return pandas.read_csv(path)
    except UnicodeDecodeError:
        return pandas.read_csv(path, encoding="gb18030")


def _end(question: Question, told: Mapping[str, Any]) -> str:
    text = str(told["answer"])
    found = bool(text) and not DOES_NOT_KNOW.search(text)
    judged = unjudged(text, found=found, refused_by="" if found else "model", unsupported=())
    return outcome(Result(question, Retrieved((), 0, 0.0), by_need(question, judged))).value


def report(questions: Sequence[Question], kept: Mapping[str, Mapping[str, Any]]) -> None:
    asked = [one for one in questions if one.id in kept]
    say(f"{len(asked)} of {len(questions)} questions")
    for who in ("kb", "stock"):
        ends = Counter(str(kept[one.id][who]["end"]) for one in asked)
        seconds = [float(kept[one.id][who]["seconds"]) for one in asked]
        told = ", ".join(f"{count} {end}" for end, count in ends.most_common())
        say(f"{who}: {told}; median {statistics.median(seconds):.2f} s" if asked else who)


def _kept(file: Path) -> dict[str, Mapping[str, Any]]:
    if not file.exists():
        return {}
    rows = (json.loads(line) for line in file.read_text(encoding="utf-8").splitlines())
    return {row["id"]: row for row in rows}


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--set", type=Path, default=SHARED / "office", help="docs and questions")
    parser.add_argument("--limit", type=int, default=20)
    parser.add_argument("--seed", type=int, default=17)
    parser.add_argument("--home", type=Path, help="a home that has taken in the set's docs")
    parser.add_argument("--report", action="store_true", help="print what there is, ask nothing")
    parser.add_argument("--models", type=Path, default=MODELS)
    parser.add_argument("--work", type=Path, default=Path("build") / "stock-tables")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
