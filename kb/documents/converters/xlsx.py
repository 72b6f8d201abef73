"""Workbooks of Excel 2007 and later. The only importer of openpyxl."""

from __future__ import annotations

import datetime
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from kb.documents.builder import HIDDEN, Builder
from kb.documents.converters.common.colours import differ
from kb.documents.converters.common.number_formats import (
    date_text,
    exact_number,
    number_text,
    shows_nothing,
)
from kb.documents.converters.common.sheets import Behind, Numbered, add_sheet, trimmed
from kb.documents.formats import Format
from kb.types import ParsedDocument, SourceFile

if TYPE_CHECKING:
    from kb.documents.converters.common.sheet_parts import SheetParts

_DEEPEST = 60
_FIRST = 3
"""So far to the right a row may begin, for its indentation to count."""


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    """A workbook's cells, with their cached results where they are formulas."""
    import openpyxl

    from kb.documents.converters.common.ooxml import transitional
    from kb.documents.converters.common.package import Package
    from kb.documents.converters.common.sheet_parts import SheetParts, sheet_parts

    data = transitional(data)
    parts = sheet_parts(Package(data))
    workbook = openpyxl.load_workbook(
        io.BytesIO(data), read_only=True, data_only=True, keep_links=False
    )
    try:
        builder = Builder(source)
        for sheet in workbook.worksheets:
            sheet.reset_dimensions()
            one = parts.get(sheet.title) or SheetParts(str(sheet.title))
            behind = Behind(covered=one.covered)
            add_sheet(builder, one.name, _rows(sheet, one, behind), one.hidden, behind)
            _add_drawn(builder, one)
        return builder.document()
    finally:
        workbook.close()


def _rows(sheet: Any, one: SheetParts, behind: Behind) -> Iterator[Numbered]:
    """The rows that are there. Notes what is behind the cells."""
    texts: dict[tuple[int, int], str] = {}  # of the cells that span others
    spanning = {*one.merged.values()}
    widths: dict[int, int] = {}
    looks: dict[int, bool] = {}
    indented: dict[int, int] = {}
    for row, column in one.merged:
        widths[row] = max(column, widths.get(row, 0))
    # Without a number of columns a row is as long as it is, and one that is not there is empty.
    for number, found in enumerate(sheet.iter_rows(), start=1):
        missing = widths.get(number, 0) - len(found)
        if not found and missing <= 0:
            continue
        cells: list[str] = []
        for column, cell in enumerate((*found, *(None,) * missing), start=1):
            at = number, column
            value = cell.value if cell is not None else None
            if value is None and not (one.formulas or one.merged):
                cells.append("")  # as most of a row is whose last cell lies far out
                continue
            shown_as = getattr(cell, "number_format", "") or ""
            text = _shown(value, shown_as)
            if isinstance(value, float) and (exact := exact_number(value, shown_as)) is not None:
                behind.worth[number, column - 1] = exact
            if text and column <= _FIRST and number not in behind.indents:
                behind.indents[number] = _indent(cell, value, indented)
            if text and (shows_nothing(value, shown_as) or _is_of_its_background(cell, looks)):
                text = f"{HIDDEN}{text}"
            if not text and at in one.formulas:
                text = f"={one.formulas[at]} (not computed)"
            if at in spanning:
                texts[at] = text
            cells.append(text or texts.get(one.merged.get(at, at), ""))
        yield number, trimmed(cells)


def _indent(cell: Any, value: Any, known: dict[int, int]) -> int:
    """How far a cell's text is indented, by its style or by blanks; `known` by the style."""
    style = getattr(cell, "_style_id", 0)
    if style not in known:
        known[style] = 2 * int(cell.alignment.indent or 0) if style else 0
    blanks = len(value) - len(value.lstrip()) if isinstance(value, str) else 0
    return min(_DEEPEST, known[style] + (blanks if blanks > 1 else 0))


def _add_drawn(builder: Builder, one: SheetParts) -> None:
    """What floats over a sheet, and what is noted at its cells."""
    for title, tables in one.charts:
        builder.paragraph(title)
        for table in tables:
            builder.rows(table, head=1)
    for text in (*one.texts, *one.comments):
        builder.paragraph(f"{HIDDEN}{text}" if one.hidden_sheet else text)


def _is_of_its_background(cell: Any, known: dict[int, bool]) -> bool:
    """Whether a cell's text has the colour of the cell, as far as both are written in RGB, or
    white; `known` by the cell's style."""
    style = getattr(cell, "_style_id", 0)
    if not style:
        return False
    if style not in known:
        color, fill = cell.font.color, cell.fill
        behind = _rgb(fill.fgColor) if fill.fill_type == "solid" else ""
        written = _rgb(color) if color is not None else ""
        ground = behind or ("FFFFFF" if fill.fill_type is None else "")
        known[style] = bool(written and ground) and not differ(written, ground)
    return known[style]


def _rgb(color: Any) -> str:
    if color.type == "theme" and color.theme == 0 and not color.tint:
        return "FFFFFF"
    return str(color.rgb)[-6:] if color.type == "rgb" and len(str(color.rgb)) == 8 else ""


def _shown(value: Any, number_format: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime.date | datetime.time | datetime.timedelta):
        return date_text(value, number_format)
    if isinstance(value, int | float):
        return number_text(value, number_format)
    return " ".join(str(value).split())


FORMAT = Format(
    name="xlsx",
    endings=("xlsx", "xlsm", "xltx", "xltm"),
    kept="sheets as sections, rows with merged cells in every place, dates, and numbers with their "
    "currency and unit as they are shown, results of formulas (one that was never computed is "
    "named), charts as rows, text boxes, comments; what is hidden is marked `[hidden]`",
    lost="pictures",
    convert=convert,
    # XLSB has the same folders, and its parts are no XML.
    recognised=lambda content: content.office == "xlsx" and "xl/workbook.bin" not in content.names,
    hidden=("xlsx",),
)
