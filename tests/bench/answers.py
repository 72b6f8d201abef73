"""Answers and refusals of kb beside those of a plain pipeline, with the same models.

    python -m tests.bench.answers --set xquad-zh-holdout --answerable 60 --unanswerable 60 --seed 0

The plain pipeline is what most people build first: the five nearest chunks by cosine in the
prompt, and the usual instruction to answer from them alone or to say "I don't know". Each
question's two answers are kept in `--work` as a line of JSON as soon as they are there; a run
that was interrupted goes on from there, and `--report` prints what there is so far. With `--alone`
the plain pipeline is not asked.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from kb import egress
from kb.answering import refusal
from kb.config import Settings
from kb.evaluation.judge import f1, holds
from kb.pipelines.ask import Limits, Tools, ask, retrieve
from kb.pipelines.ingest import IngestJob, ingest
from kb.session import wiring
from kb.text.language import Language, language
from kb.types import Answer, ChatPiece, Hit, Message, Query, SearchMode
from tests.bench.places import MODELS, demo_settings

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "eval"
LIMITS = Limits(num_ctx=4096, max_tokens=160)
KB_TOP_K, PLAIN_TOP_K = 3, 5

_INSTRUCTION = {
    Language.EN: (
        "You are a helpful assistant. Answer the question using only the context. If the answer "
        "is not in the context, say that you don't know."
    ),
    Language.ZH: (
        "你是一个乐于助人的助手。请只根据上下文回答问题。如果上下文中没有答案，就说不知道。"
    ),
}
DOES_NOT_KNOW = re.compile(
    r"\b(?:do not|don't|does not|doesn't) (?:know|have|provide|mention|contain|specify)\b"
    r"|\b(?:cannot|can't|unable to) (?:be )?(?:answer|determine|find|provide)"
    r"|\bno (?:information|mention|answer)\b|\bi(?:'m| am) sorry\b"
    r"|不知道|不清楚|无法(?:回答|确定|得知|提供|找到)|没有(?:提到|提及|提供|说明|答案|相关|找到|明确)|抱歉|未(?:提到|提及|提供)",
    re.IGNORECASE,
)


class Asked(Protocol):
    """What asking needs of a question."""

    @property
    def text(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Question:
    id: str
    text: str
    answers: tuple[str, ...]
    answerable: bool


@dataclass(frozen=True, slots=True)
class Said:
    """`flagged`: shown with a warning. Seconds from the question to the end of the answer."""

    text: str
    refused: bool
    flagged: bool
    seconds: float


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options(arguments)
    egress.install()
    questions = chosen(
        read(options.shared / options.set / "questions.jsonl"),
        {True: options.answerable, False: options.unanswerable},
        seed=options.seed,
    )
    options.work.mkdir(parents=True, exist_ok=True)
    who = ("kb",) if options.alone else ("kb", "plain")
    kept = options.work / f"answers-{options.set}{'-alone' if options.alone else ''}.jsonl"
    if not options.report:
        ask_each(
            questions,
            demo_settings(options.work / "home", options.models, options.set),
            options.shared / options.set / "docs",
            kept,
            who,
        )
    report(questions, _results(kept))


def ask_each(
    questions: Sequence[Question], settings: Settings, docs: Path, kept: Path, who: Sequence[str]
) -> None:
    """Ask what is not yet answered in the file, one line a question."""
    done = _results(kept)
    _ingest(settings, docs)
    with wiring.ask_tools(settings) as tools, kept.open("a", encoding="utf-8") as out:
        for number, question in enumerate(questions, 1):
            if question.id in done:
                continue
            said = {name: asdict(_ASKING[name](question, tools)) for name in who}
            out.write(json.dumps({"id": question.id, **said}, ensure_ascii=False) + "\n")
            out.flush()
            sys.stderr.write(f"\r{number} of {len(questions)}")


def by_kb(question: Question, tools: Tools) -> Said:
    started = time.monotonic()
    *_, answer = ask(Query(question.text, KB_TOP_K), tools, LIMITS, think=False, strict=False)
    assert isinstance(answer, Answer), "asking ends with an answer"
    seconds = time.monotonic() - started
    return Said(answer.text, not answer.found, bool(answer.unsupported), round(seconds, 2))


def plain(question: Asked, tools: Tools) -> Said:
    """Dense search, the first chunks as they are, the usual instruction."""
    started = time.monotonic()
    query = Query(question.text, PLAIN_TOP_K, SearchMode.DENSE)
    hits = retrieve(query, tools).hits
    pieces = tools.generator().chat(
        stuffed(question.text, hits),
        num_ctx=LIMITS.num_ctx,
        max_tokens=LIMITS.max_tokens,
        think=False,
        temperature=0.0,
    )
    text = "".join(piece.content for piece in pieces if isinstance(piece, ChatPiece)).strip()
    refused = bool(refusal.by_model(text, query.question) or DOES_NOT_KNOW.search(text))
    return Said(text, refused, False, round(time.monotonic() - started, 2))


_ASKING: Mapping[str, Callable[[Question, Tools], Said]] = {"kb": by_kb, "plain": plain}


def stuffed(question: str, hits: Sequence[Hit]) -> tuple[Message, ...]:
    context = "\n\n".join(hit.chunk.embedding_text for hit in hits)
    instruction = _INSTRUCTION[language(question)]
    asked = f"Context:\n{context}\n\nQuestion: {question}\nAnswer:"
    return Message("system", instruction), Message("user", asked)


def report(questions: Sequence[Question], results: Mapping[str, Mapping[str, Said]]) -> None:
    asked = [question for question in questions if question.id in results]
    there = [question for question in asked if question.answerable]
    missing = [question for question in asked if not question.answerable]
    everyone = [name for name in _ASKING if all(name in results[q.id] for q in asked)]
    say(f"{len(there)} answerable, {len(missing)} unanswerable of {len(questions)} questions")
    say(f"{'':44}" + "".join(f"{who:>8}" for who in everyone))

    def line(name: str, of: Sequence[Question], judged: Callable[[Said, Question], float]) -> None:
        shares = [
            sum(judged(results[q.id][who], q) for q in of) / max(len(of), 1) for who in everyone
        ]
        say(f"{name:44}" + "".join(f"{share:>8.3f}" for share in shares))

    line("answerable: answer contains a gold answer", there, _is_right)
    line("answerable: F1", there, _f1)
    line("answerable: refused", there, lambda said, _: said.refused)
    line("answerable: flagged", there, lambda said, _: said.flagged and not said.refused)
    line("unanswerable: refused", missing, lambda said, _: said.refused)
    line("unanswerable: refused or flagged", missing, lambda said, _: said.refused or said.flagged)
    line("seconds a question", asked, lambda said, _: said.seconds)


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def chosen(
    questions: Sequence[Question], counts: Mapping[bool, int], *, seed: int
) -> list[Question]:
    """So many of each kind, drawn with the seed, and mixed so that a part of them is fair too."""
    drawn: list[Question] = []
    for kind, count in counts.items():
        some = [question for question in questions if question.answerable is kind]
        drawn += random.Random(seed).sample(some, min(count, len(some)))
    random.Random(seed).shuffle(drawn)
    return drawn


def read(file: Path) -> list[Question]:
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return [
        Question(row["id"], row["question"], tuple(row["answers"]), row["answerable"])
        for row in rows
    ]


def _is_right(outcome: Said, question: Question) -> bool:
    return not outcome.refused and holds(outcome.text, question.answers)


def _f1(outcome: Said, question: Question) -> float:
    bare = re.sub(r"\s*\[\d+\]", "", outcome.text)
    return max((f1(bare, one) for one in question.answers if not outcome.refused), default=0)


def _results(kept: Path) -> dict[str, dict[str, Said]]:
    if not kept.exists():
        return {}
    rows = [json.loads(line) for line in kept.read_text(encoding="utf-8").splitlines()]
    return {row["id"]: {who: Said(**row[who]) for who in _ASKING if who in row} for row in rows}


def _ingest(settings: Settings, docs: Path) -> None:
    with wiring.ingest_tools(settings) as tools:
        ingest(IngestJob(paths=(docs,), prune=False, rebuild=False), tools, lambda progress: None)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--set", default="xquad-zh-holdout", help="a folder of --shared")
    parser.add_argument("--shared", type=Path, default=SHARED)
    parser.add_argument("--answerable", type=int, default=60)
    parser.add_argument("--unanswerable", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--report", action="store_true", help="print what there is, ask nothing")
    parser.add_argument("--alone", action="store_true", help="without the plain pipeline")
    parser.add_argument("--models", type=Path, default=MODELS)
    parser.add_argument("--work", type=Path, default=Path("build") / "bench")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
