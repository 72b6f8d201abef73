"""OpenDocument spreadsheets (ISO 26300), read as `xlsx.py` reads Excel's."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

from kb.documents.builder import Builder
from kb.documents.converters.common.sheets import MOST_COLUMNS, Numbered, add_sheet, cut
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
        name = sheet.get(f"{_TABLE}name", "")
        add_sheet(builder, name, _rows(builder, sheet, name))
    return builder.document()


def _rows(builder: Builder, sheet: Any, name: str) -> Iterator[Numbered]:
    number = 0
    for row in sheet.iter(f"{_TABLE}table-row"):
        cells: list[str] = []
        empty = 0  # a row ends with one empty cell that is repeated to its last possible column
        for cell in row:
            if cell.tag not in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
                continue
            text, times = _shown(cell), _times(cell, "columns")
            if not text:
                empty += times
                continue
            if len(cells) + empty + times > MOST_COLUMNS:
                cut(builder, name, number + 1)
                times = max(0, MOST_COLUMNS - len(cells) - empty)
            if times:
                cells += [*[""] * empty, *[text] * times]
                empty = 0
        times = _times(row, "rows")
        if cells:
            yield from ((number + one, cells) for one in range(1, times + 1))
        number += times


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
