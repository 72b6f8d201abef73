"""A question that wants a yes or a no, and the word that an answer to it begins with.

An answer in the passage's own words (让步接收须经客户书面同意) leaves the reader to draw the
conclusion, and a small model turns the question into a statement, whatever the passage says of it.
Asked for that one word behind the same passages it errs less; the word is put before the answer
where the answer's own sentence, or else the one that it cites, denies or affirms alike
(docs/retrieval.md has what that is worth).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kb.answering.citations import unmarked
from kb.answering.verdict import SIGN, lean
from kb.model_types import FirstToken
from kb.text.fold import fold
from kb.text.han import HAN
from kb.text.language import Language
from kb.text.question import Question
from kb.text.sentences import sentence_spans

_SURE = 0.5
"""Margin in nats between the two words from which the model's is taken."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The two words that a question can be answered with, in its own manner: 要 and 不要."""

    yes: str
    no: str


_OTHER_QUESTION = re.compile(
    r"多少|什么|哪|谁|几|怎|为何|如何|还是|吗.*吗"
    r"|\b(?:what|which|who|whom|whose|when|where|why|how|or)\b"
)
_NEGATED = re.compile(
    r"不(?:用|能|可|必|要|需|会|是|得|准|许|让|允许)|没|无[须需]|别|\b(?:not|never|no)\b|n't\b"
)
_A_NOT_A = re.compile(f"(?P<verb>[{HAN}])(?P<not>不|没)(?P=verb)(?P<rest>以|能|要)?")
_WHETHER = {
    "是否": Choice("是", "否"),
    "能否": Choice("能", "不能"),
    "可否": Choice("可以", "不可以"),
}
_MODALS = re.compile(r"可以|需要|必须|允许|能够?|要(?!求|点)|会(?!议|员|计)|有(?!关|时|效|限)")
_ENGLISH = re.compile(
    r"(?:is|are|was|were|am|do|does|did|can|could|may|must|should|shall|will|would|has|have|had)\b"
    r"(?! you (?:tell|list|show|give|explain|summari[sz]e|name)\b)"
)


def choice(question: Question) -> Choice | None:
    """The words for yes and no of a question that wants one of them, and nothing else; None of any
    other, and of one that is asked in the negative: a yes to it means two things."""
    text = question.folded.strip()
    if _OTHER_QUESTION.search(text):
        return None
    if question.language is Language.EN:
        return Choice("Yes", "No") if _ENGLISH.match(text) and not _NEGATED.search(text) else None
    found = _A_NOT_A.search(text)
    if _NEGATED.search(text.replace(found[0], "") if found else text):
        return None
    if found:
        verb = found["verb"] + (found["rest"] or "")
        return Choice(verb, found["not"] + verb)
    for word, both in _WHETHER.items():
        if word in text:
            return both
    return _of_a_particle(text)


def _of_a_particle(text: str) -> Choice | None:
    if not re.search(r"[吗么][?？。\s]*$", text):
        return None
    modal = _MODALS.search(text)
    if modal is None:
        return Choice("是", "否")
    return Choice(modal[0], f"{'没' if modal[0] == '有' else '不'}{modal[0]}")


_MEANS = {"是": True, "yes": True, "否": False, "不": False, "no": False}


def leaning(first: FirstToken) -> float | None:
    """The log-probability of yes less that of no, in nats; None where the model says neither."""
    return lean(first, lambda token: _MEANS.get(_word(token)))


def _word(token: str) -> str:
    return unicodedata.normalize("NFKC", token).strip().lower()


