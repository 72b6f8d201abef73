"""Vectors on a Qdrant server or cluster. The only importer of qdrant_client.

All generations of a collection share the points of one Qdrant collection, named after the
collection, the embedding model and its dimension. Points are written before the catalog is
committed and deleted after the last generation that needs them is swept; in between, a reader
drops what its own catalog does not hold, and asks for more.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from qdrant_client import QdrantClient, models
from qdrant_client.http.exceptions import (
    ApiException,
    ResponseHandlingException,
    UnexpectedResponse,
)

from kb.errors import EgressBlocked, KbError, StoreDamaged, StoreError
from kb.index.catalog import Catalog
from kb.index.manifest import Fingerprint
from kb.index.payload import (
    DAY,
    DENSE,
    DOCUMENT,
    LABELS,
    SPARSE,
    Documents,
    best,
    conditions,
    payload,
    settled,
)
from kb.ports import VectorIndex
from kb.types import EmbeddedChunk, ScoredId, SparseVector, Vector, Where

_BATCH = 256
_PAGE = 10_000
_TIMEOUT_SECONDS = 60

Committed = Callable[[Sequence[str]], set[str]]
"""Tells which of some chunk ids the reader's catalog holds."""


class ServerIndex:
    """A VectorIndex over one Qdrant collection; see kb.ports.VectorIndex.

    With `committed`, searches find only what it knows; `ids` and `count` tell all there is.

    Raises:
        StoreError: the server does not answer, or refuses.
        StoreDamaged: the server does not hold this collection.
    """

    def __init__(
        self,
        client: QdrantClient,
        name: str,
        *,
        dimension: int = 0,
        documents: Documents | None = None,
        committed: Committed | None = None,
    ) -> None:
        """Open the Qdrant collection; with a `dimension` above 0, create it where there is none."""
        self._client = client
        self._name = name
        self._documents = documents
        self._committed = committed
        with server_faults(name):
            there = client.collection_exists(name)
            if not there and dimension:
                self._create(dimension)
        if not there and not dimension:
            raise StoreDamaged(
                f"the Qdrant server holds no collection '{name}'",
                why="its data was deleted, or store.url names another server",
                hint="check store.url, or build the index anew: kb ingest --rebuild",
            )

    def _create(self, dimension: int) -> None:
        self._client.create_collection(
            self._name,
            vectors_config={
                DENSE: models.VectorParams(size=dimension, distance=models.Distance.COSINE)
            },
            sparse_vectors_config={SPARSE: models.SparseVectorParams()},
        )
        for field in (DOCUMENT, LABELS):
            self._client.create_payload_index(self._name, field, models.PayloadSchemaType.KEYWORD)
        self._client.create_payload_index(self._name, DAY, models.PayloadSchemaType.INTEGER)

    # --- changing ---------------------------------------------------------------------

    def upsert(self, points: Sequence[EmbeddedChunk]) -> None:
        for start in range(0, len(points), _BATCH):
            batch = [_point(point) for point in points[start : start + _BATCH]]
            with server_faults(self._name):
                self._client.upsert(self._name, batch, wait=True)

    def delete(self, chunk_ids: Sequence[str]) -> None:
        for start in range(0, len(chunk_ids), _PAGE):
            named = models.PointIdsList(points=[*chunk_ids[start : start + _PAGE]])
            with server_faults(self._name):
                self._client.delete(self._name, named, wait=True)

    def flush(self) -> None:
        """Nothing to do: every change above waited until the server had made it durable."""

    def close(self) -> None:
        """Nothing to do: the client belongs to the store that opened it."""

    # --- searching --------------------------------------------------------------------

    def search_dense(self, vector: Vector, limit: int, where: Where = ()) -> list[ScoredId]:
        return self._search(vector.tolist(), DENSE, limit, where)

    def search_sparse(self, vector: SparseVector, limit: int, where: Where = ()) -> list[ScoredId]:
        if not vector.indices:
            return []
        return self._search(_sparse(vector), SPARSE, limit, where)

    def score_dense(self, vector: Vector, chunk_ids: Sequence[str]) -> Mapping[str, float]:
        return self._score(vector.tolist(), DENSE, chunk_ids)

    def score_sparse(self, vector: SparseVector, chunk_ids: Sequence[str]) -> Mapping[str, float]:
        if not vector.indices:
            return {}
        return self._score(_sparse(vector), SPARSE, chunk_ids)

    def ids(self) -> Iterator[str]:
        offset = None
        while True:
            with server_faults(self._name):
                records, offset = self._client.scroll(
                    self._name, limit=_PAGE, offset=offset, with_payload=False
                )
            yield from (str(record.id) for record in records)
            if offset is None:
                return

    def count(self) -> int:
        with server_faults(self._name):
            return self._client.count(self._name, exact=True).count

    # --- within -----------------------------------------------------------------------

    def _search(
        self, query: list[float] | models.SparseVector, using: str, limit: int, where: Where
    ) -> list[ScoredId]:
        condition = _filter(where, self._documents)
        asked = limit + 1
        while True:
            found = self._query(query, using, asked, condition)
            kept = self._known(found)
            if settled(found, kept, asked, limit):
                return best(kept, limit)
            asked *= 4

    def _known(self, found: list[ScoredId]) -> list[ScoredId]:
        if self._committed is None:
            return found
        known = self._committed([point.chunk_id for point in found])
        return [point for point in found if point.chunk_id in known]

    def _score(
        self, query: list[float] | models.SparseVector, using: str, chunk_ids: Sequence[str]
    ) -> Mapping[str, float]:
        if not chunk_ids:
            return {}
        named = models.Filter(must=[models.HasIdCondition(has_id=[*chunk_ids])])
        found = self._query(query, using, len(chunk_ids), named, exact=True)
        return {point.chunk_id: point.score for point in self._known(found)}

    def _query(
        self,
        query: list[float] | models.SparseVector,
        using: str,
        limit: int,
        condition: models.Filter | None,
        *,
        exact: bool = False,
    ) -> list[ScoredId]:
        with server_faults(self._name):
            answer = self._client.query_points(
                self._name,
                query=query,
                using=using,
                limit=limit,
                query_filter=condition,
                search_params=models.SearchParams(hnsw_ef=max(256, limit), exact=exact),
                with_payload=False,
            )
        return [ScoredId(str(point.id), point.score) for point in answer.points]


