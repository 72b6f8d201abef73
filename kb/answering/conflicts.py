"""Where another passage states another value for the same thing.

An answer's value is compared with the values of the same kind and unit in passages of other
documents. The same thing is meant where a sentence there, with its section and title, shares with
the question what the sentence shares that the answer rests on: the weights are the idf of the
question's terms, so that the name of another subject, or the key of another row, counts most.
What the answer's own passages state as well is another role's value, and no conflict.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kb.answering.citations import unmarked
from kb.answering.evidence import Terms
from kb.answering.features import features, has_digit
from kb.answering.names import occurs
from kb.answering.names import terms as names
from kb.answering.names import words as content_words
from kb.answering.rates import are_rates_of_two_kinds
from kb.answering.sums import are_sums_of_two_kinds
from kb.answering.tagger import tagged
from kb.answering.values import DAY, TELEPHONE, TIME, WEEKDAY, Value, named, values
from kb.text.fold import fold, standard
from kb.text.han import HAN
from kb.text.language import Language
from kb.text.question import Question
from kb.text.sentences import sentence_spans
from kb.types import Citation, Passage

LEAST_OF_QUESTION = 0.2
"""Share of the question (by idf) that the sentence of the answer must hold; else nothing tells
what it speaks of."""

LEAST_OF_ANCHOR = 0.65
"""Of what that sentence shares with the question, the part that the other one must share."""

_LEAST_OF_BOTH = 0.24
_MOST_OF_OTHER = 0.8
"""Where it shares less than that: of the question what both must share, and of what the other one
shares the part that the anchor must share too."""

_LEAST_OF_WORDS = 0.25
"""Of the other words of that sentence, the part that the other one must have, for days and times:
an article has many days."""

_LEAST_OF_WORDS_BEFORE = 0.5
"""Of the words before the answer's value, the part that stands before one of several others."""

_LOCALIZERS = frozenset(("内", "外", "里", "中", "上", "下", "里面", "之内", "范围"))
_MOST = 3
_HEADING = re.compile(r"[^\n|。.;；!！]{2,40}[^\n|。.;；!！,，]")
"""A line that ends like no sentence names what the next ones are about."""

