"""Sentences whose day, amount or choice a later document has changed, and what was still open then.

Minutes and mails put off a day and raise a sum without being a version of what announced it: a
later "the go-live is moved to 2 August" stands beside an older "it goes live on 15 July". So does
"we buy from Kern instead" beside an older "the pump is ordered from Vogel". A small model takes
either. Where a question asks for that day, amount or choice, the older sentence is no longer
handed over, and an answer is not cited from its passage.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kb.answering.changed_values import CHANGES, OVERRULES, asks_for_the_former
from kb.answering.conflicts import LEAST_OF_ANCHOR, LEAST_OF_QUESTION, weight_of
from kb.answering.evidence import Terms
from kb.answering.names import content
from kb.answering.other_months import months
from kb.answering.same_matter import is_the_same_matter, matter
from kb.answering.values import DAY, TIME, WEEKDAY, Value, values
from kb.text.fold import fold
from kb.text.language import Language, language
from kb.text.question import Question
from kb.text.sentences import sentence_spans
from kb.types import Passage

Later = Callable[[str, str], bool]
"""Whether the first document, by its path, is known to be of a later day than the second."""

Changed = Mapping[int, Sequence[tuple[int, int]]]
"""Spans of sentences in a passage's text, in their order, by the passage's number."""

_WHEN = re.compile(
    r"何时|什么时候|什么时间|哪一?[天日]|[几哪]个?月|几[号日点]|日期|\bwhen\b|\bdates?\b"
    r"|\b(?:what|which) (?:day|time|month)\b|\bhow soon\b"
)
_HOW_MUCH = re.compile(r"多少|几|多[大高长久重]|\bhow (?:much|many|long|high|large|big)\b")
_WHICH = re.compile(r"谁|哪|什么|\b(?:who|whom|which|what)\b")
_CHOICE = "choice"
"""The kind of what is no figure: who does something, what is bought. No value tells that two
sentences state the same of it, so the later one must repeat the earlier one's own words."""
_REPLACES = re.compile(
    r"(?:改|换)(?:采用|为|成|由|用|选|采|购|聘|派|租|请|买|订)(?![^，。；]{0,4}\d)"
    r"|\b(?:replaced by|instead|switch(?:es|ed)? to|taken over by|takes over)\b"
)
_ON_TIME = frozenset((DAY, TIME, WEEKDAY))
_HEAD = re.compile(r"\s*(?:date|sent|日期|时间|发布日期|发文日期)\s*[:：]", re.IGNORECASE)
"""The day of a mail or of minutes themselves, which nothing changes."""
_OPEN = re.compile(
    r"还是[^。；;]*(?:决定|确定|讨论|再议|再定|待定)|待定|未定|尚未(?:决定|确定)|有待|再议|暂不(?:决定|确定)"
    r"|下[次周月](?:会议|例会)?[^。；;]{0,6}(?:决定|确定|讨论)"
    r"|\b(?:to be (?:decided|confirmed|determined|discussed)|undecided"
    r"|not (?:yet )?(?:been )?decided|decided? at the next|tbd|tbc|remains open|still open)\b"
)
_CLAUSE = re.compile(r"[^;；。!！?？\n]+")


@dataclass(frozen=True, slots=True)
class _Stated:
    """A sentence with what it speaks of (its title and section too), its own words alone, and the
    kinds of its values."""

    span: tuple[int, int]
    about: Mapping[int, float]
    own: Mapping[int, float]
    spoken: Language
    kinds: frozenset[str]


def superseded(
    question: Question,
    passages: Sequence[Passage],
    *,
    terms: Terms,
    later: Later,
    follows: Later = lambda one, other: False,
) -> Changed:
    """The spans of such sentences in each passage's text, by its number; passages that have none
    are left out. None where the question asks for the former value.

    Args:
        terms: of the collection's lexical index, weighted by idf.
        later: whether the first document, by its path, is known to be of a later day.
        follows: whether the first one is a later mail of the second one's thread.
    """
    if asks_for_the_former(question):
        return {}
    asked = terms(question.text)
    changes = [(one, [*_changes(one, question, terms)]) for one in passages]
    found: dict[int, tuple[tuple[int, int], ...]] = {}
    for passage in passages:
        newer = [
            change
            for other, its in changes
            if its and later(other.source, passage.source)
            for change in its
        ]
        changed = [
            one.span
            for one in (_stated(passage, question, terms) if newer else ())
            if any(_changes_it(change, one, asked) for change in newer)
        ]
        after = [one for one in passages if later(one.source, passage.source)]
        settled = _settled(passage, after, terms(" ".join(content(question))), terms)
        mails = [one for one in passages if follows(one.source, passage.source)]
        again = [span for one in mails for span in _stated_again(passage, one, question)]
        if spans := tuple(sorted({*changed, *settled, *again})):
            found[passage.n] = spans
    return found


