"""All that one question asks of the server, in one request.

Searches, and the scores that each side's candidates lack on the other side: the server is given
the searches once more, as what the scores are wanted of, so nobody has to wait for their outcome.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from qdrant_client import models

from kb.index.payload import DENSE, SPARSE, best, settled
from kb.index.qdrant_server.points import sparse_of
from kb.ports import Anticipated, VectorIndex
from kb.types import EmbeddedChunk, ScoredId, SparseVector, Vector, Where

if TYPE_CHECKING:
    from kb.index.qdrant_server.index import ServerIndex

Query = list[float] | models.SparseVector


class AnsweredIndex:
    """A ServerIndex that has the answers to one question at hand. What else is asked of it, or
    was not settled by the first answer, is asked of the server."""

    def __init__(self, index: ServerIndex, asked: Anticipated) -> None:
        self._index = index
        self._asked = asked
        self._near: dict[Where, list[ScoredId]] = {}
        self._matching: list[ScoredId] | None = None
        self._cosines: dict[str, float] = {}
        self._shares: dict[str, float] = {}
        self._exact: dict[str, float] = {}
        self._candidates: set[str] = set()
        self._ask()

    # --- what a question asks ---------------------------------------------------------

    def search_dense(self, vector: Vector, limit: int, where: Where = ()) -> list[ScoredId]:
        if vector is self._asked.dense and limit == self._asked.limit and where in self._near:
            return self._near[where]
        return self._index.search_dense(vector, limit, where)

    def search_sparse(self, vector: SparseVector, limit: int, where: Where = ()) -> list[ScoredId]:
        known = vector == self._asked.sparse and limit == self._asked.limit
        if self._matching is not None and known and where == self._asked.wheres[0]:
            return self._matching
        return self._index.search_sparse(vector, limit, where)

    def score_dense(self, vector: Vector, chunk_ids: Sequence[str]) -> Mapping[str, float]:
        if vector is not self._asked.dense:
            return self._index.score_dense(vector, chunk_ids)
        at_hand = self._candidates | {*self._asked.sample}
        lacking = [chunk_id for chunk_id in chunk_ids if chunk_id not in at_hand]
        found = self._index.score_dense(vector, lacking) if lacking else {}
        return {**_among(self._cosines, chunk_ids), **found}

    def score_sparse(self, vector: SparseVector, chunk_ids: Sequence[str]) -> Mapping[str, float]:
        scores = {self._asked.identifiers: self._exact, self._asked.sparse: self._shares}
        known = scores.get(vector)
        if known is None:
            return self._index.score_sparse(vector, chunk_ids)
        lacking = [chunk_id for chunk_id in chunk_ids if chunk_id not in self._candidates]
        found = self._index.score_sparse(vector, lacking) if lacking else {}
        return {**_among(known, chunk_ids), **found}

    # --- the request ------------------------------------------------------------------

    def _ask(self) -> None:
        index, asked = self._index, self._asked
        count = asked.limit + 1
        dense = asked.dense.tolist() if asked.dense else None
        sparse = sparse_of(asked.sparse) if asked.sparse.indices else None
        searches: list[tuple[Query, str, Where]] = []
        if dense:
            searches += [(dense, DENSE, where) for where in asked.wheres]
        if sparse:
            searches.append((sparse, SPARSE, asked.wheres[0]))
        pieces = {where: index.filters(where) for where in asked.wheres}
        if any(len(found) > 1 for found in pieces.values()):
            return  # a path of very many documents: piece by piece
        filters = {where: found[0] for where, found in pieces.items()}
        requests = [
            index.request(query, using, count, filters[where]) for query, using, where in searches
        ]
        candidates = [
            models.Prefetch(
                query=query, using=using, filter=filters[where], limit=count, params=index.params()
            )
            for query, using, where in searches
        ]
        scored: list[tuple[dict[str, float], models.QueryRequest]] = []
        for query, using, scores in (
            (dense, DENSE, self._cosines),
            (sparse, SPARSE, self._shares),
            (sparse_of(asked.identifiers), SPARSE, self._exact),
        ):
            if query is not None and (not isinstance(query, models.SparseVector) or query.indices):
                of_all = index.request(query, using, len(searches) * count, None, exact=True)
                scored.append((scores, of_all.model_copy(update={"prefetch": candidates})))
        names = index.names.of(asked.sample)
        if dense and names:
            of_these = models.Filter(must=[models.HasIdCondition(has_id=[*names.values()])])
            request = index.request(dense, DENSE, len(names), of_these, exact=True)
            scored.append((self._cosines, request))
        if not searches:
            return
        answers = index.ask_all([*requests, *(request for _, request in scored)])
        found = [(index.known(answer), answer) for answer in answers[: len(searches)]]
        self._candidates = {hit.chunk_id for kept, _ in found for hit in kept}
        for (_, using, where), (kept, answer) in zip(searches, found, strict=True):
            all_of_it = [ScoredId(str(point.id), point.score) for point in answer]
            if settled(all_of_it, kept, count, asked.limit):
                if using == DENSE:
                    self._near[where] = best(kept, asked.limit)
                else:
                    self._matching = best(kept, asked.limit)
        for (scores, _), answer in zip(scored, answers[len(searches) :], strict=True):
            scores |= {hit.chunk_id: hit.score for hit in index.known(answer)}

    # --- the rest is the index's ------------------------------------------------------

    def upsert(self, points: Sequence[EmbeddedChunk]) -> None:
        self._index.upsert(points)

    def delete(self, chunk_ids: Sequence[str]) -> None:
        self._index.delete(chunk_ids)

    def ids(self) -> Iterator[str]:
        return self._index.ids()

    def count(self) -> int:
        return self._index.count()

    def for_question(self, asked: Anticipated) -> VectorIndex:
        return self._index.for_question(asked)

    def flush(self, *, merge: bool = True) -> None:
        self._index.flush(merge=merge)

    def close(self) -> None:
        """Nothing to do: the index is closed by whoever opened it."""


def _among(scores: Mapping[str, float], chunk_ids: Sequence[str]) -> dict[str, float]:
    return {chunk_id: scores[chunk_id] for chunk_id in chunk_ids if chunk_id in scores}
