"""Which passage each sentence of an answer rests on.

The model's own markers are kept where they point at a passage that holds what the sentence says;
a sentence without one is given the passage that shares most with it. What the answer adds to the
question counts most: every passage that was found speaks of what was asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace

from kb.answering.features import features, has_digit, share, weights, without_extension
from kb.answering.values import Value, values
from kb.text.fold import fold
from kb.text.question import Question
from kb.text.sentences import sentence_spans
from kb.text.stop_words import ENGLISH_STOP_WORDS
from kb.types import Citation, Passage

# [1] [1,2] [1][2] ［1］ 【1】 and [n], [编号], which a small model copies from its instructions.
_MARKER = re.compile(
    r"[ \t]*[\[［【]\s*(?:(?:passage|资料|来源|编号)?\s*"
    r"(?P<numbers>\d{1,3}(?:\s*[,，、;；]\s*\d{1,3})*)|n|编号|number)\s*[\]］】]",
    re.IGNORECASE,
)

# A marker where a noun must stand ("documents are found in [1] and [2]"): without it the sentence
# names nothing.
_PLACE = r"[\[［【]\s*\d{1,3}\s*[\]］】]"
_NOUNS = re.compile(
    r"(?:\b(?:in|from|see|documents?|titled)[ :]+|(?<=\w):\s*|(?:[在见自]|包括|文件|资料)[:：]?\s*)"
    rf"{_PLACE}(?:(?:\s|,|，|、|and|or|和|与|及|以及)+{_PLACE})*",
    re.IGNORECASE,
)
_ONE_PLACE = re.compile(_PLACE)
_CLAUSE = re.compile(r"[，,；;。]|\.(?!\d)|(?<=\d)\s*[而和]|\b(?:and|while|whereas)\b")

LEAST_OVERLAP = 0.3
"""Share of a sentence's features that a passage must hold to be cited for it unasked."""

_LONGEST_QUOTE = 400
"""Characters up to which a quote grows to hold all that was said."""

_FUNCTION_WORDS = ENGLISH_STOP_WORDS | frozenset(
    re.findall(
        r"\w+",
        "a am an and any are at be by can do for has i in is it its may my no not of on or our so "
        "the to was we yes you",
    )
)
"""By which no sentence is found to say what an answer says."""

_NOTHING: Mapping[int, Sequence[tuple[int, int]]] = {}


@dataclass(frozen=True, slots=True)
class Cited:
    """An answer with clean `[n]` markers, and one citation a passage, ascending by `n`."""

    text: str
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class _Held:
    """A passage and its features: those of its text, and with those of its title and place,
    which say what the text is about; `path` has those of its file's name."""

    passage: Passage
    text: frozenset[str]
    whole: frozenset[str]
    path: frozenset[str]


