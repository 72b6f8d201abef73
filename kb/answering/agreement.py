"""Whether two documents state the same: the FAQ and the rules, the offer and the contract.

A small model that is asked so says yes, and gives both the first one's value. Where each of two
documents has a sentence with one value on what is asked for, and the values are of one kind, the
answer is these two sentences, word for word, and whether the values agree; no model is asked.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from kb.answering.conflicts import weight_of
from kb.answering.evidence import Terms
from kb.answering.names import content
from kb.answering.values import Value, values
from kb.text.english_numbers import ENGLISH_NUMBER, ENGLISH_NUMBERS
from kb.text.fold import fold
from kb.text.language import Language
from kb.text.question import Question
from kb.text.sentences import sentence_spans
from kb.types import Passage

_ASKS = re.compile(
    r"(?:一样|一致|相同|相符|吻合|对得上|矛盾|冲突|出入|不同|不一样|不一致)(?:吗|么|嘛|没有)"
    r"|是否(?:一样|一致|相同|相符|吻合|矛盾|有出入)|有没有(?:矛盾|冲突|出入|不同)|一不一样"
    r"|^\s*(?:do|does|is|are)\b.*\b(?:agree|match|contradict|conflict|differ|say the same|the same"
    r"|consistent|identical)\b"
)
_DOCUMENT = re.compile(
    r"文件|文档|资料|制度|办法|规[定则章程范]|手册|faq|问答|合同|协议|邮件|通知|纪要|说明|指南|须知|清单|报告"
    r"|方案|[表单版稿本](?=和|与|跟|同|及|、|上|里|中|写|说|是否|的?(?:一样|一致|相同))"
    r"|\b(?:polic(?:y|ies)|rules?|handbook|manual|guide(?:lines?)?|contract|agreement|e?-?mails?|letter"
    r"|minutes|notice|versions?|editions?|drafts?|report|lists?|regulations?|questions|leaflet|form"
    r"|memo)\b"
)
"""What a question calls documents. Whether a fee is the same for two groups is asked of one."""

_DOCUMENTS = re.compile(
    r"(?:各|几份|两份|多份)(?:文件|文档|资料)|\b(?:documents|sources|files|passages)\b"
)

_ABOUT = 0.25
"""Of what the documents have of the question (by idf), the share that both sentences must hold,
each with its title and the line before it."""

_VERDICTS = {
    Language.ZH: ("一样。", "不一样。"),
    Language.EN: ("They say the same. ", "They do not say the same. "),
}
_ENDS = "。.!！?？;；"

_DAYS = {"workday": 1.4, "day": 1.0, "week": 7.0, "month": 30.4, "year": 365.25}
_LENGTH = "length"
_NEAR = 0.05
"""Of two lengths of time in different units, the part that may be between them: three weeks and 21
days are one."""


@dataclass(frozen=True, slots=True)
class Compared:
    """The answer with its markers, and the passages that it cites."""

    text: str
    passages: tuple[Passage, Passage]


@dataclass(frozen=True, slots=True)
class _Stated:
    """A sentence with its values, one of each kind, and what it holds of the question."""

    passage: Passage
    sentence: str
    values: Mapping[str, Value]
    held: Mapping[int, float]

    @property
    def share(self) -> float:
        return sum(self.held.values())

    def kinds(self, other: _Stated) -> Set[str]:
        """Those of which both state a value."""
        return self.values.keys() & other.values.keys()

    def is_of_the_same(self, other: _Stated) -> bool:
        if self.passage.source == other.passage.source or not self.kinds(other):
            return False
        either = {**self.held, **other.held}
        both = weight_of(self.held, other.held)
        return both > 0 and both >= _ABOUT * sum(either.values())


def compared(question: Question, passages: Sequence[Passage], *, terms: Terms) -> Compared | None:
    """The two sentences, of the best passages of two documents; None where the question does not
    ask for it, or where a document states several values of the kind, or none.

    Args:
        terms: of the collection's lexical index, weighted by idf.
    """
    if not _ASKS.search(question.folded) or not _is_of_documents(question):
        return None
    asked, brought = terms(" ".join(content(question))), values(question.text)
    each = (_best(one, asked, brought, terms) for one in passages)
    stated = [found for found in each if found]
    for place, one in enumerate(stated):
        for other in stated[place + 1 :]:
            if one.is_of_the_same(other):
                text = _told(one, other, question.language)
                return Compared(text, (one.passage, other.passage))
    return None


def _is_of_documents(question: Question) -> bool:
    """Whether it names two documents, or asks of all of them."""
    named = len(_DOCUMENT.findall(question.folded)) > 1
    return named or bool(_DOCUMENTS.search(question.folded))


def _best(
    passage: Passage, asked: Mapping[int, float], brought: Sequence[Value], terms: Terms
) -> _Stated | None:
    """The sentence with a value that, with the line before it, holds most of the question."""
    stating = _stating(passage, asked, brought, terms)
    return max(stating, key=lambda one: one.share, default=None)


def _stating(
    passage: Passage, asked: Mapping[int, float], brought: Sequence[Value], terms: Terms
) -> Iterator[_Stated]:
    before = ""
    for start, end in sentence_spans(passage.text):
        sentence = passage.text[start:end].strip()
        if not sentence:
            continue
        known = terms(f"{passage.title}\n{before}\n{sentence}")
        held = {term: weight for term, weight in asked.items() if term in known}
        told = [
            one for one in values(_in_digits(sentence)) if not any(one.agrees(x) for x in brought)
        ]
        kinds = Counter(map(_kind, told))
        if single := {_kind(one): one for one in told if kinds[_kind(one)] == 1}:
            yield _Stated(passage, sentence, single, held)
        before = sentence


def _told(one: _Stated, other: _Stated, spoken: Language) -> str:
    same, differ = _VERDICTS[spoken]
    gap = "" if spoken is Language.ZH else " "
    quoted = gap.join(f"{_ended(x.sentence)}[{x.passage.n}]" for x in (one, other))
    alike = all(_agree(one.values[kind], other.values[kind]) for kind in one.kinds(other))
    return f"{same if alike else differ}{quoted}"


def _in_digits(text: str) -> str:
    return ENGLISH_NUMBER.sub(lambda found: str(ENGLISH_NUMBERS[found[0]]), fold(text))


def _kind(value: Value) -> str:
    return _LENGTH if value.kind in _DAYS else value.kind


def _agree(one: Value, other: Value) -> bool:
    if one.kind == other.kind:
        return one.agrees(other)
    here, there = (_DAYS[value.kind] * float(value.amount[-1]) for value in (one, other))
    return abs(here - there) <= _NEAR * max(here, there)


def _ended(sentence: str) -> str:
    return sentence if fold(sentence)[-1:] in _ENDS else f"{sentence}."
