"""kb/index/table_sql.py: one SELECT over the tables of documents, and nothing else."""

from __future__ import annotations

import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from kb.errors import Interrupted, StoreDamaged, UsageError
from kb.index.catalog import Catalog
from kb.index.table_names import named
from kb.index.table_sql import Limits, select
from kb.table_types import Column, ColumnType, Row, RowFlag, SqlResult, Table
from tests.index_samples import document

STAFF = Table(
    place=0,
    name="",
    caption="",
    page=None,
    columns=(
        Column("工号", ColumnType.CODE),
        Column("姓名", ColumnType.TEXT),
        Column("月薪(万元)", ColumnType.MONEY, unit="元", scale=10_000),
        Column("备注", ColumnType.TEXT, hidden=True),
    ),
    rows=(
        Row(2, ("E1001", "張飞", "1.5", "x"), ("e1001", "张飞", 15000.0, "x")),
        Row(3, ("E1002", "关羽", "2", ""), ("e1002", "关羽", 20000, None)),
        Row(4, ("E1003", "赵云", "3", ""), ("e1003", "赵云", 30000, None), RowFlag.HIDDEN),
        Row(5, ("", "合计", "6.5", ""), (None, "合计", 65000.0, None), RowFlag.TOTAL),
    ),
)
PHONES = replace(
    STAFF,
    columns=(Column("编号", ColumnType.CODE), Column("分机", ColumnType.CODE)),
    rows=(Row(2, ("E1002", "8812"), ("e1002", "8812")),),
)
LIMITS = Limits(seconds=10, rows=1000)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    place = tmp_path / "catalog.sqlite"
    with closing(Catalog(place, writable=True)) as catalog:
        for name, table in (("staff.csv", STAFF), ("phones.csv", PHONES)):
            record, chunks = document(name, ["secret text"])
            catalog.put_document(record, chunks, [(1,)], [table])
    return place


@pytest.fixture
def catalog(path: Path) -> Iterator[Catalog]:
    with closing(Catalog(path)) as catalog:
        yield catalog


def ask(catalog: Catalog, sql: str, limits: Limits = LIMITS) -> SqlResult:
    store = catalog.table_store
    return select(catalog.database.path, store, named(store.tables()), sql, limits)


def refusal(catalog: Catalog, sql: str, limits: Limits = LIMITS) -> UsageError:
    with pytest.raises(UsageError) as caught:
        ask(catalog, sql, limits)
    return caught.value


def test_a_signal_that_breaks_it_off_is_not_told_as_too_long(catalog: Catalog) -> None:
    def stop(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    many = ", ".join(f"staff s{number}" for number in range(40))
    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        with pytest.raises((Interrupted, KeyboardInterrupt)):
            ask(catalog, f"SELECT count(*) FROM {many}")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


# --- what a table is ------------------------------------------------------------------


def test_texts_are_as_displayed_and_numbers_in_their_base_unit(catalog: Catalog) -> None:
    found = ask(catalog, "SELECT * FROM staff")
    assert found.columns == ("工号", "姓名", "月薪(万元)", "_row")
    assert found.rows == (("E1001", "張飞", 15000.0, 2), ("E1002", "关羽", 20000, 3))


def test_totals_and_what_is_hidden_are_left_out_and_that_is_said(catalog: Catalog) -> None:
    found = ask(catalog, 'SELECT count(*), sum("月薪(万元)") FROM staff')
    assert found.rows == ((2, 35000.0),)
    assert found.remarks == (
        "staff: 2 rows marked as total or hidden left out; with them: staff__all",
    )


def test_with_all_they_are_there_and_marked(catalog: Catalog) -> None:
    found = ask(catalog, "SELECT 备注, _row, _flags FROM staff__all")
    assert found.rows == (("x", 2, ""), (None, 3, ""), (None, 4, "hidden"), (None, 5, "total"))
    assert (found.tables, found.remarks) == (("staff",), ())


def test_what_was_not_understood_of_a_table_is_said_with_every_result(tmp_path: Path) -> None:
    told = replace(PHONES, hidden=True, remarks=tuple(f"remark {n}" for n in range(7)))
    with closing(Catalog(tmp_path / "catalog.sqlite", writable=True)) as catalog:
        record, chunks = document("phones.csv", ["text"])
        catalog.put_document(record, chunks, [(1,)], [told])
        assert ask(
            catalog, "SELECT count(*) FROM phones JOIN phones__all USING (分机)"
        ).remarks == (
            "phones: its document hides this table",
            *(f"phones: remark {n}" for n in range(5)),
            "phones: 2 more remarks; see kb tables",
        )


def test_tables_are_joined_grouped_and_ranked(catalog: Catalog) -> None:
    joined = ask(catalog, "SELECT s.姓名, p.分机 FROM staff s JOIN phones p ON p.编号 = s.工号")
    assert (joined.rows, joined.tables) == ((("关羽", "8812"),), ("phones", "staff"))
    ranked = ask(
        catalog,
        'WITH top AS (SELECT *, rank() OVER (ORDER BY "月薪(万元)" DESC) AS r FROM STAFF)'
        " SELECT 姓名 FROM top WHERE r = 1",
    )
    assert (ranked.rows, ranked.tables) == ((("关羽",),), ("staff",))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) FROM staff",
        "SELECT count(*) FROM (SELECT 1 FROM staff)",
        "SELECT (SELECT count(*) FROM staff)",
        "VALUES (2)",
        "SELECT count(*) FROM staff WHERE 姓名 LIKE '%' OR 姓名 GLOB '*'",
        "SELECT 1 + 1 FROM phones WHERE date('2024-03-05', '+1 day') = '2024-03-06'",
    ],
)
def test_selects_of_many_kinds_run(catalog: Catalog, sql: str) -> None:
    assert ask(catalog, sql).rows == ((2,),)


