"""What every VectorIndex does (kb/ports.py). An adapter's own test class inherits
VectorIndexContract and overrides one fixture, `open_index`.
"""

from __future__ import annotations

import fnmatch
from array import array
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from kb.errors import StoreError
from kb.ports import Anticipated, VectorIndex
from kb.types import Chunk, ScoredId, SparseVector, Vector, Where
from tests.index_samples import document, embedded, unit_vector

PHONES = ("张飞的电话号码是u987438274", "曹操的电话号码是123456", "关羽的电话号码是5352345")
PUMP = ("The pump X300 weighs 12 kg.", "It is delivered in 2024.")
ZH, EN = (("language", "zh"),), (("language", "en"), ("from", "a=b@example.org"))
PATHS = {"people/电话.md": PHONES, "manuals/pump.md": PUMP}

OpenIndex = Callable[[], VectorIndex]


def documents_matching(glob: str) -> list[str]:
    """The ids of the documents whose path fits, as a catalog tells them."""
    return [document(path, ())[0].doc_id for path in PATHS if fnmatch.fnmatchcase(path, glob)]


def _chunks() -> dict[str, Chunk]:
    return {
        chunk.text: chunk for path, texts in PATHS.items() for chunk in document(path, texts)[1]
    }


def _id(text: str) -> str:
    return _chunks()[text].id


def _cosine(one: Vector, other: Vector) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def _term_of(text: str, absent_from: str) -> int:
    sparse = embedded(_chunks()[text]).sparse
    return min(set(sparse.indices) - set(embedded(_chunks()[absent_from]).sparse.indices))


class _Filled:
    @pytest.fixture
    def open_index(self) -> OpenIndex:
        """Opens the same index, of tests.index_samples.DIMENSION numbers a vector and with
        `documents_matching`, each time that it is called; it is made by the first call."""
        raise NotImplementedError("an adapter's test class overrides this fixture")

    @pytest.fixture
    def index(self, open_index: OpenIndex) -> Iterator[VectorIndex]:
        index = open_index()
        chunks = _chunks()
        index.upsert([embedded(chunks[text], ZH) for text in PHONES])
        index.upsert([embedded(chunks[text], EN) for text in PUMP])
        index.flush()
        yield index
        index.close()


class Searching(_Filled):
    """What is found, in which order, with which score."""

    def test_a_chunk_without_a_dense_vector_is_found_by_its_words_alone(
        self, index: VectorIndex
    ) -> None:
        row = document("stock.csv", ["编号：SB-200417，名称：水泵"])[1][0]
        point = embedded(row, ZH)
        index.upsert([replace(point, dense=None)])
        index.flush()
        assert row.id in index.ids()
        assert index.count() == len(PHONES) + len(PUMP) + 1
        assert index.search_sparse(point.sparse, 1)[0].chunk_id == row.id
        nearest = index.search_dense(unit_vector(row.text), 10)
        assert len(nearest) == len(PHONES) + len(PUMP)
        assert index.score_dense(unit_vector(row.text), [row.id, _id(PUMP[0])]).keys() == {
            _id(PUMP[0])
        }
        index.upsert([point])  # and it may get one
        index.flush()
        assert index.search_dense(unit_vector(row.text), 1)[0].chunk_id == row.id

    def test_dense_search_gives_the_cosine_and_the_best_first(self, index: VectorIndex) -> None:
        question = unit_vector("a question")
        found = index.search_dense(question, 5)
        expected = sorted(
            ((_cosine(question, unit_vector(text)), _id(text)) for text in (*PHONES, *PUMP)),
            reverse=True,
        )
        assert [point.chunk_id for point in found] == [name for _, name in expected]
        assert [point.score for point in found] == pytest.approx([s for s, _ in expected], abs=1e-6)

    def test_a_longer_vector_gives_the_same_cosine(self, index: VectorIndex) -> None:
        question = unit_vector("a question")
        tenfold = array("f", [10 * number for number in question])
        once = [point.score for point in index.search_dense(question, 5)]
        assert [point.score for point in index.search_dense(tenfold, 5)] == pytest.approx(once)

    def test_sparse_search_gives_the_dot_product_of_what_shares_a_term(
        self, index: VectorIndex
    ) -> None:
        term = _term_of(PHONES[0], absent_from=PHONES[1])
        sparse = embedded(_chunks()[PHONES[0]]).sparse
        weight = dict(zip(sparse.indices, sparse.values, strict=True))[term]
        (found,) = index.search_sparse(SparseVector((term,), (2.0,)), 5)
        assert found.chunk_id == _id(PHONES[0])
        assert found.score == pytest.approx(2 * weight)

    def test_a_question_without_terms_finds_nothing_sparse(self, index: VectorIndex) -> None:
        assert index.search_sparse(SparseVector((), ()), 5) == []
        assert index.score_sparse(SparseVector((), ()), [_id(PHONES[0])]) == {}

    def test_no_more_than_the_limit_is_found(self, index: VectorIndex) -> None:
        assert len(index.search_dense(unit_vector("a question"), 2)) == 2

    def test_equal_scores_come_by_chunk_id_even_where_the_limit_cuts(
        self, index: VectorIndex
    ) -> None:
        twins = document("twins.md", ["the same words"] * 40)[1]
        index.upsert([embedded(twin) for twin in twins])
        found = index.search_dense(unit_vector("the same words"), 7)
        assert [point.chunk_id for point in found] == sorted(twin.id for twin in twins)[:7]

    def test_an_empty_index_finds_nothing(self, open_index: OpenIndex) -> None:
        index = open_index()
        assert index.search_dense(unit_vector("a question"), 5) == []
        assert index.count() == 0
        index.close()


