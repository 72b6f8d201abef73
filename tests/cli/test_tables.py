"""kb tables and kb sql, as a user sees them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from kb.index.generation import Collection
from kb.table_types import Column, ColumnType, Row, RowFlag, Table
from tests.commands import Kb
from tests.index_samples import FINGERPRINT, put

SHEET = Table(
    place=0,
    name="在职",
    caption="员工名册",
    page=None,
    columns=(
        Column("姓名", ColumnType.TEXT),
        Column("月薪(万元)", ColumnType.MONEY, unit="元", scale=10_000),
    ),
    rows=(
        Row(3, ("张飞, 翼德", "1.5"), ("张飞, 翼德", 15000)),
        Row(4, ("关羽\x1b[31m", "2"), ("关羽", 20000)),
        Row(5, ("合计", "3.5"), ("合计", 35000), RowFlag.TOTAL),
    ),
    remarks=("row 2 is empty",),
)


@pytest.fixture
def kb(tmp_path: Path) -> Kb:
    with Collection(tmp_path / "home", "default").writer() as draft:
        draft.begin(FINGERPRINT)
        put(draft, "员工2024.xlsx", ["text"], tables=[SHEET])
        draft.commit()
    return Kb(tmp_path / "home")


NAME = "员工2024_在职"


def test_tables_are_listed_with_their_columns_and_remarks(kb: Kb) -> None:
    assert kb("tables").out.splitlines() == [
        "员工2024_在职: 2 rows and 1 marked as total or hidden",
        "    docs/员工2024.xlsx, 在职",
        "    姓名 (text), 月薪(万元) (money, 元)",
        "    note: row 2 is empty",
    ]


@pytest.mark.parametrize("command", [["tables", "--json"], ["tables", "list", "--json"]])
def test_the_list_as_json(kb: Kb, command: list[str]) -> None:
    [table] = kb(*command).json["tables"]
    assert {key: table[key] for key in ("name", "source", "sheet", "rows", "marked")} == {
        "name": NAME,
        "source": "员工2024.xlsx",
        "sheet": "在职",
        "rows": 2,
        "marked": 1,
    }
    assert table["columns"][1] == {
        "name": "月薪(万元)",
        "type": "money",
        "unit": "元",
        "hidden": False,
    }


def test_a_table_is_shown_as_its_document_displays_it(kb: Kb) -> None:
    assert kb("tables", "show", NAME).out.splitlines() == [
        "docs/员工2024.xlsx, 在职",
        "员工名册",
        "row  姓名          月薪(万元)",
        "  3  张飞, 翼德    1.5",
        "  4  关羽\\x1b[31m  2",
        "  5  合计          3.5         total",
    ]


def test_rows_over_the_limit_are_counted(kb: Kb) -> None:
    done = kb("tables", "show", NAME, "--limit", "1")
    assert len(done.out.splitlines()) == 4
    assert "2 more rows; all of them with --limit 0" in done.err


def test_a_table_as_json_and_as_csv(kb: Kb) -> None:
    found = kb("tables", "show", NAME, "--json").json
    assert found["rows"][2] == {
        "row": 5,
        "marks": ["total"],
        "texts": ["合计", "3.5"],
        "values": ["合计", 35000],
    }
    lines = [*csv.reader(io.StringIO(kb("tables", "show", NAME, "--csv").out))]
    assert lines[:2] == [["姓名", "月薪(万元)"], ["张飞, 翼德", "1.5"]]


def test_a_name_that_is_none_is_exit_2_and_told_with_the_nearest(kb: Kb) -> None:
    done = kb("tables", "show", "员工2023_在职")
    assert done.code == 2
    assert f"the nearest: {NAME}" in done.err


SUM = f'SELECT count(*) AS n, sum("月薪(万元)") AS total FROM {NAME}'


def test_sql_prints_rows_and_on_standard_error_what_is_left_out(kb: Kb) -> None:
    done = kb("sql", SUM)
    assert [line.split() for line in done.out.splitlines()] == [["n", "total"], ["2", "35000"]]
    assert f"{NAME}: a row marked as total or hidden left out" in done.err


def test_sql_as_json_and_as_csv(kb: Kb) -> None:
    found = kb("sql", SUM, "--json").json
    assert (found["columns"], found["rows"]) == (["n", "total"], [[2, 35000]])
    assert found["tables"] == [NAME]
    assert found["remarks"][1] == f"{NAME}: row 2 is empty"
    assert kb("sql", SUM, "--csv").out == "n,total\n2,35000\n"


def test_sql_gives_as_many_rows_as_asked_for(kb: Kb) -> None:
    found = kb("sql", f"SELECT 姓名 FROM {NAME}", "--limit", "1", "--json").json
    assert len(found["rows"]) == 1
    assert "only the first 1 rows" in found["remarks"][0]


def test_sql_that_is_wrong_is_exit_2_in_three_lines(kb: Kb) -> None:
    done = kb("sql", "DELETE FROM chunk")
    assert done.code == 2
    assert [line.partition(":")[0] for line in done.err.splitlines()[-3:]] == [
        "error",
        "why",
        "fix",
    ]


def test_csv_and_json_exclude_each_other(kb: Kb) -> None:
    assert kb("sql", SUM, "--csv", "--json").code == 2


def test_a_collection_without_tables_says_so(tmp_path: Path) -> None:
    with Collection(tmp_path / "home", "default").writer() as draft:
        draft.begin(FINGERPRINT)
        put(draft, "a.md", ["text"])
        draft.commit()
    kb = Kb(tmp_path / "home")
    assert kb("tables").out == "no tables were found in the documents\n"
    assert kb("tables", "--json").json == {"tables": []}
    assert Kb(tmp_path / "none")("tables").code == 4
