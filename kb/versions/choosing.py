"""The passages of the version that is asked for, in place of those of the others.

A hit of a version that is not asked for gives its place to the passage of the asked one that says
the same things, and is kept aside. Where that version has no such passage, the hit stays, behind
the others: what only an old version says is not lost.

With a mail come the last ones of its thread, found or not: "correction: it is the 19th" has few
words of any question.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from kb.text.fold import fold
from kb.types import Chunk, Hit
from kb.version_types import Families, Family, FamilyKind, Member
from kb.versions.asked import Wanted, beyond_the_day, wanted

_SAME_QUESTION = 0.75
"""Of what a passage shares with the question, the part that its counterpart must hold."""
_LEAST_ALIKE = 0.15
_SAME_PASSAGE = 0.4
"""Likeness of two passages that are one, reworded in places: 每两天更换一次, 每天更换."""
_MOST_CHUNKS = 2_000
_LAST_MAILS = 2
"""Of a thread, that are handed over with an earlier one which was found."""
_NEAR_THE_BEST = 0.5
"""Of the best hit's score, the share that this one has at least."""
_IDENTIFIER = re.compile(r"(?=.*\d)[a-z0-9]+(?:[-_.:/][a-z0-9]+)*")

Features = Callable[[str], set[str]]
"""What two texts can have in common: words, bigrams, numbers."""

Chunks = Callable[[str], Sequence[Chunk]]
"""The chunks of a document, by its id, in their order."""


@dataclass(frozen=True, slots=True)
class Versions:
    """Which documents are versions of one another, and the `chunks` of one."""

    families: Families
    chunks: Chunks


NO_VERSIONS = Versions(Families(), lambda doc_id: ())


@dataclass(frozen=True, slots=True)
class Chosen:
    """`hits` to answer from, best first; `aside`: of versions that they replace. `compares`: the
    question asks what differs between versions."""

    hits: tuple[Hit, ...]
    aside: tuple[Hit, ...] = ()
    compares: bool = False


def choose(
    question: str,
    hits: Sequence[Hit],
    versions: Versions,
    *,
    features: Features,
    today: int,
    words: Sequence[str] = (),
) -> Chosen:
    """Args:
    hits: best first.
    words: what the question speaks of, folded.
    today: as yyyymmdd.
    """
    if not any(hit.chunk.doc_id in versions.families.of_document for hit in hits):
        return Chosen(tuple(hits))
    return _Choice(question, versions, features, today, words).of(hits)


