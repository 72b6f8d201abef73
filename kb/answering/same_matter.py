"""Whether two sentences speak of the same matter, whatever a question's words are.

A question asks for the works' visit, the mail and the one before it speak of the open day: what
tells that the one changes the other is what the two share, not what they share with the question.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from kb.answering.evidence import Terms
from kb.answering.features import has_digit
from kb.answering.names import words
from kb.text.language import Language
from kb.text.months import MONTH_NAME

_DAY = re.compile(rf"{MONTH_NAME}|\w+day|(?:星期|礼拜|周)[一二三四五六日天]")
LEAST_OF_EARLIER = 0.5
"""Of an earlier sentence's words (by idf), figures left out, the share that a later one has."""

LEAST_TO_TELL = 0.35
"""The same where it is only told: a long sentence has more that a later one need not repeat."""

_LEAST_WORDS = {Language.ZH: 3, Language.EN: 2}
"""Terms that both have; those of Chinese are pairs of characters."""


def matter(text: str, terms: Terms) -> Mapping[int, float]:
    """What a sentence speaks of: its nouns, verbs and names, each with its idf."""
    said = (word for word in words(text) if not (has_digit(word) or _DAY.fullmatch(word)))
    return terms(" ".join(said))


def is_the_same_matter(
    earlier: Mapping[int, float],
    later: Mapping[int, float],
    spoken: Language,
    least: float = LEAST_OF_EARLIER,
) -> bool:
    """Whether a later text has most of an earlier sentence's words, `least` of their weight."""
    shared = [weight for term, weight in earlier.items() if term in later]
    total = sum(earlier.values())
    return len(shared) >= _LEAST_WORDS[spoken] and sum(shared) >= least * total > 0
