"""Of the hits of `kb ask` those to answer from: with a word of the question where they are rows of
tables, of the version that is asked for, of the month."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from kb.answering import rows
from kb.answering.features import features
from kb.answering.names import content
from kb.answering.other_months import Month, Text, month_asked_for
from kb.retrieval.context import merge
from kb.retrieval.search import Found
from kb.text.question import Question
from kb.types import Hit
from kb.versions.choosing import Chosen, Versions, choose
from kb.versions.dates import today

_AS_MUCH = 0.5
"""Of what the minutes of another month hold of the question (by idf), the share that something else
must hold to be answered from in their place."""

_AS_GOOD = 0.5


def near_rows(
    question: Question, found: Found, terms: rows.Terms, title: Callable[[str], str]
) -> Found:
    """The next best hits in place of rows of tables that have no word of the question; fewer
    where there are none, all where nothing else was found."""

    def is_far(hit: Hit) -> bool:
        about = "\n".join((hit.source, title(hit.chunk.doc_id), hit.chunk.section))
        return rows.is_far(question, hit.chunk.text, about, terms)

    near = [hit for hit in (*found.hits, *found.beside) if not is_far(hit)]
    kept = {hit.chunk.id for hit in near}
    if not near or all(hit.chunk.id in kept for hit in found.hits):
        return found
    hits = tuple(near[: len(found.hits)])
    chosen = {hit.chunk.id for hit in hits}
    beside = (hit for hit in (*found.hits, *found.beside) if hit.chunk.id not in chosen)
    return replace(found, hits=hits, beside=tuple(beside))


def of_the_version(question: Question, found: Found, versions: Versions) -> Chosen:
    """The hits of the version that is asked for, in place of those of the others. Where two become
    one that way, the place is the next best hit's, if that is half as good as the best."""

    def of(hits: Sequence[Hit]) -> Chosen:
        return choose(question.text, hits, versions, features=features, today=today())

    chosen = of(found.hits)
    left = len(found.hits) - len(chosen.hits)
    if left < 1:
        return chosen
    least = _AS_GOOD * max(hit.score for hit in found.hits)
    known = {hit.chunk.id for hit in (*chosen.hits, *chosen.aside)}
    others = sorted(found.beside, key=lambda hit: -hit.score)
    more = [hit for hit in of(others).hits if hit.chunk.id not in known and hit.score >= least]
    return replace(chosen, hits=(*chosen.hits, *more[:left]))


def of_the_month(
    question: Question,
    chosen: Chosen,
    found: Found,
    terms: rows.Terms,
    title: Callable[[str], str],
) -> tuple[Chosen, Month | None]:
    """Where a question names a month, hits of minutes and reports of that month in place of those
    of others; and the month, where nothing else speaks of what is asked for than those of others.
    """
    month = month_asked_for(question)
    if month is None:
        return chosen, None

    def text(hit: Hit) -> Text:
        return Text.of(merge([hit], title=title)[0])

    def held(hits: Iterable[Hit]) -> list[Mapping[int, float]]:
        asked = terms(" ".join(content(question)))
        own = (terms(text(hit).whole).keys() & asked.keys() for hit in hits)
        return [{term: asked[term] for term in one} for one in own]

    others = [hit for hit in chosen.hits if text(hit).is_of_another(month)]
    if not others:
        return chosen, None
    known = {hit.chunk.id for hit in chosen.hits}
    beside = (hit for hit in found.beside if hit.chunk.id not in known)
    kept = [hit for hit in chosen.hits if hit not in others]
    kept += [hit for hit in beside if text(hit).is_of(month)][: len(others)]
    best = max(sum(one.values()) for one in held(others))
    if not any(sum(one.values()) >= _AS_MUCH * best for one in held(kept)):
        return chosen, month
    return replace(chosen, hits=tuple(kept)), None
