"""A small corpus to search: texts with real BM25 vectors and cosines that the test chooses."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import uuid4

from kb.index.sparse import QueryTerms, document_vector, query_vector
from kb.model_types import ModelInfo
from kb.ports import Anticipated, Reranker, VectorIndex
from kb.retrieval.hubs import UNRELATED
from kb.retrieval.search import Found, search
from kb.text.language import LANGUAGE_LABEL, Language, language
from kb.types import (
    Chunk,
    DocumentRecord,
    EmbeddedChunk,
    Query,
    ScoredId,
    SearchMode,
    SparseVector,
    Vector,
    Where,
)


def make_chunk(chunk_id: str, text: str) -> Chunk:
    return Chunk(
        id=chunk_id,
        doc_id=f"doc-{chunk_id}",
        ordinal=0,
        text=text,
        context="",
        page=None,
        line=1,
        section="",
        start=0,
        end=len(text),
    )


@dataclass
class FakeIndex:
    """Vectors in two dictionaries, compared one by one."""

    dense: dict[str, Vector]
    sparse: dict[str, SparseVector]
    labels: dict[str, dict[str, str]]
    asked_dense: list[tuple[str, ...]] = field(default_factory=list)
    limits: list[int] = field(default_factory=list)
    anticipated: list[Anticipated] = field(default_factory=list)

    def for_question(self, asked: Anticipated) -> VectorIndex:
        self.anticipated.append(asked)
        return self

    def search_dense(self, vector: Vector, limit: int, where: Where = ()) -> list[ScoredId]:
        self.limits.append(limit)
        return _best(self._cosines(vector, self._meeting(where)), limit)

    def search_sparse(self, vector: SparseVector, limit: int, where: Where = ()) -> list[ScoredId]:
        self.limits.append(limit)
        return _best(self.score_sparse(vector, self._meeting(where)), limit)

    def score_dense(self, vector: Vector, chunk_ids: Sequence[str]) -> Mapping[str, float]:
        self.asked_dense.append(tuple(chunk_ids))
        return self._cosines(vector, chunk_ids)

    def score_sparse(self, vector: SparseVector, chunk_ids: Sequence[str]) -> Mapping[str, float]:
        weights = dict(zip(vector.indices, vector.values, strict=True))
        scores = {
            chunk_id: sum(
                weights.get(index, 0.0) * value
                for index, value in zip(
                    self.sparse[chunk_id].indices, self.sparse[chunk_id].values, strict=True
                )
            )
            for chunk_id in chunk_ids
        }
        return {chunk_id: score for chunk_id, score in scores.items() if score > 0}

    def _meeting(self, where: Where) -> list[str]:
        return [
            chunk_id
            for chunk_id in self.dense
            if all(self.labels[chunk_id].get(key) == value for key, value in where)
        ]

    def _cosines(self, vector: Vector, chunk_ids: Sequence[str]) -> dict[str, float]:
        return {
            chunk_id: sum(a * b for a, b in zip(vector, self.dense[chunk_id], strict=True))
            for chunk_id in chunk_ids
            if chunk_id in self.dense
        }

    def upsert(self, points: Sequence[EmbeddedChunk]) -> None:
        raise AssertionError("a search writes nothing")

    def delete(self, chunk_ids: Sequence[str]) -> None:
        raise AssertionError("a search deletes nothing")

    def ids(self) -> Iterator[str]:
        return iter(sorted(self.dense))

    def count(self) -> int:
        return len(self.dense)

    def flush(self, *, merge: bool = True) -> None: ...

    def close(self) -> None: ...


def _best(scores: Mapping[str, float], limit: int) -> list[ScoredId]:
    ordered = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    return [ScoredId(chunk_id, score) for chunk_id, score in ordered[:limit]]


@dataclass
class FakeCatalog:
    known: dict[str, Chunk]

    def meta(self, key: str, /) -> str | None:
        return None

    def chunks(self, ids: Sequence[str], /) -> list[Chunk]:
        return [self.known[chunk_id] for chunk_id in ids if chunk_id in self.known]

    def sample(self, count: int, /) -> dict[str, Language]:
        return {one: language(self.known[one].text) for one in sorted(self.known)[:count]}

    def document(self, doc_id: str, /) -> DocumentRecord | None:
        return DocumentRecord(doc_id, "docs", f"{doc_id}.md", 1, 1, "", doc_id, 1, 1)


@dataclass
class FakeEmbedder:
    """Says for every question the cosines that the chunks are to have."""

    vector: Vector
    unrelated: Vector | None = None
    asked: list[str] = field(default_factory=list)
    digest: str = field(default_factory=lambda: uuid4().hex * 2)
    """A model of its own: what is remembered of one model must not be taken for another's."""

    def info(self) -> ModelInfo:
        return ModelInfo("fake", self.digest, len(self.vector), 512, frozenset(), "fake")

    def load(self) -> None: ...

    def embed_passages(self, texts: Sequence[str]) -> list[Vector]:
        raise AssertionError("a search embeds no passages")

    def embed_query(self, text: str) -> Vector:
        if text in UNRELATED[language(text)]:
            return self.unrelated or array("f", [0.0] * len(self.vector))
        self.asked.append(text)
        return self.vector

    def embed_queries(self, texts: Sequence[str]) -> list[Vector]:
        return [*map(self.embed_query, texts)]


@dataclass
class Corpus:
    """Texts with the cosine that each has to every question, and real BM25 vectors."""

    texts: dict[str, str]
    cosines: dict[str, float]
    hidden: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        ids = sorted(self.texts)
        # Along its own axis each chunk has exactly the cosine that the test gives it.
        self.index = FakeIndex(
            dense={c: array("f", [float(c == other) for other in ids]) for c in ids},
            sparse={c: document_vector(self.texts[c]) for c in ids},
            labels={c: {LANGUAGE_LABEL: language(self.texts[c]).value} for c in ids},
        )
        self.embedder = FakeEmbedder(array("f", [self.cosines[c] for c in ids]))
        self.catalog = FakeCatalog(
            {c: make_chunk(c, self.texts[c]) for c in ids if c not in self.hidden}
        )

    def terms(self, text: str) -> QueryTerms:
        def df(terms: Sequence[int]) -> dict[int, int]:
            return {
                term: sum(term in vector.indices for vector in self.index.sparse.values())
                for term in terms
            }

        return query_vector(text, df, len(self.texts))

    def find(
        self,
        question: str,
        *,
        mode: SearchMode = SearchMode.HYBRID,
        top_k: int = 5,
        rerank: Reranker | None = None,
        where: Where = (),
    ) -> Found:
        return search(
            Query(question, top_k, mode, where),
            index=self.index,
            catalog=self.catalog,
            embedder=self.embedder,
            lexical=self.terms,
            rerank=rerank,
        )

    def order(self, question: str, *, mode: SearchMode = SearchMode.HYBRID) -> list[str]:
        return [hit.chunk.id for hit in self.find(question, mode=mode).hits]


PHONES = Corpus(
    texts={
        "guan": "关羽的电话号码是5352345。",
        "zhang": "张飞的电话号码是u987438274。",
        "pump": "水泵每运行五百小时更换一次润滑油。",
        "leave": "员工请假须提前三天申请。",
    },
    cosines={"guan": 0.86, "zhang": 0.85, "pump": 0.80, "leave": 0.79},
)
