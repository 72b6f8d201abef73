"""OpenDocument spreadsheets (ISO 26300), read as `xlsx.py` reads Excel's."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

from kb.documents.builder import Builder
from kb.documents.converters.common.opendocument import OFFICE, TABLE, TEXT, repeated, spaced
from kb.documents.converters.common.sheets import MOST_COLUMNS, Numbered, add_sheet, cut
from kb.documents.formats import Format
from kb.types import ParsedDocument, SourceFile


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    """Each cell as the sheet shows it, which the file holds beside the value."""
    from kb.documents.converters.common.markup import xml_root

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        root = xml_root(archive.read("content.xml"))
    builder = Builder(source)
    for sheet in root.iter(f"{TABLE}table"):
        name = sheet.get(f"{TABLE}name", "")
        add_sheet(builder, name, _rows(builder, sheet, name))
    return builder.document()


def _rows(builder: Builder, sheet: Any, name: str) -> Iterator[Numbered]:
    number = 0
    for row in sheet.iter(f"{TABLE}table-row"):
        cells: list[str] = []
        empty = 0  # a row ends with one empty cell that is repeated to its last possible column
        for cell in row:
            if cell.tag not in (f"{TABLE}table-cell", f"{TABLE}covered-table-cell"):
                continue
            text, times = _shown(cell), repeated(cell, "columns")
            if not text:
                empty += times
                continue
            if len(cells) + empty + times > MOST_COLUMNS:
                cut(builder, name, number + 1)
                times = max(0, MOST_COLUMNS - len(cells) - empty)
            if times:
                cells += [*[""] * empty, *[text] * times]
                empty = 0
        times = repeated(row, "rows")
        if cells:
            yield from ((number + one, cells) for one in range(1, times + 1))
        number += times


def _shown(cell: Any) -> str:
    """The paragraphs of a cell. A date is ISO 8601 whatever its format, as in other sheets; a
    note is not part of the cell."""
    date = cell.get(f"{OFFICE}date-value")
    if date:
        return str(date).removesuffix("T00:00:00").replace("T", " ")
    lines = [" ".join(spaced(line).split()) for line in cell if line.tag == f"{TEXT}p"]
    return " ".join(line for line in lines if line)


FORMAT = Format(
    name="ods",
    endings=("ods",),
    kept="sheets as sections, rows, cells as they are shown",
    lost="charts, comments",
    convert=convert,
    recognised=lambda content: b"opendocument.spreadsheet" in content.mimetype,
)
