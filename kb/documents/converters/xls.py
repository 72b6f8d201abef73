"""Workbooks of Excel 97 to 2003. The only importer of xlrd."""

from __future__ import annotations

import io
from typing import Any

from kb.documents.builder import Builder
from kb.documents.converters.common.sheets import add_sheet, iso, number
from kb.documents.formats import Format
from kb.types import ParsedDocument, SourceFile


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    import xlrd

    workbook = xlrd.open_workbook(file_contents=data, logfile=io.StringIO(), formatting_info=False)
    builder = Builder(source)
    for sheet in workbook.sheets():
        rows = (
            [_text(cell, workbook.datemode) for cell in sheet.row(number)]
            for number in range(sheet.nrows)
        )
        add_sheet(builder, str(sheet.name), rows)
    return builder.document()


def _text(cell: Any, datemode: int) -> str:
    import xlrd

    if cell.ctype == xlrd.XL_CELL_DATE:
        try:
            return iso(xlrd.xldate_as_datetime(cell.value, datemode))
        except (xlrd.XLDateError, ValueError, OverflowError):
            return number(cell.value, "")
    if cell.ctype == xlrd.XL_CELL_NUMBER:
        return number(cell.value, "")
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return "TRUE" if cell.value else "FALSE"
    if cell.ctype == xlrd.XL_CELL_TEXT:
        return " ".join(str(cell.value).split())
    return ""


FORMAT = Format(
    name="xls",
    endings=("xls",),
    kept="sheets as sections, rows, dates",
    lost="number formats, charts, comments",
    convert=convert,
    recognised=lambda content: content.has_stream("Workbook", "Book"),
    hidden=("xls",),
)