# --- what is not allowed --------------------------------------------------------------


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT text FROM chunk",
        "SELECT * FROM main.document",
        "SELECT * FROM table_row_4",
        'SELECT * FROM "table_row_4"',
        "WITH staff AS (SELECT v1 FROM [TABLE_ROW_4]) SELECT * FROM staff",
        "SELECT * FROM table_value",
        "SELECT * FROM sqlite_master",
        "SELECT * FROM sqlite_temp_master",
        "SELECT * FROM pragma_table_info('chunk')",
        "SELECT * FROM json_each('[1]')",
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r",
        "SELECT load_extension('x')",
        "SELECT readfile('/etc/passwd')",
        "SELECT randomblob(1000000)",
        "SELECT zeroblob(1000000)",
        "SELECT fts3_tokenizer('x')",
        "SELECT sqlite_version()",
        "SELECT 姓名 FROM staff WHERE 姓名 MATCH 'x'",
        "PRAGMA table_info(chunk)",
        "ATTACH '/tmp/other' AS other",
        "INSERT INTO staff VALUES (1)",
        "DELETE FROM table_",
        "UPDATE document SET title = ''",
        "CREATE TABLE x (y)",
        "CREATE TEMP VIEW x AS SELECT 1",
        "DROP VIEW staff",
        "VACUUM INTO '/tmp/copy'",
        "BEGIN",
        "",
        "-- nothing",
        "EXPLAIN SELECT * FROM staff",
        "explain query plan SELECT * FROM staff",
        "-- a plan\n /* of * what */ ; Explain SELECT * FROM staff",
        "SELECT 1; DELETE FROM table_",
        "SELECT '" + "x" * 100_000 + "'",
        "SELECT 1\x00",
    ],
)
def test_nothing_but_a_select_over_tables_runs(catalog: Catalog, sql: str) -> None:
    before = catalog.database.path.read_bytes()
    error = refusal(catalog, sql)
    assert error.what.startswith("the statement") or error.what.startswith("there is no")
    assert catalog.database.path.read_bytes() == before


def test_what_takes_too_long_is_broken_off(catalog: Catalog) -> None:
    many = ", ".join(f"staff__all s{n}" for n in range(20))
    error = refusal(catalog, f"SELECT count(*) FROM {many}", Limits(seconds=0.1, rows=10))
    assert error.why == "it took longer than 0.1 seconds (tables.seconds)"


def test_a_text_that_grows_without_end_is_refused(catalog: Catalog) -> None:
    error = refusal(catalog, "SELECT replace(printf('%1000000d', 1), ' ', 'xxxxxxxx')")
    assert "too big" in error.why


