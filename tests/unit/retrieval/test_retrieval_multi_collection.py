"""Several collections behind the ports of one: whose id is whose, and what is put together."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, replace

import pytest

from kb.ports import Anticipated
from kb.retrieval.multi_collection import MultiCatalog, MultiIndex, Part
from kb.text.language import Language
from kb.types import Chunk, DocumentRecord, ScoredId, SparseVector, Where
from tests.unit.retrieval.corpus import Corpus, FakeCatalog, FakeIndex

# The same ids in both, as one file in two collections has.
LAW = Corpus({"a": "合同的总价", "b": "年假有十天", "c": "x"}, {"a": 0.9, "b": 0.2, "c": 0.1})
HR = Corpus({"a": "年假的总价"}, {"a": 0.5})


class CountedCatalog(FakeCatalog):
    """Knows document frequencies and neighbours as well, and which samples it was asked for."""

    def __init__(self, corpus: Corpus) -> None:
        super().__init__(dict(corpus.catalog.known))
        self.corpus = corpus
        self.samples: list[int] = []

    def sample(self, count: int, /) -> dict[str, Language]:
        self.samples.append(count)
        return super().sample(count)

    def df(self, terms: Iterable[int], /) -> Mapping[int, int]:
        vectors = self.corpus.index.sparse.values()
        counts = Counter(index for vector in vectors for index in vector.indices)
        return {term: counts[term] for term in terms if counts[term]}

    def chunk_count(self) -> int:
        return len(self.known)

    def document_chunks(self, doc_id: str, /) -> Sequence[Chunk]:
        return [one for one in self.known.values() if one.doc_id == doc_id]

    def document_count(self) -> int:
        return len({chunk.doc_id for chunk in self.known.values()})

    def document(self, doc_id: str, /) -> DocumentRecord | None:
        known = {chunk.doc_id for chunk in self.known.values()}
        return super().document(doc_id) if doc_id in known else None

    def neighbours(self, chunk: Chunk, distance: int, /) -> Sequence[Chunk]:
        own = [one for one in self.known.values() if one.doc_id == chunk.doc_id]
        return [replace(one, ordinal=one.ordinal + distance) for one in own]


def parts() -> list[Part]:
    return [
        Part("law", LAW.index, CountedCatalog(LAW)),
        Part("hr", HR.index, CountedCatalog(HR)),
    ]


def vector(*numbers: float) -> array[float]:
    return array("f", numbers)


# --- the catalog ----------------------------------------------------------------------


def test_a_chunk_is_known_by_its_collection_and_its_own_id() -> None:
    chunks = MultiCatalog(parts()).chunks(["hr:a", "law:b", "law:unknown"])

    assert [(one.id, one.doc_id, one.text) for one in chunks] == [
        ("law:b", "law:doc-b", "年假有十天"),
        ("hr:a", "hr:doc-a", "年假的总价"),
    ]


def test_a_collection_is_asked_for_its_own_ids_alone() -> None:
    law, hr = parts()
    asked: list[Sequence[str]] = []

    class Listening(CountedCatalog):
        def chunks(self, ids: Sequence[str], /) -> list[Chunk]:
            asked.append(ids)
            return super().chunks(ids)

    catalog = MultiCatalog([law, replace(hr, catalog=Listening(HR))])
    catalog.chunks(["law:a"])
    assert asked == []
    catalog.chunks(["law:a", "hr:a", "hr:b"])
    assert asked == [["a", "b"]]


def test_a_document_has_its_collection_in_its_id_and_in_its_path() -> None:
    catalog = MultiCatalog(parts())

    record = catalog.document("hr:doc-a")

    assert record is not None
    assert (record.doc_id, record.path) == ("hr:doc-a", "hr:doc-a.md")
    assert catalog.document("hr:doc-b") is None, "it is a document of the other collection"
    assert catalog.document("nobody:doc-a") is None


def test_a_path_that_holds_the_separator_is_taken_apart_at_the_first_one() -> None:
    odd = Corpus({"x:y": "一"}, {"x:y": 0.5})
    catalog = MultiCatalog([Part("odd", odd.index, CountedCatalog(odd))])

    assert [chunk.id for chunk in catalog.chunks(["odd:x:y"])] == ["odd:x:y"]
    assert catalog.document("odd:doc-x:y") is not None


def test_a_neighbourhood_is_that_of_the_chunk_s_own_collection() -> None:
    catalog = MultiCatalog(parts())
    [chunk] = catalog.chunks(["hr:a"])

    [neighbour] = catalog.neighbours(chunk, 2)

    assert (neighbour.id, neighbour.doc_id, neighbour.text) == ("hr:a", "hr:doc-a", "年假的总价")
    assert neighbour.ordinal == 2, "the distance is handed on"


def test_a_term_occurs_in_as_many_chunks_as_in_all_collections_together() -> None:
    shared = {*LAW.index.sparse["a"].indices} & {*HR.index.sparse["a"].indices}
    own = {*LAW.index.sparse["b"].indices} - {*HR.index.sparse["a"].indices}
    assert shared
    assert own

    df = MultiCatalog(parts()).df(iter([*shared, *own, 1]))

    assert {df.get(term) for term in shared} == {2}
    assert {df.get(term) for term in own} == {1}
    assert not df.get(1)
    assert MultiCatalog(parts()).chunk_count() == MultiCatalog(parts()).document_count() == 4


def test_the_sample_is_divided_by_documents_rounded_up_and_taken_once() -> None:
    both = parts()
    catalog = MultiCatalog(both)

    sample = catalog.sample(2)

    assert sample == {"law:a": Language.ZH, "law:b": Language.ZH, "hr:a": Language.ZH}
    assert catalog.sample(2) is sample
    assert catalog.sample(100) != sample
    samples = [part.catalog.samples for part in both if isinstance(part.catalog, CountedCatalog)]
    # 2 × 3/4 and 2 × 1/4, then 100 × 3/4 and 100 × 1/4.
    assert samples == [[2, 75], [1, 25]]


def test_collections_without_a_chunk_have_no_sample() -> None:
    empty = Corpus({}, {})

    assert MultiCatalog([Part("e", empty.index, CountedCatalog(empty))]).sample(5) == {}


# --- the index ------------------------------------------------------------------------


class Keeping(FakeIndex):
    """Remembers what was asked of it."""

    def __init__(self, scores: Mapping[str, float]) -> None:
        super().__init__({}, {}, {})
        self.scores = scores
        self.asked: list[object] = []

    def search_dense(self, vector: object, limit: int, where: Where = ()) -> list[ScoredId]:
        self.asked.append((vector, limit, where))
        return [ScoredId(one, score) for one, score in self.scores.items()]

    search_sparse = search_dense

    def score_dense(self, vector: object, chunk_ids: Sequence[str]) -> Mapping[str, float]:
        self.asked.append((vector, [*chunk_ids]))
        return {one: self.scores[one] for one in chunk_ids if one in self.scores}

    score_sparse = score_dense


def kept(one: Mapping[str, float], other: Mapping[str, float]) -> tuple[MultiIndex, list[Keeping]]:
    indexes = [Keeping(one), Keeping(other)]
    catalog = CountedCatalog(HR)
    named = zip(("one", "two"), indexes, strict=True)
    return MultiIndex([Part(name, index, catalog) for name, index in named]), indexes


def test_the_best_of_all_collections_are_found_equal_ones_in_the_order_of_their_ids() -> None:
    where = (("path", "*.md"),)
    dense, sparse = vector(1.0), SparseVector((1,), (1.0,))
    for search in ("search_dense", "search_sparse"):
        index, indexes = kept({"b": 0.5, "a": 0.1}, {"a": 0.5, "c": 0.9})
        asked = dense if search == "search_dense" else sparse

        found = getattr(index, search)(asked, 3, where)

        assert found == [ScoredId("two:c", 0.9), ScoredId("one:b", 0.5), ScoredId("two:a", 0.5)]
        assert [one.asked for one in indexes] == [[(asked, 3, where)]] * 2


def test_each_collection_scores_its_own_chunks() -> None:
    dense, sparse = vector(1.0), SparseVector((1,), (1.0,))
    for score in ("score_dense", "score_sparse"):
        index, indexes = kept({"a": 0.1, "b": 0.2}, {"a": 0.3})
        asked = dense if score == "score_dense" else sparse

        scores = getattr(index, score)(asked, ["two:a", "one:b", "one:missing"])

        assert scores == {"one:b": 0.2, "two:a": 0.3}
        assert [one.asked for one in indexes] == [[(asked, ["b", "missing"])], [(asked, ["a"])]]
        assert getattr(index, score)(asked, ["one:a"]) == {"one:a": 0.1}
        assert len(indexes[1].asked) == 1, "without an id of its own it is not asked"


def test_what_a_question_will_ask_is_told_to_each_collection_with_its_own_sample() -> None:
    index, indexes = kept({"a": 0.1, "b": 0.2}, {"a": 0.3})
    asked = Anticipated(
        dense=vector(1.0),
        sparse=SparseVector((1,), (1.0,)),
        identifiers=SparseVector((), ()),
        wheres=((), ()),
        limit=7,
        sample=("one:a", "one:b"),
    )

    told = index.for_question(asked)

    assert [[astuple(one) for one in index.anticipated] for index in indexes] == [
        [astuple(replace(asked, sample=("a", "b")))],
        [astuple(replace(asked, sample=()))],
    ]
    assert told.score_dense(vector(1.0), ["two:a"]) == {"two:a": 0.3}


def test_ids_of_all_collections_come_in_order_and_are_counted() -> None:
    index = MultiIndex(parts())

    assert [*index.ids()] == ["hr:a", "law:a", "law:b", "law:c"]
    assert index.count() == 4


@pytest.mark.parametrize("write", ["upsert", "delete", "flush"])
def test_nothing_is_written_to_several_collections_at_once(write: str) -> None:
    arguments: list[list[str]] = [] if write == "flush" else [[]]

    with pytest.raises(NotImplementedError, match="read, never written"):
        getattr(MultiIndex(parts()), write)(*arguments)