_MAY = frozenset(("allowed", "permitted", "possible", "required", "允许", "准许", "许可"))
_DENIES = re.compile(
    r"不(?!同|良|合格|少于|超过|低于|高于|大于|足|仅|但|论|管|锈|断|可抗力)|没有|禁|无(?:须|需|权|效)"
    r"|未(?!来|满|成年)|勿|否则?不"
    r"|\b(?:no|not|never|cannot|none|nobody|neither|nor|prohibited|forbidden|refused)\b|n't\b"
)
_OPENS = re.compile(
    r"是(?:的|[，,。])|对[，,。]|否|没有|无[须需]|不?(?:可以|能|需要|要|会|用|必|允许)(?![议求])|有(?![关效])"
    r"|(?:yes|no)\b"
)

# "Yes, candles are forbidden": the word alone is the model's slip, its sentence is the passage's.
_OPPOSITE = {
    True: re.compile(r"\s*(?:no|不|不是|否)\s*[,，.。:：]\s*", re.IGNORECASE),
    False: re.compile(r"\s*(?:yes|是|是的|对)\s*[,，.。:：]\s*", re.IGNORECASE),
}


@dataclass(frozen=True, slots=True)
class Concluded:
    """An answer with its yes or no in front where the model `agrees` with it, else as it was;
    `is_contested` where it says the opposite of what the model concludes, in words that no passage
    has."""

    text: str
    agrees: bool = False
    is_contested: bool = False


def concluded(
    answer: str,
    quotes: Mapping[int, str],
    both: Choice,
    margin: float | None,
    asked: Sequence[str] = (),
) -> Concluded:
    """The answer with its yes or no. Where its first sentence denies what the model affirms or the
    cited sentence says, or the reverse, with that sentence in place of its own words, if the model
    agrees with it.

    Args:
        answer: with its markers.
        quotes: what is cited, by the numbers of the markers.
        margin: from `leaning`.
        asked: what the question speaks of, folded; a sentence that has less than half of it says
            nothing of it.
    """
    first = _first(unmarked(answer))
    if margin is None or not first:
        return Concluded(answer)
    affirms = margin > 0
    word = both.yes if affirms else both.no
    said = [*_speaking(quotes, asked)]
    is_denied = any(_affirms(fold(quote)) is not _affirms(first) for _, quote in said)
    is_slip = bool(_OPPOSITE[affirms].match(answer)) and _affirms(first) is affirms
    if abs(margin) < _SURE and abs(margin) != SIGN and not (is_slip or is_denied):
        return Concluded(answer)
    if _affirms(first) is affirms:
        if opposite := _OPPOSITE[affirms].match(answer):
            return Concluded(_with(word, _capital(answer[opposite.end() :])), agrees=True)
        text = answer if _OPENS.match(first) else _with(word, answer)
        return Concluded(text, agrees=not is_denied, is_contested=is_denied)
    for n, quote in said:
        if _affirms(fold(quote)) is affirms:
            blank = " " if quote[-1:].isascii() else ""
            return Concluded(_with(word, f"{quote}{blank}[{n}]"), agrees=True)
    is_quoted = any(first.rstrip("。.!！") in fold(quote) for quote in quotes.values())
    return Concluded(answer, is_contested=not is_quoted)


def _speaking(quotes: Mapping[int, str], asked: Sequence[str]) -> Iterator[tuple[int, str]]:
    """The quotes that have most of what is asked about."""
    subjects = [word for word in asked if word not in _MAY]
    for n, quote in quotes.items():
        folded = fold(quote)
        held = [word for word in subjects if _stem(word) in folded]
        if 2 * len(held) > len(subjects) or not subjects:
            yield n, quote


def _stem(word: str) -> str:
    """What an English word has in its other forms, too: smok of smoke, subl of sublet."""
    return word[: max(4, len(word) - 2)][:5] if word.isascii() else word


def _first(text: str) -> str:
    """The first sentence, folded."""
    start, end = next(iter(sentence_spans(text)), (0, 0))
    return fold(text[start:end]).strip()


def _affirms(sentence: str) -> bool:
    return not _DENIES.search(sentence)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _with(word: str, answer: str) -> str:
    return f"{word}. {answer}" if word.isascii() else f"{word}。{answer}"
