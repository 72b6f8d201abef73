"""A step of `kb ask`: what follows from the passages' own sentences, for which no model is asked.

compared  whether two documents say the same (kb/answering/agreement.py)
between   how many days lie between two that are stated (kb/answering/days_between.py)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from kb.answering.agreement import compared
from kb.answering.citations import Citer
from kb.answering.days_between import days_between
from kb.answering.evidence import Terms
from kb.answering.superseded import Later
from kb.text.question import Question
from kb.types import Answer, ChatPiece, Passage


def derived(
    question: Question, passages: Sequence[Passage], unsaid: Answer, *, terms: Terms, later: Later
) -> Iterator[ChatPiece | Answer] | None:
    """The answer's text and the Answer; None where nothing follows.

    Args:
        unsaid: an answer that says nothing yet.
        terms: of the collection's lexical index, weighted by idf.
        later: whether the first document, by its path, is of a later day than the second.
    """
    found = compared(question, passages, terms=terms) or days_between(
        question, passages, terms=terms, later=later
    )
    if found is None:
        return None
    cited = Citer(found.passages, question).cite(found.text)
    said = replace(unsaid, text=cited.text, found=True, citations=cited.citations)
    return iter((ChatPiece(cited.text), said))
