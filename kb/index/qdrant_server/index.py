"""A VectorIndex over one Qdrant collection. Points are named by kb/index/qdrant_server/names.py."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from qdrant_client import models

from kb.config.settings import Store
from kb.errors import StoreDamaged, StoreError
from kb.index.catalog import Catalog
from kb.index.payload import DENSE, SPARSE, Documents, best, settled
from kb.index.qdrant_server.connection import Connection
from kb.index.qdrant_server.names import ChunkNames, GenerationNames, PointNames, point_id
from kb.index.qdrant_server.points import (
    CHUNK,
    FIELDS,
    chunk_of,
    filters,
    made,
    point_of,
    sparse_of,
)
from kb.index.qdrant_server.question import AnsweredIndex
from kb.ports import Anticipated, VectorIndex
from kb.types import EmbeddedChunk, ScoredId, SparseVector, Vector, Where

log = logging.getLogger(__name__)

BATCH = 256
"""Points a request that writes."""
PAGE = 1_000
"""Ids a request that reads, counts or deletes."""
EXACT_UP_TO = 20_000_000
"""Numbers (points times dimension) up to which the whole vectors are scanned: 50,000 of 384 take
a server of two cores 12 to 22 ms. Beyond, the copies in int8 are, and the best are rescored."""

_OVERSAMPLING = 3.0
"""How many times the wanted vectors are rescored with the whole ones."""

_LEAST_EF = 512
"""For a collection that somebody gave a graph; kb makes none, see `made`."""


class ServerIndex:
    """A VectorIndex; see kb.ports.VectorIndex. It finds the points that `names` knows.

    Raises:
        StoreError: the server does not answer, or refuses, or the Qdrant collection is of another
            dimension or distance.
        StoreDamaged: the server does not hold this collection.
    """

    def __init__(
        self,
        connection: Connection,
        name: str,
        *,
        dimension: int,
        create: Store | None = None,
        documents: Documents | None = None,
        names: PointNames | None = None,
    ) -> None:
        """Open the Qdrant collection; with `create`, make it so where there is none."""
        self._connection = connection
        self.name = name
        self._documents = documents
        self.names = names or ChunkNames()
        if not connection.call(name, lambda client: client.collection_exists(name)):
            if create is None:
                raise StoreDamaged(
                    f"the Qdrant server holds no collection '{name}'",
                    why="its data was deleted, or store.url names another server",
                    hint="check store.url, or build the index anew: kb ingest --rebuild",
                )
            connection.call(name, lambda client: made(client, name, dimension, create))
        self._exact = self._verify(dimension, mend=create is not None)

    def _verify(self, dimension: int, *, mend: bool) -> bool:
        """Vectors are of our dimension and distance, and what is filtered by has an index.
        Whether the whole vectors are to be scanned: there are few, or no graph and no copies."""
        info = self._connection.call(self.name, lambda client: client.get_collection(self.name))
        vectors = info.config.params.vectors
        found = vectors.get(DENSE) if isinstance(vectors, dict) else None
        if found is None or (found.size, found.distance) != (dimension, models.Distance.COSINE):
            there = f"{found.size} numbers, {found.distance}" if found else f"no vector '{DENSE}'"
            raise StoreError(
                f"the Qdrant collection '{self.name}' is not one that kb can use",
                why=f"it holds {there}; wanted are {dimension} numbers, Cosine",
                hint="somebody made it anew: delete it on the server, then kb check --repair",
            )
        for field, schema in FIELDS.items():
            if mend and field not in info.payload_schema:
                self._connection.call(
                    self.name,
                    lambda client, field=field, schema=schema: client.create_payload_index(  # type: ignore[misc]
                        self.name, field, schema
                    ),
                )
        return (info.points_count or 0) * dimension <= EXACT_UP_TO

    # --- changing ---------------------------------------------------------------------

    def upsert(self, points: Sequence[EmbeddedChunk]) -> None:
        """Written when this returns."""
        names = self.names.of([point.chunk.id for point in points])
        made = [
            # What the catalog does not hold is nobody's; it may be written, and is an orphan.
            point_of(point, names.get(point.chunk.id) or point_id(point.chunk.id))
            for point in points
        ]
        for start in range(0, len(made), BATCH):
            self.put(made[start : start + BATCH])

    def put(self, points: Sequence[models.PointStruct]) -> None:
        self._connection.call(
            self.name, lambda client: client.upsert(self.name, [*points], wait=True)
        )

    def delete(self, chunk_ids: Sequence[str]) -> None:
        self.delete_points([*self.names.of(chunk_ids).values()])

    def delete_points(self, point_ids: Sequence[str]) -> None:
        """Delete points by their own ids."""
        for start in range(0, len(point_ids), PAGE):
            named = models.PointIdsList(points=[*point_ids[start : start + PAGE]])
            self._connection.call(
                self.name,
                lambda client, named=named: client.delete(self.name, named, wait=True),  # type: ignore[misc]
            )

    def flush(self, *, merge: bool = True) -> None:
        """Nothing to do: every change above waited until the server had made it durable."""

    def close(self) -> None:
        """Nothing to do: the client belongs to the store that opened it."""

    # --- searching --------------------------------------------------------------------

    def for_question(self, asked: Anticipated) -> VectorIndex:
        return AnsweredIndex(self, asked)

    def search_dense(self, vector: Vector, limit: int, where: Where = ()) -> list[ScoredId]:
        return self._search(vector.tolist(), DENSE, limit, where)

    def search_sparse(self, vector: SparseVector, limit: int, where: Where = ()) -> list[ScoredId]:
        if not vector.indices:
            return []
        return self._search(sparse_of(vector), SPARSE, limit, where)

    def score_dense(self, vector: Vector, chunk_ids: Sequence[str]) -> Mapping[str, float]:
        return self._score(vector.tolist(), DENSE, chunk_ids)

    def score_sparse(self, vector: SparseVector, chunk_ids: Sequence[str]) -> Mapping[str, float]:
        if not vector.indices:
            return {}
        return self._score(sparse_of(vector), SPARSE, chunk_ids)

    def ids(self) -> Iterator[str]:
        for records in self.pages():
            yield from (chunk_of(record) for record in records)

    def count(self) -> int:
        """Every point there is, whatever generation it belongs to."""
        counted = self._connection.call(
            self.name, lambda client: client.count(self.name, exact=True)
        )
        return int(counted.count)

    # --- points -----------------------------------------------------------------------

    def pages(self) -> Iterator[list[models.Record]]:
        """Every point, by its own id, without its vectors."""
        offset = None
        while True:
            records, offset = self._connection.call(
                self.name,
                lambda client, offset=offset: client.scroll(  # type: ignore[misc]
                    self.name, limit=PAGE, offset=offset, with_payload=[CHUNK]
                ),
            )
            yield records
            if offset is None:
                return

    def points(self, point_ids: Sequence[str], *, whole: bool) -> list[models.Record]:
        """Points by their own ids, those that are there; `whole`: with vectors and payload."""
        return self._connection.call(
            self.name,
            lambda client: client.retrieve(
                self.name, [*point_ids], with_payload=whole, with_vectors=whole
            ),
        )

    # --- within -----------------------------------------------------------------------

    def _search(
        self, query: list[float] | models.SparseVector, using: str, limit: int, where: Where
    ) -> list[ScoredId]:
        pieces = self.filters(where)
        return best((hit for one in pieces for hit in self._piece(query, using, limit, one)), limit)

    def _piece(
        self,
        query: list[float] | models.SparseVector,
        using: str,
        limit: int,
        condition: models.Filter | None,
    ) -> list[ScoredId]:
        asked = limit + 1
        while True:
            [found] = self.ask_all([self.request(query, using, asked, condition)])
            kept = self.known(found)
            scored = [ScoredId(chunk_of(point), point.score) for point in found]
            if settled(scored, kept, asked, limit):
                return best(kept, limit)
            asked *= 4

    def known(self, found: Sequence[models.ScoredPoint]) -> list[ScoredId]:
        """Those that `names` knows, by their chunks' ids."""
        names = self.names.of([chunk_of(point) for point in found])
        return [
            ScoredId(chunk_of(point), point.score)
            for point in found
            if names.get(chunk_of(point)) == str(point.id)
        ]

    def _score(
        self, query: list[float] | models.SparseVector, using: str, chunk_ids: Sequence[str]
    ) -> Mapping[str, float]:
        names = self.names.of(chunk_ids)
        if not names:
            return {}
        chunks = {name: chunk_id for chunk_id, name in names.items()}
        named = models.Filter(must=[models.HasIdCondition(has_id=[*chunks])])
        [found] = self.ask_all([self.request(query, using, len(chunks), named, exact=True)])
        return {chunks[str(point.id)]: point.score for point in found}

    # --- requests ---------------------------------------------------------------------

    def filters(self, where: Where) -> list[models.Filter | None]:
        return filters(where, self._documents)

    def request(
        self,
        query: list[float] | models.SparseVector,
        using: str,
        limit: int,
        condition: models.Filter | None,
        *,
        exact: bool = False,
    ) -> models.QueryRequest:
        """`exact`: whatever the collection's size; for points that are named."""
        return models.QueryRequest(
            query=query,
            using=using,
            limit=limit,
            filter=condition,
            params=self.params(exact=exact),
            with_payload=[CHUNK],
        )

    def ask_all(self, requests: Sequence[models.QueryRequest]) -> list[list[models.ScoredPoint]]:
        """The points of each request, all asked for in one."""
        answers = self._connection.call(
            self.name, lambda client: client.query_batch_points(self.name, [*requests])
        )
        return [answer.points for answer in answers]

    def params(self, *, exact: bool = False) -> models.SearchParams:
        return models.SearchParams(
            exact=exact or self._exact,
            hnsw_ef=_LEAST_EF,
            quantization=models.QuantizationSearchParams(rescore=True, oversampling=_OVERSAMPLING),
        )