class _Choice:
    def __init__(
        self,
        question: str,
        versions: Versions,
        features: Features,
        today: int,
        words: Sequence[str],
    ) -> None:
        asked = beyond_the_day(question)
        self._words = [word for word in words if word in asked]
        self._question = question
        self._asked = features(asked)
        self._families = versions.families
        self._chunks = versions.chunks
        self._features = features
        self._today = today
        self._wanted: dict[str, Wanted] = {}
        self._read: dict[str, list[tuple[Chunk, set[str]]]] = {}

    def of(self, hits: Sequence[Hit]) -> Chosen:
        taken: dict[str, Hit] = {}
        aside: list[Hit] = []
        behind: list[Hit] = []
        for hit in hits:
            place = self._families.place_of(hit.chunk.doc_id)
            if place is None:
                taken.setdefault(hit.chunk.id, hit)
                continue
            family, own = place
            asked = self._of(family)
            is_asked = own in asked.members
            others = self._counterparts(hit, asked, own) if asked.compares or not is_asked else []
            for one in (hit, *others) if is_asked else others:
                taken.setdefault(one.chunk.id, one)
            if not is_asked:
                (aside if others else behind).append(hit)
        for one in self._last_mails([*taken.values()]):
            taken.setdefault(one.chunk.id, one)
        kept = {hit.chunk.id: hit for hit in (*self._newest_first([*taken.values()]), *behind)}
        left = tuple(hit for hit in aside if hit.chunk.id not in kept)
        compares = any(one.compares for one in self._wanted.values())
        return Chosen(tuple(kept.values()), left, compares)

    def _of(self, family: Family) -> Wanted:
        key = family.members[0].doc_id
        if key not in self._wanted:
            self._wanted[key] = wanted(self._question, family, self._today)
        return self._wanted[key]

    def _counterparts(self, hit: Hit, asked: Wanted, own: Member) -> list[Hit]:
        others = [one for one in asked.members if one != own]
        return [found for one in others for found in self._in_place_of(hit, one)]

    def _in_place_of(self, hit: Hit, member: Member) -> list[Hit]:
        """The passage of another version that says the same things; where no single one does, one
        for each identifier of the question that the hit holds (two rows of a list)."""
        old = self._features(hit.chunk.embedding_text)
        shared = self._asked & old
        if found := self._counterpart(hit, member, old, shared):
            return [found]
        named = sorted(one for one in shared if _IDENTIFIER.fullmatch(one))
        each = [self._counterpart(hit, member, old, {one}) for one in named]
        return [one for one in each if one] if all(each) else []

    def _counterpart(self, hit: Hit, member: Member, old: set[str], shared: set[str]) -> Hit | None:
        best: tuple[float, Chunk] | None = None
        for chunk, new in self._chunks_of(member.doc_id):
            alike = len(old & new) / max(len(old | new), 1)
            held = len(shared & new) / len(shared) if shared else 1.0
            if alike < _LEAST_ALIKE:
                continue
            if held >= _SAME_QUESTION or (alike >= _SAME_PASSAGE and self._says(hit, chunk)):
                score = held + alike
                if best is None or score > best[0]:
                    best = score, chunk
        return replace(hit, chunk=best[1], source=member.source) if best else None

    def _says(self, hit: Hit, chunk: Chunk) -> bool:
        """Whether a chunk has all words of the question that a hit has, one at least."""
        old, new = fold(hit.chunk.embedding_text), fold(chunk.embedding_text)
        held = [word for word in self._words if word in old]
        return bool(held) and all(word in new for word in held)

    def _chunks_of(self, doc_id: str) -> list[tuple[Chunk, set[str]]]:
        if doc_id not in self._read:
            chunks = self._chunks(doc_id)[:_MOST_CHUNKS]
            self._read[doc_id] = [(one, self._features(one.embedding_text)) for one in chunks]
        return self._read[doc_id]

    def _last_mails(self, hits: Sequence[Hit]) -> Iterator[Hit]:
        """The last mails of each thread that a good hit is of, as far as they are later than it
        and not among the hits: of each the chunk with most of the question."""
        found = {hit.chunk.doc_id for hit in hits}
        least = _NEAR_THE_BEST * max((hit.score for hit in hits), default=0.0)
        for hit in hits:
            family = self._families.of_document.get(hit.chunk.doc_id)
            if family is None or family.kind is not FamilyKind.THREAD or hit.score < least:
                continue
            mails = [one.doc_id for one in family.members]
            later = family.members[mails.index(hit.chunk.doc_id) + 1 :][-_LAST_MAILS:]
            for mail in later:
                chunks = [] if mail.doc_id in found else self._chunks_of(mail.doc_id)
                if chunks:
                    chunk, _ = max(chunks, key=lambda one: len(self._asked & one[1]))
                    found.add(mail.doc_id)
                    yield replace(hit, chunk=chunk, source=mail.source)

    def _newest_first(self, hits: list[Hit]) -> list[Hit]:
        """Mails of one thread in the places of all of them, the last one first."""
        ordered = [*hits]
        threads: defaultdict[str, list[int]] = defaultdict(list)
        for place, hit in enumerate(hits):
            family = self._families.of_document.get(hit.chunk.doc_id)
            if family and family.kind is FamilyKind.THREAD:
                threads[family.members[0].doc_id].append(place)
        for name, places in threads.items():
            age = [one.doc_id for one in self._families.of_document[name].members]
            newest = sorted((hits[p] for p in places), key=lambda h: -age.index(h.chunk.doc_id))
            for place, hit in zip(places, newest, strict=True):
                ordered[place] = hit
        return ordered
