"""What is sent to a shard: points, and the conditions under which it is asked."""

from __future__ import annotations

from functools import lru_cache

import qdrant_edge as qdrant

from kb.index.payload import DAY, DENSE, DOCUMENT, LABELS, SPARSE, Documents, conditions, payload
from kb.types import EmbeddedChunk, SparseVector, Where


@lru_cache(maxsize=4)
def with_ids(chunk_ids: tuple[str, ...]) -> qdrant.Filter:
    """Kept, for every question asks for the same sample: to read its ids takes twice as long as to
    score its vectors."""
    return qdrant.Filter(must=[qdrant.HasIdCondition({*chunk_ids})])


def filters(where: Where, documents: Documents | None) -> qdrant.Filter | None:
    if not where:
        return None
    wanted = conditions(where, documents)
    must: list[qdrant.ConditionType] = [
        qdrant.FieldCondition(LABELS, match=qdrant.MatchValue(value)) for value in wanted.labels
    ]
    must += [
        qdrant.FieldCondition(DOCUMENT, match=qdrant.MatchAny([*group]))
        for group in wanted.documents
    ]
    must += [
        qdrant.FieldCondition(DAY, range=qdrant.RangeFloat(gte=first, lte=last))
        for first, last in wanted.days
    ]
    return qdrant.Filter(must=must)


def point_of(point: EmbeddedChunk) -> qdrant.Point:
    dense = {} if point.dense is None else {DENSE: point.dense.tolist()}
    return qdrant.Point(point.chunk.id, {**dense, SPARSE: sparse_of(point.sparse)}, payload(point))


def sparse_of(vector: SparseVector) -> qdrant.SparseVector:
    return qdrant.SparseVector([*vector.indices], [*vector.values])
