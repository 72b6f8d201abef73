"""Workbooks, as they look on the screen. The only importer of openpyxl and xlrd.

unstructured reads sheets through pandas, which turns a column of telephone numbers with one gap
in it into 13800138000.0 and drops number formats. Here a row is an element with its header, a
sheet a heading, a date ISO 8601, and a number as its cell's format shows it.
"""

from __future__ import annotations

import datetime
import io
import re
from collections.abc import Iterator
from typing import Any

from kb.documents.builder import Builder
from kb.types import ParsedDocument, SourceFile

_MOST_COLUMNS = 1000
_DECIMALS = re.compile(r"0\.(0+)")
_EXACT = 1e15


def parse_xlsx(source: SourceFile, data: bytes) -> ParsedDocument:
    """A workbook's cells, with their cached results where they are formulas."""
    import openpyxl

    from kb.documents.converters.ooxml import transitional

    workbook = openpyxl.load_workbook(
        io.BytesIO(transitional(data)), read_only=True, data_only=True, keep_links=False
    )
    try:
        builder = Builder(source)
        for sheet in workbook.worksheets:
            sheet.reset_dimensions()
            add_sheet(builder, str(sheet.title), _xlsx_rows(sheet))
        return builder.document()
    finally:
        workbook.close()


def parse_xls(source: SourceFile, data: bytes) -> ParsedDocument:
    """A workbook of Excel 97 to 2003."""
    import xlrd

    workbook = xlrd.open_workbook(file_contents=data, logfile=io.StringIO(), formatting_info=False)
    builder = Builder(source)
    for sheet in workbook.sheets():
        rows = (
            [_xls_text(cell, workbook.datemode) for cell in sheet.row(number)]
            for number in range(sheet.nrows)
        )
        add_sheet(builder, str(sheet.name), rows)
    return builder.document()


def add_sheet(builder: Builder, name: str, rows: Iterator[list[str]]) -> None:
    """A sheet's rows below its name. A blank row ends a table, so that one sheet may hold
    several."""
    table: list[list[str]] = []
    named = False
    for row in rows:
        if any(row):
            if not named:
                builder.heading(name, 1)
                named = True
            table.append(row)
        elif table:
            _add_table(builder, table)
            table = []
    _add_table(builder, table)


def _add_table(builder: Builder, table: list[list[str]]) -> None:
    """A line above the header, alone in its row, is the table's caption."""
    while len(table) > 2 and sum(map(bool, table[0])) == 1 < sum(map(bool, table[1])):
        builder.paragraph(" ".join(cell for cell in table[0] if cell))
        table = table[1:]
    builder.rows(table)


def _xlsx_rows(sheet: Any) -> Iterator[list[str]]:
    for row in sheet.iter_rows(max_col=_MOST_COLUMNS):
        cells = [_shown(cell.value, getattr(cell, "number_format", "") or "") for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        yield cells


def _shown(value: Any, number_format: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime.datetime):
        return _iso(value)
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, int | float):
        return _number(value, number_format)
    return " ".join(str(value).split())


def _number(value: int | float, number_format: str) -> str:
    decimals = _DECIMALS.search(number_format)
    if number_format.endswith("%"):
        return f"{value * 100:.{len(decimals.group(1)) if decimals else 0}f}%"
    if isinstance(value, float) and not value.is_integer():
        if decimals:
            return f"{value:.{len(decimals.group(1))}f}"
        return f"{value:.12g}" if abs(value) < _EXACT else repr(value)
    whole = int(value) if abs(value) < _EXACT else value
    if re.fullmatch(r"0{2,}", number_format):
        return f"{whole:0{len(number_format)}d}"
    return f"{whole:.{len(decimals.group(1))}f}" if decimals else str(whole)


def _iso(value: datetime.datetime) -> str:
    if value.time() == datetime.time():
        return value.date().isoformat()
    return value.isoformat(" ", "seconds")


def _xls_text(cell: Any, datemode: int) -> str:
    import xlrd

    if cell.ctype == xlrd.XL_CELL_DATE:
        try:
            return _iso(xlrd.xldate_as_datetime(cell.value, datemode))
        except (xlrd.XLDateError, ValueError, OverflowError):
            return _number(cell.value, "")
    if cell.ctype == xlrd.XL_CELL_NUMBER:
        return _number(cell.value, "")
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return "TRUE" if cell.value else "FALSE"
    if cell.ctype == xlrd.XL_CELL_TEXT:
        return " ".join(str(cell.value).split())
    return ""