def _changes_it(change: _Stated, one: _Stated, asked: Mapping[int, float]) -> bool:
    """Whether it has a value of the same kind, and speaks of the same thing: it repeats the
    question as that one does, or, whatever the question's words, that one's own."""
    common = change.kinds & one.kinds
    if not common:
        return False
    if _CHOICE not in common and _is_of_the_same(change.about, one.about, asked):
        return True
    whole = {**change.about, **change.own}
    return bool(weight_of(asked, one.about)) and is_the_same_matter(one.own, whole, one.spoken)


def _is_of_the_same(
    later: Mapping[int, float], one: Mapping[int, float], asked: Mapping[int, float]
) -> bool:
    """Whether a later sentence holds, of what one shares with the question, as much as a
    contradiction does (kb/answering/conflicts.py)."""
    shared = {term: weight for term, weight in asked.items() if term in one}
    total = sum(shared.values())
    if total < LEAST_OF_QUESTION * sum(asked.values()):
        return False
    return weight_of(shared, later) >= LEAST_OF_ANCHOR * total


def _settled(
    passage: Passage, after: Sequence[Passage], asked: Mapping[int, float], terms: Terms
) -> Iterator[tuple[int, int]]:
    """The sentences that leave open what a later passage says something of, and not that it is
    open still."""
    for start, end in sentence_spans(passage.text):
        text = passage.text[start:end]
        if not after or not _OPEN.search(fold(text)):
            continue
        about = _about(passage, text, terms)
        for one in after:
            said = [one.text[slice(*span)] for span in sentence_spans(one.text)]
            known = (each for each in said if not _OPEN.search(fold(each)))
            if any(_is_of_the_same(_about(one, each, terms), about, asked) for each in known):
                yield start, end
                break


def _stated_again(passage: Passage, mail: Passage, question: Question) -> Iterator[tuple[int, int]]:
    """The sentences of a mail with its only value of a kind that is asked for, where a later mail
    of the thread states one, too, and another: "The sum is 451,000, I had swapped two digits"."""
    own, newer = ([*_valued(one, question)] for one in (passage, mail))
    for kind in {value.kind for _, value in own}:
        here, there = ([value for _, value in one if value.kind == kind] for one in (own, newer))
        if there and _is_one(here) and _is_one(there) and not here[0].agrees(there[0]):
            yield from (span for span, value in own if value.kind == kind)


def _is_one(some: Sequence[Value]) -> bool:
    return all(some[0].agrees(other) for other in some)


def _valued(passage: Passage, question: Question) -> Iterator[tuple[tuple[int, int], Value]]:
    """A mail's values of the kinds that are asked for, with the spans of their sentences."""
    for start, end in sentence_spans(passage.text):
        text = passage.text[start:end]
        if not _HEAD.match(text) and (kinds := _kinds(text, question)):
            for value in values(text):
                if value.kind in kinds:
                    yield (start, end), value


def _changes(passage: Passage, question: Question, terms: Terms) -> Iterator[_Stated]:
    """The clauses that change a value of the kind that is asked for."""
    for start, end in sentence_spans(passage.text):
        for clause in _CLAUSE.findall(passage.text[start:end]):
            said = fold(clause)
            kinds = _kinds(clause, question)
            forms = (_REPLACES,) if _CHOICE in kinds else (CHANGES, OVERRULES, _REPLACES)
            if kinds and any(form.search(said) for form in forms):
                about, own = _about(passage, clause, terms), matter(clause, terms)
                yield _Stated((start, end), about, own, language(clause), kinds)


def _stated(passage: Passage, question: Question, terms: Terms) -> Iterator[_Stated]:
    for start, end in sentence_spans(passage.text):
        text = passage.text[start:end]
        if not _HEAD.match(text) and (kinds := _kinds(text, question)):
            about, own = _about(passage, text, terms), matter(text, terms)
            yield _Stated((start, end), about, own, language(text), kinds)


def _kinds(text: str, question: Question) -> frozenset[str]:
    """Of a text's values the kinds that the question asks for; any day is one kind, and so is a
    month (6月底, in June)."""
    kinds = frozenset(one.kind for one in values(text))
    if _WHEN.search(question.folded):
        return frozenset({DAY}) if kinds & _ON_TIME or months(fold(text)) else frozenset()
    if _HOW_MUCH.search(question.folded):
        return kinds - _ON_TIME
    return frozenset({_CHOICE}) if _WHICH.search(question.folded) else frozenset()


def _about(passage: Passage, text: str, terms: Terms) -> Mapping[int, float]:
    return terms(f"{passage.title}\n{passage.section}\n{text}")
