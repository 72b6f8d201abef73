"""The model's verdict on whether a passage states the answer, taken before it answers.

Where the subject is in the documents and the fact is not, no score tells, and a small model makes
something up; asked after its own answer it says yes to everything. Asked before, it knows: how
much likelier the number of a passage is as its next word than 0 (docs/retrieval.md).
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum

from kb.answering.refusal import IN_DOUBT, Reach
from kb.model_types import FirstToken
from kb.text.language import Language
from kb.wording import Inquiry

SIGN = 1e-6
"""The margin, either way, that stands for a word without its log-probabilities: its sign alone."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Margins in nats. Below `refuse` nothing is answered, below `flag` the answer is marked;
    `refuse` is not above `flag`."""

    refuse: float
    flag: float


@dataclass(frozen=True, slots=True)
class Rule:
    """How a model is asked in one language, and what is made of its margin.

    `quotes`: once it has named a passage, it can be trusted to go on with that passage's sentence.
    """

    inquiry: Inquiry
    bounds: Bounds
    quotes: bool = False


Rules = Mapping[Language, Rule]


ACROSS = 0.7
"""By how much less a margin may be before it refuses, in nats, where the nearest passage is in the
other language than the question: a model is less sure there of what it can read."""


SURE_ACROSS = 0.3
"""By how much more a margin must be there for an answer without a mark, in nats: likeness across
languages brings passages about something else near (a daily allowance for a dormitory's rent)."""


def across(bounds: Bounds) -> Bounds:
    """Those for a passage in the other language: what is between is marked, not refused."""
    return Bounds(bounds.refuse - ACROSS, bounds.flag + SURE_ACROSS)


LOW, STEEP = 0.3, 0.4
"""In nats: what a verdict must say for an answer where the best score just misses the threshold,
and how much more where it reaches nothing of it."""

LOW_ACROSS, STEEP_ACROSS = 0.5, 0.8
"""The same where the best hit is in the other language than the question. There scores of right and
wrong hits overlap: a score above the threshold is a doubt as well, up to 1.6 times the threshold,
where this comes to nothing."""


def least_margin(reached: Reach) -> float:
    """The margin that speaks for an answer whose score speaks against it, or not clearly for it;
    0 and less where the score says enough. Where hits in both languages are near, the lower one."""
    if reached.own >= 1.0:
        return 0.0
    other = LOW_ACROSS - STEEP_ACROSS * (reached.across - 1.0)
    return min(other, LOW - STEEP * (reached.own - 1.0)) if reached.own >= IN_DOUBT else other


class Ruling(Enum):
    """What a verdict does to the answer."""

    ANSWER = "answer"
    FLAG = "flag"
    REFUSE = "refuse"


_CAUTIOUS = Bounds(refuse=-4.0, flag=-2.0)
UNKNOWN: Rules = {
    Language.ZH: Rule(Inquiry.WHICH, _CAUTIOUS),
    Language.EN: Rule(Inquiry.WHICH, _CAUTIOUS),
}
"""For a model that nobody has measured: only what it is sure of is refused."""

_SMALL = Rule(Inquiry.WHICH, Bounds(refuse=-0.3, flag=0.3))
_MEASURED: Mapping[str, Rules] = {
    "qwen2.5-coder:1.5b": {Language.ZH: replace(_SMALL, quotes=True), Language.EN: _SMALL},
}
"""By chat model, on real questions (docs/retrieval.md). A small model's margins are small: an
answer that stands there has one of 0.4 to 1.6 nats. In English it goes on with a heading, or with
a sentence of its own, as often as with the passage's."""

_SAYS: Mapping[bool, frozenset[str]] = {
    True: frozenset({"有", "yes"}),
    False: frozenset({"没", "没有", "无", "no"}),
}


def rules_for(chat_model: str) -> Rules:
    """By the model's name, with or without a namespace in front of it."""
    return _MEASURED.get(chat_model.rpartition("/")[2].lower(), UNKNOWN)


def only_flagging(rules: Rules) -> Rules:
    """The same rules, by which nothing is refused."""
    never = -math.inf
    return {
        spoken: replace(rule, bounds=Bounds(never, rule.bounds.flag))
        for spoken, rule in rules.items()
    }


def margin(first: FirstToken, inquiry: Inquiry, passages: int) -> float | None:
    """The log-probability that the answer is stated less that it is not, in nats; of several
    passages the likeliest one's number counts. None where the model says neither, as one that
    cannot be kept from thinking does.

    Args:
        passages: how many there are to choose from.
    """
    return lean(first, lambda token: _means(token, inquiry, passages))


def named(first: FirstToken, passages: int) -> int | None:
    """The number of the passage that a model asked for one is likeliest to say, if it says one."""
    numbers = {
        token: logprob
        for token, logprob in (first.logprobs or {first.text: 0.0}).items()
        if _means(token, Inquiry.WHICH, passages)
    }
    return int(_word(max(numbers, key=lambda one: numbers[one]))) if numbers else None


def lean(first: FirstToken, means: Callable[[str], bool | None]) -> float | None:
    """How much likelier the likeliest token is that means yes than the likeliest that means no, in
    nats; SIGN where the engine tells no log-probabilities, None where no token means either."""
    if not first.logprobs:
        said = means(first.text)
        return None if said is None else (SIGN if said else -SIGN)
    found: dict[bool, float] = {}
    for token, logprob in first.logprobs.items():
        meant = means(token)
        if meant is not None:
            found[meant] = max(logprob, found.get(meant, logprob))
    if not found:
        return None
    # What is not among the likeliest is less likely than the last of them.
    least = min(first.logprobs.values())
    return found.get(True, least) - found.get(False, least)


def ruling(margin: float | None, bounds: Bounds) -> Ruling:
    """What follows from a margin; without one nothing does."""
    if margin is None or margin >= bounds.flag:
        return Ruling.ANSWER
    return Ruling.REFUSE if margin < bounds.refuse else Ruling.FLAG


def _means(token: str, inquiry: Inquiry, passages: int) -> bool | None:
    """Whether a token says that the answer is stated; None where it says neither."""
    word = _word(token)
    if inquiry is Inquiry.STATED:
        return next((means for means, words in _SAYS.items() if word in words), None)
    return int(word) > 0 if word.isdecimal() and int(word) <= passages else None


def _word(token: str) -> str:
    return unicodedata.normalize("NFKC", token).strip().lower()
