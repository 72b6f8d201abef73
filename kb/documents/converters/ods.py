"""OpenDocument spreadsheets (ISO 26300), read as `xlsx.py` reads Excel's."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

from kb.documents.builder import Builder
from kb.documents.converters.common.sheets import MOST_COLUMNS, add_sheet
from kb.documents.formats import Format
from kb.types import ParsedDocument, SourceFile

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    """Each cell as the sheet shows it, which the file holds beside the value."""
    from kb.documents.converters.common.markup import xml_root

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        root = xml_root(archive.read("content.xml"))
    builder = Builder(source)
    for sheet in root.iter(f"{_TABLE}table"):
        add_sheet(builder, sheet.get(f"{_TABLE}name", ""), _rows(sheet))
    return builder.document()


def _rows(sheet: Any) -> Iterator[list[str]]:
    for row in sheet.iter(f"{_TABLE}table-row"):
        cells: list[str] = []
        for cell in row:
            if cell.tag in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
                room = MOST_COLUMNS - len(cells)
                cells.extend([_shown(cell)] * min(_times(cell, "columns"), room))
        while cells and not cells[-1]:
            cells.pop()
        # A sheet ends with one empty row that is repeated to its last possible row.
        for _ in range(_times(row, "rows") if cells else 1):
            yield cells


def _times(element: Any, of: str) -> int:
    value = element.get(f"{_TABLE}number-{of}-repeated") or "1"
    return int(value) if value.isdecimal() else 1


def _shown(cell: Any) -> str:
    """The paragraphs of a cell. A date is ISO 8601 whatever its format, as in other sheets; a
    note is not part of the cell."""
    date = cell.get(f"{_OFFICE}date-value")
    if date:
        return str(date).removesuffix("T00:00:00").replace("T", " ")
    lines = [" ".join(_spaced(line).split()) for line in cell if line.tag == f"{_TEXT}p"]
    return " ".join(line for line in lines if line)


def _spaced(paragraph: Any) -> str:
    gaps = (f"{_TEXT}s", f"{_TEXT}tab", f"{_TEXT}line-break")
    parts = [paragraph.text or ""]
    for element in paragraph.iterdescendants():
        parts.append(" " if element.tag in gaps else element.text or "")
        parts.append(element.tail or "")
    return "".join(parts)


FORMAT = Format(
    name="ods",
    endings=("ods",),
    kept="sheets as sections, rows, cells as they are shown",
    lost="charts, comments",
    convert=convert,
    recognised=lambda content: b"opendocument.spreadsheet" in content.mimetype,
)
