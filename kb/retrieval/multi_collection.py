"""Several collections, searched as if they were one.

What a search asks of an index and a catalog is asked of each collection's, and put together: the
candidates, the document frequencies, the sample for the medians. So the scores are those that one
index over everything would give, and hits of different collections can be compared.

The same file may be in two collections. Ids and paths therefore carry the collection's name:
`law:travel/policy.md`. A condition such as `path=travel/*` is asked of each collection without it.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import merge
from typing import NoReturn, Protocol

from kb.ports import Anticipated, VectorIndex
from kb.retrieval import search
from kb.text.language import Language
from kb.types import Chunk, DocumentRecord, EmbeddedChunk, ScoredId, SparseVector, Vector, Where

SEPARATOR = ":"
"""Stands in no collection's name."""


class Catalog(search.Catalog, Protocol):
    """What is asked of one collection's catalog besides what a search asks."""

    def df(self, terms: Iterable[int], /) -> Mapping[int, int]:
        """In how many chunks each term occurs; terms that occur nowhere may be left out."""

    def chunk_count(self) -> int: ...

    def document_chunks(self, doc_id: str, /) -> Sequence[Chunk]:
        """In the order of the document."""

    def document_count(self) -> int:
        """Of those with chunks."""

    def neighbours(self, chunk: Chunk, distance: int, /) -> Sequence[Chunk]:
        """The chunk and those of its document up to `distance` before and after, in order."""


@dataclass(frozen=True, slots=True)
class Part:
    """One collection's live generation."""

    name: str
    index: VectorIndex
    catalog: Catalog

    def whole(self, own: str) -> str:
        """An id, or a path, of this collection as it is known outside of it."""
        return f"{self.name}{SEPARATOR}{own}"

    def chunk(self, chunk: Chunk) -> Chunk:
        return replace(chunk, id=self.whole(chunk.id), doc_id=self.whole(chunk.doc_id))


def _by_part(parts: Sequence[Part], ids: Iterable[str]) -> Iterator[tuple[Part, list[str]]]:
    """Each collection with the ids that are its own, as it knows them; none without any."""
    own: dict[str, list[str]] = defaultdict(list)
    for whole in ids:
        name, _, one = whole.partition(SEPARATOR)
        own[name].append(one)
    return ((part, own[part.name]) for part in parts if own[part.name])


class MultiCatalog:
    """See the module. Implements what kb/retrieval/search.py and context.py ask of a catalog."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = parts
        self._samples: dict[int, Mapping[str, Language]] = {}

    def chunks(self, ids: Sequence[str]) -> list[Chunk]:
        return [
            part.chunk(chunk)
            for part, own in _by_part(self._parts, ids)
            for chunk in part.catalog.chunks(own)
        ]

    def sample(self, count: int) -> Mapping[str, Language]:
        """From each collection as many as its share of the documents, rounded up."""
        if count not in self._samples:
            sizes = [part.catalog.document_count() for part in self._parts]
            total = max(sum(sizes), 1)
            self._samples[count] = {
                part.whole(own): written
                for part, size in zip(self._parts, sizes, strict=True)
                for own, written in part.catalog.sample(math.ceil(count * size / total)).items()
            }
        return self._samples[count]

    def meta(self, key: str) -> str | None:
        """The first collection's that has it: for what depends on their model alone."""
        found = (part.catalog.meta(key) for part in self._parts)
        return next((one for one in found if one is not None), None)

    def document(self, doc_id: str) -> DocumentRecord | None:
        for part, [own] in _by_part(self._parts, [doc_id]):
            if record := part.catalog.document(own):
                return replace(record, doc_id=doc_id, path=part.whole(record.path))
        return None

    def neighbours(self, chunk: Chunk, distance: int) -> list[Chunk]:
        [(part, [doc_id])] = _by_part(self._parts, [chunk.doc_id])
        found = part.catalog.neighbours(replace(chunk, doc_id=doc_id), distance)
        return [part.chunk(one) for one in found]

    def document_chunks(self, doc_id: str) -> list[Chunk]:
        [(part, [own])] = _by_part(self._parts, [doc_id])
        return [part.chunk(one) for one in part.catalog.document_chunks(own)]

    def df(self, terms: Iterable[int]) -> dict[int, int]:
        wanted = [*terms]
        counts: Counter[int] = Counter()
        for part in self._parts:
            counts.update(part.catalog.df(wanted))
        return counts

    def chunk_count(self) -> int:
        return sum(part.catalog.chunk_count() for part in self._parts)

    def document_count(self) -> int:
        return sum(part.catalog.document_count() for part in self._parts)


class MultiIndex:
    """See the module. kb.ports.VectorIndex, to be read only; closing is each collection's own."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = parts

    def for_question(self, asked: Anticipated) -> VectorIndex:
        sample = {part.name: own for part, own in _by_part(self._parts, asked.sample)}
        return MultiIndex(
            [
                replace(
                    part,
                    index=part.index.for_question(
                        replace(asked, sample=tuple(sample.get(part.name, ())))
                    ),
                )
                for part in self._parts
            ]
        )

    def search_dense(self, vector: Vector, limit: int, where: Where = ()) -> list[ScoredId]:
        return self._best(limit, lambda index: index.search_dense(vector, limit, where))

    def search_sparse(self, vector: SparseVector, limit: int, where: Where = ()) -> list[ScoredId]:
        return self._best(limit, lambda index: index.search_sparse(vector, limit, where))

    def score_dense(self, vector: Vector, chunk_ids: Sequence[str]) -> dict[str, float]:
        return self._scores(chunk_ids, lambda index, own: index.score_dense(vector, own))

    def score_sparse(self, vector: SparseVector, chunk_ids: Sequence[str]) -> dict[str, float]:
        return self._scores(chunk_ids, lambda index, own: index.score_sparse(vector, own))

    def ids(self) -> Iterator[str]:
        return merge(*([part.whole(own) for own in part.index.ids()] for part in self._parts))

    def count(self) -> int:
        return sum(part.index.count() for part in self._parts)

    def close(self) -> None: ...

    def upsert(self, points: Sequence[EmbeddedChunk]) -> NoReturn:
        raise NotImplementedError("several collections are read, never written")

    def delete(self, chunk_ids: Sequence[str]) -> NoReturn:
        raise NotImplementedError("several collections are read, never written")

    def flush(self, *, merge: bool = True) -> NoReturn:
        raise NotImplementedError("several collections are read, never written")

    def _best(self, limit: int, find: Callable[[VectorIndex], list[ScoredId]]) -> list[ScoredId]:
        found = [
            ScoredId(part.whole(hit.chunk_id), hit.score)
            for part in self._parts
            for hit in find(part.index)
        ]
        return sorted(found, key=lambda hit: (-hit.score, hit.chunk_id))[:limit]

    def _scores(
        self,
        chunk_ids: Sequence[str],
        score: Callable[[VectorIndex, Sequence[str]], Mapping[str, float]],
    ) -> dict[str, float]:
        return {
            part.whole(own): value
            for part, owned in _by_part(self._parts, chunk_ids)
            for own, value in score(part.index, owned).items()
        }
