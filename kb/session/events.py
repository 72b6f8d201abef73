"""What happens while a question is answered, in the order in which it happens."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from kb.errors import UsageError
from kb.types import Answer, Citation, Passage, Progress


@dataclass(frozen=True, slots=True)
class Understood:
    """How a chat's question is understood: `rewritten` is what the documents are asked, and empty
    where that is the question as it came.

    >>> chat = session.chat([Turn("张飞的电话号码是多少？", "", "u987438274")])
    >>> next(chat.ask("那关羽的呢？")).rewritten
    '关羽的电话号码是多少？'
    """

    question: str
    rewritten: str


@dataclass(frozen=True, slots=True)
class Passages:
    """What was found and fits into the prompt; before a refusal, what came nearest.

    `likely` is the sentence that most likely holds the answer, known before the model starts: a
    guess, which nothing has checked. None before a refusal, and where no sentence stands out.

    >>> next(session.ask("刘备的电话号码")).likely is None
    True
    """

    passages: tuple[Passage, ...]
    likely: Citation | None = None


@dataclass(frozen=True, slots=True)
class Thought:
    """A piece of a reasoning model's thought."""

    text: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of the answer's text. A strict answer has none: it is checked before anybody sees
    it, and comes whole."""

    text: str


Event = Understood | Passages | Progress | Thought | Piece | Answer
"""A Progress tells what the model does before its first word: `loading`, or `reading` so many of so
many tokens (a total of 0: the engine does not say)."""


class Answering(Iterator[Event]):
    """An answer that is being made: its events, of which the Answer is the last.

    Leaving its `with` block, or `close()`, stops the model. To be read by one thread at a time.

    >>> with session.ask("刘备的电话号码") as events:
    ...     [type(event).__name__ for event in events]
    ['Passages', 'Answer']
    """

    def __init__(self, events: Generator[Event, None, None]) -> None:
        self._events = events
        self._answer: Answer | None = None

    def __next__(self) -> Event:
        event = next(self._events)
        if isinstance(event, Answer):
            self._answer = event
        return event

    def answer(self) -> Answer:
        """The Answer, once every event before it has passed.

        Raises:
            UsageError: it was closed before its end.
            KbError: what `Session.ask` raises.

        >>> session.ask("刘备的电话号码").answer().refused_by
        'missing-term'
        """
        for _ in self:
            pass
        if self._answer is None:
            raise UsageError(
                "there is no answer",
                why="its events were closed before the last of them",
                hint="ask again, and read to the end",
            )
        return self._answer

    def close(self) -> None:
        """Stop the model, and let go of the index. Does no harm at the end.

        >>> events = session.ask("张飞的电话号码")
        >>> isinstance(next(events), Passages)
        True
        >>> events.close()
        >>> list(events)
        []
        """
        self._events.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
