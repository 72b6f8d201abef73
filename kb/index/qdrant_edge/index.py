"""A VectorIndex over one shard; kb/index/qdrant_edge/__init__.py says how it is used."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from itertools import islice
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import qdrant_edge as qdrant

from kb.errors import StoreError
from kb.index import disk
from kb.index.disk import Resident, keep_owners, remove_tree, require_space, tree_size
from kb.index.faults import state_faults, store_faults
from kb.index.layout import FIXED_FILES
from kb.index.payload import DENSE, SPARSE, Documents, settled
from kb.index.qdrant_edge.requests import filters, point_of, sparse_of, with_ids
from kb.index.qdrant_edge.shard import (
    CONFIG,
    RESERVE,
    created_shard,
    engine_faults,
    loaded_shard,
    require_space_to_read,
    shard_config,
)
from kb.ports import Anticipated, VectorIndex
from kb.statefile import read_json
from kb.types import EmbeddedChunk, ScoredId, SparseVector, Vector, Where

QUANTISED_FROM = 20_000_000
"""Numbers (chunks times dimension) from which on the scan reads 4 bits of each number first, and
rescores the best with the whole vectors. Below, a scan of the whole vectors takes 3 ms."""

_OVERSAMPLING = 3.0
"""How many times the wanted vectors are rescored. With 2, none of the nearest 50 was missed."""

_LARGEST_CONFIG = 1 << 20
_FURTHER = 8
"""How many times as many are fetched where the last ones are equal. Where that does not settle it,
hundreds are, and to fetch them all takes a hundred times as long as to score them."""

_BATCH = 256
"""Points that are sent at a time, of however many documents they are: one by one takes four
times as long."""
_PAGE = 10_000


class EdgeIndex:
    """A VectorIndex over one shard folder; see kb.ports.VectorIndex.

    Raises:
        StoreError: the folder cannot be used, or a vector is of another dimension.
        StoreDamaged: the shard cannot be loaded.
    """

    def __init__(
        self,
        folder: Path,
        *,
        dimension: int = 0,
        documents: Documents | None = None,
        quantised_from: int = QUANTISED_FROM,
    ) -> None:
        """Load the shard. A writer gives the `dimension`, and the shard is created if need be."""
        self._folder = folder
        self._documents = documents
        self._dimension = dimension
        self._quantised_from = quantised_from
        self._changed = False
        self._waiting: dict[str, qdrant.Point] = {}
        self._scores_only = False
        disk.require_files(folder)
        # Read before the engine reads, which does it page by page; and kept, because the engine
        # tells the kernel to forget a shard's files when it closes it.
        self._resident = Resident(folder, FIXED_FILES)
        new = dimension and not (folder / CONFIG).exists()
        self._loaded = created_shard(folder, dimension) if new else loaded_shard(folder)
        keep_owners(folder)  # loading makes some of its files anew, as closing does

    # --- changing ---------------------------------------------------------------------

    def upsert(self, points: Sequence[EmbeddedChunk]) -> None:
        self._changed = True
        for point in points:
            self._verify_dimension(point)
            self._waiting[point.chunk.id] = point_of(point)
            if len(self._waiting) >= _BATCH:
                self._send_waiting()

    def copy(self, other: EdgeIndex, chunk_ids: Sequence[str]) -> None:
        """Upsert points of another shard, with their vectors and payload."""
        with engine_faults(self._folder):
            records = other._shard.retrieve([*chunk_ids], with_payload=True, with_vector=True)
        points = [qdrant.Point(one.id, one.vector or {}, one.payload) for one in records]
        self._update(qdrant.UpdateOperation.upsert_points(points))

    def delete(self, chunk_ids: Sequence[str]) -> None:
        self._update(qdrant.UpdateOperation.delete_points([*chunk_ids]))

    def flush(self, *, merge: bool = True) -> None:
        """With `merge` into segments that load and search fast; the engine only rebuilds those
        that are new or small, or of which a fifth is deleted."""
        if not self._changed:
            return
        with store_faults(self._folder), engine_faults(self._folder):
            if merge:
                self._merge()
            self._shard.flush()
        self._changed = False

    def _merge(self) -> None:
        # Merging writes the segments anew before it deletes the old ones.
        require_space(self._folder, RESERVE + tree_size(self._folder))
        if self.count() * self._dimension >= self._quantised_from and not self._quantised():
            self._shard.flush()
            self._shard.close()
            smaller = shard_config(self._dimension, quantised=True)
            self._loaded = qdrant.EdgeShard.load(str(self._folder), smaller)
        self._shard.optimize()

    def close(self) -> None:
        """What was not flushed is lost."""
        with engine_faults(self._folder):
            self._loaded.close()
        keep_owners(self._folder)
        self._resident.release()

    # --- searching --------------------------------------------------------------------

    def for_question(self, asked: Anticipated) -> VectorIndex:
        """In the process each question is as quick as all at once."""
        if not asked.scores_only:
            return self
        for_scores = copy(self)
        for_scores._scores_only = True
        return for_scores

    def search_dense(
        self, vector: Vector, limit: int, where: Where = (), *, exact: bool = False
    ) -> list[ScoredId]:
        """As the port says; `exact` leaves the 4-bit copies aside, to measure what they miss."""
        return self._search(qdrant.Query.Nearest(vector.tolist(), DENSE), limit, where, exact=exact)

    def search_sparse(self, vector: SparseVector, limit: int, where: Where = ()) -> list[ScoredId]:
        if not vector.indices:
            return []
        nearest = qdrant.Query.Nearest(sparse_of(vector), SPARSE)
        return self._search(nearest, limit, where, without_hundreds=self._scores_only)

    def score_dense(self, vector: Vector, chunk_ids: Sequence[str]) -> Mapping[str, float]:
        return self._score(qdrant.Query.Nearest(vector.tolist(), DENSE), chunk_ids)

    def score_sparse(self, vector: SparseVector, chunk_ids: Sequence[str]) -> Mapping[str, float]:
        if not vector.indices:
            return {}
        return self._score(qdrant.Query.Nearest(sparse_of(vector), SPARSE), chunk_ids)

    def ids(self) -> Iterator[str]:
        offset: Any = None
        while True:
            with engine_faults(self._folder):
                records, offset = self._shard.scroll(
                    qdrant.ScrollRequest(
                        offset=offset, limit=_PAGE, with_payload=False, with_vector=False
                    )
                )
            yield from (str(record.id) for record in records)
            if offset is None:
                return

    def count(self) -> int:
        with engine_faults(self._folder):
            return self._shard.count(qdrant.CountRequest())

    # --- within -----------------------------------------------------------------------

    @property
    def _shard(self) -> qdrant.EdgeShard:
        """The shard with all that was upserted."""
        if self._waiting:
            self._send_waiting()
        return self._loaded

    def _verify_dimension(self, point: EmbeddedChunk) -> None:
        """Here, not when the engine is sent it with others: nobody would know whose it is."""
        length = self._dimension if point.dense is None else len(point.dense)
        if self._dimension and length != self._dimension:
            raise StoreError(
                f"the vector index in {self._folder} failed",
                why=f"a vector has {length} numbers; expected were {self._dimension}",
                hint="the embedding model has changed: kb ingest --rebuild",
            )

    def _send_waiting(self) -> None:
        points = [*self._waiting.values()]
        self._waiting.clear()
        self._update(qdrant.UpdateOperation.upsert_points(points))

    def _quantised(self) -> bool:
        """Whether there are 4-bit copies; a shard of earlier versions may have 8-bit ones."""
        path = self._folder / CONFIG
        with state_faults(path):
            written = read_json(path, _LARGEST_CONFIG)
        return "turbo" in (written.get("quantization_config") or {})

    def _update(self, operation: qdrant.UpdateOperation) -> None:
        self._changed = True
        with store_faults(self._folder), engine_faults(self._folder):
            require_space(self._folder, RESERVE)
            self._shard.update(operation)

    def _search(
        self,
        query: qdrant.Query,
        limit: int,
        where: Where,
        *,
        exact: bool = False,
        without_hundreds: bool = False,
    ) -> list[ScoredId]:
        """`without_hundreds`: see `_FURTHER`; else equals are all fetched, for the first by id."""
        asked = limit + 1
        while True:
            found = self._query(query, asked, filters(where, self._documents), exact=exact)
            if settled(found, found, asked, limit):
                return _best(found, limit)
            if without_hundreds and asked > limit + 1:
                return _best([one for one in found if one.score > found[-1].score], limit)
            asked *= _FURTHER

    def _score(self, query: qdrant.Query, chunk_ids: Sequence[str]) -> Mapping[str, float]:
        if not chunk_ids:
            return {}
        found = self._query(query, len(chunk_ids), with_ids(tuple(chunk_ids)), exact=True)
        return {str(point.id): point.score for point in found}

    def _query(
        self,
        query: qdrant.Query,
        limit: int,
        condition: qdrant.Filter | None,
        *,
        exact: bool = False,
    ) -> list[qdrant.ScoredPoint]:
        request = qdrant.QueryRequest(
            limit=limit,
            query=query,
            filter=condition,
            params=qdrant.SearchParams(
                exact=exact,
                quantization=qdrant.QuantizationSearchParams(
                    rescore=True, oversampling=_OVERSAMPLING
                ),
            ),
        )
        with store_faults(self._folder), engine_faults(self._folder):
            require_space_to_read(self._folder)  # it may be open for hours
            return self._shard.query(request)


def _best(found: Sequence[qdrant.ScoredPoint], limit: int) -> list[ScoredId]:
    """As `kb.index.payload.best`, without a text for the id of each of thousands of equals, which
    would take longer than to find them: UUIDs are ordered as their texts are."""
    last = found[:limit][-1].score if found else 0.0
    candidates = (point for point in found if point.score >= last)
    points = heapq.nsmallest(limit, candidates, key=_order)
    return [ScoredId(str(point.id), point.score) for point in points]


def _order(point: qdrant.ScoredPoint) -> tuple[float, int]:
    return -point.score, cast(UUID, point.id).int


def rewrite(folder: Path, dimension: int, kept: Iterator[str]) -> None:
    """Put a new shard with the kept points in the place of the one in `folder`.

    The engine keeps what was deleted until it merges that segment; in the files of a new shard
    there is nothing but what was put into it. Vectors and payload are taken over as they are.
    """
    fresh = folder.with_name(f"{folder.name}.new")
    old, new = EdgeIndex(folder), EdgeIndex(fresh, dimension=dimension)
    while ids := [*islice(kept, _BATCH)]:
        new.copy(old, ids)
    new.flush()
    new.close()
    old.close()
    with store_faults(folder):
        remove_tree(folder)
        fresh.rename(folder)
