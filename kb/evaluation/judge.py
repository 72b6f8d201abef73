"""What one question's hits and answer are worth, against the answers that were expected.

Texts are compared folded (kb/text/fold.py), and without the blanks that only typesetting puts
there. An answer must stand by itself: 15 is not found in 2015, nor in 15.5.

Exact match and F1 are those of SQuAD (Rajpurkar et al. 2016, arXiv 1606.05250) with the mixed
segmentation of CMRC 2018 (Cui et al. 2019, arXiv 1810.07366): Chinese by character, runs of
Latin letters and digits whole.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from kb.evaluation.questions import Question
from kb.table_types import Computation
from kb.text.fold import fold
from kb.text.han import HAN, MARKS
from kb.types import Answer, Citation, Hit, Passage


@dataclass(frozen=True, slots=True)
class RankedHit:
    """A hit as it was judged. `language` is that of the chunk, `holds` means one of the answers."""

    source: str
    score: float
    language: str
    holds: bool
    of_source: bool


@dataclass(frozen=True, slots=True)
class Retrieved:
    """`relevant`: how many chunks of the question's source hold an answer. Time in seconds."""

    hits: tuple[RankedHit, ...]
    relevant: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Answered:
    """`right` of the `citations` name the question's source and quote one of its answers;
    `of_source` name the source. `unflagged` are numbers of the answer that stand in no cited
    passage and were not flagged. Times in seconds from the question on. `verdict` is the margin
    in nats of the model's verdict before it answered, None where it gave none; `mistake`: the
    answer is wrong in a way that its question foresaw. `computation`: how an answer over tables
    was computed, empty where passages were read. `prompt_tokens`: how many the model was sent, 0
    where it was not asked."""

    text: str
    found: bool
    refused_by: str
    unsupported: tuple[str, ...]
    contains: bool
    exact: bool
    f1: float
    citations: int
    right: int
    of_source: int
    unflagged: tuple[str, ...]
    first_word: float
    total: float
    verdict: float | None = None
    mistake: bool = False
    computation: str = ""
    prompt_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Result:
    """One question's. `answered` is None in a run of retrieval alone, and where asking failed,
    with `failure` saying why. `unranked` is what was found without the reranker, None where none
    is in use."""

    question: Question
    retrieved: Retrieved
    answered: Answered | None = None
    failure: str = ""
    unranked: Retrieved | None = None


def holds(text: str, answers: Sequence[str]) -> bool:
    """Whether one of the answers stands in the text."""
    plain = normal(text)
    return any(_stands_in(normal(answer), plain) for answer in answers)


def judge_hits(
    question: Question,
    hits: Sequence[Hit],
    sources: frozenset[str],
    *,
    languages: Sequence[str],
) -> tuple[RankedHit, ...]:
    """Args:
    sources: ids of the documents that the question's `source` names.
    languages: of the hits, in their order.
    """
    return tuple(
        RankedHit(
            source=hit.source,
            score=round(hit.score, 5),
            language=spoken,
            holds=holds(hit.chunk.text, question.answers),
            of_source=hit.chunk.doc_id in sources,
        )
        for hit, spoken in zip(hits, languages, strict=True)
    )


def judge_answer(
    question: Question,
    answer: Answer,
    passages: Sequence[Passage],
    sources: frozenset[str],
    *,
    first_word: float,
    total: float,
) -> Answered:
    """`sources`: paths as citations have them; `passages`: what the model was handed."""
    bare = unmarked(answer.text) if answer.found else ""
    right = [_is_right(citation, question, sources) for citation in answer.citations]
    return Answered(
        text=answer.text,
        found=answer.found,
        refused_by=answer.refused_by,
        unsupported=answer.unsupported,
        contains=holds(bare, question.answers),
        exact=any(_words(bare) == _words(one) for one in question.answers if bare),
        f1=max((f1(bare, one) for one in question.answers), default=0.0),
        citations=len(answer.citations),
        right=sum(right),
        of_source=sum(citation.source in sources for citation in answer.citations),
        # What is computed stands in no passage; what it is made of is told with it.
        unflagged=() if answer.computation else unflagged_numbers(bare, answer, passages),
        first_word=round(first_word, 3),
        total=round(total, 3),
        verdict=None if answer.verdict is None else round(answer.verdict, 3),
        computation=_computation(answer.computation),
        prompt_tokens=answer.prompt_tokens,
    )


