"""A question, with what retrieval and answering ask of it again and again."""

from __future__ import annotations

from dataclasses import dataclass

from kb.text.fold import fold
from kb.text.language import Language, language


@dataclass(frozen=True, slots=True)
class Question:
    """`text` as it was asked, `folded` as it is compared. Made by `of`."""

    text: str
    folded: str
    language: Language

    @classmethod
    def of(cls, text: str) -> Question:
        return cls(text, fold(text), language(text))
