"""The bounds of a sentence that states two (至少6人，最多12人; at least 6 and at most 15).

A small model takes the first one, whichever is asked for. Where the sentence that it rests on
states exactly one value of the kind on the asked side, and the answer tells the other side alone,
the sentence itself, which has both, stands in the answer's place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from kb.answering.features import figures
from kb.answering.values import Value, values
from kb.text.fold import fold, standard
from kb.text.question import Question
from kb.text.sentences import sentence_spans
from kb.types import Passage


class _Side(Enum):
    LEAST = "least"
    MOST = "most"


_BEFORE = {
    _Side.LEAST: re.compile(
        r"至少|最[少低小短]|起码|下限|不(?:得|能|可|应)?(?:少|低|短|小)于"
        r"|\b(?:at (?:the )?(?:very )?least|no (?:less|fewer) than|not (?:less|fewer) than|minim\w+"
        r"|(?:not|never) (?:fall |drop |be )?below|lower limit)\b"
    ),
    _Side.MOST: re.compile(
        r"至多|最[多高大长]|顶多|上限|封顶|不(?:得|能|可|应)?(?:超过?|多于|高于|大于|长于)"
        r"|\b(?:at (?:the )?(?:very )?most|no more than|not more than|up to|maxim\w+|not exceed\w*"
        r"|(?:not|never) (?:rise |go |be )?above|limited to|capped at|upper limit)\b"
    ),
}
_BEHIND = {
    _Side.LEAST: re.compile(
        r"^\s*(?:以上|起步?|or more|and (?:more|over|above)|at (?:the )?least)"
    ),
    _Side.MOST: re.compile(
        r"^\s*(?:以下|以内|之内|封顶|or (?:less|fewer)|at (?:the )?most|(?:is the )?maximum)"
    ),
}
_ASKED = {
    _Side.LEAST: re.compile(
        r"至少|最少|最低|起码|下限|不(?:得|能)?(?:少|低)于"
        r"|\b(?:at (?:the )?(?:very )?least|minim\w+|fewest|lowest|smallest|lower limit)\b"
    ),
    _Side.MOST: re.compile(
        r"至多|最多|最高|顶多|上限|封顶|不(?:得|能)?超过"
        r"|\b(?:at (?:the )?(?:very )?most|maxim\w+|highest|largest|up to|upper limit"
        r"|no more than)\b"
    ),
}
_BARE = re.compile(
    r"(?<![\d.])(?<!\d,)\d+(?:[.,]\d+)*(?=,? (?:and|but|or|to) )"
    r"|(?<![\d.])(?<!\d,)\d+(?:\.\d+)?(?=[,、;]?(?:且|而?最|不|至多|但))"
)
_LONGEST = 300
"""Characters of a sentence that may stand for an answer."""
_MARK = re.compile(r"[。;]|(?<!\d)\.(?!\d)")


@dataclass(frozen=True, slots=True)
class Bounded:
    """The answer with the marker of its passage: the sentence that states both bounds."""

    text: str
    passage: Passage


def of_the_asked_side(
    question: Question, answer: str, passages: Sequence[Passage]
) -> Bounded | None:
    """What stands in the place of an answer that tells the other bound; None where it does not.

    Args:
        answer: without markers.
        passages: those that it cites.
    """
    asked = _asked(question)
    told = _figures(answer) - _figures(question.text) if asked else set()
    for passage in passages if asked and told else ():
        for sentence in _sentences(passage.text):
            for sides in _by_kind(sentence):
                right = [value for value, side in sides if side is asked]
                wrong = [value for value, side in sides if side and side is not asked]
                if len(right) != 1 or not wrong or told & {*right[0].amount}:
                    continue
                if told & {amount for value in wrong for amount in value.amount}:
                    return Bounded(f"{sentence} [{passage.n}]", passage)
    return None


def of_the_other_bound(question: Question, answer: str, texts: Sequence[str]) -> Iterator[str]:
    """The word by which a question asks for a bound, where every sentence that states a value of
    the answer states it as the other bound."""
    asked = _asked(question)
    if asked is None:
        return
    found = _ASKED[asked].search(question.folded)
    assert found is not None
    sides = [
        (value, side)
        for text in texts
        for sentence in _sentences(text)
        for stated in _by_kind(sentence)
        for value, side in stated
    ]
    for figure in _figures(answer) - _figures(question.text):
        own = [side for value, side in sides if figure in value.amount]
        if own and all(side and side is not asked for side in own):
            yield found[0]
            return


def _asked(question: Question) -> _Side | None:
    """The side that a question asks for; None where it asks for none, or for both."""
    found = [side for side, form in _ASKED.items() if form.search(question.folded)]
    return found[0] if len(found) == 1 else None


def _sentences(text: str) -> Iterator[str]:
    for start, end in sentence_spans(text):
        if 0 < len(sentence := text[start:end].strip()) <= _LONGEST:
            yield sentence


def _by_kind(sentence: str) -> Iterator[list[tuple[Value, _Side | None]]]:
    """The values of a sentence, those of a kind together, each with the bound that it is."""
    text = standard(sentence)
    found = [*values(sentence)]
    found = sorted([*found, *_bare(text, found)], key=lambda one: one.start)
    ends = [one.start + len(one.text) for one in found]
    by_kind: dict[str, list[tuple[Value, _Side | None]]] = {}
    for one in found:
        begin = max((end for end in ends if end <= one.start), default=0)
        before = fold(_MARK.split(text[begin : one.start])[-1])
        behind = fold(text[one.start + len(one.text) :][:24])
        by_kind.setdefault(one.kind, []).append((one, _side(before, behind)))
    yield from by_kind.values()


def _bare(text: str, found: Sequence[Value]) -> Iterator[Value]:
    """Figures that have their unit from the next one: at least 6 and at most 15 people."""
    for one in _BARE.finditer(text):
        behind = [each for each in found if each.start >= one.end()]
        if behind and not any(
            each.start <= one.start() < each.start + len(each.text) for each in found
        ):
            yield Value(behind[0].kind, (_plain(one[0]),), one[0], one.start())


def _figures(text: str) -> set[str]:
    return {_plain(one) for one in figures(fold(text))} | {
        amount for one in values(text) for amount in one.amount
    }


def _plain(figure: str) -> str:
    return figure.replace(",", "")


def _side(before: str, behind: str) -> _Side | None:
    """By the word directly behind a value, else by the last one before it."""
    for side, form in _BEHIND.items():
        if form.match(behind):
            return side
    last: tuple[int, _Side] | None = None
    for side, form in _BEFORE.items():
        for found in form.finditer(before):
            if last is None or found.end() > last[0]:
                last = found.end(), side
    return last[1] if last else None