def _computation(made: Computation | None) -> str:
    if made is None:
        return ""
    rows = f"{made.rows.used:,} of {made.rows.of:,} rows"
    return "; ".join((made.operation, *made.filters, rows))


def f1(answer: str, expected: str) -> float:
    """Harmonic mean of precision and recall over tokens, counted with their repetitions, 0 to 1."""
    given, wanted = Counter(_words(answer)), Counter(_words(expected))
    shared = (given & wanted).total()
    return 2 * shared / (given.total() + wanted.total()) if shared else 0.0


def unflagged_numbers(text: str, answer: Answer, passages: Sequence[Passage]) -> tuple[str, ...]:
    """Numbers that no cited passage writes with the same digits, and no flag names.

    Deliberately simpler than kb/answering/grounding.py, so that the one can find fault with the
    other. A number that the answer wrote in another way (128万 for 1,280,000) is listed too, so
    this is an upper bound.
    """
    cited = {citation.n for citation in answer.citations}
    held = set(_numbers(answer.question))
    for passage in passages:
        if passage.n in cited:
            for part in (passage.text, passage.section, passage.title, passage.source):
                held.update(_numbers(part))
    flagged = {number for one in answer.unsupported for number in _numbers(one)}
    given = _numbers(_NUMBERING.sub("", text))
    return tuple(number for number in dict.fromkeys(given) if number not in held | flagged)


def unmarked(text: str) -> str:
    """An answer without its markers."""
    return _MARKER.sub("", text)


def normal(text: str) -> str:
    """Folded, with one blank between words, none beside a Chinese character or inside a number."""
    # Before the fold, which makes these an ordinary blank: "1 280" would look like two columns.
    joined = _NARROW.sub("", text)
    plain = _COMMA.sub("", fold(joined))
    return _BESIDE_HAN.sub("", " ".join(plain.split()))


# --- within ---------------------------------------------------------------------------

_MARKER = re.compile(r"\s*\[\d{1,3}(?:\s*,\s*\d{1,3})*\]")
_NUMBERING = re.compile(r"^\s*\d{1,2}[.、)）]\s+", re.MULTILINE)
_NARROW = re.compile(r"(?<=\d)[\u2009\u202f](?=\d{3})")
_COMMA = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_BESIDE_HAN = re.compile(f"(?<=[{HAN}{MARKS}]) | (?=[{HAN}{MARKS}])")
_TOKEN = re.compile(rf"[{HAN}]|[^\W_{HAN}]+(?:[.:/@-][^\W_{HAN}]+)*")
_ARTICLES = frozenset({"a", "an", "the"})
_DIGITS = re.compile(r"\d+(?:\.\d+)?")


def _stands_in(answer: str, text: str) -> bool:
    if not answer:
        return False
    pattern = re.escape(answer)
    if answer[0].isdigit():
        pattern = r"(?<!\d)(?<!\d\.)" + pattern
    elif _is_latin(answer[0]):
        pattern = r"(?<![a-z])" + pattern
    if answer[-1].isdigit():
        pattern += r"(?!\d)(?!\.\d)"
    elif _is_latin(answer[-1]):
        pattern += r"(?![a-z])"
    return re.search(pattern, text) is not None


def _is_latin(char: str) -> bool:
    return char.isascii() and char.isalpha()


def _words(text: str) -> list[str]:
    """Without punctuation and English articles."""
    return [word for word in _TOKEN.findall(normal(text)) if word not in _ARTICLES]


def _is_right(citation: Citation, question: Question, sources: frozenset[str]) -> bool:
    return citation.source in sources and holds(citation.quote, question.answers)


def _numbers(text: str) -> list[str]:
    plain = _COMMA.sub("", unicodedata.normalize("NFKC", text))
    return [_value(number) for number in _DIGITS.findall(plain)]


def _value(number: str) -> str:
    """007 is 7 and 50.0 is 50: a number is not another one for the zeros around it."""
    whole, _, part = number.partition(".")
    part = part.rstrip("0")
    return (whole.lstrip("0") or "0") + (f".{part}" if part else "")
