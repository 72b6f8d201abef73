"""A question on its way: what may be said with it, and the events of its answer.

The one loop over what pipelines/ask.py and pipelines/chat.py yield.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from kb.config import Settings
from kb.errors import UsageError
from kb.session import wiring
from kb.session.events import Answering, Event, Passages, Piece, Thought, Understood
from kb.types import Answer, ChatPiece, Context, Progress, Query, SearchMode, Turn, Where
from kb.unicode import require_unicode

if TYPE_CHECKING:
    from kb.pipelines import ask, chat


@dataclass(frozen=True, slots=True)
class Options:
    """How one question is asked. What is None is as configured; `collection` "" is all of them."""

    top_k: int | None = None
    where: Where = ()
    mode: str | None = None
    think: bool | None = None
    strict: bool | None = None
    collection: str = ""
    wish: str = ""
    model: str | None = None


@dataclass(frozen=True, slots=True)
class PreparedQuestion:
    """A question as it goes to the pipelines, with everything that was not given."""

    query: Query
    limits: ask.Limits
    think: bool
    strict: bool


def query(settings: Settings, text: str, options: Options) -> Query:
    """What the index is asked. Raises UsageError: a number or a mode that is not possible, or a
    text that is not Unicode."""
    for one in (text, options.wish, *chain.from_iterable(options.where)):
        require_unicode(one)
    top_k = settings.retrieval.top_k if options.top_k is None else options.top_k
    mode = options.mode or settings.retrieval.mode
    if top_k < 1:
        raise UsageError(
            f"top_k cannot be {top_k}",
            why="it is a whole number of at least 1",
            hint="leave it out to use the configured number",
        )
    if mode not in [*SearchMode]:
        raise UsageError(
            f"'{mode}' is not a search mode",
            why=f"the modes are {', '.join(SearchMode)}",
            hint="leave it out to use the configured one",
        )
    return Query(text, top_k, SearchMode(mode), options.where, options.wish)


def prepared(settings: Settings, text: str, options: Options) -> PreparedQuestion:
    """What the index and the model are asked. An answer under somebody's wish is strict: what it
    says is shown once it was checked. Raises UsageError: as `query`."""
    how = settings.answer
    strict = how.strict if options.strict is None else options.strict
    return PreparedQuestion(
        query(settings, text, options),
        wiring.limits(settings),
        how.think if options.think is None else options.think,
        strict or bool(options.wish),
    )


def begun(
    settings: Settings,
    text: str,
    options: Options,
    opening: AbstractContextManager[ask.Tools],
    turns: list[Turn] | None = None,
) -> Answering:
    """An answer of which nothing is done yet. Raises UsageError: as `query`."""
    return Answering(events(prepared(settings, text, options), opening, turns))


def events(
    question: PreparedQuestion,
    opening: AbstractContextManager[ask.Tools],
    turns: list[Turn] | None = None,
) -> Generator[Event, None, None]:
    """The events of an answer; of a chat, this turn is appended to `turns` before the last."""
    from kb.pipelines.chat import Understood as Reading

    rewritten = ""
    with opening as tools, closing(_steps(question, tools, turns)) as steps:
        for step in steps:
            match step:
                case Reading():
                    rewritten = step.rewritten
                    yield Understood(step.question, rewritten)
                case Context():
                    yield Passages(step.passages, step.likely)
                case Progress():
                    yield step
                case ChatPiece():
                    if step.thinking:
                        yield Thought(step.thinking)
                    if step.content and not question.strict:
                        yield Piece(step.content)
                case Answer():
                    if turns is not None:
                        turns.append(
                            Turn(question.query.text, rewritten, step.text, step.citations)
                        )
                    yield step


def _steps(
    question: PreparedQuestion, tools: ask.Tools, turns: list[Turn] | None
) -> Generator[chat.Understood | Context | Progress | ChatPiece | Answer, None, None]:
    from kb.pipelines import ask, chat

    how = {"think": question.think, "strict": question.strict}
    if turns is None:
        yield from ask.ask(question.query, tools, question.limits, **how)
    else:
        yield from chat.turn(question.query, turns, tools, question.limits, **how)
