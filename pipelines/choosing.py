"""Of the hits of `kb ask` those to answer from: of the version that is asked for, of the month."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from kb.answering.features import features
from kb.answering.other_months import Month, Text, month_asked_for
from kb.retrieval.context import merge
from kb.retrieval.search import Found
from kb.text.question import Question
from kb.types import Hit
from kb.versions.choosing import Chosen, Versions, choose
from kb.versions.dates import today


def of_the_version(question: Question, hits: Sequence[Hit], versions: Versions) -> Chosen:
    """The hits of the version that is asked for, in place of those of the others."""
    return choose(question.text, hits, versions, features=features, today=today())


def of_the_month(
    question: Question, chosen: Chosen, found: Found, title: Callable[[str], str]
) -> tuple[Chosen, Month | None]:
    """Where a question names a month, hits of minutes and reports of that month in place of those
    of others; and the month, where there is nothing else than those of others."""
    month = month_asked_for(question)
    if month is None:
        return chosen, None

    def text(hit: Hit) -> Text:
        return Text.of(merge([hit], title=title)[0])

    kept = [hit for hit in chosen.hits if not text(hit).is_of_another(month)]
    left = len(chosen.hits) - len(kept)
    if not left:
        return chosen, None
    known = {hit.chunk.id for hit in chosen.hits}
    beside = (hit for hit in found.beside if hit.chunk.id not in known)
    kept += [hit for hit in beside if text(hit).is_of(month)][:left]
    return (replace(chosen, hits=tuple(kept)), None) if kept else (chosen, month)
