"""Workbooks of Excel in binary (XLSB). The only importer of python_calamine."""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterator
from typing import Any

from kb.documents.builder import Builder
from kb.documents.converters.common.number_formats import date_text, plain_number
from kb.documents.converters.common.sheets import Hidden, Numbered, add_sheet, trimmed
from kb.documents.failures import damaged
from kb.documents.formats import Format
from kb.types import ParsedDocument, SourceFile


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    """A workbook's cells, with their cached results where they are formulas."""
    import python_calamine as calamine

    builder = Builder(source)
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        for sheet in book.sheets_metadata:
            if sheet.typ == calamine.SheetTypeEnum.WorkSheet:
                hidden = Hidden(sheet.visible != calamine.SheetVisibleEnum.Visible)
                add_sheet(builder, sheet.name, _rows(book.get_sheet_by_name(sheet.name)), hidden)
    except BaseException as error:  # what stops Rust is no Exception of Python's
        if type(error).__name__ != "PanicException":
            raise
        raise damaged(source.path, error) from error
    return builder.document()


def _rows(sheet: Any) -> Iterator[Numbered]:
    for number, row in enumerate(sheet.iter_rows(), start=1):
        cells = trimmed([_text(value) for value in row])
        if cells:
            yield number, cells


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime.date | datetime.time | datetime.timedelta):
        return date_text(value, "")
    if isinstance(value, int | float):
        return plain_number(value)
    return " ".join(str(value).split())


FORMAT = Format(
    name="xlsb",
    endings=("xlsb",),
    kept="sheets as sections, rows, dates, results of formulas; a hidden sheet is marked "
    "`[hidden]`",
    lost="how numbers are shown (currency, percent), merged cells, comments, charts; hidden rows "
    "and columns are not marked",
    convert=convert,
    recognised=lambda content: "xl/workbook.bin" in content.names,
)
