"""kb/index/table_names.py: what SQL calls tables and columns."""

from __future__ import annotations

import pytest

from kb.index.table_names import named
from kb.table_types import Column, ColumnType, StoredTable


def table(source: str, sheet: str = "", *columns: str, place: int = 0) -> StoredTable:
    kinds = tuple(Column(name, ColumnType.TEXT) for name in columns)
    return StoredTable(0, source, source, source, 0, place, sheet, "", None, kinds, 0, 0)


@pytest.mark.parametrize(
    ("source", "sheet", "name"),
    [
        ("docs/员工名册2024.xlsx", "在职", "员工名册2024_在职"),
        ("docs/sub/staff.xlsx", "Sheet1", "staff"),
        ("docs/库存.xlsx", "工作表 2", "库存"),
        ("docs/list.csv", "list", "list"),
        ("docs/a.zip!/inside/价目.md", "", "价目"),
        ("docs/Q1 (final).xlsx", "sales & costs", "Q1_final_sales_costs"),
        ("docs/2024年预算.xlsx", "", "_2024年预算"),
        ("docs/order.csv", "", "order_"),
        ('docs/"; DROP TABLE x.csv', "", "DROP_TABLE_x"),
        ("docs/!!!.csv", "", "table_"),
        ("docs/" + "x" * 300 + ".csv", "", "x" * 60),
    ],
)
def test_a_table_is_named_after_its_document_and_sheet(source: str, sheet: str, name: str) -> None:
    assert [one.name for one in named([table(source, sheet)])] == [name]


def test_sheets_of_one_document_are_told_apart_whatever_they_are_called() -> None:
    tables = [table("d/a.xlsx", "Sheet1"), table("d/a.xlsx", "Sheet2"), table("d/a.xlsx", "")]
    assert [one.name for one in named(tables)] == ["a_Sheet1", "a_Sheet2", "a"]


def test_every_name_is_there_once_in_any_spelling() -> None:
    tables = [table("d/x/List.csv"), table("d/y/list.csv"), table("d/list__all.csv")]
    assert [one.name for one in named(tables)] == ["List", "list_2", "list__all_2"]


def test_columns_are_named_as_displayed_each_once() -> None:
    found = table("d/a.csv", "", "金额", "金额", "", "_ROW", "unit\nprice", 'a"b')
    [one] = named([found])
    assert one.columns == ("金额", "金额_2", "column_3", "_ROW_2", "unit price", 'a"b')
