"""Signs that an answer may stand in a passage, whatever its score: who finds one asks the model."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set

from kb.answering.answer_kind import names_property
from kb.answering.evidence import windows
from kb.answering.names import identifiers, occurs, terms
from kb.answering.rows import cells_named
from kb.text.fold import fold
from kb.text.question import Question
from kb.types import Passage

RARE = 0.02
"""Share of the chunks that a rare term occurs in at most, and never less than three of them."""

_NEVER_LESS = 3

SMALL = 10
"""Documents of a small collection at most. In it the answer itself is the median, or near it."""

_ASKS_WHAT_IT_MEANS = re.compile(
    r"什么(?:意思|毛病|故障|问题|原因|含义|情况)|含义|(?:代表|表示)什么|怎么(?:办|处理|解决|回事|排除)"
    r"|(?:如何|怎样)(?:处理|解决|排除)"
    r"|\b(?:means?|meaning|remedy|cause)\b|\bwhat (?:should|must|do|can) (?:i|we|one) do\b"
)

_ENTRY = re.compile(r"[\s|*•-]*(?:[^|:]{1,20}: )?(?P<name>[a-z0-9][a-z0-9./-]*)\s*(?:[:|=]|[-–—] )")
"""A line's first word, behind a bullet or a column's name, with a mark behind it."""

STANDS_OUT = 0.6
"""Share of the best score above which the next document's is near it."""


def rare_terms(frequencies: Mapping[int, int], chunks: int) -> set[int]:
    """Those of a question's terms that occur in few chunks. What occurs in none is no sign: it is
    how the question is asked, or what the documents say in other words."""
    most = max(_NEVER_LESS, RARE * chunks)
    return {term for term, count in frequencies.items() if 0 < count <= most}


def holds_all(rare: Set[int], passages: Sequence[Set[int]]) -> bool:
    """Whether one passage holds all of the rare terms, of which there are two or more: one alone
    stands in many a passage by chance. `passages` are the terms of each."""
    return len(rare) > 1 and any(rare <= held for held in passages)


def stands_out(scores: Sequence[tuple[str, float]], documents: int) -> bool:
    """Whether in a small collection one document's hit is far above those of two others or more.

    Args:
        scores: document and score of each hit, best first.
        documents: how many the collection has.
    """
    if documents > SMALL or not scores or scores[0][1] <= 0:
        return False
    first, best = scores[0]
    others = {document: score for document, score in reversed(scores) if document != first}
    return len(others) > 1 and max(others.values()) <= STANDS_OUT * best


def holds_name_and_property(question: Question, passages: Sequence[Passage]) -> bool:
    """Whether a name or an identifier of the question stands beside the property that is asked
    for: in the same sentence or row, or the next one; where it has none, whether a cell that it
    names stands in a row with that property."""
    named = terms(question.text)
    if not named:
        return any(_has_its_row(question, passage.text) for passage in passages)
    for passage in passages:
        about = f"{passage.source}\n{passage.title}\n{passage.section}\n"
        for window in windows(passage.text):
            text = fold(about + window)
            if all(occurs(term, text) for term in named) and names_property(question, fold(window)):
                return True
    return False


def is_explained(question: Question, passages: Sequence[Passage]) -> bool:
    """Whether a question asks what an identifier means, or what is to be done about it, and an
    entry of a list or table begins with it (E31: pump too hot), in whatever language."""
    named = identifiers(question.text)
    if not named or not _ASKS_WHAT_IT_MEANS.search(question.folded):
        return False
    heads = (_ENTRY.match(fold(line)) for one in passages for line in one.text.splitlines())
    return any(head and fold(one.text) == head["name"] for head in heads for one in named)


def _has_its_row(question: Question, text: str) -> bool:
    """Whether a row of a table has a cell that the question names, other than the property that
    it asks for. A word that is no name elsewhere (池月) is what a row is about."""
    return any(
        names_property(question, fold(row))
        and any(not names_property(question, cell) for cell in cells_named(question, row))
        for row in text.splitlines()
    )
