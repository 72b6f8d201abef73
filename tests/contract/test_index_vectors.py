"""What every vector index does, run by both adapters with their real engines.

The server's adapter runs against qdrant_client's own engine in memory, and against a real
server where KB_TEST_QDRANT_URL names one.
"""

from __future__ import annotations

import fnmatch
import os
import uuid
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from qdrant_client import QdrantClient

from kb.errors import StoreDamaged, StoreError
from kb.index.edge import EdgeIndex
from kb.index.server import ServerIndex
from kb.ports import VectorIndex
from kb.types import Chunk, SparseVector, Vector, Where
from tests.index_samples import DIMENSION, document, embedded, unit_vector

pytestmark = pytest.mark.filterwarnings(
    "ignore:(Payload indexes have no effect in the local|Local mode performs exact):UserWarning"
)

PHONES = ("张飞的电话号码是u987438274", "曹操的电话号码是123456", "关羽的电话号码是5352345")
PUMP = ("The pump X300 weighs 12 kg.", "It is delivered in 2024.")
ZH, EN = (("language", "zh"),), (("language", "en"), ("from", "a=b@example.org"))
PATHS = {"people/电话.md": PHONES, "manuals/pump.md": PUMP}

Factory = Callable[[], VectorIndex]


def _documents(glob: str) -> list[str]:
    return [document(path, ())[0].doc_id for path in PATHS if fnmatch.fnmatchcase(path, glob)]


def _chunks() -> dict[str, Chunk]:
    return {
        chunk.text: chunk for path, texts in PATHS.items() for chunk in document(path, texts)[1]
    }


@pytest.fixture(params=["edge", "server in memory", "real server"])
def factory(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Factory]:
    if request.param == "edge":
        yield lambda: EdgeIndex(tmp_path / "vectors", dimension=DIMENSION, documents=_documents)
        return
    name = f"kb-test-{uuid.uuid4().hex}"
    url = os.environ.get("KB_TEST_QDRANT_URL")
    if request.param == "real server" and not url:
        pytest.skip("KB_TEST_QDRANT_URL names no Qdrant server")
    real = url if request.param == "real server" else None
    client = QdrantClient(url=real) if real else QdrantClient(":memory:")
    yield lambda: ServerIndex(client, name, dimension=DIMENSION, documents=_documents)
    client.delete_collection(name)
    client.close()


@pytest.fixture
def index(factory: Factory) -> Iterator[VectorIndex]:
    index = factory()
    chunks = _chunks()
    index.upsert([embedded(chunks[text], ZH) for text in PHONES])
    index.upsert([embedded(chunks[text], EN) for text in PUMP])
    index.flush()
    yield index
    index.close()


def _id(text: str) -> str:
    return _chunks()[text].id


def _cosine(one: Vector, other: Vector) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def _term_of(text: str, absent_from: str) -> int:
    sparse = embedded(_chunks()[text]).sparse
    return min(set(sparse.indices) - set(embedded(_chunks()[absent_from]).sparse.indices))


# --- searching ------------------------------------------------------------------------


def test_dense_search_gives_the_cosine_and_the_best_first(index: VectorIndex) -> None:
    question = unit_vector("a question")
    found = index.search_dense(question, 5)
    expected = sorted(
        ((_cosine(question, unit_vector(text)), _id(text)) for text in (*PHONES, *PUMP)),
        reverse=True,
    )
    assert [point.chunk_id for point in found] == [name for _, name in expected]
    assert [point.score for point in found] == pytest.approx([s for s, _ in expected], abs=1e-6)


def test_a_longer_vector_gives_the_same_cosine(index: VectorIndex) -> None:
    question = unit_vector("a question")
    tenfold = array("f", [10 * number for number in question])
    once = [point.score for point in index.search_dense(question, 5)]
    assert [point.score for point in index.search_dense(tenfold, 5)] == pytest.approx(once)


def test_sparse_search_gives_the_dot_product_of_what_shares_a_term(index: VectorIndex) -> None:
    term = _term_of(PHONES[0], absent_from=PHONES[1])
    sparse = embedded(_chunks()[PHONES[0]]).sparse
    weight = dict(zip(sparse.indices, sparse.values, strict=True))[term]
    (found,) = index.search_sparse(SparseVector((term,), (2.0,)), 5)
    assert found.chunk_id == _id(PHONES[0])
    assert found.score == pytest.approx(2 * weight)


def test_a_question_without_terms_finds_nothing_sparse(index: VectorIndex) -> None:
    assert index.search_sparse(SparseVector((), ()), 5) == []
    assert index.score_sparse(SparseVector((), ()), [_id(PHONES[0])]) == {}


def test_no_more_than_the_limit_is_found(index: VectorIndex) -> None:
    assert len(index.search_dense(unit_vector("a question"), 2)) == 2


def test_equal_scores_come_by_chunk_id_even_where_the_limit_cuts(index: VectorIndex) -> None:
    twins = document("twins.md", ["the same words"] * 40)[1]
    index.upsert([embedded(twin) for twin in twins])
    found = index.search_dense(unit_vector("the same words"), 7)
    assert [point.chunk_id for point in found] == sorted(twin.id for twin in twins)[:7]


def test_an_empty_index_finds_nothing(factory: Factory) -> None:
    index = factory()
    assert index.search_dense(unit_vector("a question"), 5) == []
    assert index.count() == 0
    index.close()


