"""Chunks that are not embedded are found by their words in the catalog as in the vector store."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from kb.index.catalog import Catalog
from kb.index.lexical import LexicalIndex
from kb.index.qdrant_edge.index import EdgeIndex
from kb.index.sparse import document_vector
from kb.types import EmbeddedChunk, ScoredId, SparseVector, Where
from tests.index_samples import DIMENSION, document, embedded

SEGMENT = 40
ROWS = 150
WHERE: tuple[Where, ...] = ((), (("state", "在用"),), (("path", "a*"),), (("after", "2024-06"),))
QUESTIONS = ("SB-00117", "水泵 三号楼", "SB-00031 or SB-00032", "设备编号", "none of these words")


def rows() -> list[EmbeddedChunk]:
    """Rows of two sheets, with a label and a date."""
    random = Random(3)
    made = []
    for name, first in (("a.csv", 0), ("b.csv", 10_000)):
        texts = [
            f"设备编号: SB-{first + n:05}; 名称: {random.choice(('水泵', '风机', '叉车'))};"
            f" 地点: {random.choice('一二三')}号楼" + "; 备注: 水泵" * (n % 3)
            for n in range(ROWS)
        ]
        for place, chunk in enumerate(document(name, texts)[1]):
            labels = (
                ("state", ("在用", "闲置")[place % 2]),
                ("date", f"2024-{place % 12 + 1:02}-01"),
            )
            made.append(replace(embedded(chunk, labels), dense=None))
    return made


def documents(glob: str) -> list[str]:
    return [document(f"{glob[0]}.csv", ())[0].doc_id]


def asked(text: str) -> SparseVector:
    """Its terms, each with another weight."""
    terms = document_vector(text).indices
    return SparseVector(terms, tuple(0.5 + 0.37 * (place % 7) for place in range(len(terms))))


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    catalog = Catalog(tmp_path / "catalog.sqlite", writable=True)
    yield catalog
    catalog.close()


@pytest.fixture
def index(catalog: Catalog) -> LexicalIndex:
    made = LexicalIndex(catalog.database, documents, largest=SEGMENT)
    made.add(rows())
    made.flush()
    return made


def alike(found: list[ScoredId], expected: list[ScoredId]) -> None:
    """The same scores, and the same chunks but where scores are as good as equal."""
    assert [one.score for one in found] == pytest.approx([one.score for one in expected], rel=1e-3)
    scores = {one.chunk_id: one.score for one in expected}
    for one in found:
        assert scores.get(one.chunk_id, expected[-1].score) == pytest.approx(one.score, rel=1e-3)


def segments(catalog: Catalog) -> list[int]:
    """How many chunks each holds."""
    return [n for (n,) in catalog.database.all("SELECT chunks FROM lexical_segment ORDER BY id")]


@pytest.mark.parametrize("where", WHERE)
def test_rows_are_found_as_a_vector_store_finds_them(
    index: LexicalIndex, tmp_path: Path, where: Where
) -> None:
    shard = EdgeIndex(tmp_path / "vectors", dimension=DIMENSION, documents=documents)
    shard.upsert(rows())
    shard.flush()
    for text, limit in itertools.product(QUESTIONS, (1, 10, 1_000)):
        found = index.search(asked(text), limit, where)
        alike(found, shard.search_sparse(asked(text), limit, where))
        ids = [one.chunk_id for one in found]
        expected = shard.score_sparse(asked(text), ids)
        assert index.score(asked(text), ids) == pytest.approx(expected, rel=1e-3)
    shard.close()


def test_equal_scores_come_by_chunk_id_over_all_segments(index: LexicalIndex) -> None:
    twins = document("twins.csv", ["the same words"] * 100)[1]
    index.add([replace(embedded(twin), dense=None) for twin in twins])
    found = index.search(document_vector("the same words"), 7)
    assert [one.chunk_id for one in found] == sorted(twin.id for twin in twins)[:7]


def test_a_row_that_one_term_decides_on_has_the_score_of_all_of_them(index: LexicalIndex) -> None:
    rare, common = document_vector("SB-00117"), document_vector("设备编号 名称 地点")
    both = SparseVector(
        (*rare.indices, *common.indices),
        (*(5.0 for _ in rare.indices), *(0.01 for _ in common.indices)),
    )
    [first] = index.search(both, 1)
    assert first.score == pytest.approx(index.score(both, [first.chunk_id])[first.chunk_id])
    [named] = [one.chunk.id for one in rows() if "SB-00117" in one.chunk.text]
    assert first.chunk_id == named


def test_what_is_deleted_is_not_found_and_leaves_the_lists_in_time(
    index: LexicalIndex, catalog: Catalog
) -> None:
    every = rows()
    before = segments(catalog)
    index.delete([one.chunk.id for one in every[:5]])
    index.flush()
    assert segments(catalog) == before
    assert index.search(asked(every[3].chunk.text), 1)[0].chunk_id != every[3].chunk.id
    index.delete([one.chunk.id for one in every[:30]])
    index.flush()
    assert sum(segments(catalog)) == len(every) - 30 == index.count() == len([*index.ids()])
    term = document_vector(every[3].chunk.text).indices
    only = set(term) - {t for one in every[30:] for t in one.sparse.indices}
    left = catalog.database.all("SELECT DISTINCT term FROM lexical_posting")
    assert only
    assert not only & {one for (one,) in left}
    assert index.problem() == ""


def test_many_small_changes_become_few_segments(index: LexicalIndex, catalog: Catalog) -> None:
    for one in rows()[:40]:
        index.add([replace(one, labels={"state": "报废"})])
        index.flush()
    assert len(segments(catalog)) < 18
    assert index.count() == 2 * ROWS
    assert len(index.search(asked("水泵 风机 叉车"), 1_000, (("state", "报废"),))) == 40
    assert index.problem() == ""


def test_deleting_all_leaves_nothing(index: LexicalIndex, catalog: Catalog) -> None:
    index.delete([one.chunk.id for one in rows()])
    index.flush()
    for table in ("segment", "chunk", "posting", "payload"):
        assert catalog.database.all(f"SELECT count(*) FROM lexical_{table}") == [(0,)]


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE lexical_chunk SET place = place + 1000 WHERE place = 3 AND segment = 1",
        "UPDATE lexical_payload SET payload = replace(payload, 'state', 'stat3')",
        "UPDATE lexical_posting SET chunks = zeroblob(length(chunks)) WHERE segment = 2",
        "DELETE FROM lexical_posting WHERE segment = 2 AND term % 7 = 1",
        "DELETE FROM lexical_segment WHERE id = 2",
    ],
)
def test_what_is_not_what_was_written_is_a_problem(
    index: LexicalIndex, catalog: Catalog, damage: str
) -> None:
    assert index.problem() == ""
    catalog.database.run(damage)
    assert index.problem()
