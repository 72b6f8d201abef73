"""What was said in a chat."""

from __future__ import annotations

from dataclasses import dataclass

from kb.types import Citation


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn of a chat: a question as it was asked, as it was understood (empty: as asked), and
    what came of it."""

    question: str
    rewritten: str
    answer: str
    citations: tuple[Citation, ...] = ()

    @property
    def standalone(self) -> str:
        return self.rewritten or self.question
