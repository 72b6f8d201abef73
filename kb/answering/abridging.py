"""Which sentences of the passages the model is handed, and which one most likely answers.

Reading the prompt is nearly all of an answer's time, and most of a passage speaks of something
else. Where one passage clearly stands out, and holds together what is asked for, its sentences
nearest to the question are handed over, and of the others' what there is room for. Everywhere else
all of them are: what is far from the question in words may still be its answer. Of a table it is
then the rows that hold what most sets rows apart in the question. Passages keep
their text, so that quotes, lines and checks are as exact as before; docs/retrieval.md has the
figures.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from kb.answering import rows
from kb.answering.evidence import Terms
from kb.answering.features import has_digit
from kb.answering.names import content
from kb.answering.prompt import fence
from kb.answering.rows import CELLS, NAMED_CELL
from kb.answering.superseded import Changed
from kb.text.fold import fold
from kb.text.language import Language, language
from kb.text.question import Question
from kb.text.sentences import sentence_spans
from kb.text.tokens import chat_tokens
from kb.types import Citation, Passage

ROOM = 430
"""Estimated tokens of the passages where sentences are left out: some 330 of Qwen2.5's. With 330,
two of 400 answers of cmrc2018-trial were lost, with 430 none."""

STANDS_OUT = 0.7
"""The most that another passage may hold of the question, as a share of what the best one holds."""

HELD_TOGETHER = {Language.EN: 0.7, Language.ZH: 0.28}
"""Of what the question asks beyond the best passage's title and section, the least share that
stands in two neighbouring sentences of it. Less in Chinese, where bigrams bridge words."""

HELD_BY_NAME = 0.6
"""The same of its nouns, verbs and identifiers alone, where an identifier is in a row or two."""

FIRST_HOLDS = 0.3
"""Of the question's nouns, verbs and identifiers (by idf), what the first passage must hold where
others that have none of them are left out."""

_BEHIND, _TWO_BEHIND, _BEFORE = 0.3, 0.1, 0.1
"""What a sentence has of the shares of the one before it, the one before that, and the next."""

_FIGURE = 0.15
"""What a figure adds to a sentence's share where the question asks for one."""

_LATER = 0.3
"""A sentence's share counts so much for each passage that stands before its own."""

_LATER_LIKELY = 0.85
"""The same for the sentence that is shown by itself."""

_LEAST_ROWS = 3
_TOLD = 0.3
"""Of what is asked for, the least share that the best row must hold by itself."""

_LONGEST_SHOWN = 400
"""Characters."""

_ASKS_FOR_A_FIGURE = re.compile(
    r"多少|几|何时|哪[年月日天]|什么时候|多[久大长高重远]|电话|手机|号码|分机|工号"
    r"|\bhow (?:many|much|long|old|far|often|high|heavy)\b|\bwhen\b"
    r"|\b(?:what|which) (?:year|date|day|percent\w*|number|amount)\b",
    re.IGNORECASE,
)
# The answer to these may be anything, and several sentences of it.
_ASKS_AT_LENGTH = re.compile(
    r"为什么|为何|什么样|怎样的|样子|特点|特征|有什么|原因|总结|概括|概述|摘要|主要内容"
    r"|\bwhy\b|\bhow (?:do|does|did|can|could|should|is|are|was|were|to)\b"
    r"|\b(?:explain|describe|list|summar\w+|overview|outline)\b",
    re.IGNORECASE,
)
_IDENTIFIER = re.compile(r"[a-z]*[-./]?\d[-./a-z\d]+")


_NONE: Changed = {}


def abridged(
    question: Question,
    passages: Sequence[Passage],
    terms: Terms,
    gone: Changed = _NONE,
    defined: str = "",
) -> tuple[Passage, ...]:
    """The passages, each with the sentences of it that are handed to the model.

    All of them where that is no more than ROOM. Where the question leaves it open which are far
    from it, all but the rows of a table that match it worse than others. A passage may be left
    with none. Rows of a table keep its head, where the head is a row of its own. A row that
    another one outdoes (kb/answering/rows.py) is left out everywhere.

    Args:
        passages: best first.
        terms: of the collection's lexical index.
        gone: what a later passage has changed; it is left out everywhere.
        defined: the question with other names of what it names; they are asked for as it is.
    """
    asked = _Asked(question, terms, defined)
    read = [_Read.of(passage, asked) for passage in passages]
    if sum(chat_tokens(fence(one)) for one in passages) <= ROOM:
        kept = [set(range(len(one.sentences))) for one in read]
    elif _is_clear(asked, read):
        kept = _kept(asked, read)
    else:
        kept = [_without_other_rows(asked, one) for one in read]
    for place in _far(asked, read):
        kept[place] = set()
    outdone = (rows.outdone(question, [each.text for each in one.sentences]) for one in read)
    changed = (one.places(gone) for one in read)
    return tuple(map(_handing, read, map(set.difference, kept, outdone, changed)))


