"""`kb chat`: one turn, from a question that may lean on earlier ones to its answer.

understand   question and turns → a question that stands alone: by rule, else by the model
ask          pipelines/ask.py, with that question
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from kb.answering import followup
from kb.answering.followup import By
from kb.pipelines.ask import Limits, Tools, ask
from kb.types import Answer, ChatPiece, Context, Progress, Query, Turn

_REWRITTEN_TOKENS = 96


@dataclass(frozen=True, slots=True)
class Understood:
    """A question as it was asked, and as it is asked of the documents: the same where it stood
    alone, or where nothing said how it could."""

    question: str
    standalone: str
    by: By

    @property
    def rewritten(self) -> str:
        """The standalone question where it is another one, else empty."""
        return "" if self.standalone == self.question else self.standalone


def turn(
    query: Query,
    turns: Sequence[Turn],
    tools: Tools,
    limits: Limits,
    *,
    think: bool,
    strict: bool,
) -> Iterator[Understood | Context | Progress | ChatPiece | Answer]:
    """Yield how the question is understood, then what pipelines/ask.py yields for it.

    Raises:
        NothingFound: the collection is empty.
        ModelError: the engine or a model is missing, or broke off.
    """
    understood = understand(query.text, turns, tools, limits)
    yield understood
    standing = replace(query, text=understood.standalone)
    yield from ask(standing, tools, limits, think=think, strict=strict)


def understand(question: str, turns: Sequence[Turn], tools: Tools, limits: Limits) -> Understood:
    """The question as it stands alone.

    A rewriting by the model that loses or adds a name or a figure is discarded.
    """
    reading = followup.by_rule(question, turns)
    if reading.by is not By.NOBODY:
        return Understood(question, reading.text, reading.by)
    text = _by_model(question, turns, tools, limits)
    if followup.is_sound(text, question, turns):
        return Understood(question, text, By.MODEL)
    return Understood(question, question, By.NOBODY)


def _by_model(question: str, turns: Sequence[Turn], tools: Tools, limits: Limits) -> str:
    pieces = tools.generator().chat(
        followup.messages(question, turns),
        # The same context as for the answer: a server loads the model anew for another one.
        num_ctx=limits.num_ctx,
        max_tokens=_REWRITTEN_TOKENS,
        think=False,
        temperature=0.0,
    )
    return followup.from_reply(
        "".join(piece.content for piece in pieces if isinstance(piece, ChatPiece))
    )