_HAN = re.compile(f"[{HAN}]")
_ASKING = re.compile(
    r"(?:多久|多长时间|多少|几|什么|怎么|怎样|如何|哪)(?:个?工作日|个?小时|个?月|[天日周年次])?(?:之内|以内|内)?"
    r"|\bhow (?:long|many|much|soon|often)\b",
    re.IGNORECASE,
)
_FIGURE = re.compile(r"(?:^|[:：])[¥$€]?[\d.,]+%?$")
_MONTH = re.compile(r"\d{1,2}\s*月份?")
"""What a sentence is of, and no length of time that it states."""
_CLAUSE = re.compile(r"[,;:，；：|]")
_OFTEN = frozenset({DAY, TIME, TELEPHONE, WEEKDAY})


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A value that another passage states, and the sentence that states it, verbatim."""

    value: str
    passage: Passage
    quote: str


@dataclass(frozen=True, slots=True)
class _Sentence:
    passage: Passage
    text: str
    values: tuple[Value, ...]
    heading: str = ""

    @property
    def whole(self) -> str:
        """With what says what it is about."""
        return f"{self.passage.title}\n{self.passage.section}\n{self.heading}\n{self.text}"


def contradictions(
    question: Question,
    answer: str,
    citations: Sequence[Citation],
    others: Sequence[Passage],
    *,
    terms: Terms,
) -> tuple[Contradiction, ...]:
    """At most three, one a document.

    Args:
        answer: with or without markers.
        others: what was found besides; passages of cited documents are left out.
        terms: of the collection's lexical index, weighted by idf.
    """
    cited = {citation.source for citation in citations}
    elsewhere = [one for one in others if one.source not in cited]
    if not elsewhere:
        return ()
    anchors = [one for citation in citations for one in _sentences(_as_passage(citation))]
    own = [*_sentences_of([one for one in others if one.source in cited]), *anchors]
    known = [value for one in own for value in one.values]
    asserted = [*_asserted(question, answer), *_repeated(question, answer, known)]
    asked = _said(_spoken_of(question, terms), others, terms)
    found: dict[str, tuple[float, Contradiction]] = {}
    for value in asserted:
        anchor = _anchor(value, own, asked, terms)
        if anchor is None:
            continue
        for other in _sentences_of(elsewhere):
            one = _differing(value, asserted, known, anchor, other)
            if one and _is_of_the_same(anchor, other, value, question, terms):
                # Of a document's sentences the nearest to the question: a mail has its day, too.
                near = weight_of(asked, terms(other.text))
                told = Contradiction(one.text, other.passage, other.text)
                if near > found.get(other.passage.source, (-1.0, told))[0]:
                    found[other.passage.source] = near, told
    return tuple(told for _, told in found.values())[:_MOST]


def _asserted(question: Question, answer: str) -> list[Value]:
    """What the answer states and the question had not."""
    brought = values(question.text)
    return [
        one for one in values(unmarked(answer)) if not any(one.agrees(each) for each in brought)
    ]


def _repeated(question: Question, answer: str, known: Sequence[Value]) -> list[Value]:
    """The words behind a property's name that the answer repeats, where the property is asked for:
    an answer says 由张三负责 where its passage has 负责人：张三."""
    said = fold(unmarked(answer)).replace(" ", "")
    asked = features(question.text)
    own = question.folded.replace(" ", "")
    return [
        one
        for one in known
        if (label := one.property_name)
        and one.amount[0] in said
        and one.amount[0] not in own
        and features(label) & asked
    ]


def _differing(
    value: Value,
    asserted: Sequence[Value],
    known: Sequence[Value],
    anchor: _Sentence,
    other: _Sentence,
) -> Value | None:
    """The value of the same kind that a sentence states in place of the answer's; of several the
    one that has most of the same words before it."""
    if _MONTH.fullmatch(value.text):
        return None
    mine = next(one for one in anchor.values if one.agrees(value))
    same = [
        one
        for one in other.values
        if one.kind == value.kind
        and not are_rates_of_two_kinds(mine, anchor.text, one, other.text)
        and not are_sums_of_two_kinds(mine, anchor.text, one, other.text)
    ]
    if not same or any(one.agrees(value) for one in same):
        return None
    one = same[0]
    if len(same) > 1:
        before = _words_before(anchor, value)
        shares = [len(before & _words_before(other, each)) / max(len(before), 1) for each in same]
        if max(shares) < _LEAST_OF_WORDS_BEFORE or shares.count(max(shares)) > 1:
            return None
        one = same[shares.index(max(shares))]
    return None if any(one.agrees(each) for each in (*asserted, *known)) else one


def _words_before(sentence: _Sentence, value: Value) -> set[str]:
    """The words between a value and the one before it, or the beginning of its clause."""
    text = standard(sentence.text)
    [start] = [one.start for one in sentence.values if one == value][:1] or [
        next(one.start for one in sentence.values if one.agrees(value))
    ]
    begin = max((end for end in _ends(sentence) if end <= start), default=0)
    clause = max((found.end() for found in _CLAUSE.finditer(text, 0, start)), default=0)
    return features(text[max(begin, clause) : start])


def _ends(sentence: _Sentence) -> list[int]:
    return [one.start + len(one.text) for one in sentence.values]


def _anchor(
    value: Value, own: Sequence[_Sentence], asked: Mapping[int, float], terms: Terms
) -> _Sentence | None:
    """The sentence that the value rests on: of those that state it, the one that shares most with
    the question; None where that is little."""
    stating = [one for one in own if any(v.agrees(value) for v in one.values)]
    shares = [weight_of(asked, terms(one.whole)) for one in stating]
    least = LEAST_OF_QUESTION * sum(asked.values())
    if not stating or max(shares) < least:
        return None
    return stating[shares.index(max(shares))]


def _is_of_the_same(
    anchor: _Sentence, other: _Sentence, value: Value, question: Question, terms: Terms
) -> bool:
    if not _is_about_the_same(anchor, other, question, terms):
        return False
    if keys := _keys(anchor):
        return 2 * len(keys & _keys(other)) >= len(keys)
    if value.kind not in _OFTEN:
        return True
    words = {one for one in features(anchor.text) if not has_digit(one)}
    return len(words & features(other.whole)) >= _LEAST_OF_WORDS * len(words)


def _spoken_of(question: Question, terms: Terms) -> Mapping[int, float]:
    """The question's terms but for those of how it asks, since a heading of an FAQ asks, too, and
    shares them with it as no rule does (调休多久之内要用掉？), and for single characters (掉)."""
    single = terms(" ".join(_HAN.findall(question.text)))
    asked = terms(_ASKING.sub(" ", question.text))
    return {one: weight for one, weight in asked.items() if one not in single} or asked


def _said(
    asked: Mapping[int, float], passages: Sequence[Passage], terms: Terms
) -> Mapping[int, float]:
    """Those that some passage has: of the others nothing tells whether the documents say the same
    in other words (攒)."""
    known = {term for one in passages for term in terms(f"{one.title}\n{one.section}\n{one.text}")}
    return {term: weight for term, weight in asked.items() if term in known}


def _is_about_the_same(
    anchor: _Sentence, other: _Sentence, question: Question, terms: Terms
) -> bool:
    """Whether the other sentence shares with the question most of what the anchor shares. Or the
    other way round, since one of two texts repeats more of a question than the other: the anchor
    nearly all of what the other one shares, and that one all that tells the subject."""
    own, there, asked = terms(anchor.whole), terms(other.whole), _spoken_of(question, terms)
    shared = {term: weight for term, weight in asked.items() if term in own}
    both = weight_of(shared, there)
    if both >= LEAST_OF_ANCHOR * sum(shared.values()):
        return True
    if both < max(_LEAST_OF_BOTH * sum(asked.values()), _MOST_OF_OTHER * weight_of(asked, there)):
        return False
    if any(term in asked and term not in there for term in terms(anchor.passage.title)):
        return False
    return _has_its_subject(question, fold(anchor.whole), fold(other.whole))


def _has_its_subject(question: Question, own: str, there: str) -> bool:
    """Whether a text has two words of a Chinese question that the anchor has, and lacks of these
    only verbs and places (厂区内): another noun or name would be another thing's."""
    if question.language is not Language.ZH:
        return False
    if any(not occurs(name, there) for name in names(question.text)):
        return False
    found = tagged(question.folded)
    content = {*content_words(question.text)}
    both = {word for word in content if word in own and word in there}
    lacking = [
        tag[0] == "v" or after in _LOCALIZERS
        for (word, tag), (after, _) in zip(found, [*found[1:], ("", "")], strict=True)
        if word in content and word in own and word not in there
    ]
    return len(both) > 1 and all(lacking)


