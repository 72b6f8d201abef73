"""kb/index/tables.py: the tables of documents, as a generation keeps them."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from kb.errors import StoreDamaged
from kb.index.catalog import Catalog
from kb.index.table_schema import MOST_COLUMNS, view_sql
from kb.table_types import Column, ColumnType, Row, RowFlag, StoredTable, Table, ValueHit
from kb.types import DocumentRecord
from tests.index_samples import document

ROSTER = Table(
    place=0,
    name="在职",
    caption="员工名册 2024",
    page=None,
    columns=(
        Column("工号", ColumnType.CODE),
        Column("姓名", ColumnType.TEXT),
        Column("月薪", ColumnType.MONEY, unit="元", scale=10_000, decimals=2),
        Column("在岗", ColumnType.BOOLEAN),
    ),
    rows=(
        Row(3, ("E1001", "張飞", "1.50", "是"), ("e1001", "张飞", 15000.0, 1)),
        Row(4, ("E1002", "关羽", "面议", "否"), ("e1002", "关羽", None, 0)),
        Row(5, ("E1003", "赵云", "2", ""), ("e1003", "赵云", 20000, None), RowFlag.HIDDEN),
        Row(6, ("", "合计", "3.50", ""), (None, "合计", 35000.0, None), RowFlag.TOTAL),
    ),
    remarks=("row 4: 面议 is no number",),
)


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with closing(Catalog(tmp_path / "catalog.sqlite", writable=True)) as catalog:
        yield catalog


def add(catalog: Catalog, path: str, *tables: Table, text: str = "text") -> DocumentRecord:
    record, chunks = document(path, [text])
    catalog.put_document(record, chunks, [(1,)], tables)
    return record


def only(catalog: Catalog) -> StoredTable:
    [table] = catalog.table_store.tables()
    return table


def plain_table(values: Sequence[Sequence[str | int | float | None]], place: int = 0) -> Table:
    """A table of texts and numbers that are displayed as they are."""
    columns = tuple(Column(f"c{i}", ColumnType.TEXT) for i in range(len(values[0])))
    rows = (
        Row(i, tuple("" if one is None else str(one) for one in row), tuple(row))
        for i, row in enumerate(values, 1)
    )
    return Table(place, "", "", None, columns, tuple(rows))


# --- what is kept ---------------------------------------------------------------------


def test_a_table_comes_back_as_it_was_put(catalog: Catalog) -> None:
    add(catalog, "名册.xlsx", ROSTER)
    assert catalog.table_store.read(only(catalog).id) == ROSTER


def test_a_table_is_listed_with_its_document_and_without_its_rows(catalog: Catalog) -> None:
    record = add(catalog, "名册.xlsx", ROSTER)
    found = only(catalog)
    assert (found.doc_id, found.source, found.title) == (
        record.doc_id,
        "docs/名册.xlsx",
        "名册.xlsx",
    )
    assert (found.name, found.caption, found.columns) == ("在职", "员工名册 2024", ROSTER.columns)
    assert (found.rows, found.plain, found.remarks) == (4, 2, ROSTER.remarks)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("n/a", None),
        ("1,234", 1234),
        ("12", 12),
        ("12.5", 12.5),
        ("0.0", 0.0),
        ("-0.0", -0.0),
        ("1e-07", 1e-07),
        ("inf", float("inf")),
        ("0.1234567890123456", 0.1234567890123456),
        ("３月５日", "03-05"),
        ("a\x00b", "a\x00b"),
        ("\U0001f600", "\U0001f600"),
        ("9223372036854775807", 9223372036854775807),
        ("x" * 32_767, "x" * 32_767),
    ],
)
def test_a_cell_keeps_what_it_displays_and_what_it_is_worth(
    catalog: Catalog, text: str, value: str | float | None
) -> None:
    table = replace(plain_table([["a"]]), rows=(Row(1, (text,), (value,)),))
    add(catalog, "a.csv", table)
    [row] = catalog.table_store.rows(only(catalog).id)
    assert (row.texts, row.values) == ((text,), (value,))
    assert type(row.values[0]) is type(value)
    assert catalog.table_store.read(only(catalog).id).rows == (row,)


def test_a_document_that_is_put_again_has_the_tables_that_it_has_now(catalog: Catalog) -> None:
    add(catalog, "a.xlsx", ROSTER, plain_table([["old"]], place=1))
    add(catalog, "a.xlsx", plain_table([["new"]]))
    assert [row.texts for row in catalog.table_store.rows(only(catalog).id)] == [("new",)]
    assert catalog.table_store.values_among(["old", "张飞"]) == []


def test_a_removed_document_leaves_no_table_and_no_value(catalog: Catalog) -> None:
    record = add(catalog, "a.xlsx", ROSTER)
    catalog.remove_document(record.doc_id)
    assert catalog.table_store.tables() == []
    for name in (*catalog.table_store.row_tables(), "table_value"):
        assert catalog.database.all(f"SELECT count(*) FROM {name}") == [(0,)]


def test_a_touched_document_keeps_its_tables(catalog: Catalog) -> None:
    record = add(catalog, "a.xlsx", ROSTER)
    catalog.touch_document(record.doc_id, record.size, 77)
    assert only(catalog).mtime_ns == 77


@pytest.mark.parametrize("width", [1, 4, 5, 33, 513, MOST_COLUMNS])
def test_every_width_has_its_place(catalog: Catalog, width: int) -> None:
    table = plain_table([[f"v{place}" for place in range(width)]])
    add(catalog, "a.csv", table)
    assert catalog.table_store.read(only(catalog).id) == table
    assert catalog.holds(f"v{width - 1}".encode())


def test_columns_that_are_too_many_are_left_out_and_that_is_said(catalog: Catalog) -> None:
    add(catalog, "a.csv", plain_table([["x"] * (MOST_COLUMNS + 2)]))
    found = only(catalog)
    assert len(found.columns) == len(catalog.table_store.rows(found.id)[0].texts) == MOST_COLUMNS
    assert found.remarks == ("only the first 998 of 1000 columns are stored",)


# --- ids and the root hash ------------------------------------------------------------


def test_ids_do_not_depend_on_the_order_of_documents(tmp_path: Path) -> None:
    hashes, ids = set(), set()
    for name, paths in (("one", ["a.xlsx", "b.xlsx"]), ("two", ["b.xlsx", "a.xlsx"])):
        with closing(Catalog(tmp_path / name, writable=True)) as catalog:
            for path in paths:
                add(catalog, path, ROSTER)
            hashes.add(catalog.root_hash())
            ids.add(tuple(table.id for table in catalog.table_store.tables()))
    assert len(hashes) == len(ids) == 1


def test_the_root_hash_depends_on_every_cell(catalog: Catalog) -> None:
    add(catalog, "a.xlsx", ROSTER)
    before = catalog.root_hash()
    other = replace(ROSTER.rows[0], values=("e1001", "张飞", 15000.01, 1))
    add(catalog, "a.xlsx", replace(ROSTER, rows=(other, *ROSTER.rows[1:])))
    assert catalog.root_hash() != before


def test_without_tables_the_root_hash_is_that_of_an_earlier_kb(catalog: Catalog) -> None:
    add(catalog, "a.md")
    assert catalog.root_hash() == catalog.root_hash(tables=False)


def test_two_tables_whose_ids_collide_are_both_kept(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kb.index.tables.table_ids", lambda doc_id, place: iter([5, 6]))
    add(catalog, "a.xlsx", ROSTER)
    add(catalog, "b.xlsx", plain_table([["other"]]))
    assert [table.id for table in catalog.table_store.tables()] == [5, 6]
    assert catalog.table_store.read(5) == ROSTER


# --- reading and asking ---------------------------------------------------------------


def test_rows_are_asked_for_by_their_numbers(catalog: Catalog) -> None:
    add(catalog, "a.xlsx", ROSTER)
    assert catalog.table_store.rows(only(catalog).id, numbers=[6, 3]) == [
        ROSTER.rows[0],
        ROSTER.rows[3],
    ]


def test_rows_are_asked_for_by_what_they_hold(catalog: Catalog) -> None:
    add(catalog, "a.xlsx", ROSTER)
    found = catalog.table_store.rows(
        only(catalog).id, where="c2 > ? AND flags = 0", parameters=[10_000], most=5
    )
    assert found == [ROSTER.rows[0]]


def test_a_view_has_values_texts_numbers_and_flags(catalog: Catalog) -> None:
    add(catalog, "a.xlsx", ROSTER)
    sql = f"SELECT number, x1, x2, c2 FROM {view_sql(only(catalog))} WHERE flags = 0"
    assert catalog.table_store.run(sql) == [(3, "張飞", "1.50", 15000.0), (4, "关羽", "面议", None)]


def test_two_tables_are_joined(catalog: Catalog) -> None:
    add(catalog, "a.csv", plain_table([["e1", "张飞"], ["e2", "关羽"]]))
    add(catalog, "b.csv", plain_table([["e2", 7]]))
    one, two = catalog.table_store.tables()
    sql = f"SELECT one.x1, two.c1 FROM {view_sql(one)} one JOIN {view_sql(two)} two USING (c0)"
    assert catalog.table_store.run(sql) == [("关羽", 7)]


def test_words_that_are_values_are_found_in_their_columns(catalog: Catalog) -> None:
    add(catalog, "a.xlsx", ROSTER)
    table_id = only(catalog).id
    assert catalog.table_store.values_among(["张飞", "刘备", "e1003", "是"]) == [
        ValueHit("张飞", table_id, 1, 1),
        ValueHit("e1003", table_id, 0, 1),
        ValueHit("是", table_id, 3, 1),
    ]


def test_totals_and_numbers_and_long_texts_are_no_values(catalog: Catalog) -> None:
    long = "x" * 65
    add(catalog, "a.xlsx", ROSTER, plain_table([[long]], place=1))
    assert catalog.table_store.values_among(["合计", "15000.0", "1.50", long, ""]) == []


@pytest.mark.parametrize("slip", ["e10013", "e101", "e2001", "e1010", "1001", "f1001"])
def test_a_value_one_character_away_is_found(catalog: Catalog, slip: str) -> None:
    add(catalog, "a.csv", plain_table([["e1001"]]))
    assert [hit.folded for hit in catalog.table_store.values_like(slip)] == ["e1001"]


@pytest.mark.parametrize("other", ["e1001", "e2002", "e10", "", "e1", "f10013"])
def test_what_is_equal_or_further_away_is_not_near(catalog: Catalog, other: str) -> None:
    add(catalog, "a.csv", plain_table([["e1001"]]))
    assert catalog.table_store.values_like(other) == []


def test_the_nearest_come_first_and_not_all_of_them(catalog: Catalog) -> None:
    add(catalog, "a.csv", plain_table([["e1309"], ["e1393"], ["e3199"], ["e139"], ["e1398"]]))
    found = catalog.table_store.values_like("e1399", most=3)
    assert [hit.folded for hit in found] == ["e3199", "e1309", "e1393"]


@pytest.mark.parametrize(
    ("word", "near"),
    [("张非", ["张羽", "张飞"]), ("李非", []), ("王五", []), ("张羽飞", ["张羽", "张飞"])],
)
def test_of_a_name_of_two_characters_those_that_begin_alike_are_near_if_they_are_few(
    catalog: Catalog, word: str, near: list[str]
) -> None:
    names = ["张飞", "张羽", *(f"王{one}" for one in "一二三四")]
    add(catalog, "a.csv", plain_table([[name] for name in names]))
    assert [hit.folded for hit in catalog.table_store.values_like(word)] == near


def test_values_that_are_formed_like_a_word_have_a_range(catalog: Catalog) -> None:
    codes = ["e1001", "e1200", "e1042", "e99", "f1300", "e-1300"]
    add(catalog, "a.csv", plain_table([[code] for code in codes]))
    [found] = catalog.table_store.formed_alike("e1399")
    assert (found.column, found.first, found.last, found.count) == (0, "e1001", "e1200", 3)
    assert catalog.table_store.formed_alike("pump") == []
    assert catalog.table_store.formed_alike("e[1]*9") == []


def test_a_large_sort_makes_no_file(catalog: Catalog) -> None:
    """A sandbox forbids one where SQLite would put it."""
    many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400000)"
    key = "hex(i * 7919 % 400009) || printf('%0100d', i)"
    rows = catalog.database.each(f"{many} SELECT {key} FROM n ORDER BY 1")
    assert next(rows)
    opened = [os.path.realpath(one) for one in Path("/proc/self/fd").iterdir()]
    assert [name for name in opened if "etilqs" in name] == []


# --- damage ---------------------------------------------------------------------------


def damage(catalog: Catalog, statement: str) -> None:
    with closing(sqlite3.connect(catalog.database.path)) as db, db:
        db.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE table_row_4 SET v3 = 15001.0 WHERE number = 3",
        "UPDATE table_row_4 SET t2 = '张非' WHERE number = 3",
        "UPDATE table_row_4 SET flags = 0 WHERE number = 6",
        "DELETE FROM table_row_4 WHERE number = 6",
        "UPDATE table_ SET rows = 3",
        "UPDATE table_ SET columns = replace(columns, '月薪', '年薪')",
        "UPDATE table_ SET id = id + 1",
    ],
)
def test_what_nobody_wrote_is_not_read(tmp_path: Path, statement: str) -> None:
    path = tmp_path / "catalog.sqlite"
    with closing(Catalog(path, writable=True)) as catalog:
        add(catalog, "a.xlsx", ROSTER)
    damage(catalog, statement)
    with closing(Catalog(path)) as reader, pytest.raises(StoreDamaged, match="damaged"):
        reader.table_store.rows(only(reader).id)


def test_tables_of_content_that_an_earlier_kb_replaced_are_not_read_and_go(
    catalog: Catalog,
) -> None:
    add(catalog, "a.xlsx", ROSTER)
    damage(catalog, "UPDATE document SET sha256 = 'other', checksum = NULL")
    assert catalog.table_store.tables() == []
    assert catalog.root_hash() == catalog.root_hash(tables=False)
    catalog.finish()
    assert catalog.database.all("SELECT * FROM table_row_4") == []


def test_a_catalog_of_an_earlier_kb_has_no_tables(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    with closing(Catalog(path, writable=True)) as catalog:
        add(catalog, "a.md")
    damage(catalog, "DROP TABLE table_")
    with closing(Catalog(path)) as reader:
        assert reader.table_store.tables() == []
        assert reader.table_store.values_among(["a"]) == reader.table_store.values_like("abc") == []
        assert reader.root_hash() == reader.root_hash(tables=False)


# --- bytes ----------------------------------------------------------------------------


def test_bytes_of_a_cell_are_held_while_its_document_is_there(catalog: Catalog) -> None:
    record = add(catalog, "a.xlsx", ROSTER)
    needles = [one.encode() for one in ("張飞", "关羽", "员工名册", "月薪", "面议")]
    assert all(catalog.holds(needle) for needle in needles)
    assert catalog.bytes_left(needles) == 0
    catalog.remove_document(record.doc_id)
    assert not any(catalog.holds(needle) for needle in needles)


def test_the_longest_texts_of_some_rows_are_samples(catalog: Catalog) -> None:
    record = add(catalog, "a.xlsx", plain_table([[f"n{n}", f"name {n}"] for n in range(100)]))
    assert catalog.table_store.samples(record.doc_id, 2) == ["name 0", "name 50"]
    assert len(catalog.table_store.samples(record.doc_id, 1000)) == 100


def test_nothing_is_left_of_a_deleted_table(catalog: Catalog) -> None:
    record = add(catalog, "a.xlsx", ROSTER)
    catalog.remove_document(record.doc_id)
    catalog.compact()
    assert catalog.bytes_left(["張飞".encode(), "张飞".encode(), b"e1001"]) == 0