def test_more_rows_than_allowed_are_left_out_and_that_is_said(catalog: Catalog) -> None:
    found = ask(catalog, "SELECT 姓名 FROM staff__all", Limits(seconds=10, rows=2))
    assert len(found.rows) == 2
    assert found.remarks == ("only the first 2 rows are shown: there are more",)


def test_as_many_rows_as_allowed_are_all(catalog: Catalog) -> None:
    assert ask(catalog, "SELECT 姓名 FROM staff__all", Limits(seconds=10, rows=4)).remarks == ()


# --- mistakes -------------------------------------------------------------------------


def test_a_wrong_table_is_told_with_the_nearest(catalog: Catalog) -> None:
    error = refusal(catalog, "SELECT * FROM stuff")
    assert (error.what, error.why) == ("there is no table 'stuff'", 'the nearest: "staff"')


def test_a_wrong_column_is_told_with_the_nearest(catalog: Catalog) -> None:
    error = refusal(catalog, "SELECT s.月薪 FROM staff s")
    assert (error.what, error.why) == ("there is no column '月薪'", 'the nearest: "月薪(万元)"')


def test_one_character_that_two_names_share_is_near_in_chinese(catalog: Catalog) -> None:
    assert refusal(catalog, "SELECT 月新 FROM staff").why == 'the nearest: "月薪(万元)"'


def test_where_none_is_near_those_that_there_are_are_told(catalog: Catalog) -> None:
    error = refusal(catalog, "SELECT q FROM phones")
    assert error.why == 'there are: "编号", "分机"'


def test_a_mistake_of_grammar_is_told_in_the_words_of_sqlite(catalog: Catalog) -> None:
    assert refusal(catalog, "SELECT FROM staff").why == 'near "FROM": syntax error'


def test_a_table_that_is_damaged_is_not_asked(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE table_row_4 SET v3 = 99999 WHERE v2 = '关羽'")
    with closing(Catalog(path)) as catalog:
        with pytest.raises(StoreDamaged):
            ask(catalog, "SELECT * FROM staff")
        assert ask(catalog, "SELECT count(*) FROM phones").rows == ((1,),)


def test_functions_of_texts_are_as_sqlite_has_them(catalog: Catalog) -> None:
    asked = (
        "instr('abcb', 'b'), instr('abc', 'x'), instr(NULL, 'x'), instr('名册', '册'),"
        " instr(x'0102', x'02'), replace('a-b-c', '-', '+'), replace('abc', '', 'x'),"
        " replace('abc', NULL, 'x'), replace(121, 1, 3), trim('  a '), trim('xxaxx', 'x'),"
        " ltrim('xxa', 'x'), rtrim(' a '), trim(NULL), printf('%05.2f|%-4s|%,d', 2.5, 'a', 1234),"
        " format('%s %s', '名册', NULL), printf(''), printf(NULL, 1), printf('%.*c', 3, 'x')"
    )
    with closing(sqlite3.connect(":memory:")) as plain:
        expected = plain.execute(f"SELECT {asked}").fetchall()
    assert [*ask(catalog, f"SELECT {asked}").rows] == expected


LONG = "printf('%.*c', 4000000, 'a')"
HALF = "printf('%.*c', 2000000, 'a') || 'b'"


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        (f"SELECT instr({LONG}, {HALF})", 0),
        (f"SELECT length(trim({LONG}, {HALF}))", 0),
        (f"SELECT length(replace({LONG}, {HALF}, ''))", 4_000_000),
    ],
    ids=["instr", "trim", "replace"],
)
def test_one_call_over_two_long_texts_ends(catalog: Catalog, sql: str, value: int) -> None:
    assert ask(catalog, sql).rows == ((value,),)


def test_a_text_that_a_function_makes_is_no_longer_than_a_cell(catalog: Catalog) -> None:
    found = refusal(catalog, f"SELECT replace({LONG}, 'a', 'bbbb')")
    assert "too big" in found.why


@pytest.mark.parametrize("form", ["'%1000000000d', 1", "'%*d', 2000000000, 1", "'%.9999999f', 1.5"])
def test_a_text_that_is_formed_too_long_is_an_error(catalog: Catalog, form: str) -> None:
    for function in ("printf", "format"):
        assert "too big" in refusal(catalog, f"SELECT {function}({form})").why