class GenerationIndex(ServerIndex):
    """One generation's points: those that its catalog names."""

    def __init__(
        self,
        connection: Connection,
        name: str,
        *,
        dimension: int,
        catalog: Catalog,
        names: PointNames | None = None,
        create: Store | None = None,
    ) -> None:
        super().__init__(
            connection,
            name,
            dimension=dimension,
            create=create,
            documents=catalog.document_ids_matching,
            names=names or GenerationNames(catalog),
        )
        self._catalog = catalog

    def ids(self) -> Iterator[str]:
        named = self._catalog.chunk_ids()
        while batch := [*islice(named, PAGE)]:
            names = self.names.of(batch)
            there = {str(record.id) for record in self.points([*names.values()], whole=False)}
            yield from (chunk_id for chunk_id in batch if names.get(chunk_id) in there)

    def count(self) -> int:
        return sum(1 for _ in self.ids())


class DraftIndex(GenerationIndex):
    """A writer's view. What it deletes stays for the readers, until the sweep forgets it; what it
    upserts goes to the server in full batches, over documents. After StoreUnavailable nothing of it
    is lost: `flush` sends it again."""

    def __init__(
        self, connection: Connection, name: str, *, dimension: int, catalog: Catalog, create: Store
    ) -> None:
        super().__init__(connection, name, dimension=dimension, catalog=catalog, create=create)
        self._dimension = dimension
        self._held: dict[str, EmbeddedChunk] = {}

    def upsert(self, points: Sequence[EmbeddedChunk]) -> None:
        for point in points:
            if point.dense is not None and len(point.dense) != self._dimension:
                raise StoreError(
                    f"a vector of {len(point.dense)} numbers is not one of this collection",
                    why=f"its vectors have {self._dimension}",
                    hint="check models.embedding, or start over: kb ingest --rebuild",
                )
            self._held[point.chunk.id] = point
        while len(self._held) >= BATCH:
            self._send([*islice(self._held.values(), BATCH)])

    def delete(self, chunk_ids: Sequence[str]) -> None:
        """The draft's catalog does not name these chunks any more."""
        for chunk_id in chunk_ids:
            self._held.pop(chunk_id, None)

    def flush(self, *, merge: bool = True) -> None:
        self._send([*self._held.values()])

    def _send(self, points: list[EmbeddedChunk]) -> None:
        """What the server did not take is still held, and sent again by the next call."""
        super().upsert(points)
        for point in points:
            del self._held[point.chunk.id]
