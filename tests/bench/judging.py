"""An answer as it was given, for questions that are judged by what they need."""

from __future__ import annotations

from kb.evaluation.judge import Answered


def unjudged(
    text: str,
    *,
    found: bool,
    refused_by: str,
    unsupported: tuple[str, ...],
    seconds: float = 0.0,
) -> Answered:
    """What `by_need` judges: no expected words and no citations are compared."""
    return Answered(
        text=text,
        found=found,
        refused_by=refused_by,
        unsupported=unsupported,
        contains=False,
        exact=False,
        f1=0.0,
        citations=0,
        right=0,
        of_source=0,
        unflagged=(),
        first_word=seconds,
        total=seconds,
    )