class Citer:
    """Cites from the same passages for the same question, again and again as an answer comes."""

    def __init__(
        self,
        passages: Sequence[Passage],
        question: Question,
        gone: Mapping[int, Sequence[tuple[int, int]]] = _NOTHING,
    ) -> None:
        """Args:
        gone: spans of the passages' texts, by their numbers, that nothing is cited from.
        """
        passages = [_blanked(one, gone.get(one.n, ())) for one in passages]
        self._known = features(question.text)
        self._held = {passage.n: self._read(passage) for passage in passages}
        self._stated: dict[int, tuple[Value, ...]] = {}

    def cite(self, answer: str) -> Cited:
        """Clean the markers, complete them, and quote what each one rests on.

        Markers that point nowhere are removed. Every citation's quote is a verbatim piece of its
        passage: the sentence that holds most of what the answer says with it, and those around
        it that are needed to hold all of its numbers.
        """
        lines: list[str] = []
        claims: dict[int, list[str]] = {}
        for piece in _pieces(self.named(answer)):
            bare, numbers = _without_markers(piece, self._held.keys())
            body = bare.rstrip()
            if features(body):
                numbers = self._supporting(body, numbers)
                for n in numbers:
                    claims.setdefault(n, []).append(body)
            lines.append(_marked(body, numbers) + bare[len(body) :])
        citations = tuple(self._citation(n, claims[n]) for n in sorted(claims))
        return Cited(text="".join(lines).strip(), citations=citations)

    def named(self, answer: str) -> str:
        """The answer with a document's title where its marker stands for one."""
        return _NOUNS.sub(lambda found: _ONE_PLACE.sub(self._title, found[0]), answer)

    def _title(self, marker: re.Match[str]) -> str:
        held = self._held.get(int(re.sub(r"\D", "", marker[0])))
        if held is None:
            return marker[0]
        title = held.passage.title or without_extension(held.passage.source)
        return f"“{title}”{marker[0]}"

    def _read(self, passage: Passage) -> _Held:
        text = features(passage.text)
        about = f"{passage.title}\n{passage.section}\n{without_extension(passage.source)}"
        path = re.findall(r"\d+|[a-z]+\d+", fold(without_extension(passage.source)))
        return _Held(passage, frozenset(text), frozenset(text | features(about)), frozenset(path))

    def _supporting(self, sentence: str, marked: Sequence[int]) -> list[int]:
        """The model's markers, but those that hold less than half of what the best passage does,
        of all that is said or of what the question had not said.

        Without a marker left, the best passage. Where no passage shares anything (an answer in
        another language than its passages) the values decide, else the model's word.
        """
        claimed = features(sentence)
        wanted = weights(claimed, self._known)
        added = {one: weight for one, weight in wanted.items() if one not in self._known}
        shares = {n: share(wanted, held.whole) for n, held in self._held.items()}
        novel = {n: share(added, held.text) for n, held in self._held.items()}
        best, newest = max(shares.values(), default=0.0), max(novel.values(), default=0.0)
        if each := self._clause_by_clause(sentence, claimed):
            return each
        kept = [n for n in marked if shares[n] * 2 >= best and novel[n] * 2 >= newest]
        if kept:
            return self._holding_the_figures(claimed, kept)
        if best < LEAST_OVERLAP:
            return self._stating_its_values(sentence, marked)
        both = {n: shares[n] + novel[n] for n in shares}
        return [max(both, key=lambda n: both[n])]

    def _holding_the_figures(self, claimed: Set[str], kept: list[int]) -> list[int]:
        """Another passage where the marked ones lack a number of the sentence: a small model
        writes the right number and the wrong marker.

        The other one must hold all of the sentence's numbers and as many of its words as the
        marked ones; one that knows the number and little else of the sentence speaks of another
        thing.
        """
        figures = {feature for feature in claimed if has_digit(feature)}
        if figures <= set[str]().union(*(self._held[n].whole for n in kept)):
            return kept
        words = claimed - figures
        least = max(len(words & self._held[n].whole) for n in kept)
        better = {
            n: len(words & held.whole)
            for n, held in self._held.items()
            if figures <= held.whole and len(words & held.whole) >= least
        }
        return [max(better, key=lambda n: better[n])] if better else kept

    def _clause_by_clause(self, sentence: str, said: Set[str]) -> list[int]:
        """The passages that hold the clauses of a comparison, one each: of 2022年版是45分钟，
        2024年版是35分钟. A number by which a document is called is looked for there alone; empty
        where a clause stands nowhere, or one passage holds all numbers."""
        whole = {one for one in said if has_digit(one)}
        if len(whole) < 2 or any(whole <= held.whole for held in self._held.values()):
            return []
        found: list[int] = []
        for clause in filter(str.strip, _CLAUSE.split(sentence)):
            claimed = features(clause)
            figures = {one for one in claimed if has_digit(one) and one[-1].isascii()}
            of_names = {one for one in figures if any(one in h.path for h in self._held.values())}
            holding = {
                n: len(claimed & held.whole)
                for n, held in self._held.items()
                if of_names <= held.path and figures - of_names <= held.text
            }
            if not holding or not figures:
                return []
            found.append(max(holding, key=lambda n: holding[n]))
        return sorted({*found}) if len({*found}) > 1 else []

    def _stating_its_values(self, sentence: str, marked: Sequence[int]) -> list[int]:
        """The marked passages that state all values of the sentence in their own spelling (90天,
        90 days), else the nearest one that does; without values, or where none does, the marked."""
        told = values(sentence)
        stating = [
            n
            for n in self._held
            if all(any(one.agrees(each) for each in self._values(n)) for one in told)
        ]
        if not told or not stating:
            return list(marked)
        return [n for n in marked if n in stating] or stating[:1]

    def _values(self, n: int) -> tuple[Value, ...]:
        if n not in self._stated:
            self._stated[n] = values(self._held[n].passage.text)
        return self._stated[n]

    def _citation(self, n: int, claims: Sequence[str]) -> Citation:
        passage = self._held[n].passage
        start, end = self._quoted(passage.text, claims)
        line = None if passage.line is None else passage.line + passage.text.count("\n", 0, start)
        return Citation(
            n=n,
            source=passage.source,
            page=passage.page,
            line=line,
            section=passage.section,
            quote=passage.text[start:end],
        )

    def _quoted(self, text: str, claims: Sequence[str]) -> tuple[int, int]:
        """Where the quote starts and ends: the first claim's sentence, grown as far as may be
        to the sentences of the others and of the numbers that it lacks."""
        spans = [
            _trimmed(text, span) for span in sentence_spans(text) if text[slice(*span)].strip()
        ]
        if not spans:
            return 0, len(text)
        held = [features(text[start:end]) for start, end in spans]
        quote: tuple[int, int] | None = None
        for claim in claims:
            wanted = weights(features(claim) - _FUNCTION_WORDS, self._known)
            added = {one: weight for one, weight in wanted.items() if one not in self._known}
            shares = [share(wanted, one) + share(added, one) for one in held]
            at = max(range(len(spans)), key=lambda i: shares[i])
            quote = _grown(quote, spans[at])
            for figure in sorted(one for one in wanted if has_digit(one) and one not in held[at]):
                near = [i for i, one in enumerate(held) if figure in one]
                if near and figure not in features(text[slice(*quote)]):
                    closest = min(near, key=lambda i: abs(i - at))
                    quote = _grown(quote, spans[closest])
        assert quote is not None, "a citation has a claim"
        return quote