class _DraftIndex(ServerIndex):
    """A writer's view: what it deletes stays for the readers, until the sweep forgets it."""

    def delete(self, chunk_ids: Sequence[str]) -> None:
        """Nothing to do: the draft's catalog does not name these chunks any more."""


class ServerStore:
    """A VectorStore on a Qdrant server. One connection pool for all that it opens."""

    engine = "server"
    shared = True
    fixed_files: frozenset[str] = frozenset()

    def __init__(
        self,
        url: str,
        api_key_file: str = "",
        *,
        client: QdrantClient | None = None,
        seconds: int = _TIMEOUT_SECONDS,
    ) -> None:
        """Reach for the server at `url`; nothing is sent before the first use.

        `seconds`: after which a silent server is given up.
        """
        self._client = client or _connection(url, api_key_file, seconds)

    def version(self) -> str:
        """The server's version. Raises StoreError: it does not answer, or refuses the key."""
        with server_faults("/"):
            # The first call is answered without a key, the second is not.
            found = self._client.info().version
            self._client.get_collections()
        return found

    def reader(
        self, collection: str, folder: Path, catalog: Catalog, fingerprint: Fingerprint
    ) -> VectorIndex:
        return ServerIndex(
            self._client,
            qdrant_name(collection, fingerprint),
            documents=catalog.document_ids_matching,
            committed=catalog.known_ids,
        )

    def writer(
        self, collection: str, folder: Path, catalog: Catalog, fingerprint: Fingerprint
    ) -> VectorIndex:
        return _DraftIndex(
            self._client,
            qdrant_name(collection, fingerprint),
            dimension=fingerprint.dimension,
            documents=catalog.document_ids_matching,
        )

    def rewrite(self, folder: Path, catalog: Catalog, fingerprint: Fingerprint) -> None:
        """Nothing to do: `forget` deletes on the server, whose optimizer frees the space later."""

    def forget(self, collection: str, fingerprint: Fingerprint, gone: Iterator[str]) -> None:
        name = qdrant_name(collection, fingerprint)
        with server_faults(name):
            if not self._client.collection_exists(name):
                return
        index = ServerIndex(self._client, name)
        while batch := [*islice(gone, _PAGE)]:
            index.delete(batch)
        if index.count() == 0:
            with server_faults(name):
                self._client.delete_collection(name)


