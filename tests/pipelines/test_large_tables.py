"""A table of very many rows goes in without a vector for each row, and its rows are found."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from kb.documents.pool.workers import ParsePool
from kb.index.catalog import Catalog
from kb.index.checks import compare
from kb.index.qdrant_edge.index import EdgeIndex
from kb.index.rows import Change
from kb.index.sparse import document_vector, query_vector
from kb.pipelines import resting
from kb.pipelines.points import embedded_chunk, lexical_text
from kb.pipelines.purge import purge
from kb.pipelines.remove import remove
from kb.retrieval.large_tables import ROWS
from kb.retrieval.search import search
from kb.types import Chunk, DocumentRecord, Hit, Query
from tests import forked
from tests.index_samples import as_written
from tests.pipelines.repairs import live_folder, mend
from tests.pipelines.workspace import Workspace

LARGE = 300
NOTE = "The brass of the north store is polished once a year by the caretaker."


@pytest.fixture(scope="module")
def sparing() -> Iterator[ParsePool]:
    """Parses as runs do whose chunk.table_rows is LARGE."""
    forked.context()
    with ParsePool(1, seconds_per_file=60, table_rows=LARGE) as pool:
        yield pool


@pytest.fixture
def stock(workspace: Workspace, sparing: ParsePool) -> Workspace:
    """A sheet of 400 rows, all of them in the north store and half of brass, and a note."""
    workspace.tools = replace(workspace.tools, prepare=sparing.prepare, parse=sparing.results)
    rows = (f"P-{n:05},{('steel', 'brass')[n % 2]},north store,{n}" for n in range(1, 401))
    workspace.write("stock.csv", "\n".join(["Part,Metal,Store,Pieces", *rows]))
    workspace.write("note.txt", NOTE)
    workspace.ingest()
    return workspace


def chunks(workspace: Workspace) -> list[Chunk]:
    with workspace.tools.collection.reader() as live:
        return live.catalog.chunks([*live.catalog.chunk_ids()])


def found(workspace: Workspace, text: str, top_k: int = 5) -> list[Hit]:
    with workspace.tools.collection.reader() as live:
        lexical = partial(query_vector, df=live.catalog.df, n=live.catalog.chunk_count())
        query = Query(text, top_k)
        return [
            *search(
                query,
                index=live.vectors,
                catalog=live.catalog,
                embedder=workspace.embedder,
                lexical=lexical,
            ).hits
        ]


def first_row(workspace: Workspace, text: str) -> str:
    """The best hit of the sheet."""
    return next(one.chunk.text for one in found(workspace, text) if one.source == "stock.csv")


def as_by_an_earlier_kb(folder: Path, rows: Sequence[Chunk]) -> None:
    """Give the rows of a sheet points, and the catalog nothing that they are found by."""
    with closing(Catalog(folder / "catalog.sqlite", writable=True)) as catalog:
        [record] = [one for one in catalog.documents() if one.path == "stock.csv"]
        for table in ("segment", "chunk", "posting", "payload"):
            catalog.database.run(f"DROP TABLE lexical_{table}")
    shard = EdgeIndex(folder / "vectors")
    vectors = [document_vector(lexical_text(record, one)) for one in rows]
    points = zip(rows, vectors, strict=True)
    shard.upsert([embedded_chunk(record, one, None, vector) for one, vector in points])
    shard.flush()
    shard.close()
    as_written(folder)


def test_a_description_is_embedded_and_the_rows_are_not(stock: Workspace) -> None:
    kinds = {one.lexical_only for one in chunks(stock)}
    assert kinds == {True, False}
    embedded = [one.text for one in chunks(stock) if not one.lexical_only]
    assert any("400 rows, 4 columns" in text for text in embedded)
    assert sum("Part: P-" in text for text in embedded) <= 1
    assert stock.embedder.texts_seen == len(embedded)
    with stock.tools.collection.reader() as live:
        assert compare(live).sound
        [table] = live.catalog.table_store.tables()
        assert table.rows == 400


def test_the_rows_have_no_points_and_are_in_the_catalog(stock: Workspace) -> None:
    embedded = {one.id for one in chunks(stock) if not one.lexical_only}
    folder = live_folder(stock.tools.collection)
    shard = EdgeIndex(folder / "vectors")
    assert {*shard.ids()} == embedded
    shard.close()
    with stock.tools.collection.reader() as live:
        assert [*live.vectors.ids()] == sorted(one.id for one in chunks(stock))


def test_rows_that_an_earlier_kb_gave_points_are_found_and_lose_them_when_they_change(
    stock: Workspace,
) -> None:
    rows = {one.id: one for one in chunks(stock) if one.lexical_only}
    folder = live_folder(stock.tools.collection)
    as_by_an_earlier_kb(folder, [*rows.values()])
    with stock.tools.collection.reader() as live:
        assert compare(live).sound
    assert "P-00337" in first_row(stock, "P-00337")
    text = (stock.docs / "stock.csv").read_text()
    stock.write("stock.csv", text.replace("P-00337,brass", "P-00337,copper"))
    stock.ingest()
    assert "copper" in first_row(stock, "P-00337")
    with stock.tools.collection.reader() as live:
        assert compare(live).sound


def test_a_rebuild_takes_the_points_of_an_earlier_kb_away(stock: Workspace) -> None:
    rows = [one for one in chunks(stock) if one.lexical_only]
    as_by_an_earlier_kb(live_folder(stock.tools.collection), rows)
    stock.ingest(rebuild=True)
    shard = EdgeIndex(live_folder(stock.tools.collection) / "vectors")
    assert not {*shard.ids()} & {one.id for one in rows}
    shard.close()


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM lexical_chunk WHERE place % 2",
        "UPDATE lexical_posting SET chunks = zeroblob(length(chunks))",
        "DELETE FROM lexical_segment",
    ],
)
def test_what_rows_are_found_by_is_compared_and_made_anew(stock: Workspace, damage: str) -> None:
    folder = live_folder(stock.tools.collection)
    with sqlite3.connect(folder / "catalog.sqlite") as database:
        database.execute(damage)
    database.close()
    as_written(folder)
    with stock.tools.collection.reader() as live:
        assert not compare(live).sound
    assert mend(stock).after.sound
    assert "P-00337" in first_row(stock, "P-00337")


def test_a_rollback_finds_the_rows_as_they_were(stock: Workspace) -> None:
    text = (stock.docs / "stock.csv").read_text()
    stock.write("stock.csv", text.replace("P-00337,brass", "P-00337,copper"))
    stock.ingest()
    assert "copper" in first_row(stock, "P-00337")
    stock.tools.collection.rollback()
    assert "copper" not in first_row(stock, "P-00337")


def test_the_models_memory_is_free_while_a_long_document_is_stored(
    stock: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resting, "MANY_CHUNKS", 50)
    stored, freed = Catalog.put_document, list[int]()

    def put(self: Catalog, record: DocumentRecord, *rest: Any) -> Change:
        if record.path == "stock.csv":
            assert freed == [stock.embedder.texts_seen]
        return stored(self, record, *rest)

    monkeypatch.setattr(Catalog, "put_document", put)
    stock.embedder.calls.clear()
    stock.tools = replace(stock.tools, free=lambda: freed.append(stock.embedder.texts_seen))
    stock.write("stock.csv", (stock.docs / "stock.csv").read_text() + "\nP-00401,zinc,south,1")
    stock.ingest()
    assert len(freed) == 1
    assert stock.embedder.texts_seen > 0


def test_what_was_reused_counts_no_row(stock: Workspace) -> None:
    counts = stock.ingest(rebuild=True).counts
    assert (counts.embedded, counts.reused) == (0, stock.embedder.texts_seen)
    assert counts.chunks == len(chunks(stock))


@pytest.mark.parametrize("asked", ["P-00337", "where is part P-00337 kept?"])
def test_a_row_is_found_by_its_identifier(stock: Workspace, asked: str) -> None:
    of_stock = [one for one in found(stock, asked) if one.source == "stock.csv"]
    assert "P-00337" in of_stock[0].chunk.text


def test_rows_do_not_crowd_out_passages(stock: Workspace) -> None:
    hits = found(stock, "brass north store", top_k=20)
    rows = [one for one in hits if one.chunk.lexical_only]
    assert 0 < len(rows) <= ROWS
    assert "note.txt" in {one.source for one in hits}


def test_a_repair_makes_the_points_anew_and_embeds_no_row(stock: Workspace) -> None:
    embedded = stock.embedder.texts_seen
    (live_folder(stock.tools.collection) / "vectors" / "edge_config.json").unlink()
    report = mend(stock, lambda: stock.embedder)
    assert report.after.sound
    assert stock.embedder.texts_seen == embedded
    assert any("P-00337" in one.chunk.text for one in found(stock, "P-00337"))


def test_a_flipped_mark_is_damage(stock: Workspace) -> None:
    folder = live_folder(stock.tools.collection)
    with sqlite3.connect(folder / "catalog.sqlite") as database:
        database.execute("UPDATE chunk SET lexical_only = 0 WHERE lexical_only")
    database.close()
    as_written(folder)
    with stock.tools.collection.reader() as live:
        assert [one.name for one in compare(live).damaged] == ["docs/stock.csv"]


def test_a_rebuild_keeps_the_rows_of_a_file_that_is_not_there_tonight(stock: Workspace) -> None:
    (stock.docs / "stock.csv").rename(stock.docs.parent / "stock.csv")
    before = {one.id: one.lexical_only for one in chunks(stock)}
    stock.ingest(stock.docs / "note.txt", rebuild=True)
    assert {one.id: one.lexical_only for one in chunks(stock)} == before
    with stock.tools.collection.reader() as live:
        assert compare(live).sound


def test_with_fewer_rows_than_that_each_one_is_embedded_again(stock: Workspace) -> None:
    stock.write("stock.csv", "Part,Pieces\n" + "\n".join(f"P-{n:05},{n}" for n in range(1, 300)))
    stock.ingest()
    assert {one.lexical_only for one in chunks(stock)} == {False}
    with stock.tools.collection.reader() as live:
        assert compare(live).sound


def test_a_purge_leaves_nothing_of_the_rows(stock: Workspace) -> None:
    report = remove(stock.tools.collection, [stock.docs / "stock.csv"], wait=0)
    assert report.remaining == 0
    assert not any(one.lexical_only for one in chunks(stock))


def test_a_purge_takes_the_rows_out_of_the_lists(stock: Workspace) -> None:
    purge(stock.tools.collection, [stock.docs / "stock.csv"], wait=0)
    with sqlite3.connect(live_folder(stock.tools.collection) / "catalog.sqlite") as database:
        for table in ("segment", "chunk", "posting", "payload"):
            assert database.execute(f"SELECT count(*) FROM lexical_{table}").fetchone() == (0,)
    database.close()
