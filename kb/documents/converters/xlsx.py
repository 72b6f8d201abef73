"""Workbooks of Excel 2007 and later. The only importer of openpyxl."""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterator
from typing import Any

from kb.documents.builder import Builder
from kb.documents.converters.common.sheets import MOST_COLUMNS, add_sheet, iso, number
from kb.documents.formats import Format
from kb.types import ParsedDocument, SourceFile


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    """A workbook's cells, with their cached results where they are formulas."""
    import openpyxl

    from kb.documents.converters.common.ooxml import transitional

    workbook = openpyxl.load_workbook(
        io.BytesIO(transitional(data)), read_only=True, data_only=True, keep_links=False
    )
    try:
        builder = Builder(source)
        for sheet in workbook.worksheets:
            sheet.reset_dimensions()
            add_sheet(builder, str(sheet.title), _rows(sheet))
        return builder.document()
    finally:
        workbook.close()


def _rows(sheet: Any) -> Iterator[list[str]]:
    for row in sheet.iter_rows(max_col=MOST_COLUMNS):
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
        return iso(value)
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, int | float):
        return number(value, number_format)
    return " ".join(str(value).split())


FORMAT = Format(
    name="xlsx",
    endings=("xlsx", "xlsm"),
    kept="sheets as sections, rows, dates and numbers as they are shown, results of formulas",
    lost="charts, comments, pictures",
    convert=convert,
    # XLSB has the same folders, and its parts are no XML.
    recognised=lambda content: content.office == "xlsx" and "xl/workbook.bin" not in content.names,
    hidden=("xlsx",),
)
