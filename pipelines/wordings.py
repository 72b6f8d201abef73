"""`kb eval --calibrate --wording N`: how this chat model is best asked, found by asking.

draw      some questions, half of them unanswerable where there are as many
ask       each in every wording, one after the other: they differ behind the question, so that an
          engine with a prefix cache reads the passages once
choose    the wording with the most right answers and right refusals

What is refused before the model is refused in every wording, and costs no time.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from kb.errors import EngineFailed, InputTooLong
from kb.evaluation.judge import Answered
from kb.evaluation.questions import Question
from kb.pipelines.evaluate import Asking, Bench, EvaluationJob, answered
from kb.types import Listener, Progress, SearchMode
from kb.wording import Wording

LEAD = 2
"""Questions that another wording must be ahead by to take the place of the one in force. One run
at temperature 0 says nothing of a single question, and a model that thinks has another one."""


@dataclass(frozen=True, slots=True)
class WordingCount:
    """What became of the questions in one wording. `failed` ones broke the engine, or were too
    long for the model; `flagged`: answered though there is no answer, and marked as unsupported."""

    right: int = 0
    wrongly_refused: int = 0
    rightly_refused: int = 0
    flagged: int = 0
    failed: int = 0

    @property
    def expected(self) -> int:
        """Questions that went as they should."""
        return self.right + self.rightly_refused


@dataclass(frozen=True, slots=True)
class ChosenWording:
    """`before` was in force; `counts` are in the order in which the wordings were asked."""

    chosen: Wording
    before: Wording
    counts: Mapping[Wording, WordingCount]
    answerable: int
    unanswerable: int


def choose_wording(
    questions: Sequence[Question],
    bench: Bench,
    asking: Asking,
    *,
    most: int,
    top_k: int,
    seed: int,
    listen: Listener,
) -> ChosenWording:
    """The wording that serves these questions best; at most `most` are asked. Nothing is stored.

    Raises:
        ModelError: the chat model is missing.
    """
    drawn = draw(questions, most, seed)
    job = EvaluationJob(drawn, top_k=top_k, mode=SearchMode.HYBRID, asking=asking)
    before = bench.tools.wording
    # The one in force reads the prompt, the other one profits from it.
    wordings = sorted(Wording, key=lambda one: one is not before)
    counts = {wording: WordingCount() for wording in wordings}
    for done, question in enumerate(drawn, 1):
        for wording in wordings:
            # Read from a prefix cache, a prompt tells nothing of how fast the model reads.
            gauge = bench.tools.gauge.apart()
            tools = replace(bench.tools, wording=wording, gauge=gauge)
            answer = _answer(question, Bench(tools, bench.catalog), job, asking)
            counts[wording] = _counted(counts[wording], question, answer)
        listen(Progress("wording", done, len(drawn), "questions"))
    answerable = sum(question.answerable for question in drawn)
    return ChosenWording(
        chosen=best(counts, before),
        before=before,
        counts=counts,
        answerable=answerable,
        unanswerable=len(drawn) - answerable,
    )


def draw(questions: Sequence[Question], most: int, seed: int) -> list[Question]:
    """At most so many, mixed: half of them answerable, more where the others are fewer."""
    mixed = random.Random(seed).sample(questions, len(questions))
    answerable = [question for question in mixed if question.answerable]
    others = [question for question in mixed if not question.answerable]
    others = others[: max(most // 2, most - len(answerable))]
    drawn = {question.id for question in (*answerable[: most - len(others)], *others)}
    return [question for question in mixed if question.id in drawn]


def best(counts: Mapping[Wording, WordingCount], before: Wording) -> Wording:
    """The one with the most expected answers, if it leads the one in force by LEAD."""
    first = max(counts, key=lambda wording: (counts[wording].expected, wording is before))
    lead = counts[first].expected - counts[before].expected
    return first if lead >= LEAD else before


def _answer(
    question: Question, bench: Bench, job: EvaluationJob, asking: Asking
) -> Answered | None:
    """None where the question broke the engine, or is too long."""
    try:
        return answered(question, bench, job, asking)
    except (InputTooLong, EngineFailed):
        return None


def _counted(count: WordingCount, question: Question, answer: Answered | None) -> WordingCount:
    if answer is None:
        return replace(count, failed=count.failed + 1)
    if question.answerable:
        right = answer.found and answer.contains
        return replace(
            count,
            right=count.right + right,
            wrongly_refused=count.wrongly_refused + (not answer.found),
        )
    return replace(
        count,
        rightly_refused=count.rightly_refused + (not answer.found),
        flagged=count.flagged + (answer.found and bool(answer.unsupported)),
    )
