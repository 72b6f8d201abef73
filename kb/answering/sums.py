"""What a sum of money is: a price, a rent, a deposit, the cap of a fee. Each stands beside the same
name, and a small model takes the one for the other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kb.answering.names import words
from kb.answering.values import MONEY, Value, values
from kb.text.fold import fold, standard
from kb.text.question import Question
from kb.text.sentences import sentence_spans
from kb.types import Passage

_KINDS: Mapping[str, str] = {
    "deposit": r"押金|保证金|[定订]金|\b(?:deposits?|down payment|bonds?)\b",
    "penalty": r"违约金|滞纳金|罚[款金]|赔偿"
    r"|\b(?:penalt\w+|fines?|late fees?|damages|liabilit\w+|liable)\b",
    "cap": r"封顶|上限|最[高多]|至多|不超过|限额|额度"
    r"|\b(?:capp?e?d?|ceiling|limit\w*|at most|up to|maximum|no more than|not exceed\w*)\b",
    "budget": r"预算|概算|\bbudget\w*\b",
    "rent": r"租金|房租|[月年]租|租费|\b(?:rent\w*|lease)\b",
    "upkeep": r"维护|维保|保养|维修|服务费|年费|运维|检修"
    r"|\b(?:maintenance|servic\w+|support|upkeep|repairs?|subscriptions?|licen[cs]e)\b",
    "pay": r"工资|薪|津贴|补贴|补助|奖金|\b(?:salar\w+|wages?|allowances?|bonus\w*|subsid\w+)\b",
    "carriage": r"运费|物流费|安装费|装卸费|\b(?:freight|shipping|installation|carriage)\b",
    "insurance": r"保险|保费|\b(?:insur\w+|premiums?)\b",
}
_OF_THEIR_OWN = frozenset(("deposit", "penalty", "rent", "pay", "insurance"))
_FORMS = {name: re.compile(form) for name, form in _KINDS.items()}
_PRICE = re.compile(
    r"单价|价格|售价|报价|总价|价钱|多少钱|买|购|\b(?:prices?|costs?|buy\w*|purchas\w+|offer\w*|quot\w+)\b"
)
_IS_PRICED = re.compile(r"价|\b(?:prices?|costs?|offer\w*|quot\w+|sells?)\b")
_CLAUSE = re.compile(r"[,;。]|(?<!\d)\.(?!\d)")


def kinds(value: Value, sentence: str) -> frozenset[str]:
    """What a sum is by the words of its clause, those behind it too; empty where none says so."""
    clause = clause_of(value, sentence)
    return frozenset(name for name, form in _FORMS.items() if form.search(clause))


def clause_of(value: Value, sentence: str) -> str:
    """The words around a value up to the next mark or value of its kind, folded."""
    text = standard(sentence)
    others = [one for one in values(sentence) if one.kind == value.kind and one != value]
    start = max((one.start + len(one.text) for one in others if one.start < value.start), default=0)
    end = min((one.start for one in others if one.start > value.start), default=len(text))
    own_end = value.start + len(value.text)
    before = _CLAUSE.split(text[start : value.start])[-1]
    behind = _CLAUSE.split(text[own_end:end])[0]
    return fold(f"{before}{value.text}{behind}")


def are_sums_of_two_kinds(one: Value, here: str, other: Value, there: str) -> bool:
    """Whether the clauses of two sums say what they are, and not the same."""
    if one.kind not in MONEY:
        return False
    own, else_ = kinds(one, here), kinds(other, there)
    return bool(own and else_ and not own & else_)


def of_another_kind_of_sum(
    question: Question, answer: str, passages: Sequence[Passage]
) -> Iterator[str]:
    """The word by which a question asks for a price, where the sum of the answer is called
    something else (a cap, a deposit, upkeep) and its clause lacks a word of the question which the
    clause of another sum has; or where it is a rent, a deposit and the like, and its sentence,
    with title and section, has no word of the question at all.

    Args:
        answer: without markers.
        passages: those that it cites.
    """
    asked = _PRICE.search(question.folded)
    if asked is None:
        return
    own = {name for name, form in _FORMS.items() if form.search(question.folded)}
    told = [one for one in values(answer) if one.kind in MONEY]
    stated = [*_stated(passages)]
    wanted = [word for word in words(question.text) if not _PRICE.search(word)]
    for one in told:
        places = [place for place in stated if place.value.agrees(one)]
        if not places or not all(_is_another(place, own) for place in places):
            continue
        others = [
            place
            for place in stated
            if place.value.kind == one.kind and not place.value.agrees(one)
            if not _is_another(place, own)
        ]
        held = max(place.held(wanted) for place in places)
        if any(_is_better(place, wanted, held) for place in others) or all(
            wanted and place.is_far(wanted) for place in places
        ):
            yield asked[0]


@dataclass(frozen=True, slots=True)
class _Place:
    """A sum in its sentence; `about` is the passage's title and section, folded."""

    value: Value
    sentence: str
    about: str

    @property
    def clause(self) -> str:
        return clause_of(self.value, self.sentence)

    @property
    def kinds(self) -> frozenset[str]:
        """By its clause; of the only sum of a sentence, by all of it: 房租少付两千，即29,000元."""
        own = kinds(self.value, self.sentence)
        sums = [one for one in values(self.sentence) if one.kind in MONEY]
        if own or len(sums) > 1:
            return own
        said = fold(self.sentence)
        return frozenset(name for name, form in _FORMS.items() if form.search(said))

    def held(self, wanted: Sequence[str]) -> int:
        """How many of some words its clause has."""
        return sum(word in self.clause for word in wanted)

    def is_far(self, wanted: Sequence[str]) -> bool:
        """Whether it is a sum of its own kind, and nothing around it has one of some words."""
        around = f"{self.about}\n{fold(self.sentence)}"
        own = self.kinds & _OF_THEIR_OWN
        return bool(own) and not any(word in around for word in wanted)


def _stated(passages: Sequence[Passage]) -> Iterator[_Place]:
    for passage in passages:
        about = fold(f"{passage.title}\n{passage.section}")
        for start, end in sentence_spans(passage.text):
            sentence = passage.text[start:end]
            for value in values(sentence):
                if value.kind in MONEY:
                    yield _Place(value, sentence, about)


def _is_another(place: _Place, asked: set[str]) -> bool:
    found = place.kinds
    return bool(found) and not found & asked


def _is_better(place: _Place, wanted: Sequence[str], held: int) -> bool:
    more = place.held(wanted)
    return more > held or (more == held > 0 and bool(_IS_PRICED.search(place.clause)))
