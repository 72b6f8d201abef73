"""Rows of large tables among the candidates: chunks that have no dense vector.

They are found by words and identifiers. Their table's description, which is embedded, stands for
them where meaning is compared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Protocol

from kb.ports import VectorIndex
from kb.types import Chunk, ScoredId, SparseVector, Where

ROWS = 10
"""Candidates of one document that have words alone: thousands of rows with a question's words
would leave no room for passages."""

_FURTHER = 8
"""How many times the depth is looked at where rows took it up."""


class Catalog(Protocol):
    def chunks(self, ids: Sequence[str], /) -> Sequence[Chunk]: ...


def by_words(
    terms: SparseVector, depth: int, where: Where, index: VectorIndex, catalog: Catalog
) -> list[ScoredId]:
    """The best `depth` candidates by their words; of each document's rows the best ROWS."""
    found = index.search_sparse(terms, depth, where)
    kept = _not_crowded(found, catalog)
    if len(kept) < len(found) == depth:
        kept = _not_crowded(index.search_sparse(terms, _FURTHER * depth, where), catalog)
    return kept[:depth]


def of_rows(dense: Mapping[str, float], chunks: Mapping[str, Chunk]) -> dict[str, float]:
    """The dense score of each row by its id: the best of its document's embedded candidates, so
    that no row falls behind the description that stands for it; none where there is none."""
    best: dict[str, float] = {}
    for chunk_id, score in dense.items():
        doc_id = chunks[chunk_id].doc_id
        best[doc_id] = max(score, best.get(doc_id, score))
    rows = (one for one in chunks.values() if one.lexical_only)
    return {one.id: best[one.doc_id] for one in rows if one.doc_id in best}


def _not_crowded(found: Sequence[ScoredId], catalog: Catalog) -> list[ScoredId]:
    ids = [hit.chunk_id for hit in found]
    rows = {one.id: one.doc_id for one in catalog.chunks(ids) if one.lexical_only}
    of_document: Counter[str] = Counter()
    kept = []
    for hit in found:
        doc_id = rows.get(hit.chunk_id)
        if doc_id is not None:
            of_document[doc_id] += 1
        if doc_id is None or of_document[doc_id] <= ROWS:
            kept.append(hit)
    return kept