def _keys(sentence: _Sentence) -> set[str]:
    """The cells of a table's row that are no figures: what the row is about."""
    if "|" not in sentence.text:
        return set()
    cells = {re.sub(r"\s", "", cell) for cell in standard(sentence.text).lower().split("|")}
    return {cell for cell in cells if not _FIGURE.search(cell)}


def weight_of(wanted: Mapping[int, float], there: Mapping[int, float]) -> float:
    """The weight of the wanted terms that are there."""
    return sum(weight for term, weight in wanted.items() if term in there)


def _sentences_of(passages: Sequence[Passage]) -> Iterator[_Sentence]:
    for passage in passages:
        yield from _sentences(passage)


def _sentences(passage: Passage) -> Iterator[_Sentence]:
    """Those that state a value."""
    heading = ""
    for start, end in sentence_spans(passage.text):
        text = passage.text[start:end].strip()
        if _HEADING.fullmatch(text):
            heading = text
        found = named(text)
        if re.search(r"[\d零一二三四五六七八九十百千万两]", text):
            found = (*values(text), *found)
        if found:
            yield _Sentence(passage, text, found, heading)


def _as_passage(citation: Citation) -> Passage:
    return Passage(
        citation.n, citation.source, citation.quote, None, None, citation.section, "", ()
    )
