"""Vectors in the process: one Qdrant Edge shard in one folder. The only importer of qdrant_edge.

The shard has no write-ahead log (with one, a second process could not open it), so a change is
durable after `flush` only. Loading a shard replaces its `edge_config.json`, so even a reader
needs write permission on the folder; several processes may load the same shard to read it.

Dense search scans every vector. A graph (HNSW) was measured and left out: for 100,000 vectors of
1,024 numbers it takes 80 s to build and misses two fifths of the nearest 50 under a filter; a scan
of their 4-bit copies takes milliseconds and finds them all.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache, lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import qdrant_edge as qdrant

from kb.errors import KbError, StoreDamaged, StoreError
from kb.index import disk
from kb.index.disk import Resident, keep_owners, mirror_tree, remove_tree, require_space, tree_size
from kb.index.faults import ELSE, REPAIR, state_faults, store_faults, system_hint
from kb.index.layout import FIXED_FILES
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
from kb.ports import Anticipated, VectorIndex
from kb.statefile import read_json
from kb.types import EmbeddedChunk, ScoredId, SparseVector, Vector, Where

QUANTISED_FROM = 20_000_000
"""Numbers (chunks times dimension) from which on the scan reads 4 bits of each number first, and
rescores the best with the whole vectors. Below, a scan of the whole vectors takes 3 ms."""

_OVERSAMPLING = 3.0
"""How many times the wanted vectors are rescored. With 2, none of the nearest 50 was missed."""

_SEGMENTS = 4
"""Merged segments to aim at. A change makes a small one of its own, and the smallest are merged
when there are more; so a commit costs what changed, and the largest is rarely written anew."""

_CONFIG = "edge_config.json"
_LARGEST_CONFIG = 1 << 20
_BATCH = 1_000
_RESERVE = 64 << 20
"""Bytes that must be free before a change: more than a batch takes, index and all."""
_READING = 64 << 10
"""Bytes that must be free to load a shard and to search it: the engine notes things down through
memory maps even then, and on a full disk that would end the process without a word."""
_PAGE = 10_000
_UNBOUNDED = 1 << 33
"""Kilobytes a segment: none is that large."""


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
        disk.require_files(folder)
        # Read before the engine reads, which does it page by page; and kept, because the engine
        # tells the kernel to forget a shard's files when it closes it.
        self._resident = Resident(folder, FIXED_FILES)
        new = dimension and not (folder / _CONFIG).exists()
        self._shard = _created(folder, dimension) if new else _loaded(folder)
        keep_owners(folder)  # loading makes some of its files anew, as closing does

    # --- changing ---------------------------------------------------------------------

    def upsert(self, points: Sequence[EmbeddedChunk]) -> None:
        for start in range(0, len(points), _BATCH):
            batch = [_point(point) for point in points[start : start + _BATCH]]
            self._update(qdrant.UpdateOperation.upsert_points(batch))

    def copy(self, other: EdgeIndex, chunk_ids: Sequence[str]) -> None:
        """Upsert points of another shard, with their vectors and payload."""
        with _engine_faults(self._folder):
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
        with store_faults(self._folder), _engine_faults(self._folder):
            if merge:
                self._merge()
            self._shard.flush()
        self._changed = False

    def _merge(self) -> None:
        # Merging writes the segments anew before it deletes the old ones.
        require_space(self._folder, _RESERVE + tree_size(self._folder))
        if self.count() * self._dimension >= self._quantised_from and not self._quantised():
            self._shard.flush()
            self._shard.close()
            smaller = _config(self._dimension, quantised=True)
            self._shard = qdrant.EdgeShard.load(str(self._folder), smaller)
        self._shard.optimize()

    def close(self) -> None:
        with _engine_faults(self._folder):
            self._shard.close()
        keep_owners(self._folder)
        self._resident.release()

    # --- searching --------------------------------------------------------------------

    def for_question(self, asked: Anticipated) -> VectorIndex:
        """In the process each question is as quick as all at once."""
        return self

    def search_dense(
        self, vector: Vector, limit: int, where: Where = (), *, exact: bool = False
    ) -> list[ScoredId]:
        """As the port says; `exact` leaves the 4-bit copies aside, to measure what they miss."""
        return self._search(qdrant.Query.Nearest(vector.tolist(), DENSE), limit, where, exact=exact)

    def search_sparse(self, vector: SparseVector, limit: int, where: Where = ()) -> list[ScoredId]:
        if not vector.indices:
            return []
        return self._search(qdrant.Query.Nearest(_sparse(vector), SPARSE), limit, where)

    def score_dense(self, vector: Vector, chunk_ids: Sequence[str]) -> Mapping[str, float]:
        return self._score(qdrant.Query.Nearest(vector.tolist(), DENSE), chunk_ids)

    def score_sparse(self, vector: SparseVector, chunk_ids: Sequence[str]) -> Mapping[str, float]:
        if not vector.indices:
            return {}
        return self._score(qdrant.Query.Nearest(_sparse(vector), SPARSE), chunk_ids)

    def ids(self) -> Iterator[str]:
        offset: Any = None
        while True:
            with _engine_faults(self._folder):
                records, offset = self._shard.scroll(
                    qdrant.ScrollRequest(
                        offset=offset, limit=_PAGE, with_payload=False, with_vector=False
                    )
                )
            yield from (str(record.id) for record in records)
            if offset is None:
                return

    def count(self) -> int:
        with _engine_faults(self._folder):
            return self._shard.count(qdrant.CountRequest())

    # --- within -----------------------------------------------------------------------

    def _quantised(self) -> bool:
        """Whether there are 4-bit copies; a shard of earlier versions may have 8-bit ones."""
        path = self._folder / _CONFIG
        with state_faults(path):
            written = read_json(path, _LARGEST_CONFIG)
        return "turbo" in (written.get("quantization_config") or {})

    def _update(self, operation: qdrant.UpdateOperation) -> None:
        self._changed = True
        with store_faults(self._folder), _engine_faults(self._folder):
            require_space(self._folder, _RESERVE)
            self._shard.update(operation)

    def _search(
        self, query: qdrant.Query, limit: int, where: Where, *, exact: bool = False
    ) -> list[ScoredId]:
        asked = limit + 1
        while True:
            found = self._query(query, asked, _filter(where, self._documents), exact=exact)
            if settled(found, found, asked, limit):
                return best(found, limit)
            asked *= 4

    def _score(self, query: qdrant.Query, chunk_ids: Sequence[str]) -> Mapping[str, float]:
        if not chunk_ids:
            return {}
        found = self._query(query, len(chunk_ids), _named(tuple(chunk_ids)), exact=True)
        return {point.chunk_id: point.score for point in found}

    def _query(
        self,
        query: qdrant.Query,
        limit: int,
        condition: qdrant.Filter | None,
        *,
        exact: bool = False,
    ) -> list[ScoredId]:
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
        with store_faults(self._folder), _engine_faults(self._folder):
            _require_space_to_read(self._folder)  # it may be open for hours
            return [ScoredId(str(point.id), point.score) for point in self._shard.query(request)]


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


def count_in_copy(folder: Path) -> int:
    """How many vectors a shard holds, without a change to its folder, which may be read-only.

    Loading a shard writes to it, so a copy is loaded whose large files are links: a tenth of the
    shard is copied.

    Raises StoreError: there is no room for the copy; StoreDamaged: the shard cannot be loaded.
    """
    with tempfile.TemporaryDirectory(prefix="kb-shard-") as scratch, store_faults(Path(scratch)):
        require_space(Path(scratch), _RESERVE + tree_size(folder, without=FIXED_FILES))
        copy = Path(scratch) / "vectors"
        mirror_tree(folder, copy, FIXED_FILES)
        try:
            shard = _loaded(copy)
        except StoreDamaged as error:
            raise StoreDamaged(
                f"the vectors in {folder} cannot be loaded", why=error.why, hint=error.hint
            ) from error
        with _engine_faults(folder):
            count = shard.count(qdrant.CountRequest())
            shard.close()
    return count


@cache
def _words(k: float, b: float, average_length: float) -> qdrant.Bm25:
    return qdrant.Bm25(
        qdrant.Bm25Config(
            tokenizer=qdrant.TokenizerType.Multilingual, k=k, b=b, avg_len=average_length
        )
    )


def word_weights(text: str, *, k: float, b: float, average_length: float) -> dict[int, float]:
    """Term id to BM25 weight without idf of the words of a text, by Qdrant's multilingual
    tokenizer (which leaves out English stop words and every purely numeric token)."""
    vector = _words(k, b, average_length).embed_document(text)
    return dict(zip(vector.indices, vector.values, strict=True))


def _created(folder: Path, dimension: int) -> qdrant.EdgeShard:
    with store_faults(folder), _engine_faults(folder):
        folder.mkdir(parents=True, exist_ok=True)
        shard = qdrant.EdgeShard.create(str(folder), _config(dimension, quantised=False))
        keyword, integer = qdrant.PayloadSchemaType.Keyword, qdrant.PayloadSchemaType.Integer
        for field, kind in ((DOCUMENT, keyword), (LABELS, keyword), (DAY, integer)):
            shard.update(qdrant.UpdateOperation.create_field_index(field, kind))
        shard.close()  # loading it writes its configuration anew, for the last time
    return _loaded(folder)


def _loaded(folder: Path) -> qdrant.EdgeShard:
    try:
        with store_faults(folder), _engine_faults(folder):
            _require_space_to_read(folder)
            return qdrant.EdgeShard.load(str(folder))
    except StoreError as error:
        if system_hint(error.why):
            raise
        raise StoreDamaged(
            f"the vectors in {folder} cannot be loaded", why=error.why, hint=REPAIR
        ) from error


def _require_space_to_read(folder: Path) -> None:
    if os.access(folder, os.W_OK):  # else the engine says why not
        require_space(folder, _READING)


def _config(dimension: int, *, quantised: bool) -> qdrant.EdgeConfig:
    """`m` = 0 keeps the engine from building a graph and still gives compact segments.

    The copies are TurboQuant's (Zandieh, Daliri, Hadian, Mirrokni 2025, arXiv 2504.19874): each
    vector turned at random, and each number of it rounded to one of 16 levels. A scan of them
    takes half the time of one of 8-bit integers (docs/decisions/0002-the-store.md).
    """
    four_bits = qdrant.TurboQuantQuantizationConfig(
        bits=qdrant.TurboQuantBitSize.Bits4, memory=qdrant.Memory.Cached
    )
    return qdrant.EdgeConfig(
        vectors={DENSE: qdrant.EdgeVectorParams(size=dimension, distance=qdrant.Distance.Cosine)},
        sparse_vectors={SPARSE: qdrant.EdgeSparseVectorParams(memory=qdrant.Memory.Cached)},
        hnsw_config=qdrant.HnswIndexConfig(m=0, ef_construct=100, full_scan_threshold=10_000),
        quantization_config=four_bits if quantised else None,
        # Both defaults depend on the number of processors.
        optimizers=qdrant.EdgeOptimizersConfig(
            default_segment_number=_SEGMENTS, max_segment_size=_UNBOUNDED
        ),
        wal_enabled=False,
    )


@lru_cache(maxsize=4)
def _named(chunk_ids: tuple[str, ...]) -> qdrant.Filter:
    """Kept, for every question asks for the same sample: to read its ids takes twice as long as to
    score its vectors."""
    return qdrant.Filter(must=[qdrant.HasIdCondition({*chunk_ids})])


def _filter(where: Where, documents: Documents | None) -> qdrant.Filter | None:
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


def _point(point: EmbeddedChunk) -> qdrant.Point:
    dense = {} if point.dense is None else {DENSE: point.dense.tolist()}
    return qdrant.Point(point.chunk.id, {**dense, SPARSE: _sparse(point.sparse)}, payload(point))


def _sparse(vector: SparseVector) -> qdrant.SparseVector:
    return qdrant.SparseVector([*vector.indices], [*vector.values])


@contextmanager
def _engine_faults(folder: Path) -> Iterator[None]:
    """The engine raises bare `Exception`s, and a panic of its Rust code as a `BaseException`."""
    try:
        yield
    except (KbError, OSError):
        raise
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise StoreError(
            f"the vector index in {folder} failed",
            why=str(error).splitlines()[0] if str(error) else type(error).__name__,
            hint=system_hint(str(error)) or ELSE,
        ) from error
