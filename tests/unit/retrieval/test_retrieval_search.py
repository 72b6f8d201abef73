"""Retrieval: which chunks a question finds, and in what order."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from kb.index.sparse import QueryTerms, document_vector, query_vector
from kb.language import LANGUAGE_LABEL, language
from kb.retrieval.search import WEIGHT, Found, search
from kb.types import (
    Chunk,
    DocumentRecord,
    EmbeddedChunk,
    ModelInfo,
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

    def search_dense(self, vector: Vector, limit: int, where: Where = ()) -> list[ScoredId]:
        wanted = [
            chunk_id
            for chunk_id in self.dense
            if all(self.labels[chunk_id].get(key) == value for key, value in where)
        ]
        return _best(self._cosines(vector, wanted), limit)

    def search_sparse(self, vector: SparseVector, limit: int, where: Where = ()) -> list[ScoredId]:
        return _best(self.score_sparse(vector, list(self.sparse)), limit)

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

    def flush(self) -> None: ...

    def close(self) -> None: ...


def _best(scores: Mapping[str, float], limit: int) -> list[ScoredId]:
    ordered = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    return [ScoredId(chunk_id, score) for chunk_id, score in ordered[:limit]]


@dataclass
class FakeCatalog:
    known: dict[str, Chunk]

    def chunks(self, ids: Sequence[str], /) -> list[Chunk]:
        return [self.known[chunk_id] for chunk_id in ids if chunk_id in self.known]

    def sample_ids(self, count: int, /) -> list[str]:
        return sorted(self.known)[:count]

    def document(self, doc_id: str, /) -> DocumentRecord | None:
        return DocumentRecord(doc_id, "docs", f"{doc_id}.md", 1, 1, "", doc_id, 1, 1)


@dataclass
class FakeEmbedder:
    """Says for every question the cosines that the chunks are to have."""

    vector: Vector
    asked: list[str] = field(default_factory=list)

    def info(self) -> ModelInfo:
        return ModelInfo("fake", "0" * 64, len(self.vector), 512, frozenset(), "fake")

    def load(self) -> None: ...

    def embed_passages(self, texts: Sequence[str]) -> list[Vector]:
        raise AssertionError("a search embeds no passages")

    def embed_query(self, text: str) -> Vector:
        self.asked.append(text)
        return self.vector


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

    def find(self, question: str, *, mode: SearchMode = SearchMode.HYBRID, top_k: int = 5) -> Found:
        return search(
            Query(question, top_k, mode),
            index=self.index,
            catalog=self.catalog,
            embedder=self.embedder,
            lexical=self.terms,
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


def test_an_identifier_ranks_its_chunk_first_even_where_the_vectors_prefer_another() -> None:
    assert PHONES.order("u987438274是谁的号码") == ["zhang", "guan", "pump", "leave"]
    assert PHONES.order("u987438274是谁的号码", mode=SearchMode.DENSE)[0] == "guan"


def test_a_purely_numeric_identifier_is_found() -> None:
    assert PHONES.order("5352345", mode=SearchMode.SPARSE) == ["guan"]


def test_across_languages_where_bm25_is_silent_the_dense_order_stands() -> None:
    question = "How often must the oil be changed?"

    assert PHONES.order(question, mode=SearchMode.SPARSE) == []
    assert PHONES.order(question) == PHONES.order(question, mode=SearchMode.DENSE)


def test_a_weak_lexical_hit_does_not_outrank_what_the_vectors_find() -> None:
    # It matches one common word of a long question, so its share of the maximum is small.
    corpus = Corpus(
        texts={
            "answer": "The oil of the centrifugal machine is replaced at 500 hours.",
            "weak": "Please remember to lock the door.",
        },
        cosines={"answer": 0.86, "weak": 0.78},
    )

    question = "Please tell me how frequently lubricants ought to be renewed in rotating equipment"

    assert corpus.order(question, mode=SearchMode.SPARSE) == ["weak"]
    assert corpus.order(question)[0] == "answer"


def test_a_hybrid_score_is_the_cosine_above_the_median_and_a_share_of_the_lexical_maximum() -> None:
    question = "张飞的电话号码"
    median = (0.80 + 0.85) / 2
    terms = PHONES.terms(question)
    lexical = PHONES.index.score_sparse(terms.vector, ["zhang"])["zhang"] / terms.maximum

    found = PHONES.find(question)

    assert found.hits[0].chunk.id == "zhang"
    assert found.best_score == pytest.approx(0.85 - median + WEIGHT * lexical)


def bilingual(*, english: int) -> Corpus:
    """Chinese chunks around 0.80 and English ones around 0.70, the answer a little above."""
    texts = {f"zh{i:02}": f"第{i}条：员工守则。" for i in range(80)}
    cosines = {f"zh{i:02}": 0.80 + i / 10_000 for i in range(80)}
    texts |= {f"en{i:02}": f"Clause {i} of the staff handbook." for i in range(english)}
    cosines |= {f"en{i:02}": 0.70 + i / 10_000 for i in range(english)}
    return Corpus(texts | {"en-oil": PUMP}, cosines | {"en-oil": 0.76})


PUMP = "The pump's lubricant is renewed after 500 hours."


def test_an_answer_in_the_other_language_is_found_though_every_text_of_one_s_own_is_nearer() -> (
    None
):
    found = bilingual(english=20).find("润滑油多久更换？", mode=SearchMode.DENSE)

    assert found.hits[0].chunk.id == "en-oil"
    assert found.hits[0].dense_rank == 1
    assert found.hits[0].score == pytest.approx(0.06, abs=0.005)


def test_of_a_language_with_few_chunks_the_median_is_not_known_and_the_common_one_stands_in() -> (
    None
):
    found = bilingual(english=3).find("润滑油多久更换？", mode=SearchMode.DENSE, top_k=1)

    assert found.hits[0].chunk.id == "zh79"


def test_a_chunk_that_only_one_side_found_is_scored_by_the_other_side_too() -> None:
    texts = {f"c{i:02}": f"第{i}段" for i in range(60)} | {"zz": "备件号 K-7781"}
    cosines = {f"c{i:02}": 0.8 for i in range(60)} | {"zz": 0.7}
    corpus = Corpus(texts, cosines)

    found = corpus.find("K-7781")

    assert found.hits[0].chunk.id == "zz"
    assert found.hits[0].dense_rank is None
    assert found.hits[0].sparse_rank == 1
    assert ("zz",) in corpus.index.asked_dense


def test_the_mode_decides_which_sides_are_asked() -> None:
    corpus = Corpus(PHONES.texts, PHONES.cosines)

    sparse = corpus.find("张飞", mode=SearchMode.SPARSE)

    assert corpus.embedder.asked == []
    assert sparse.hits[0].dense_rank is None
    assert 0.0 < sparse.hits[0].score <= 1.0


def test_equal_scores_are_ordered_by_chunk_id() -> None:
    corpus = Corpus({"b": "一", "a": "二", "c": "三"}, {"b": 0.8, "a": 0.8, "c": 0.8})

    assert corpus.order("四") == ["a", "b", "c"]


def test_a_chunk_that_the_catalog_does_not_know_is_passed_over_and_the_list_stays_full() -> None:
    corpus = Corpus(PHONES.texts, PHONES.cosines, hidden=frozenset({"guan"}))

    found = corpus.find("电话", top_k=2)

    assert [hit.chunk.id for hit in found.hits] == ["zhang", "pump"]


def test_an_empty_collection_finds_nothing() -> None:
    found = Corpus({}, {}).find("张飞")

    assert found.hits == ()
    assert found.best_score is None