class ScoringNamedChunks(_Filled):
    """The score of each of some chunks."""

    def test_named_chunks_are_scored_as_a_search_scores_them(self, index: VectorIndex) -> None:
        question = unit_vector("a question")
        searched = {point.chunk_id: point.score for point in index.search_dense(question, 5)}
        names = [_id(PHONES[1]), _id(PUMP[0])]
        scored = index.score_dense(question, names)
        assert scored == pytest.approx({name: searched[name] for name in names}, abs=1e-6)

    def test_scores_leave_out_what_is_not_there_and_what_shares_no_term(
        self, index: VectorIndex
    ) -> None:
        nowhere = document("nowhere.md", ["nowhere"])[1][0].id
        assert index.score_dense(unit_vector("x"), [nowhere]) == {}
        assert index.score_dense(unit_vector("x"), []) == {}
        term = _term_of(PHONES[0], absent_from=PHONES[1])
        scored = index.score_sparse(SparseVector((term,), (1.0,)), [_id(PHONES[0]), _id(PHONES[1])])
        assert [*scored] == [_id(PHONES[0])]


class Filtering(_Filled):
    """Conditions limit what is found; see kb.types.Where."""

    def test_a_label_limits_the_search(self, index: VectorIndex) -> None:
        found = index.search_dense(unit_vector("x"), 5, (("language", "en"),))
        assert {point.chunk_id for point in found} == {_id(text) for text in PUMP}

    def test_a_label_may_hold_any_character(self, index: VectorIndex) -> None:
        assert len(index.search_dense(unit_vector("x"), 5, (("from", "a=b@example.org"),))) == 2

    def test_a_path_is_a_glob(self, index: VectorIndex) -> None:
        found = index.search_dense(unit_vector("x"), 5, (("path", "people/*"),))
        assert {point.chunk_id for point in found} == {_id(text) for text in PHONES}
        assert index.search_dense(unit_vector("x"), 5, (("path", "nowhere/*"),)) == []

    def test_all_conditions_must_hold(self, index: VectorIndex) -> None:
        assert (
            index.search_dense(unit_vector("x"), 5, (("path", "people/*"), ("language", "en")))
            == []
        )

    def test_conditions_limit_the_sparse_search_too(self, index: VectorIndex) -> None:
        vector = embedded(_chunks()[PUMP[0]]).sparse
        assert index.search_sparse(vector, 5, (("language", "zh"),)) == []

    @pytest.mark.parametrize(
        ("where", "expected"),
        [
            ((("date", "2024"),), {"spring", "autumn"}),
            ((("date", "2024-09"),), {"autumn"}),
            ((("date", "2024-09-17"),), {"autumn"}),
            ((("after", "2024-03"),), {"autumn", "later"}),
            ((("before", "2024"),), {"earlier"}),
            ((("after", "2023"), ("before", "2024-09-17")), {"spring"}),
        ],
    )
    def test_a_date_is_filtered_by_year_month_or_day(
        self, index: VectorIndex, where: Where, expected: set[str]
    ) -> None:
        dates = {
            "earlier": "31 Dec 2023 23:00:00 +0800",
            "spring": "2024/3/5",
            "autumn": "2024年9月17日",
            "later": "2025-01-01T00:00:00",
            "undated": "some day",
        }
        ids = {}
        for name, date in dates.items():
            chunk = document(f"{name}.md", [name])[1][0]
            ids[chunk.id] = name
            index.upsert([embedded(chunk, (("date", date),))])

        found = index.search_dense(unit_vector("a question"), 20, where)

        assert {ids.get(hit.chunk_id) for hit in found} == expected


