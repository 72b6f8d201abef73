"""How many days lie between two days that the passages state: two deliveries, two meetings.

A small model takes the first two days that it sees, and subtracts badly. Where the clauses that
speak of what is asked for state exactly two days, of which no later one corrects another, the
difference is computed, and the answer shows both days with their passages.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from kb.answering.changed_values import CHANGES, asks_for_the_former
from kb.answering.conflicts import weight_of
from kb.answering.evidence import Terms
from kb.answering.features import features
from kb.answering.names import content
from kb.answering.values import DAY, Value, day_of, values
from kb.text.fold import fold
from kb.text.language import Language
from kb.text.question import Question
from kb.text.sentences import sentence_spans
from kb.types import Passage

_ASKS = re.compile(
    r"(?:相隔|间隔|相差|隔了?|相距|差了?)(?:多少|几)[天日]|之间(?:相?隔|间隔|有|是|差)?了?(?:多少|几)[天日]"
    r"|\bhow many days\b.*\b(?:between|apart)\b"
)
_TWO = re.compile(r"两|前后|\b(?:two|both)\b")
_NAMED = re.compile(
    r"(?P<a>[^,。?;]{2,20}?)(?:和|与|到|至|跟)(?P<b>[^,。?;]{2,20}?)(?:之间|相?隔|间隔|相差|相距|差)"
    r"|\bbetween (?P<c>.+?) and (?P<d>[^?.;]+)"
)

_ABOUT = 0.5
"""Of what the best passage holds of the question's own words (by idf), the share that another one
must hold, each with its title."""

_HEAD = re.compile(
    r"\s*(?:date|sent|from|to|cc|subject|日期|时间|发件人|收件人|主题)\s*[:：]", re.I
)
_CLAUSE = re.compile(r"[^,，;；\n]+")
_CORRECTS = re.compile(
    r"更正|纠正|订正|改[为到成在期]|不是|而是"
    r"|\b(?:correct\w*|instead|rather than|not on|amend\w*)\b"
)
_NUMBER = re.compile(r"(?<![\d.])\d+(?:\.\d+)?(?![\d.])")


@dataclass(frozen=True, slots=True)
class Between:
    """The answer with its markers, and the passages that it cites."""

    text: str
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class _Dated:
    """A clause that states one day, with the other numbers in it."""

    passage: Passage
    day: Value
    sentence: str
    counts: frozenset[str]
    corrects: bool

    def corrected_by(self, other: _Dated, later: Callable[[str, str], bool]) -> bool:
        """By a clause of a later document on the same number of things."""
        if not other.corrects or not later(other.passage.source, self.passage.source):
            return False
        return bool(self.counts & other.counts)


def days_between(
    question: Question,
    passages: Sequence[Passage],
    *,
    terms: Terms,
    later: Callable[[str, str], bool],
) -> Between | None:
    """None where a question asks for no such number, or where it is not two days that are stated.

    Args:
        terms: of the collection's lexical index, weighted by idf.
        later: whether the first document, by its path, is known to be of a later day.
    """
    if not _ASKS.search(question.folded) or asks_for_the_former(question):
        return None
    stated = [one for passage in _about(question, passages, terms) for one in _dated(passage)]
    kept = [one for one in stated if not any(one.corrected_by(x, later) for x in stated)]
    days: dict[tuple[str, ...], _Dated] = {}
    for one in kept:
        days.setdefault(one.day.amount[:1], one)
    if len(days) != 2:
        return None
    first, second = sorted(days.values(), key=lambda one: one.day.amount[0])
    apart = _apart(first.day, second.day, passages)
    if apart is None or not _are_asked_for(question, first, second):
        return None
    return Between(_told(apart, first, second, question.language), (first.passage, second.passage))


def _are_asked_for(question: Question, first: _Dated, second: _Dated) -> bool:
    """Whether a question asks of two of a kind, or names both: each in the sentence of its day."""
    if _TWO.search(question.folded):
        return True
    found = _NAMED.search(question.folded)
    if found is None:
        return False
    one, other = (features(each) for each in found.groups() if each)
    here, there = features(first.sentence), features(second.sentence)
    own, rest = one - other, other - one
    return bool((own & here and rest & there) or (own & there and rest & here))


def _about(question: Question, passages: Sequence[Passage], terms: Terms) -> Iterator[Passage]:
    asked = terms(" ".join(content(question)))

    def held(one: Passage) -> float:
        return weight_of(asked, terms(f"{one.title}\n{one.section}\n{one.text}"))

    shares = [held(one) for one in passages]
    for one, share in zip(passages, shares, strict=True):
        if share and share >= _ABOUT * max(shares):
            yield one


def _dated(passage: Passage) -> Iterator[_Dated]:
    for start, end in sentence_spans(passage.text):
        sentence = passage.text[start:end]
        if _HEAD.match(sentence):
            continue
        corrects = bool(_CORRECTS.search(fold(sentence)) or CHANGES.search(fold(sentence)))
        for clause in _CLAUSE.findall(sentence):
            days = [one for one in values(clause) if one.kind == DAY]
            if len(days) == 1:
                rest = clause.replace(days[0].text, " ")
                counts = frozenset(_NUMBER.findall(fold(rest)))
                yield _Dated(passage, days[0], sentence, counts, corrects)


def _apart(one: Value, other: Value, passages: Sequence[Passage]) -> int | None:
    """In days, of one year where no other is written; None where it matters which, and none is."""
    years = {day.amount[1] for day in (one, other) if len(day.amount) > 1}
    if not years:
        every = (value for passage in passages for value in values(passage.text))
        years = {day.amount[1] for day in every if day.kind == DAY and len(day.amount) > 1}
    if len(years) > 1 and not all(len(day.amount) > 1 for day in (one, other)):
        return None
    if not years:
        return None
    first, second = (day_of(day, min(years)) for day in (one, other))
    return abs((second - first).days) if first and second else None


def _told(apart: int, first: _Dated, second: _Dated, spoken: Language) -> str:
    one, other = (f"{each.day.text.strip()} [{each.passage.n}]" for each in (first, second))
    if spoken is Language.ZH:
        return f"相隔{apart}天：{one}与{other}。"
    return f"{apart} days: {one} and {other}."
