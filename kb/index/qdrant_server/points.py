"""What is sent to a Qdrant server, and how a collection is made there."""

from __future__ import annotations

from itertools import product
from typing import Any

from qdrant_client import QdrantClient, models

from kb.config.settings import Store
from kb.index.payload import (
    DAY,
    DENSE,
    DOCUMENT,
    LABELS,
    SPARSE,
    Documents,
    conditions,
    payload,
)
from kb.types import EmbeddedChunk, SparseVector, Where

CHUNK = "chunk"
"""The payload field with the chunk's id."""

FIELDS = {
    DOCUMENT: models.PayloadSchemaType.KEYWORD,
    LABELS: models.PayloadSchemaType.KEYWORD,
    DAY: models.PayloadSchemaType.INTEGER,
}
"""What searches filter by; a server without an index on it reads every point's payload."""

IDS_A_FILTER = 5_000
"""Documents that one request may name: some 200 KB."""


def made(client: QdrantClient, name: str, dimension: int, settings: Store) -> None:
    """Make a Qdrant collection.

    Without a graph (HNSW): under a filter, and every hybrid question has one, Qdrant's default
    graph finds 0.45 of the nearest 50, and a scan of copies in int8 that is rescored finds
    nearly all of them; see docs/qdrant.md.
    """
    client.create_collection(
        name,
        vectors_config={
            DENSE: models.VectorParams(
                size=dimension, distance=models.Distance.COSINE, on_disk=settings.on_disk
            )
        },
        sparse_vectors_config={SPARSE: models.SparseVectorParams()},
        hnsw_config=models.HnswConfigDiff(m=0),
        quantization_config=models.ScalarQuantization(
            scalar=models.ScalarQuantizationConfig(
                type=models.ScalarType.INT8, quantile=0.99, always_ram=True
            )
        )
        if settings.quantisation == "int8"
        else None,
        shard_number=settings.shards or None,
        replication_factor=settings.replicas,
        write_consistency_factor=settings.written_to,
    )


def chunk_of(point: models.Record | models.ScoredPoint) -> str:
    """The chunk that a point is of; one with an old name has no other id."""
    return str((point.payload or {}).get(CHUNK) or point.id)


def filters(where: Where, documents: Documents | None) -> list[models.Filter | None]:
    """What a point must fulfil, in pieces: a path may stand for any number of documents, of which
    a filter names so many at most. A point fulfils one piece at most."""
    if not where:
        return [None]
    wanted = conditions(where, documents)
    must: list[models.Condition] = [
        models.FieldCondition(key=LABELS, match=models.MatchValue(value=value))
        for value in wanted.labels
    ]
    must += [
        models.FieldCondition(key=DAY, range=models.Range(gte=first, lte=last))
        for first, last in wanted.days
    ]
    pieces = [
        [
            group[start : start + IDS_A_FILTER]
            for start in range(0, max(len(group), 1), IDS_A_FILTER)
        ]
        for group in wanted.documents
    ]
    return [
        models.Filter(
            must=[
                *must,
                *(
                    models.FieldCondition(key=DOCUMENT, match=models.MatchAny(any=[*piece]))
                    for piece in one
                ),
            ]
        )
        for one in product(*pieces)
    ]


def point_of(point: EmbeddedChunk, name: str) -> models.PointStruct:
    vectors: dict[str, Any] = {SPARSE: sparse_of(point.sparse)}
    if point.dense is not None:
        vectors[DENSE] = point.dense.tolist()
    return models.PointStruct(
        id=name,
        vector=vectors,
        payload={**payload(point), CHUNK: point.chunk.id},
    )


def sparse_of(vector: SparseVector) -> models.SparseVector:
    return models.SparseVector(indices=[*vector.indices], values=[*vector.values])
