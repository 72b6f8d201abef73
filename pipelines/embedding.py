"""Chunks → vectors: from the cache, else from the engine, in batches that split until the bad
text stands alone."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from kb.errors import EngineFailed, InputTooLong, ModelError
from kb.ports import Embedder
from kb.types import Chunk, Vector

log = logging.getLogger(__name__)

BATCH = 32
"""Texts a call. A server costs 0.1 s a call whatever its size; beyond 32 nothing is gained."""

_PROBE = "kb"


class VectorCache(Protocol):
    def get(self, model: str, texts: Sequence[str]) -> Mapping[str, Vector]: ...

    def put(self, model: str, vectors: Mapping[str, Vector]) -> None: ...


@dataclass(frozen=True, slots=True)
class Embedded:
    """Vectors by chunk id, the chunks that have none with the reason, and where they came from."""

    vectors: Mapping[str, Vector]
    failures: tuple[tuple[Chunk, ModelError], ...]
    embedded: int
    reused: int


def embed(
    chunks: Sequence[Chunk],
    *,
    embedder: Embedder,
    cache: VectorCache,
    on_batch: Callable[[int], None] = lambda done: None,
) -> Embedded:
    """Embed chunks; equal texts once. What was embedded is in the cache as soon as its batch is.

    Args:
        on_batch: told after each batch how many of `chunks` have been dealt with.

    Raises:
        ModelError: the engine is gone; a text that the engine refuses is a failure instead.
    """
    model = embedder.info().digest
    texts = {chunk.id: chunk.embedding_text for chunk in chunks}
    known = dict(cache.get(model, sorted(set(texts.values()))))
    missing = sorted(set(texts.values()) - known.keys())
    refused: dict[str, ModelError] = {}
    done = len(chunks) - len(missing)
    on_batch(done)
    for batch in _batches(missing):
        found = dict(_halving(embedder, batch))
        refused |= {text: got for text, got in found.items() if isinstance(got, ModelError)}
        vectors = {text: got for text, got in found.items() if not isinstance(got, ModelError)}
        cache.put(model, vectors)
        known |= vectors
        done += len(batch)
        on_batch(done)
    embedded = len(missing) - len(refused)
    all_vectors = {i: known[text] for i, text in texts.items() if text in known}
    return Embedded(
        vectors=all_vectors,
        failures=tuple((c, refused[texts[c.id]]) for c in chunks if texts[c.id] in refused),
        embedded=embedded,
        reused=len(all_vectors) - embedded,
    )


def _batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """As few as possible, of equal size: every call has its fixed cost."""
    count = -(-len(texts) // BATCH)
    for number in range(count):
        yield texts[number * len(texts) // count : (number + 1) * len(texts) // count]


def _halving(embedder: Embedder, batch: Sequence[str]) -> Iterator[tuple[str, Vector | ModelError]]:
    """A vector for each text, or why there is none. One bad text can fail its whole batch."""
    try:
        vectors = embedder.embed_passages(batch)
    except (InputTooLong, EngineFailed) as error:
        if len(batch) > 1:
            middle = len(batch) // 2
            yield from _halving(embedder, batch[:middle])
            yield from _halving(embedder, batch[middle:])
            return
        if isinstance(error, EngineFailed):
            embedder.embed_passages([_PROBE])  # raises when it is the engine, not the text
        log.warning("a text of %d characters was refused: %s", len(batch[0]), error.what)
        yield batch[0], error
    else:
        yield from zip(batch, vectors, strict=True)
