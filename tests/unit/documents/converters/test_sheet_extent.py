"""A sheet takes as long as there is in it, and whatever is cut from it is named."""

from __future__ import annotations

import io
import time
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from kb.documents.converters.common import sheets
from kb.types import ParsedDocument
from tests.unit.documents.samples import parsed, rewritten, saved, texts, workbook

_OFFICE = "urn:oasis:names:tc:opendocument:xmlns"
LONGEST = 20
"""Seconds; by its declared extent each of these took many minutes."""


def ods(rows: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr(
            "content.xml",
            f'<o:document-content xmlns:o="{_OFFICE}:office:1.0" xmlns:t="{_OFFICE}:table:1.0" '
            f'xmlns:x="{_OFFICE}:text:1.0"><o:body><o:spreadsheet><t:table t:name="S">{rows}'
            "</t:table></o:spreadsheet></o:body></o:document-content>",
        )
    return buffer.getvalue()


def cell(text: str, times: int = 1) -> str:
    inside = f"<x:p>{text}</x:p>" if text else ""
    return f'<t:table-cell t:number-columns-repeated="{times}">{inside}</t:table-cell>'


def row(*cells: str, times: int = 1) -> str:
    return f'<t:table-row t:number-rows-repeated="{times}">{"".join(cells)}</t:table-row>'


def in_time(path: Path, data: bytes) -> ParsedDocument:
    began = time.process_time()
    document = parsed(path, data)
    assert time.process_time() - began < LONGEST
    return document


def test_columns_as_far_as_excel_has_them_are_read(tmp_path: Path) -> None:
    names = [f"n{number}" for number in range(1, 1501)]
    values = [f"v{number}" for number in range(1, 1501)]
    document = parsed(tmp_path / "a.xlsx", workbook(wide=[names, values]))
    assert "n1400: v1400" in document.text
    assert "n1500: v1500" in document.text
    assert document.losses == ()


def test_the_last_cell_of_a_sheet_costs_no_more_than_any_other(tmp_path: Path) -> None:
    book: Any = openpyxl.Workbook()
    book.active["A1"] = "first"
    book.active["XFD1048576"] = "last"
    document = in_time(tmp_path / "a.xlsx", saved(book))
    assert texts(document)[1:] == ["first", "last"]
    assert document.losses == ()


def test_what_a_sheet_says_of_its_size_does_not_count(tmp_path: Path) -> None:
    data = workbook(s=[("件", "价"), ("泵", 350)])
    data = rewritten(data, lambda _, part: part.replace('ref="A1:B2"', 'ref="A1:XFD1048576"'))
    assert in_time(tmp_path / "a.xlsx", data).text.endswith("件: 泵 | 价: 350")


def test_merged_cells_reach_beyond_the_last_cell_of_a_row(tmp_path: Path) -> None:
    book: Any = openpyxl.Workbook()
    for line in (("组", "周一", "周二"), ("甲", "早", ""), ("乙", "晚", "")):
        book.active.append(line)
    book.active.merge_cells("B2:C2")
    document = parsed(tmp_path / "a.xlsx", saved(book))
    assert "组: 甲 | 周一: 早 | 周二: 早" in document.text


def test_empty_cells_that_are_repeated_cost_nothing(tmp_path: Path) -> None:
    some = [row(cell("a"), cell("", 16_000), cell("b"), cell("", 300)) for _ in range(3)]
    many = row(cell("c"), cell("", 16_383)) * 20_000
    gap = row(cell("", 16_384), times=1_000_000)
    document = in_time(tmp_path / "a.ods", ods("".join(some) + gap + many))
    assert texts(document)[1:4] == ["a | b", "a | b", "c"]  # a first row names columns
    assert document.text.count("\nc") == 19_999


def test_a_cell_beyond_the_last_column_is_named(tmp_path: Path) -> None:
    document = parsed(tmp_path / "a.ods", ods(row(cell("a"), cell("", 20_000), cell("lost"))))
    assert "lost" not in document.text
    assert document.losses == ("columns beyond 16,384 of the sheet 'S', first in row 1",)


def test_more_columns_than_are_read_are_named_in_a_sheet_of_2003(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "urn:schemas-microsoft-com:office:spreadsheet"
    data = (
        f'<?xml version="1.0"?><Workbook xmlns="{name}" xmlns:ss="{name}">'
        '<Worksheet ss:Name="S"><Table><Row ss:Index="900000"><Cell><Data>a</Data></Cell>'
        '<Cell ss:Index="90000"><Data>lost</Data></Cell></Row></Table></Worksheet></Workbook>'
    )
    document = in_time(tmp_path / "a.xls", data.encode())
    assert texts(document) == ["S", "a"]
    assert document.losses == (
        f"columns beyond {sheets.MOST_COLUMNS:,} of the sheet 'S', first in row 900000",
    )