def likely_sentence(
    question: Question, passages: Sequence[Passage], terms: Terms, gone: Changed = _NONE
) -> Citation | None:
    """The sentence that most likely holds the answer, of those that are not `gone`; None where none
    has a word of the question,
    where its figure may be another one's, since a sentence with another figure has the same words
    of the question, or where it is so long that it shows nothing."""
    asked = _Asked(question, terms)
    read = [_Read.of(passage, asked) for passage in passages]
    shares = _shares(asked, read, later=_LATER_LIKELY)
    ranked = [
        (share, -n, -at)
        for n, row in enumerate(shares)
        for at, share in enumerate(row)
        if at not in read[n].places(gone)
    ]
    share, n, at = max(ranked, default=(0.0, 0, 0))
    if not share:
        return None
    best, passage = read[-n].sentences[-at], read[-n].passage
    alike = (each for one in read for each in one.sentences if each.terms == best.terms)
    if len({each.text.strip() for each in alike if has_digit(each.text)}) > 1:
        return None
    start, end = best.span
    quote = passage.text[start:end].strip()
    if len(quote) > _LONGEST_SHOWN:
        return None
    return Citation(
        n=passage.n,
        source=passage.source,
        page=passage.page,
        line=None if passage.line is None else passage.line + passage.text.count("\n", 0, start),
        section=passage.section,
        quote=quote,
    )


def _handing(read: _Read, kept: set[int]) -> Passage:
    if len(kept) == len(read.sentences):
        return read.passage
    return replace(read.passage, handed=tuple(read.sentences[at].span for at in sorted(kept)))


@dataclass(frozen=True)
class _Asked:
    question: Question
    terms: Terms
    defined: str = ""

    @cached_property
    def weights(self) -> Mapping[int, float]:
        return self.terms(self.defined or self.question.text)

    @cached_property
    def content(self) -> frozenset[int]:
        """The terms of its nouns, verbs, adjectives, and of what has a digit."""
        named = " ".join(content(self.question))
        return frozenset(self.terms(named).keys() & self.weights.keys())

    def share(self, held: frozenset[int], of: frozenset[int] | None = None) -> float:
        """Of the weight of the question, or of some of its terms, what is held; 0 to 1."""
        wanted = frozenset(self.weights) if of is None else of
        total = sum(self.weights[term] for term in wanted)
        return sum(self.weights[term] for term in wanted if term in held) / total if total else 0.0


@dataclass(frozen=True, slots=True)
class _Sentence:
    """`terms`: those of the question that it has."""

    span: tuple[int, int]
    text: str
    terms: frozenset[int]
    tokens: int


@dataclass(frozen=True, slots=True)
class _Read:
    """A passage in sentences; `about`: the question's terms in its title, section and path."""

    passage: Passage
    about: frozenset[int]
    sentences: Sequence[_Sentence]

    @classmethod
    def of(cls, passage: Passage, asked: _Asked) -> _Read:
        def held(text: str) -> frozenset[int]:
            return frozenset(asked.terms(text).keys() & asked.weights.keys())

        sentences = []
        for start, end in sentence_spans(passage.text):
            text = passage.text[start:end]
            if text.strip():
                sentences.append(_Sentence((start, end), text, held(text), chat_tokens(text)))
        about = held(f"{passage.source}\n{passage.title}\n{passage.section}")
        return cls(passage, about, sentences)

    def places(self, gone: Changed) -> set[int]:
        """The places of its sentences that are among some spans."""
        spans = {*gone.get(self.passage.n, ())}
        return {at for at, one in enumerate(self.sentences) if one.span in spans}

    def together(self, asked: _Asked, wanted: frozenset[int]) -> float:
        """The largest share of some terms that two neighbouring sentences hold."""
        sets = [one.terms for one in self.sentences]
        pairs = [one | other for one, other in zip(sets, [*sets[1:], frozenset()], strict=True)]
        return max((asked.share(pair, wanted) for pair in pairs), default=0.0)


def _without_other_rows(asked: _Asked, read: _Read) -> set[int]:
    """The places of all sentences but of those rows of a table that hold less than half of what
    the best row holds of what is asked for, where that is much of it.

    What every row has, such as the columns' names, and what none has, sets no row apart.
    """
    places = [at for at, one in enumerate(read.sentences) if CELLS in one.text]
    everything = set(range(len(read.sentences)))
    if len(places) < _LEAST_ROWS:
        return everything
    terms = [read.sentences[at].terms for at in places]
    telling = asked.content & frozenset().union(*terms) - terms[0].intersection(*terms)
    shares = [asked.share(one, telling) for one in terms]
    best = max(shares)
    if best * asked.share(telling, asked.content) < _TOLD:
        return everything
    far = {at for at, share in zip(places, shares, strict=True) if share < best / 2}
    near = [_with_head(read, at) for at in places if at not in far]
    return everything - far.difference(*near)


