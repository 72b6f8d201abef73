"""Workbooks."""

from __future__ import annotations

import datetime
import io
from pathlib import Path
from typing import Any

import openpyxl

from tests.unit.documents.samples import (
    parsed,
    texts,
    workbook,
)


def test_sheets_are_headings_and_cells_look_as_on_the_screen(tmp_path: Path) -> None:
    day = datetime.datetime(2024, 9, 17)
    rows = [
        ("姓名", "电话", "入职", "比例"),
        ("张飞", 13800138000, day, 0.5),
        ("曹操", None, None, 2.0),
    ]
    document = parsed(tmp_path / "a.xlsx", workbook(花名册=rows, 空=[]))
    assert texts(document) == [
        "花名册",
        "姓名: 张飞 | 电话: 13800138000 | 入职: 2024-09-17 | 比例: 0.5",
        "姓名: 曹操 | 比例: 2",
    ]


def test_number_formats_are_followed(tmp_path: Path) -> None:
    book: Any = openpyxl.load_workbook(
        io.BytesIO(workbook(s=[("率", "编号", "价"), (0.125, 42, 3)]))
    )
    for cell, number_format in (("A2", "0.0%"), ("B2", "00000"), ("C2", "0.00")):
        book["s"][cell].number_format = number_format
    book.save(tmp_path / "a.xlsx")
    assert texts(parsed(tmp_path / "a.xlsx"))[1] == "率: 12.5% | 编号: 00042 | 价: 3.00"


def test_one_sheet_may_hold_several_tables_with_captions(tmp_path: Path) -> None:
    rows = [("电话簿",), ("姓名", "电话"), ("张飞", 1), (), ("件", "数"), ("泵", 2)]
    assert texts(parsed(tmp_path / "a.xlsx", workbook(s=rows))) == [
        "s",
        "电话簿",
        "姓名: 张飞 | 电话: 1",
        "件: 泵 | 数: 2",
    ]


def test_a_value_below_the_cell_that_spans_it_is_not_read_as_seen(tmp_path: Path) -> None:
    rows = [("区", "主管", "分机"), ("东", "林", 4001), ("东", "饶", 4002), (None, "何", 4003)]
    book: Any = openpyxl.load_workbook(io.BytesIO(workbook(s=rows)))
    for place in ("B2:B3", "A2:A3", "C3:C4"):
        book["s"].merged_cells.add(place)  # which leaves the values below it, as copied formats do
    book["s"]["C3"].value = None
    book.save(tmp_path / "a.xlsx")
    assert texts(parsed(tmp_path / "a.xlsx"))[1:] == [
        "区: 东 | 主管: 林 | 分机: 4001",
        "区: 东 | 主管: 林",
        "主管: 何 | 分机: [hidden] 4003",
    ]