def unmarked(text: str) -> str:
    """An answer without its markers."""
    return _MARKER.sub("", text)


def last_sentence(text: str) -> tuple[str, str]:
    """A text that is still coming: its whole sentences, and the words of the one that has begun.

    A sentence is whole when the next one has begun, since markers may still follow it. An
    opened bracket is held back until it is closed.
    """
    *whole, begun = _pieces(text) or [""]
    opened = re.search(r"[ \t]*[\[［【][^\]］】]*$", begun)
    words = _MARKER.sub("", begun[: opened.start()] if opened else begun)
    return "".join(whole), words.rstrip() if whole or words.strip() else ""


def _blanked(passage: Passage, spans: Sequence[tuple[int, int]]) -> Passage:
    """The passage with blanks in some places, so that the others stay where they are."""
    text = passage.text
    for start, end in spans:
        text = text[:start] + re.sub(r"\S", " ", text[start:end]) + text[end:]
    return replace(passage, text=text) if spans else passage


def _pieces(text: str) -> list[str]:
    """Sentences, each with the markers that follow it."""
    pieces: list[str] = []
    for start, end in sentence_spans(text):
        piece = text[start:end]
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


def _trimmed(text: str, span: tuple[int, int]) -> tuple[int, int]:
    piece = text[slice(*span)]
    start = span[0] + len(piece) - len(piece.lstrip())
    return start, start + len(piece.strip())


def _grown(quote: tuple[int, int] | None, span: tuple[int, int]) -> tuple[int, int]:
    """A quote that also holds the span, or as it was where it would become too long."""
    if quote is None:
        return span
    start, end = min(quote[0], span[0]), max(quote[1], span[1])
    return (start, end) if end - start <= _LONGEST_QUOTE else quote