class Changing(_Filled):
    """What is written, replaced, deleted, and found again."""

    def test_an_upsert_replaces_the_point_of_the_same_id(self, index: VectorIndex) -> None:
        index.upsert([embedded(_chunks()[PHONES[0]], EN)])
        assert index.count() == 5
        found = index.search_dense(unit_vector("x"), 5, (("language", "zh"),))
        assert {point.chunk_id for point in found} == {_id(PHONES[1]), _id(PHONES[2])}

    def test_what_is_deleted_is_found_no_more(self, index: VectorIndex) -> None:
        index.delete([_id(PHONES[0]), _id(PUMP[1])])
        remaining = sorted(_id(text) for text in (PHONES[1], PHONES[2], PUMP[0]))
        assert sorted(p.chunk_id for p in index.search_dense(unit_vector("x"), 9)) == remaining
        assert [*index.ids()] == remaining

    def test_deleting_what_is_not_there_is_no_error(self, index: VectorIndex) -> None:
        index.delete([])
        index.delete([document("nowhere.md", ["nowhere"])[1][0].id])
        assert index.count() == 5

    def test_ids_ascend_and_are_complete(self, index: VectorIndex) -> None:
        assert [*index.ids()] == sorted(_id(text) for text in (*PHONES, *PUMP))

    def test_what_was_flushed_is_there_when_opened_again(
        self, index: VectorIndex, open_index: OpenIndex
    ) -> None:
        before = index.search_dense(unit_vector("a question"), 5)
        index.close()
        again = open_index()
        assert again.search_dense(unit_vector("a question"), 5) == before
        again.close()

    def test_a_vector_of_another_dimension_is_a_store_error(self, index: VectorIndex) -> None:
        with pytest.raises(StoreError):
            index.search_dense(array("f", [1.0, 0.0]), 5)


class AskedAtOnce(_Filled):
    """An index that is told a question answers as it does without."""

    @pytest.mark.parametrize("where", [(), ZH, EN, (("path", "people/*"),)])
    @pytest.mark.parametrize("limit", [1, 2, 9])
    def test_a_question_has_the_same_answers(
        self, index: VectorIndex, where: Where, limit: int
    ) -> None:
        asked = self.question(where, limit)
        told = index.for_question(asked)
        assert asked.dense is not None
        for one in asked.wheres:
            self.alike(
                told.search_dense(asked.dense, limit, one),
                index.search_dense(asked.dense, limit, one),
            )
        self.alike(
            told.search_sparse(asked.sparse, limit, where),
            index.search_sparse(asked.sparse, limit, where),
        )
        nowhere = document("nowhere.md", ["nowhere"])[1][0].id
        names = [*map(_id, (*PHONES, *PUMP)), nowhere]
        assert told.score_dense(asked.dense, names) == pytest.approx(
            index.score_dense(asked.dense, names), abs=1e-6
        )
        for vector in (asked.sparse, asked.identifiers):
            assert told.score_sparse(vector, names) == pytest.approx(
                index.score_sparse(vector, names), abs=1e-6
            )

    def test_what_was_not_anticipated_is_answered_too(self, index: VectorIndex) -> None:
        told = index.for_question(self.question((), 2))
        other = unit_vector("another question")
        self.alike(told.search_dense(other, 5), index.search_dense(other, 5))
        sparse = embedded(_chunks()[PUMP[0]]).sparse
        self.alike(told.search_sparse(sparse, 5, EN), index.search_sparse(sparse, 5, EN))

    def test_a_question_may_be_by_words_or_by_meaning_alone(self, index: VectorIndex) -> None:
        whole = self.question((), 3)
        assert whole.dense is not None
        by_words = index.for_question(replace(whole, dense=None, sample=()))
        self.alike(by_words.search_sparse(whole.sparse, 3), index.search_sparse(whole.sparse, 3))
        none = SparseVector((), ())
        by_meaning = index.for_question(replace(whole, sparse=none, identifiers=none))
        self.alike(by_meaning.search_dense(whole.dense, 3), index.search_dense(whole.dense, 3))
        assert by_meaning.search_sparse(none, 3) == []

    @staticmethod
    def question(where: Where, limit: int) -> Anticipated:
        words = embedded(_chunks()[PHONES[0]]).sparse
        first = SparseVector(words.indices[:1], words.values[:1])
        wheres = (where, (*where, ("language", "en")))
        return Anticipated(
            unit_vector("a question"), words, first, wheres, limit, (_id(PHONES[2]),)
        )

    @staticmethod
    def alike(one: list[ScoredId], other: list[ScoredId]) -> None:
        assert [hit.chunk_id for hit in one] == [hit.chunk_id for hit in other]
        assert [hit.score for hit in one] == pytest.approx([hit.score for hit in other], abs=1e-6)


class VectorIndexContract(Searching, ScoringNamedChunks, Filtering, AskedAtOnce, Changing):
    """All of it."""