# --- scores of named chunks -----------------------------------------------------------


def test_named_chunks_are_scored_as_a_search_scores_them(index: VectorIndex) -> None:
    question = unit_vector("a question")
    searched = {point.chunk_id: point.score for point in index.search_dense(question, 5)}
    names = [_id(PHONES[1]), _id(PUMP[0])]
    scored = index.score_dense(question, names)
    assert scored == pytest.approx({name: searched[name] for name in names}, abs=1e-6)


def test_scores_leave_out_what_is_not_there_and_what_shares_no_term(index: VectorIndex) -> None:
    nowhere = document("nowhere.md", ["nowhere"])[1][0].id
    assert index.score_dense(unit_vector("x"), [nowhere]) == {}
    assert index.score_dense(unit_vector("x"), []) == {}
    term = _term_of(PHONES[0], absent_from=PHONES[1])
    scored = index.score_sparse(SparseVector((term,), (1.0,)), [_id(PHONES[0]), _id(PHONES[1])])
    assert [*scored] == [_id(PHONES[0])]


# --- conditions -----------------------------------------------------------------------


def test_a_label_limits_the_search(index: VectorIndex) -> None:
    found = index.search_dense(unit_vector("x"), 5, (("language", "en"),))
    assert {point.chunk_id for point in found} == {_id(text) for text in PUMP}


def test_a_label_may_hold_any_character(index: VectorIndex) -> None:
    assert len(index.search_dense(unit_vector("x"), 5, (("from", "a=b@example.org"),))) == 2


def test_a_path_is_a_glob(index: VectorIndex) -> None:
    found = index.search_dense(unit_vector("x"), 5, (("path", "people/*"),))
    assert {point.chunk_id for point in found} == {_id(text) for text in PHONES}
    assert index.search_dense(unit_vector("x"), 5, (("path", "nowhere/*"),)) == []


def test_all_conditions_must_hold(index: VectorIndex) -> None:
    assert index.search_dense(unit_vector("x"), 5, (("path", "people/*"), ("language", "en"))) == []


def test_conditions_limit_the_sparse_search_too(index: VectorIndex) -> None:
    vector = embedded(_chunks()[PUMP[0]]).sparse
    assert index.search_sparse(vector, 5, (("language", "zh"),)) == []


# --- changing -------------------------------------------------------------------------


def test_an_upsert_replaces_the_point_of_the_same_id(index: VectorIndex) -> None:
    index.upsert([embedded(_chunks()[PHONES[0]], EN)])
    assert index.count() == 5
    found = index.search_dense(unit_vector("x"), 5, (("language", "zh"),))
    assert {point.chunk_id for point in found} == {_id(PHONES[1]), _id(PHONES[2])}


def test_what_is_deleted_is_found_no_more(index: VectorIndex) -> None:
    index.delete([_id(PHONES[0]), _id(PUMP[1])])
    remaining = sorted(_id(text) for text in (PHONES[1], PHONES[2], PUMP[0]))
    assert sorted(p.chunk_id for p in index.search_dense(unit_vector("x"), 9)) == remaining
    assert [*index.ids()] == remaining


def test_deleting_what_is_not_there_is_no_error(index: VectorIndex) -> None:
    index.delete([])
    index.delete([document("nowhere.md", ["nowhere"])[1][0].id])
    assert index.count() == 5


def test_ids_ascend_and_are_complete(index: VectorIndex) -> None:
    assert [*index.ids()] == sorted(_id(text) for text in (*PHONES, *PUMP))


def test_what_was_flushed_is_there_when_opened_again(index: VectorIndex, factory: Factory) -> None:
    before = index.search_dense(unit_vector("a question"), 5)
    index.close()
    again = factory()
    assert again.search_dense(unit_vector("a question"), 5) == before
    again.close()


def test_a_vector_of_another_dimension_is_a_store_error(index: VectorIndex) -> None:
    with pytest.raises(StoreError):
        index.search_dense(array("f", [1.0, 0.0]), 5)


# --- between the adapters -------------------------------------------------------------


def test_both_adapters_rank_alike(tmp_path: Path) -> None:
    client = QdrantClient(":memory:")
    edge = EdgeIndex(tmp_path / "vectors", dimension=DIMENSION)
    server = ServerIndex(client, "kb-test", dimension=DIMENSION)
    texts = [f"第{n}条 合同编号 HT-2024-{n:04d} 甲方 pump {n % 7}" for n in range(120)]
    points = [embedded(chunk) for chunk in document("contract.md", texts)[1]]
    for index in (edge, server):
        index.upsert(points)
        index.flush()
    for question in (points[3], points[77]):
        for one, other in (
            (edge.search_dense(question.dense, 20), server.search_dense(question.dense, 20)),
            (edge.search_sparse(question.sparse, 20), server.search_sparse(question.sparse, 20)),
        ):
            assert [p.chunk_id for p in one] == [p.chunk_id for p in other]
            assert [p.score for p in one] == pytest.approx([p.score for p in other], abs=1e-5)
    edge.close()
    client.close()


def test_an_index_that_is_not_there_is_damage_to_a_reader(tmp_path: Path) -> None:
    with pytest.raises(StoreDamaged):
        EdgeIndex(tmp_path / "nowhere")
    with pytest.raises(StoreDamaged):
        ServerIndex(QdrantClient(":memory:"), "nowhere")


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
    index: VectorIndex, where: Where, expected: set[str]
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
