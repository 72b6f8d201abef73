"""Tables to files. The same tables are the same bytes, whenever they are written."""

from __future__ import annotations

import csv
import html
import io
import re
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

import docx
import openpyxl
import pptx
from pptx.util import Pt

from tests.bench.firms.frames import Block, Document
from tests.bench.firms.laid import Laid, Spot
from tests.bench.firms.layout import laid
from tests.unit.documents.converters.pages import Sheet, drawn

_LONG_AGO = (2024, 1, 1, 0, 0, 0)
_SLIDE_ROWS = 12


def written(document: Document) -> bytes:
    """The file's content, in the format of its name."""
    ending = document.path.rpartition(".")[2]
    return WRITERS[ending](document)


def steady(data: bytes) -> bytes:
    """An Office file without the time at which it was made."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as given, zipfile.ZipFile(out, "w") as file:
        for name in sorted(given.namelist(), key=lambda one: (one != "[Content_Types].xml", one)):
            content = given.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb">\d{4}-\d\d-\d\dT[\d:]+Z<", b">2024-01-01T00:00:00Z<", content)
            file.writestr(zipfile.ZipInfo(name, _LONG_AGO), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


# --- spreadsheets ---------------------------------------------------------------------


def xlsx(document: Document) -> bytes:
    book: Any = openpyxl.Workbook()
    book.remove(book.active)
    top, left = 0, 0
    for block in document.blocks:
        if block.sheet not in book.sheetnames:
            book.create_sheet(block.sheet)
            top, left = 0, 0
        table = laid(block)
        if not block.beside:
            left = 0
        on_sheet(book[block.sheet], table, top, left)
        left += table.width + 1
        if not _goes_on_beside(document.blocks, block):
            top += table.height + 2
    return saved(book)


def _goes_on_beside(blocks: Sequence[Block], block: Block) -> bool:
    place = blocks.index(block) + 1
    return place < len(blocks) and blocks[place].beside


def on_sheet(sheet: Any, table: Laid, top: int = 0, left: int = 0) -> None:
    """The cells of a table, from a place of the sheet on (counted from 0)."""
    for (row, col), spot in table.spots.items():
        cell = sheet.cell(top + row + 1, left + col + 1)
        value = spot.value
        cell.value = datetime(*value.timetuple()[:3]) if isinstance(value, date) else value
        if spot.style:
            cell.number_format = spot.style
        if spot.rows > 1 or spot.cols > 1:
            sheet.merge_cells(
                start_row=top + row + 1,
                start_column=left + col + 1,
                end_row=top + row + spot.rows,
                end_column=left + col + spot.cols,
            )
    for row in table.hidden_rows:
        sheet.row_dimensions[top + row + 1].hidden = True
    for col in table.hidden_columns:
        sheet.column_dimensions[openpyxl.utils.get_column_letter(left + col + 1)].hidden = True


def saved(document: Any) -> bytes:
    buffer = io.BytesIO()
    document.save(buffer)
    return steady(buffer.getvalue())


def comma_separated(document: Document) -> bytes:
    buffer = io.StringIO()
    for block in document.blocks:
        csv.writer(buffer, lineterminator="\r\n").writerows(laid(block).texts())
    return buffer.getvalue().encode(document.encoding)


# --- text with tables -----------------------------------------------------------------


def markdown(document: Document) -> bytes:
    lines = [f"# {document.title}", ""]
    for block in document.blocks:
        lines += _headed(block, "## {}", "{}")
        first, *rows = laid(block, text=True).texts()
        bars = [f"| {' | '.join(row)} |" for row in (first, ["---"] * len(first), *rows)]
        lines += [*bars, ""]
    return "\n".join(lines).encode()


def web(document: Document) -> bytes:
    title = html.escape(document.title)
    out = [f"<!DOCTYPE html><html><head><meta charset='utf-8'><title>{title}</title></head><body>"]
    out.append(f"<h1>{title}</h1>")
    for block in document.blocks:
        out += _headed(block, "<h2>{}</h2>", "<p>{}</p>")
        out.append(html_table(laid(block, text=True)))
    return "\n".join([*out, "</body></html>"]).encode()


def html_table(table: Laid) -> str:
    covered = table.covered()
    out = ["<table border='1'>"]
    for row in range(table.height):
        mark = "th" if row < table.head else "td"
        cells = [
            _html_cell(table.spots.get((row, col)), mark)
            for col in range(table.width)
            if (row, col) not in covered
        ]
        hidden = " hidden" if row in table.hidden_rows else ""
        out.append(f"<tr{hidden}>{''.join(cells)}</tr>")
    return "\n".join([*out, "</table>"])


def _html_cell(spot: Spot | None, mark: str) -> str:
    if spot is None:
        return f"<{mark}></{mark}>"
    spans = f' rowspan="{spot.rows}"' if spot.rows > 1 else ""
    spans += f' colspan="{spot.cols}"' if spot.cols > 1 else ""
    return f"<{mark}{spans}>{html.escape(spot.shown)}</{mark}>"


def _headed(block: Block, heading: str, sentence: str) -> list[str]:
    lines = [heading.format(block.title), ""] if block.title else []
    return lines + ([sentence.format(block.lead), ""] if block.lead else [])


def word(document: Document) -> bytes:
    page: Any = docx.Document()
    page.add_heading(document.title, 1)
    for block in document.blocks:
        if block.title:
            page.add_heading(block.title, 2)
        if block.lead:
            page.add_paragraph(block.lead)
        on_page(page, laid(block, text=True))
    return saved(page)


def on_page(page: Any, table: Laid) -> None:
    grid = page.add_table(rows=table.height, cols=table.width)
    grid.style = "Table Grid"
    # python-docx finds a cell by walking the whole table, each time anew.
    cells = grid._cells
    width = table.width
    for (row, col), spot in table.spots.items():
        cells[row * width + col].text = spot.shown
    for (row, col), spot in table.spots.items():
        if spot.rows > 1 or spot.cols > 1:
            end = (row + spot.rows - 1) * width + col + spot.cols - 1
            cells[row * width + col].merge(cells[end]).text = spot.shown


def slides(document: Document) -> bytes:
    """A table a slide, and as many slides as its rows need, each with the head."""
    deck: Any = pptx.Presentation()
    for block in document.blocks:
        first, *rows = laid(block, text=True).texts()
        for start in range(0, len(rows), _SLIDE_ROWS):
            page = [first, *rows[start : start + _SLIDE_ROWS]]
            slide = deck.slides.add_slide(deck.slide_layouts[5])
            slide.shapes.title.text = block.title or document.title
            shape = slide.shapes.add_table(
                len(page), len(first), Pt(36), Pt(110), Pt(640), Pt(24 * len(page))
            )
            for number, cells in enumerate(page):
                for col, text in enumerate(cells):
                    shape.table.cell(number, col).text = text
    return saved(deck)


# --- PDF ------------------------------------------------------------------------------

_TOP, _BOTTOM, _LEFT, _RIGHT, _STEP = 90, 740, 40, 572, 20


def pdf(document: Document) -> bytes:
    """Ruled tables, over several pages with the head on each."""
    sheets: list[Sheet] = []
    for block in document.blocks:
        first, *rows = laid(block, text=True).texts()
        most = (_BOTTOM - _TOP) // _STEP - 1
        for start in range(0, len(rows), most):
            sheet = Sheet()
            if not start:
                sheet.text(_LEFT, 50, block.title or document.title, size=14, bold=True)
                if block.lead:
                    sheet.text(_LEFT, 75, block.lead)
            sheet.table(_edges([first, *rows]), _TOP, [first, *rows[start : start + most]])
            sheets.append(sheet)
    return drawn(*sheets)


def _edges(rows: Sequence[Sequence[str]]) -> list[float]:
    """Columns as wide as their longest text asks for, within the page."""
    widths = [max(_wide(row[col]) for row in rows) + 1 for col in range(len(rows[0]))]
    edges, unit = [float(_LEFT)], (_RIGHT - _LEFT) / sum(widths)
    for one in widths:
        edges.append(round(edges[-1] + one * unit, 1))
    return edges


def _wide(text: str) -> int:
    return sum(1 + (not one.isascii()) for one in text)


WRITERS: dict[str, Callable[[Document], bytes]] = {
    "xlsx": xlsx,
    "csv": comma_separated,
    "md": markdown,
    "html": web,
    "docx": word,
    "pptx": slides,
    "pdf": pdf,
}
