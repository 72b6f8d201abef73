"""Which passage each sentence of an answer rests on.

The model's own markers are kept where they point at a passage; a sentence without one is
given the passage that shares most with it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence, Set
from dataclasses import dataclass

from kb.types import Citation, Passage

# [1] [1,2] [1][2] ［1］ 【1】 and [n], [编号], which a small model copies from its instructions.
_MARKER = re.compile(
    r"[ \t]*[\[［【]\s*(?:(?:passage|资料|来源|编号)?\s*"
    r"(?P<numbers>\d{1,3}(?:\s*[,，、;；]\s*\d{1,3})*)|n|编号|number)\s*[\]］】]",
    re.IGNORECASE,
)
_SENTENCE = re.compile(
    r".*?(?:[。！？]+|[.!?]+(?=\s+[^a-z0-9\s]|\s*$)|\n|$)[”’」』）)\"]*", re.DOTALL
)
_UNIT = re.compile(r"[a-z0-9]+(?:[-_.,:/@][a-z0-9]+)*|[\u3400-\u9fff]+")

LEAST_OVERLAP = 0.3
"""Share of a sentence's features that a passage must hold to be cited for it unasked."""


@dataclass(frozen=True, slots=True)
class Cited:
    """An answer with clean `[n]` markers, and one citation a passage, ascending by `n`."""

    text: str
    citations: tuple[Citation, ...]


def cite(answer: str, passages: Sequence[Passage]) -> Cited:
    """Clean the markers, complete them, and quote what each one rests on.

    Markers that point nowhere are removed. Every citation's quote is a sentence of its
    passage, verbatim: the one that shares most with the answer's sentences citing it.
    """
    known = {passage.n: passage for passage in passages}
    lines: list[str] = []
    claims: dict[int, list[str]] = {}
    for piece in _sentences(answer):
        bare, numbers = _without_markers(piece, known.keys())
        body = bare.rstrip()
        if _features(body):
            numbers = _supporting(body, numbers, passages)
            for n in numbers:
                claims.setdefault(n, []).append(body)
        lines.append(_marked(body, numbers) + bare[len(body) :])
    citations = tuple(_citation(known[n], " ".join(claims[n])) for n in sorted(claims))
    return Cited(text="".join(lines).strip(), citations=citations)


def last_sentence(text: str) -> tuple[str, str]:
    """A text that is still coming: its whole sentences, and the words of the one that has begun.

    A sentence is whole when the next one has begun, since markers may still follow it. An
    opened bracket is held back until it is closed.
    """
    *whole, begun = _sentences(text) or [""]
    opened = re.search(r"[ \t]*[\[［【][^\]］】]*$", begun)
    words = _MARKER.sub("", begun[: opened.start()] if opened else begun)
    return "".join(whole), words.rstrip() if whole or words.strip() else ""


def _sentences(text: str) -> list[str]:
    """Sentences, each with the markers that follow it."""
    pieces: list[str] = []
    for match in _SENTENCE.finditer(text):
        piece = match.group()
        lead = re.match(rf"(?:{_MARKER.pattern})+", piece, re.IGNORECASE) if pieces else None
        if lead:
            pieces[-1] += lead.group()
            piece = piece[lead.end() :]
        if piece:
            pieces.append(piece)
    return pieces


def _without_markers(piece: str, known: Set[int]) -> tuple[str, list[int]]:
    numbers: list[int] = []
    for match in _MARKER.finditer(piece):
        numbers += [int(n) for n in re.findall(r"\d+", match["numbers"] or "")]
    return _MARKER.sub("", piece), [n for n in dict.fromkeys(numbers) if n in known]


def _marked(body: str, numbers: Sequence[int]) -> str:
    markers = "".join(f"[{n}]" for n in numbers)
    blank = " " if body and body[-1].isascii() else ""
    return f"{body}{blank}{markers}" if body and markers else body


def _supporting(sentence: str, marked: Sequence[int], passages: Sequence[Passage]) -> list[int]:
    """The model's markers, but those that hold less than half of what the best passage does.

    Without a marker left, the best passage. Where no passage shares anything (an answer in
    another language than its passages) the model's word stands.
    """
    wanted = _features(sentence)
    shares = {passage.n: _overlap(wanted, passage.text) for passage in passages}
    best = max(shares.values(), default=0.0)
    kept = [n for n in marked if shares[n] * 2 >= best]
    if kept:
        return _holding_the_figures(wanted, kept, passages)
    if best < LEAST_OVERLAP:
        return list(marked)
    return [next(n for n, share in shares.items() if share == best)]


def _holding_the_figures(
    wanted: Set[str], kept: list[int], passages: Sequence[Passage]
) -> list[int]:
    """Another passage where the marked ones lack a number of the sentence: a small model writes
    the right number and the wrong marker.

    The other one must hold all of the sentence's numbers and as many of its words as the marked
    ones; one that knows the number and little else of the sentence speaks of another thing.
    """
    held = {passage.n: _features(passage.text) for passage in passages}
    figures = {feature for feature in wanted if _has_digit(feature)}
    if figures <= set().union(*(held[n] for n in kept)):
        return kept
    words = wanted - figures
    least = max(len(words & held[n]) for n in kept)
    better = [n for n in held if figures <= held[n] and len(words & held[n]) >= least]
    return [max(better, key=lambda n: len(words & held[n]))] if better else kept


def _citation(passage: Passage, claim: str) -> Citation:
    start, quote = _quote(passage.text, claim)
    line = None if passage.line is None else passage.line + passage.text.count("\n", 0, start)
    return Citation(
        n=passage.n,
        source=passage.source,
        page=passage.page,
        line=line,
        section=passage.section,
        quote=quote,
    )


def _quote(text: str, claim: str) -> tuple[int, str]:
    """Where it starts and the sentence itself; of equally good ones the first."""
    wanted = _features(claim)
    best = (-1.0, 0, text.strip())
    for match in _SENTENCE.finditer(text):
        quote = match.group().strip()
        share = _overlap(wanted, quote)
        if quote and share > best[0]:
            best = (share, match.start() + match.group().index(quote), quote)
    return best[1], best[2]


def _overlap(wanted: Set[str], text: str) -> float:
    """Share of the wanted features that the text holds; one with a digit counts fivefold."""
    if not wanted:
        return 0.0
    weights = {feature: 5.0 if _has_digit(feature) else 1.0 for feature in wanted}
    held = _features(text)
    return sum(weights[f] for f in wanted & held) / sum(weights.values())


def _has_digit(feature: str) -> bool:
    return any(char.isdigit() for char in feature)


def _features(text: str) -> set[str]:
    """Words of Latin letters and digits, and the character bigrams of Chinese."""
    found: set[str] = set()
    for unit in _UNIT.findall(unicodedata.normalize("NFKC", text).lower()):
        if unit[0].isascii():
            found.add(unit)
        else:
            found.update(unit[i : i + 2] for i in range(max(len(unit) - 1, 1)))
    return found
