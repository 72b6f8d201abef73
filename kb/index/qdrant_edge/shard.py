"""How a shard is made, loaded and counted, and what the engine raises in kb's own errors."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import qdrant_edge as qdrant

from kb.errors import KbError, StoreDamaged, StoreError
from kb.index.disk import mirror_tree, require_space, tree_size
from kb.index.faults import ELSE, REPAIR, store_faults, system_hint
from kb.index.layout import FIXED_FILES
from kb.index.payload import DAY, DENSE, DOCUMENT, LABELS, SPARSE

CONFIG = "edge_config.json"
RESERVE = 64 << 20
"""Bytes that must be free before a change: more than a batch takes, index and all."""

_READING = 64 << 10
"""Bytes that must be free to load a shard and to search it: the engine notes things down through
memory maps even then, and on a full disk that would end the process without a word."""

_SEGMENTS = 4
"""Merged segments to aim at. A change makes a small one of its own, and the smallest are merged
when there are more; so a commit costs what changed, and the largest is rarely written anew."""

_UNBOUNDED = 1 << 33
"""Kilobytes a segment: none is that large."""


def created_shard(folder: Path, dimension: int) -> qdrant.EdgeShard:
    with store_faults(folder), engine_faults(folder):
        folder.mkdir(parents=True, exist_ok=True)
        shard = qdrant.EdgeShard.create(str(folder), shard_config(dimension, quantised=False))
        keyword, integer = qdrant.PayloadSchemaType.Keyword, qdrant.PayloadSchemaType.Integer
        for field, kind in ((DOCUMENT, keyword), (LABELS, keyword), (DAY, integer)):
            shard.update(qdrant.UpdateOperation.create_field_index(field, kind))
        shard.close()  # loading it writes its configuration anew, for the last time
    return loaded_shard(folder)


def loaded_shard(folder: Path) -> qdrant.EdgeShard:
    try:
        with store_faults(folder), engine_faults(folder):
            require_space_to_read(folder)
            return qdrant.EdgeShard.load(str(folder))
    except StoreError as error:
        if system_hint(error.why):
            raise
        raise StoreDamaged(
            f"the vectors in {folder} cannot be loaded", why=error.why, hint=REPAIR
        ) from error


def require_space_to_read(folder: Path) -> None:
    if os.access(folder, os.W_OK):  # else the engine says why not
        require_space(folder, _READING)


def shard_config(dimension: int, *, quantised: bool) -> qdrant.EdgeConfig:
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


def count_in_copy(folder: Path) -> int:
    """How many vectors a shard holds, without a change to its folder, which may be read-only.

    Loading a shard writes to it, so a copy is loaded whose large files are links: a tenth of the
    shard is copied.

    Raises StoreError: there is no room for the copy; StoreDamaged: the shard cannot be loaded.
    """
    with tempfile.TemporaryDirectory(prefix="kb-shard-") as scratch, store_faults(Path(scratch)):
        require_space(Path(scratch), RESERVE + tree_size(folder, without=FIXED_FILES))
        copy = Path(scratch) / "vectors"
        mirror_tree(folder, copy, FIXED_FILES)
        try:
            shard = loaded_shard(copy)
        except StoreDamaged as error:
            raise StoreDamaged(
                f"the vectors in {folder} cannot be loaded", why=error.why, hint=error.hint
            ) from error
        with engine_faults(folder):
            count = shard.count(qdrant.CountRequest())
            shard.close()
    return count


@contextmanager
def engine_faults(folder: Path) -> Iterator[None]:
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