def _is_clear(asked: _Asked, read: Sequence[_Read]) -> bool:
    """Whether the first passage stands out, and holds together what is asked for."""
    held = [
        asked.share(one.about.union(*(sentence.terms for sentence in one.sentences)))
        for one in read
    ]
    if _ASKS_AT_LENGTH.search(asked.question.text) or not held[0] or _is_named_across(asked, read):
        return False
    if max(held[1:], default=0.0) > STANDS_OUT * held[0]:
        return False
    best = read[0]
    beyond = frozenset(asked.weights) - best.about
    if best.together(asked, beyond) >= HELD_TOGETHER[asked.question.language]:
        return True
    return best.together(asked, beyond & asked.content) >= HELD_BY_NAME and _names(asked, read)


def _is_named_across(asked: _Asked, read: Sequence[_Read]) -> bool:
    """Whether a passage in the other language has a name of what is asked about that the question
    lacks: which of its sentences are far no word tells."""
    names = asked.weights.keys() - asked.terms(asked.question.text).keys()
    return any(
        language(one.passage.text) is not asked.question.language
        and not names.isdisjoint(one.about.union(*(each.terms for each in one.sentences)))
        for one in (read if names else ())
    )


def _far(asked: _Asked, read: Sequence[_Read]) -> list[int]:
    """The places of the passages that have no noun, verb or identifier of the question, in its
    language, where the first one has much of them: they were found by likeness alone."""
    held = [
        one.about.union(*(each.terms for each in one.sentences)) & asked.content for one in read
    ]
    if not held or asked.share(held[0], asked.content) < FIRST_HOLDS:
        return []
    return [
        place
        for place, one in enumerate(read)
        if place and not held[place] and language(one.passage.text) is asked.question.language
    ]


def _names(asked: _Asked, read: Sequence[_Read]) -> bool:
    """Whether an identifier of the question is in one or two sentences or rows."""
    texts = [fold(sentence.text) for one in read for sentence in one.sentences]
    found = _IDENTIFIER.findall(asked.question.folded)
    return any(1 <= sum(one in text for text in texts) <= 2 for one in found)


def _shares(asked: _Asked, read: Sequence[_Read], *, later: float) -> list[list[float]]:
    """How near each sentence of each passage is to the question.

    A term that most sentences have tells them apart as little as one that stands in the title.
    """
    everything = [sentence for one in read for sentence in one.sentences]
    count = len(everything)
    spread = {term: sum(term in one.terms for one in everything) for term in asked.weights}
    weights = {
        term: weight * math.log(1 + count / (1 + spread[term]))
        for term, weight in asked.weights.items()
    }
    total = sum(weights.values()) or 1.0
    figure = _FIGURE / 2 if _ASKS_FOR_A_FIGURE.search(asked.question.text) else 0.0
    found = []
    for n, one in enumerate(read):
        own = [sum(weights[term] for term in each.terms) / total for each in one.sentences]
        around = [0.0, 0.0, *own, 0.0]
        row = []
        for at, sentence in enumerate(one.sentences):
            two, before, share, after = around[at : at + 4]
            share += max(_BEHIND * before, _TWO_BEHIND * two, _BEFORE * after)
            if share and figure and has_digit(sentence.text):
                share += figure
            row.append(share * later**n)
        found.append(row)
    return found


def _kept(asked: _Asked, read: Sequence[_Read]) -> list[set[int]]:
    """Of each passage the places of its sentences that are handed over, the nearest first, as far
    as ROOM goes; the nearest one in any case. Of the first passage also what has no word of the
    question."""
    shares = _shares(asked, read, later=_LATER)
    order = sorted(
        ((share, -n, -at) for n, row in enumerate(shares) for at, share in enumerate(row)),
        reverse=True,
    )
    kept: list[set[int]] = [set() for _ in read]
    left = ROOM
    for place, (share, n, at) in enumerate(order):
        one, have = read[-n], kept[-n]
        if n and not share:
            continue
        wanted = _with_head(one, -at) - have
        cost = sum(one.sentences[each].tokens for each in wanted)
        cost += 0 if have else chat_tokens(fence(replace(one.passage, text="")))
        if cost <= left or not place:
            have |= wanted
            left -= cost
    return kept


def _with_head(one: _Read, at: int) -> set[int]:
    """A sentence's place; a table row's with that of the row that names its columns."""
    head = at
    while head and all(CELLS in one.sentences[each].text for each in (head, head - 1)):
        head -= 1
    return {at} if NAMED_CELL in one.sentences[head].text else {head, at}
