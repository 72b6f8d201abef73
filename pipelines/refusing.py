"""What `kb ask` refuses before the model, and what it never does.

score     every hit is below the threshold, and there is no other sign that an answer may stand
          there (kb/answering/answer_signs.py)
missing   a name or an identifier of the question stands in no passage; what it may be mistyped
          for, and of an identifier the range of those that a table has
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from kb.answering import answer_signs, near_identifiers, refusal
from kb.answering.names import identifiers
from kb.answering.refusal import Reach, Refusal, Threshold
from kb.ports import VectorIndex
from kb.retrieval import search
from kb.retrieval.search import LexicalQuery
from kb.tables.index import TableIndex
from kb.text.fold import fold
from kb.text.question import Question
from kb.types import Hit, Passage, SearchMode

_LOOKED_AT = 20
"""Chunks with an identifier that is near to a missing one."""


class Catalog(search.Catalog, Protocol):
    """What is asked of a catalog besides what a search asks."""

    def df(self, terms: Iterable[int], /) -> Mapping[int, int]:
        """In how many chunks each term occurs; terms that occur nowhere may be left out."""

    def chunk_count(self) -> int: ...

    def document_count(self) -> int:
        """Of those with chunks."""


class Searched(Protocol):
    """What was searched, and with which threshold."""

    @property
    def index(self) -> VectorIndex: ...

    @property
    def catalog(self) -> Catalog: ...

    @property
    def lexical(self) -> Callable[[str], LexicalQuery]: ...

    @property
    def tables(self) -> TableIndex | None: ...

    @property
    def threshold(self) -> Threshold | None: ...


def refused_before(
    question: Question,
    hits: Sequence[Hit],
    passages: Sequence[Passage],
    searched: Searched,
    *,
    mode: SearchMode,
) -> Refusal | None:
    """Why a question is not worth asking the model, if it is not.

    An identifier that stands nowhere is the reason to name, whatever the score: the user may have
    mistyped it.
    """
    missing = refusal.missing_term(question, passages)
    if missing and any(missing.subject == one.text for one in identifiers(question.text)):
        return replace(
            missing,
            near=_near(missing.subject, searched),
            within=searched.tables.alike(fold(missing.subject)) if searched.tables else None,
        )
    if missing and searched.tables and (like := searched.tables.values_like(fold(missing.subject))):
        return replace(missing, near=(*like,))
    threshold = searched.threshold
    low = refusal.below_threshold(question, hits, mode=mode, threshold=threshold)
    if low and not missing and hits and _may_stand_there(question, hits, passages, searched):
        return None
    return missing if low and low.in_doubt and missing else low or missing


def reach(
    question: Question,
    hits: Sequence[Hit],
    passages: Sequence[Passage],
    searched: Searched,
    *,
    mode: SearchMode,
) -> Reach | None:
    """How near the scores are to a refusal, if they are: below the threshold, or above it by a hit
    in the other language alone; None where there is another sign that an answer may stand there."""
    if searched.threshold is None or mode is not SearchMode.HYBRID:
        return None
    found = refusal.reach(question, hits, searched.threshold)
    if found.own >= 1.0 or refusal.holds_identifier(question, hits):
        return None
    return None if _may_stand_there(question, hits, passages, searched) else found


def _may_stand_there(
    question: Question, hits: Sequence[Hit], passages: Sequence[Passage], searched: Searched
) -> bool:
    catalog = searched.catalog
    scores = [(hit.chunk.doc_id, hit.score) for hit in hits]
    if answer_signs.stands_out(scores, catalog.document_count()):
        return True
    if answer_signs.holds_name_and_property(question, passages):
        return True
    asked = searched.lexical(question.text).vector.indices
    rare = answer_signs.rare_terms(catalog.df(asked), catalog.chunk_count())
    held = [{*searched.lexical(_whole(one)).vector.indices} for one in passages]
    return answer_signs.holds_all(rare, held)


def _whole(passage: Passage) -> str:
    return "\n".join((passage.source, passage.title, passage.section, passage.text))


def _near(identifier: str, searched: Searched) -> tuple[str, ...]:
    """The identifiers of the collection that are one character off."""
    slips = "\n".join(near_identifiers.variants(fold(identifier)))
    terms = searched.lexical(slips).identifiers
    if not terms.indices:
        return ()
    found = searched.index.search_sparse(terms, _LOOKED_AT)
    chunks = searched.catalog.chunks([hit.chunk_id for hit in found])
    return near_identifiers.nearest(identifier, [chunk.text for chunk in chunks])
