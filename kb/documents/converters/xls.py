"""Workbooks of Excel 97 to 2003, and of WPS Spreadsheets. The only importer of xlrd."""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import islice, pairwise, product
from typing import Any

from kb.documents.builder import HIDDEN, Builder
from kb.documents.converters.common.colours import differ
from kb.documents.converters.common.number_formats import (
    date_text,
    exact_number,
    number_text,
    plain_number,
    shows_nothing,
    text_shown,
)
from kb.documents.converters.common.rich_text import Ground, Run, as_seen
from kb.documents.converters.common.sheets import MOST_COLUMNS, Behind, Hidden, Numbered, add_sheet
from kb.documents.formats import Format
from kb.types import ParsedDocument, SourceFile

_RAISED = 1
_SOLID = 1
_MOST_MERGED = 100_000


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    import xlrd

    try:
        workbook = _opened(data, with_formats=True)
    except (xlrd.XLRDError, LookupError, ValueError, AssertionError):
        # Its formats are damaged, its cells may not be.
        workbook = _opened(data, with_formats=False)
    builder = Builder(source)
    for sheet in workbook.sheets():
        merged = dict[tuple[int, int], tuple[int, int]]()
        for top, bottom, left, right in sheet.merged_cells:
            places = product(range(top, bottom), range(left, min(right, MOST_COLUMNS)))
            merged.update(dict.fromkeys(islice(places, _MOST_MERGED), (top, left)))
        behind = Behind()
        rows = _rows(workbook, sheet, merged, behind)
        hidden = Hidden(
            sheet.visibility != 0,
            {number + 1 for number, row in sheet.rowinfo_map.items() if row.hidden},
            {number + 1 for number, column in sheet.colinfo_map.items() if column.hidden},
        )
        behind.covered.update(
            (row + 1, column) for (row, column), at in merged.items() if at != (row, column)
        )
        add_sheet(builder, str(sheet.name), rows, hidden, behind)
        for (row, column), note in sorted(sheet.cell_note_map.items()):
            text = " ".join(note.text.split())
            builder.paragraph(f"{xlrd.cellname(row, column)}: {text}" if text else "")
    return builder.document()


def _opened(data: bytes, *, with_formats: bool) -> Any:
    import xlrd

    return xlrd.open_workbook(
        file_contents=data, logfile=io.StringIO(), formatting_info=with_formats
    )


def _rows(
    workbook: Any,
    sheet: Any,
    merged: dict[tuple[int, int], tuple[int, int]],
    behind: Behind,
) -> Iterator[Numbered]:
    """Notes what is behind the cells."""
    import xlrd

    for number in range(sheet.nrows):
        for column, cell in enumerate(sheet.row(number)):
            if cell.ctype == xlrd.XL_CELL_NUMBER:
                exact = exact_number(cell.value, _format_of(workbook, cell))
                if exact is not None and not _is_struck(workbook, cell):
                    behind.worth[number + 1, column] = exact
        yield number + 1, _row(workbook, sheet, number, merged)


def _row(
    workbook: Any, sheet: Any, number: int, merged: dict[tuple[int, int], tuple[int, int]]
) -> list[str]:
    cells = [
        _text(workbook, cell, sheet.rich_text_runlist_map.get((number, column)))
        for column, cell in enumerate(sheet.row(number))
    ]
    for column, text in enumerate(cells):
        top, left = merged.get((number, column), (number, column))
        if (top, left) != (number, column):
            runs = sheet.rich_text_runlist_map.get((top, left))
            shown = _text(workbook, sheet.cell(top, left), runs)
            # A value below the cell that spans it is not seen.
            below = f"{HIDDEN}{text}" if text and not text.startswith(HIDDEN) else text
            cells[column] = shown or below
    return cells