def qdrant_name(collection: str, fingerprint: Fingerprint) -> str:
    """Vectors of two models never share a Qdrant collection."""
    return f"kb-{collection}-{fingerprint.digest[:12]}-{fingerprint.dimension}"


@contextmanager
def server_faults(name: str) -> Iterator[None]:
    """Turn what qdrant_client raises into StoreError, StoreDamaged, or the KbError within it."""
    try:
        yield
    except UnexpectedResponse as error:
        raise _refusal(name, error) from error
    except ResponseHandlingException as error:
        if isinstance(error.source, KbError):
            raise error.source from error
        raise StoreError(
            "the Qdrant server does not answer",
            why=str(error),
            hint="start it, or correct store.url and store.api_key_file",
        ) from error
    except (ApiException, ValueError) as error:
        raise StoreError(
            f"the Qdrant collection '{name}' cannot be used",
            why=str(error),
            hint="see the server's log; kb -v says more",
        ) from error


def _refusal(name: str, error: UnexpectedResponse) -> StoreError | StoreDamaged | EgressBlocked:
    why = f"HTTP {error.status_code} {error.reason_phrase}: {error.content[:200]!r}"
    if error.status_code is not None and 300 <= error.status_code < 400:
        return EgressBlocked(
            "the Qdrant server sends its requests elsewhere",
            why=f"{why}: a redirect is not followed, because vectors would go where it leads",
            hint="correct store.url; it has to name the server itself",
        )
    if error.status_code in (401, 403):
        return StoreError(
            "the Qdrant server refuses this key",
            why=why,
            hint="put the server's key into the file that store.api_key_file names",
        )
    if error.status_code == 404:
        return StoreDamaged(
            f"the Qdrant server holds no collection '{name}'",
            why=why,
            hint="check store.url, or build the index anew: kb ingest --rebuild",
        )
    return StoreError(
        f"the Qdrant server could not do what was asked of '{name}'",
        why=why,
        hint="see the server's log; run the same command again",
    )


def _connection(url: str, api_key_file: str, seconds: int) -> QdrantClient:
    key = _read_key(Path(api_key_file).expanduser()) if api_key_file else None
    with warnings.catch_warnings():
        # A key over plain HTTP is the operator's decision, for a server on the same network.
        warnings.filterwarnings("ignore", "Api key is used with an insecure connection")
        # trust_env: a proxy of the environment is no way to a server of one's own.
        return QdrantClient(
            url=url, api_key=key, timeout=seconds, check_compatibility=False, trust_env=False
        )


def _read_key(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise StoreError(
            f"the key of the Qdrant server cannot be read from {path}",
            why=error.strerror or str(error),
            hint="correct store.api_key_file, or leave it empty",
        ) from error


def _filter(where: Where, documents: Documents | None) -> models.Filter | None:
    if not where:
        return None
    wanted = conditions(where, documents)
    must: list[models.Condition] = [
        models.FieldCondition(key=LABELS, match=models.MatchValue(value=value))
        for value in wanted.labels
    ]
    must += [
        models.FieldCondition(key=DOCUMENT, match=models.MatchAny(any=[*group]))
        for group in wanted.documents
    ]
    must += [
        models.FieldCondition(key=DAY, range=models.Range(gte=first, lte=last))
        for first, last in wanted.days
    ]
    return models.Filter(must=must)


def _point(point: EmbeddedChunk) -> models.PointStruct:
    return models.PointStruct(
        id=point.chunk.id,
        vector={DENSE: point.dense.tolist(), SPARSE: _sparse(point.sparse)},
        payload={**payload(point)},
    )


def _sparse(vector: SparseVector) -> models.SparseVector:
    return models.SparseVector(indices=[*vector.indices], values=[*vector.values])
