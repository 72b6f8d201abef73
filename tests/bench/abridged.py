"""What leaving sentences out of the prompt saves, and what it costs.

    python -m tests.bench.abridged                        six sets
    python -m tests.bench.abridged --set office --mode sparse

For each set one line: the share of questions whose gold answer stands in the passages that were
found, and in what of them is handed to the model; how many lost it; the median of the tokens of
both (`kb.text.tokens.chat_tokens`, an upper estimate: Qwen2.5 counts about two thirds); the share
of questions of which everything is handed over; and how often the one sentence that is shown
before the model starts holds the gold answer. No chat model runs.
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kb import egress
from kb.answering.abridging import likely_sentence
from kb.answering.evidence import Terms
from kb.answering.prompt import fence
from kb.index.cache import EmbeddingCache
from kb.models.connect import open_models
from kb.pipelines import ask, meanings
from kb.text.tokens import chat_tokens
from kb.types import Context, Passage, Query, SearchMode
from tests.bench.eval_retrieval import Bench, KnownQuestions, built, row, say, tools_of
from tests.bench.retrieval_sets import add_set_options, documents, question_set

SETS = ("cmrc2018-trial", "xquad-zh-holdout", "squad-en", "covidqa", "office")
OFFICE = "office"
LIMITS = ask.Limits(num_ctx=4096, max_tokens=512)


@dataclass(frozen=True, slots=True)
class Asked:
    """`answers`: groups, of each of which one must be there."""

    text: str
    answers: Sequence[Sequence[str]]

    def held_in(self, text: str) -> bool:
        return all(any(one in text for one in group) for group in self.answers)


@dataclass(frozen=True, slots=True)
class Outcome:
    before: bool
    after: bool
    likely: bool
    tokens: int
    handed: int

    @property
    def is_lost(self) -> bool:
        return self.before and not self.after


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options(arguments)
    egress.install()
    options.work.mkdir(parents=True, exist_ok=True)
    cache = EmbeddingCache(options.work / "embeddings.sqlite")
    say(row("", ["n", "found", "handed", "lost", "tokens", "handed", "whole", "likely"]))
    with open_models(
        "embedded", hosts=[], folder=options.models, embedding=options.model, chat=""
    ) as models:
        bench = Bench(KnownQuestions(models.embedder(), cache), cache, options.work)
        for name in options.set or SETS:
            say(row(name, _cells([*outcomes(name, bench, options)])))


def outcomes(name: str, bench: Bench, options: argparse.Namespace) -> Iterator[Outcome]:
    folder, questions = asked(name, options.shared)
    index, catalog = built(documents(folder, options.tokens), bench)
    tools = tools_of(index, catalog, bench.embedder)
    for question in questions[: options.questions]:
        query = Query(question.text, options.top_k, SearchMode(options.mode))
        context = next(ask.ask(query, tools, LIMITS, think=False, strict=False))
        assert isinstance(context, Context), "the passages come first"
        yield outcome(question, query, context, meanings.terms(tools.lexical))


def outcome(question: Asked, query: Query, context: Context, terms: Terms) -> Outcome:
    passages = context.passages
    handed = [one for one in passages if one.handed != ()]
    likely = likely_sentence(query.question, passages, terms)
    return Outcome(
        before=question.held_in("\n".join(one.text for one in passages)),
        after=question.held_in("\n".join(map(_handed, handed))),
        likely=likely is not None and question.held_in(likely.quote),
        tokens=sum(chat_tokens(fence(_whole(one))) for one in passages),
        handed=sum(chat_tokens(fence(one)) for one in handed),
    )


def asked(name: str, shared: Path) -> tuple[Path, list[Asked]]:
    """The documents of a set, and its answerable questions."""
    if name != OFFICE:
        one = question_set(name, shared)
        return one.folder, [Asked(each.text, [each.answers]) for each in one.questions]
    lines = (shared / name / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [each for each in map(json.loads, lines) if each["answerable"]]
    # `text` is what a passage must hold; a computed answer stands in none.
    return shared / name / "docs", [
        Asked(each["question"], each["text"]) for each in rows if each["text"]
    ]


def _handed(passage: Passage) -> str:
    if passage.handed is None:
        return passage.text
    return "".join(passage.text[start:end] for start, end in passage.handed)


def _whole(passage: Passage) -> Passage:
    return Passage(
        passage.n,
        passage.source,
        passage.text,
        passage.page,
        passage.line,
        passage.section,
        passage.title,
        passage.chunk_ids,
    )


def _cells(found: Sequence[Outcome]) -> list[str]:
    def share(values: Sequence[bool]) -> str:
        return f"{statistics.fmean(values):.3f}"

    return [
        f"{len(found)}",
        share([one.before for one in found]),
        share([one.after for one in found]),
        f"{statistics.fmean(one.is_lost for one in found):.4f}",
        f"{statistics.median(one.tokens for one in found):.0f}",
        f"{statistics.median(one.handed for one in found):.0f}",
        share([one.tokens == one.handed for one in found]),
        share([one.likely for one in found]),
    ]


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--set", action="append", help="a folder of --shared; may be repeated")
    parser.add_argument("--questions", type=int, default=400, help="how many of each set")
    parser.add_argument("--top-k", type=int, default=3, help="passages; the demo's 3")
    parser.add_argument("--mode", choices=[*SearchMode], default=SearchMode.HYBRID)
    add_set_options(parser)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