def _text(workbook: Any, cell: Any, runs: list[tuple[int, int]] | None) -> str:
    """What a cell shows; what is struck stands between ~~, what is not seen behind a mark. `runs`:
    where its font changes, and to which."""
    font, xf = _font_of(workbook, cell)
    unseen = _is_unseen(workbook, cell)
    if runs:
        base = xf.font_index if xf is not None else -1
        pieces = _runs(workbook, str(cell.value), [(0, base), *runs])
        text, unseen = as_seen(pieces, Ground(_ground(workbook, xf), unseen))
    else:
        text = _shown(workbook, cell)
    text = " ".join(text.split())
    if not text:
        return ""
    if font is not None and font.struck_out and not runs:
        text = f"~~{text}~~"
    shown_as = _format_of(workbook, cell)
    hidden = (shown_as and shows_nothing(cell.value, shown_as)) or unseen
    return f"{HIDDEN}{text}" if hidden else text


def _shown(workbook: Any, cell: Any) -> str:
    import xlrd

    shown = _format_of(workbook, cell)
    if cell.ctype == xlrd.XL_CELL_DATE:
        try:
            return date_text(xlrd.xldate_as_datetime(cell.value, workbook.datemode), shown)
        except (xlrd.XLDateError, ValueError, OverflowError):
            return plain_number(cell.value)
    if cell.ctype == xlrd.XL_CELL_NUMBER:
        return number_text(cell.value, shown)
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return "TRUE" if cell.value else "FALSE"
    if cell.ctype == xlrd.XL_CELL_TEXT:
        return text_shown(str(cell.value), shown)
    return ""


def _runs(workbook: Any, text: str, runs: list[tuple[int, int]]) -> list[Run]:
    """A text by the fonts that it changes to."""
    places = [*runs, (len(text), -1)]
    fonts = len(workbook.font_list)
    pieces = []
    for (start, number), (end, _) in pairwise(places):
        font = workbook.font_list[number] if 0 <= number < fonts else None
        raised = font is not None and font.escapement == _RAISED
        struck = font is not None and bool(font.struck_out)
        pieces.append(Run(text[start:end], raised, struck, _colour(workbook, font)))
    return pieces


def _font_of(workbook: Any, cell: Any) -> tuple[Any, Any]:
    """The font of a cell and what says how the cell looks; None where the file does not tell."""
    if cell.xf_index is None or cell.xf_index >= len(workbook.xf_list):
        return None, None
    xf = workbook.xf_list[cell.xf_index]
    fonts = workbook.font_list
    return (fonts[xf.font_index] if xf.font_index < len(fonts) else None), xf


def _is_struck(workbook: Any, cell: Any) -> bool:
    font, _ = _font_of(workbook, cell)
    return font is not None and bool(font.struck_out)


def _is_unseen(workbook: Any, cell: Any) -> bool:
    """Whether text has the colour of the cell behind it."""
    font, xf = _font_of(workbook, cell)
    written, ground = _colour(workbook, font), _ground(workbook, xf)
    return bool(written and ground) and not differ(written, ground)


def _colour(workbook: Any, font: Any) -> str:
    """Of a font in six hex digits, empty where it is not told."""
    written = workbook.colour_map.get(font.colour_index) if font is not None else None
    return bytes(written).hex() if written else ""


def _ground(workbook: Any, xf: Any) -> str:
    """The colour behind a cell in six hex digits, empty where it is not told."""
    if xf is None:
        return ""
    if xf.background.fill_pattern == _SOLID:
        behind = workbook.colour_map.get(xf.background.pattern_colour_index)
        return bytes(behind).hex() if behind else ""
    return "ffffff" if xf.background.fill_pattern == 0 else ""


def _format_of(workbook: Any, cell: Any) -> str:
    if cell.xf_index is None or cell.xf_index >= len(workbook.xf_list):
        return ""
    found = workbook.format_map.get(workbook.xf_list[cell.xf_index].format_key)
    return str(found.format_str) if found else ""


FORMAT = Format(
    name="xls",
    endings=("xls", "et", "ett"),
    kept="sheets as sections, rows with merged cells in every place, dates, and numbers as they "
    "are shown, comments, exponents as `10^6`, struck text between `~~`; what is hidden is "
    "marked `[hidden]`",
    lost="charts, text boxes, words of a cell in the colour behind them",
    convert=convert,
    recognised=lambda content: content.has_stream("Workbook", "Book"),
    hidden=("xls",),
)
