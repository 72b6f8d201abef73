"""Of the hits of `kb ask` those to answer from: with a word of the question where they are rows of
tables, of the version that is asked for, of the month."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from kb.answering import rows
from kb.answering.features import features
from kb.answering.names import content
from kb.answering.other_months import Month, Text, month_as_of, month_asked_for
from kb.answering.other_versions import lacking
from kb.answering.prompt import asks_for_a_summary
from kb.retrieval.context import merge
from kb.retrieval.search import Found
from kb.text.language import language
from kb.text.question import Question
from kb.types import Hit
from kb.versions.choosing import Chosen, Versions, choose
from kb.versions.dates import today

_AS_MUCH = 0.5
"""Of what the minutes of another month hold of the question (by idf), the share that something else
must hold to be answered from in their place."""

_OF_LATER = 1 / 3
"""Of what minutes hold of the question (by idf), the share that later ones hold at least."""
_MOST_LATER = 2

_SPEAKS_OF = 0.3
"""Of what a question asks for (by idf), the share from which a hit in its language speaks of it."""

_AS_GOOD = 0.5
"""Of the best hit's score, the share from which the next best may take a free place."""


def one_in_its_own_language(question: Question, found: Found) -> Found:
    """With the next best hit in the question's language in the last place, where all hits are in
    the other one and it is as good as half of the best: scores across languages overlap, and a
    question is asked in the language of what answers it more often than not."""

    def is_own(hit: Hit) -> bool:
        return language(hit.chunk.text) is question.language

    if len(found.hits) < 2 or any(map(is_own, found.hits)):
        return found
    own = next(filter(is_own, found.beside), None)
    if own is None or own.score < _AS_GOOD * found.hits[0].score:
        return found
    *kept, last = found.hits
    beside = tuple(hit for hit in found.beside if hit is not own)
    return replace(found, hits=(*kept, own), beside=(last, *beside))


def one_in_the_other_language(
    question: Question, found: Found, terms: rows.Terms, title: Callable[[str], str]
) -> Found:
    """With the best hit in the other language besides, where all hits are in the question's, none
    of them speaks of much that it asks for, and that one is as good as half of the best: what is
    near in words would stand in these."""
    spoken, held = question.language, _held(question, terms, title)
    asked = sum(terms(" ".join(content(question))).values())
    if not asked or any(language(hit.chunk.text) is not spoken for hit in found.hits):
        return found
    if any(sum(held(hit).values()) >= _SPEAKS_OF * asked for hit in found.hits):
        return found
    other = next((one for one in found.beside if language(one.chunk.text) is not spoken), None)
    if other is None or other.score < _AS_GOOD * found.hits[0].score:
        return found
    beside = tuple(one for one in found.beside if one is not other)
    return replace(found, hits=(*found.hits, other), beside=beside)


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


def of_the_version(
    question: Question,
    found: Found,
    versions: Versions,
    terms: rows.Terms,
    title: Callable[[str], str],
) -> Chosen:
    """The hits of the version that is asked for, in place of those of the others. Where two become
    one that way, the place is that of the next best hit which is half as good as the best, and has
    a word of the question that they lack: the FAQ that the rules are compared with."""

    def of(hits: Sequence[Hit]) -> Chosen:
        words = content(question)
        return choose(question.text, hits, versions, features=features, today=today(), words=words)

    chosen = of(found.hits)
    left = len(found.hits) - len(chosen.hits)
    if left < 1:
        return chosen
    held = _held(question, terms, title)
    known = {term for hit in chosen.hits for term in held(hit)}
    least = _AS_GOOD * max(hit.score for hit in found.hits)
    others = sorted(found.beside, key=lambda hit: -hit.score)
    more = [hit for hit in of(others).hits if hit.score >= least and held(hit).keys() - known]
    return replace(chosen, hits=(*chosen.hits, *more[:left]))


def _text(hit: Hit, title: Callable[[str], str]) -> Text:
    return Text.of(merge([hit], title=title)[0])


