"""What `kb ask` does about versions and contradictions: first the hits of the version that is asked
for; behind the answer which one it rests on, and what other passages state."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from kb.answering.conflicts import Contradiction, contradictions
from kb.answering.evidence import Terms
from kb.answering.features import features
from kb.answering.revoked import revocations
from kb.answering.told import told
from kb.retrieval import context
from kb.text.question import Question
from kb.types import Answer, ChatPiece, DocumentRecord, Hit, Passage, Progress
from kb.version_types import Conflict, Family, FamilyKind, Member, Version
from kb.versions.choosing import Chosen, Versions, choose
from kb.versions.dates import first_day, shown, today
from kb.versions.names import folded, name_parts, without_ending


def of_the_version(question: Question, hits: Sequence[Hit], versions: Versions) -> Chosen:
    """The hits to answer from, of those that were found."""
    return choose(question.text, hits, versions, features=features, today=today())


@dataclass(frozen=True, slots=True)
class Around:
    """What was found for a question. `document`: a record by its id; `terms`: of the index;
    `beside`: what was found besides the hits that were chosen from."""

    question: Question
    chosen: Chosen
    versions: Versions
    document: Callable[[str], DocumentRecord | None]
    terms: Terms
    beside: Sequence[Hit] = ()


def tell(
    steps: Iterable[Progress | ChatPiece | Answer], around: Around
) -> Iterator[Progress | ChatPiece | Answer]:
    """The steps of an answer, with what is told behind its text."""
    for step in steps:
        if isinstance(step, Answer) and step.found:
            telling = _Telling(around)
            version, conflicts = telling.version(step), telling.conflicts(step)
            if lines := told(version, conflicts, around.question.language):
                yield ChatPiece(f"\n\n{lines}")
                text = f"{step.text}\n\n{lines}"
                step = replace(step, text=text, version=version, conflicts=conflicts)
        yield step


class _Telling:
    def __init__(self, around: Around) -> None:
        self._around = around
        self._day = today()
        chosen = around.chosen
        known = {hit.chunk.id for hit in (*chosen.hits, *chosen.aside)}
        beside = [hit for hit in around.beside if hit.chunk.id not in known]
        self._passages = [
            *self._merged(chosen.hits),
            *self._merged(chosen.aside),
            *self._merged(beside),
        ]
        found = (*chosen.hits, *chosen.aside, *beside)
        self._documents = {hit.source: hit.chunk.doc_id for hit in found}

    def version(self, answer: Answer) -> Version | None:
        """Of the first cited document that is one of several versions; none where the question
        compares them."""
        if self._around.chosen.compares:
            return None
        for citation in answer.citations:
            found = self._member(citation.source)
            if found and found[0].kind is not FamilyKind.THREAD:
                return described(*found, self._day)
        return None

    def conflicts(self, answer: Answer) -> tuple[Conflict, ...]:
        """What other passages state in place of the answer's values, in or out of a family, and
        which later ones say that it no longer holds."""
        question, terms = self._around.question, self._around.terms
        asserted = (question, answer.text, answer.citations, self._passages)
        found = contradictions(*asserted, terms=terms)
        known = {one.passage.source for one in found}
        revoked = revocations(*asserted, terms=terms, later=self._is_later)
        return tuple(
            self._conflict(one)
            for one in (*found, *(each for each in revoked if each.passage.source not in known))
        )

    def _conflict(self, one: Contradiction) -> Conflict:
        source = one.passage.source
        return Conflict(
            value=one.value,
            source=source,
            quote=one.quote,
            dated=self._dated(source),
            replaced=self._is_replaced(source),
        )

    def _merged(self, hits: Sequence[Hit]) -> tuple[Passage, ...]:
        def title(doc_id: str) -> str:
            record = self._around.document(doc_id)
            return record.title if record else ""

        return context.merge(hits, title=title)

    def _member(self, source: str) -> tuple[Family, Member] | None:
        doc_id = self._documents.get(source, "")
        family = self._around.versions.families.of_document.get(doc_id)
        member = family.member(doc_id) if family else None
        return (family, member) if family and member else None

    def _is_replaced(self, source: str) -> bool:
        found = self._member(source)
        if found is None or found[0].kind is FamilyKind.THREAD:
            return False
        return found[1] != found[0].in_force(self._day)

    def _is_later(self, source: str, other: str) -> bool:
        """Whether both bear a day, and the first one's is the later, as far as both are known."""
        later, earlier = self._day_of(source), self._day_of(other)
        known = next(part for part in (10_000, 100, 1) if part == 1 or _lacks(part, later, earlier))
        return bool(earlier) and later // known > earlier // known

    def _dated(self, source: str) -> str:
        day = self._day_of(source)
        return shown(day) if day else ""

    def _day_of(self, source: str) -> int:
        """A day that a document bears: of its family, its labels, its title or its name; else 0."""
        if found := self._member(source):
            return found[1].since or found[1].dated
        record = self._around.document(self._documents.get(source, ""))
        if record is None:
            return 0
        day = first_day(folded(dict(record.labels).get("date", "")))
        names = (record.title, without_ending(record.path))
        return day or next((one for name in names if (one := name_parts(name).day)), 0)


def _lacks(part: int, *days: int) -> bool:
    """Whether one of the days is known to the year (10,000) or the month (100) alone."""
    return any(day % part == 0 for day in days)


def described(family: Family, member: Member, day: int) -> Version:
    """A member of a family as an answer tells it, on a day."""
    now = family.in_force(day)
    return Version(
        source=member.source,
        label=member.label,
        since=shown(member.since) if member.since else "",
        dated=shown(member.dated) if member.dated else "",
        in_force=member == now,
        replaced_by="" if member == now else now.source,
    )
