"""What `kb ask` tells behind an answer: which version it rests on, what other passages state."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from kb.answering.conflicts import Contradiction, contradictions
from kb.answering.evidence import Terms
from kb.answering.revoked import revocations
from kb.answering.version_lines import told
from kb.pipelines.days import Days
from kb.retrieval import context
from kb.text.question import Question
from kb.types import Answer, ChatPiece, DocumentRecord, Hit, Passage, Progress
from kb.version_types import Conflict, Family, FamilyKind, Member, Version
from kb.versions.choosing import Chosen
from kb.versions.dates import shown


@dataclass(frozen=True, slots=True)
class Around:
    """What was found for a question. `days`: of all of it; `document`: a record by its id; `terms`:
    of the index; `beside`: what was found besides the hits that were chosen from."""

    question: Question
    chosen: Chosen
    days: Days
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
        self._days = around.days
        chosen = around.chosen
        known = {hit.chunk.id for hit in (*chosen.hits, *chosen.aside)}
        beside = [hit for hit in around.beside if hit.chunk.id not in known]
        self._passages = [
            *self._merged(chosen.hits),
            *self._merged(chosen.aside),
            *self._merged(beside),
        ]

    def version(self, answer: Answer) -> Version | None:
        """Of the first cited document that is one of several versions; none where the question
        compares them."""
        if self._around.chosen.compares:
            return None
        for citation in answer.citations:
            found = self._days.member(citation.source)
            if found and found[0].kind is not FamilyKind.THREAD:
                return described(*found, self._days.today)
        return None

    def conflicts(self, answer: Answer) -> tuple[Conflict, ...]:
        """What other passages state in place of the answer's values, in or out of a family, and
        which later ones say that it no longer holds."""
        question, terms = self._around.question, self._around.terms
        asserted = (question, answer.text, answer.citations, self._passages)
        found = contradictions(*asserted, terms=terms)
        known = {one.passage.source for one in found}
        revoked = revocations(*asserted, terms=terms, later=self._days.is_later)
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
            dated=self._days.shown(source),
            replaced=self._days.is_replaced(source),
        )

    def _merged(self, hits: Sequence[Hit]) -> tuple[Passage, ...]:
        def title(doc_id: str) -> str:
            record = self._around.document(doc_id)
            return record.title if record else ""

        return context.merge(hits, title=title)


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