def _held(
    question: Question, terms: rows.Terms, title: Callable[[str], str]
) -> Callable[[Hit], Mapping[int, float]]:
    """Which terms of what a question speaks of a hit has, with their idf."""
    asked = terms(" ".join(content(question)))

    def held(hit: Hit) -> Mapping[int, float]:
        whole = _text(hit, title).whole
        return {term: asked[term] for term in terms(whole).keys() & asked.keys()}

    return held


def of_the_document(question: Question, chosen: Chosen) -> Chosen:
    """Of a summary that is asked for, the hits of the best one's document alone: whatever else was
    found would be summed up with it."""
    if not asks_for_a_summary(question) or not chosen.hits:
        return chosen
    best = chosen.hits[0].chunk.doc_id
    return replace(chosen, hits=tuple(one for one in chosen.hits if one.chunk.doc_id == best))


def lacking_in_the_version(question: Question, chosen: Chosen, versions: Versions) -> str:
    """What an older version that the question names says nothing of, and another one does, with
    the version's label; empty where there is no such word."""
    for named in chosen.hits:
        found = versions.families.place_of(named.chunk.doc_id)
        if found is None or chosen.compares or found[1] == found[0].in_force(today()):
            continue
        family, member = found
        kin = {one.doc_id for one in family.members}
        others = [hit.chunk.text for hit in chosen.aside if hit.chunk.doc_id in kin]
        own = "\n".join(one.text for one in versions.chunks(member.doc_id))
        if word := lacking(question, own, others):
            return f"{word} ({member.label or member.source})"
    return ""


def with_later_records(
    question: Question,
    chosen: Chosen,
    found: Found,
    terms: rows.Terms,
    title: Callable[[str], str],
    later: Callable[[str, str], bool],
) -> Chosen:
    """The hits, and before minutes or a report that is the best of them the next best of the same
    folder that are of later days and hold a third of its share of the question, two at most: what
    was decided in February may have been changed in April, in other words than the question's."""
    if asks_for_a_summary(question) or not chosen.hits:
        return chosen
    best, held = chosen.hits[0], _held(question, terms, title)
    if not _text(best, title).is_record:
        return chosen
    least = _OF_LATER * sum(held(best).values())
    known = {hit.chunk.id for hit in chosen.hits}
    newer = [
        hit
        for hit in found.beside
        if hit.chunk.id not in known
        and _folder(hit) == _folder(best)
        and (text := _text(hit, title)).is_record
        and (later(hit.source, best.source) or _text(best, title).is_followed_by(text))
        and sum(held(hit).values()) >= least > 0
    ]
    return replace(chosen, hits=(*newer[:_MOST_LATER], *chosen.hits)) if newer else chosen


def _folder(hit: Hit) -> str:
    return hit.source.rpartition("/")[0]


def of_the_month(
    question: Question,
    chosen: Chosen,
    found: Found,
    terms: rows.Terms,
    title: Callable[[str], str],
) -> tuple[Chosen, Month | None]:
    """Where a question names a month, hits of minutes and reports of that month in place of those
    of others; and the month, where nothing else speaks of what is asked for than those of others.
    Where it asks what held then, those of later months alone give way.
    """

    known = {hit.chunk.id for hit in chosen.hits}
    beside = [hit for hit in found.beside if hit.chunk.id not in known]
    if then := month_as_of(question):
        before = [hit for hit in chosen.hits if not _text(hit, title).is_after(then)]
        left = len(chosen.hits) - len(before)
        before += [hit for hit in beside if not _text(hit, title).is_after(then)][:left]
        return (replace(chosen, hits=tuple(before)) if left and before else chosen), None
    month = month_asked_for(question)
    if month is None:
        return chosen, None
    others = [hit for hit in chosen.hits if _text(hit, title).is_of_another(month)]
    if not others:
        return chosen, None
    kept = [hit for hit in chosen.hits if hit not in others]
    kept += [hit for hit in beside if _text(hit, title).is_of(month)][: len(others)]
    held = _held(question, terms, title)
    best = max(sum(held(hit).values()) for hit in others)
    if not any(sum(held(hit).values()) >= _AS_MUCH * best for hit in kept):
        return chosen, month
    return replace(chosen, hits=tuple(kept)), None
