"""A step of `kb ask`: the model's verdict, before it answers, on whether a passage states it.

The prompt is that of the answer up to the question, so that an engine which keeps what it has
read reads the passages once for both; the verdict costs the line behind the question and a token.
"""

from __future__ import annotations

from collections.abc import Generator as Generating
from collections.abc import Sequence
from dataclasses import dataclass

from kb.answering import prompt
from kb.answering.refusal import Reach
from kb.answering.verdict import (
    SIGN,
    Bounds,
    Rules,
    Ruling,
    across,
    least_margin,
    margin,
    named,
    ruling,
)
from kb.model_types import FirstToken
from kb.models.reading_speed import Gauge
from kb.ports import Generator
from kb.retrieval.context import overhead
from kb.text.language import language
from kb.text.question import Question
from kb.text.tokens import chat_tokens
from kb.types import ChatResult, Message, Passage, Progress
from kb.wording import Inquiry

_SURE = 0.8
"""Margin in nats from which the verdict stands against what speaks for less: against the model's
own refusal behind it, and against a property that the cited passages do not name."""

_VERY_SURE = 1.2
"""The same against words of the question that are not near the answer's figure: three answers of
two made-up offices had such a margin, all right, in other words than the question's."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`margin` in nats, None where the model gave none; `result` None where it was not asked;
    `bounds` those of the question's language, None where they are not to count; `named` the number
    of the passage that states the answer, where the model can go on from it with a quotation."""

    ruling: Ruling = Ruling.ANSWER
    margin: float | None = None
    result: ChatResult | None = None
    bounds: Bounds | None = None
    named: int | None = None

    @property
    def is_sure(self) -> bool:
        """That a passage states the answer. Without a margin nothing is known against it."""
        if self.margin is None:
            return True
        return self.ruling is Ruling.ANSWER and self.margin >= _SURE

    @property
    def says_so(self) -> bool:
        """That a passage states the answer, by a margin of its own."""
        return self.margin is not None and self.is_sure

    def marks(self, question: Question, cited: Sequence[Passage], reached: Reach | None) -> bool:
        """Whether an answer from these passages goes with a mark. From passages in the other
        language alone more is asked for, whichever passage came first; and more where the score
        speaks against an answer."""
        if self.ruling is Ruling.FLAG:
            return True
        if self.bounds is None:
            return False
        if reached and least_margin(reached) > 0 and not self.is_sure:
            return True
        elsewhere = bool(cited) and all(language(p.text) is not question.language for p in cited)
        return elsewhere and ruling(self.margin, across(self.bounds)) is not Ruling.ANSWER

    def outweighs_doubts(self, *, repeated: bool) -> bool:
        """Whether it marks an answer that would else be withheld, since words of the question
        stand nowhere near its figure. `repeated`: the answer is a sentence of the passages."""
        very = self.margin is not None and self.margin >= _VERY_SURE
        return self.says_so and (repeated or very)

    def stands_against(self, reached: Reach) -> bool:
        """Whether it speaks more for an answer than a score that is so near to the refusal
        threshold speaks against it. Without a margin, or with its sign alone, the score decides."""
        if self.margin is None or abs(self.margin) <= SIGN:
            return reached.share >= 1.0
        least = least_margin(reached)
        return least <= 0 or self.margin >= least


def take(
    question: Question,
    passages: Sequence[Passage],
    generator: Generator,
    *,
    rules: Rules | None,
    num_ctx: int,
    gauge: Gauge,
) -> Generating[Progress, None, Verdict]:
    """The verdict, if `rules` want one and there is a passage to judge; how far the model is
    until then.

    Raises:
        ModelError: the engine or the model is missing, or broke off.
    """
    rule = rules.get(question.language) if rules else None
    if rule is None or not passages:
        return Verdict()
    messages = prompt.inquiry(question, passages, rule.inquiry)
    first = yield from first_token(generator, messages, num_ctx=num_ctx)
    # This prompt is the one that is read from its beginning; the answer's is read from the cache.
    gauge.learn(
        estimated=overhead(messages, chat_tokens),
        tokens=first.result.prompt_tokens,
        seconds=first.result.prompt_seconds,
    )
    found = margin(first, rule.inquiry, len(passages))
    own = language(passages[0].text) is question.language
    bounds = rule.bounds if own else across(rule.bounds)
    quotes = rule.quotes and rule.inquiry is Inquiry.WHICH and generator.info().continues
    stated_by = named(first, len(passages)) if quotes else None
    return Verdict(ruling(found, bounds), found, first.result, rule.bounds, stated_by)


def first_token(
    generator: Generator, messages: Sequence[Message], *, num_ctx: int
) -> Generating[Progress, None, FirstToken]:
    """What the model would begin with; how far it is until then. Raises as `take`."""
    for step in generator.first_token(messages, num_ctx=num_ctx):
        if isinstance(step, FirstToken):
            return step
        yield step
    raise AssertionError("the port promises a FirstToken at the end")
