"""A VectorIndex in two places: chunks with a dense vector in the vector store, those without in the
catalog (kb/index/lexical.py)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from heapq import merge as merged

from kb.index.catalog import Catalog
from kb.index.lexical import LexicalIndex
from kb.index.payload import best
from kb.ports import Anticipated, VectorIndex
from kb.types import EmbeddedChunk, ScoredId, SparseVector, Vector, Where


class SplitIndex:
    """See kb.ports.VectorIndex. What an earlier kb gave a point, though it is not embedded, is
    found there, until it is added anew."""

    def __init__(
        self, vectors: VectorIndex, lexical: LexicalIndex, *, replaces_points: bool = False
    ) -> None:
        """`replaces_points`: whether chunks that are added to the catalog may have points."""
        self._vectors = vectors
        self._lexical = lexical
        self._replaces_points = replaces_points

    # --- changing ---------------------------------------------------------------------

    def upsert(self, points: Sequence[EmbeddedChunk]) -> None:
        dense = [one for one in points if one.dense is not None]
        rows = [one for one in points if one.dense is None]
        if dense:
            self._vectors.upsert(dense)
            self._lexical.delete([one.chunk.id for one in dense])
        if rows:
            self._lexical.add(rows)
            if self._replaces_points:
                self._vectors.delete([one.chunk.id for one in rows])

    def delete(self, chunk_ids: Sequence[str]) -> None:
        self._lexical.delete(chunk_ids)
        self._vectors.delete(chunk_ids)

    def flush(self, *, merge: bool = True) -> None:
        self._lexical.flush(merge=merge)
        self._vectors.flush(merge=merge)

    def close(self) -> None:
        self._vectors.close()

    # --- searching --------------------------------------------------------------------

    def for_question(self, asked: Anticipated) -> VectorIndex:
        return SplitIndex(self._vectors.for_question(asked), self._lexical)

    def search_dense(self, vector: Vector, limit: int, where: Where = ()) -> list[ScoredId]:
        return self._vectors.search_dense(vector, limit, where)

    def search_sparse(self, vector: SparseVector, limit: int, where: Where = ()) -> list[ScoredId]:
        found = self._vectors.search_sparse(vector, limit, where)
        rows = self._lexical.search(vector, limit, where)
        if not rows:
            return found
        both = {one.chunk_id: one for one in (*found, *rows)}
        return best(both.values(), limit)

    def score_dense(self, vector: Vector, chunk_ids: Sequence[str]) -> Mapping[str, float]:
        return self._vectors.score_dense(vector, chunk_ids)

    def score_sparse(self, vector: SparseVector, chunk_ids: Sequence[str]) -> Mapping[str, float]:
        rows = self._lexical.score(vector, chunk_ids)
        return {**self._vectors.score_sparse(vector, chunk_ids), **rows}

    def ids(self) -> Iterator[str]:
        last = None
        for one in merged(self._vectors.ids(), self._lexical.ids()):
            if one != last:
                yield one
            last = one

    def count(self) -> int:
        return sum(1 for _ in self.ids())


def of_reader(vectors: VectorIndex, catalog: Catalog) -> VectorIndex:
    """The index of a committed generation."""
    lexical = LexicalIndex(catalog.database, catalog.document_ids_matching)
    return SplitIndex(vectors, lexical) if lexical.count() else vectors


def of_writer(vectors: VectorIndex, catalog: Catalog) -> VectorIndex:
    """The index of a draft."""
    lexical = LexicalIndex(catalog.database, catalog.document_ids_matching)
    return SplitIndex(vectors, lexical, replaces_points=lexical.lacks_rows())
