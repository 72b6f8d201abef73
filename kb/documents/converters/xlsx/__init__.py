"""Workbooks of Excel 2007 and later."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import TYPE_CHECKING

from kb.documents.builder import HIDDEN, Builder
from kb.documents.converters.common.number_formats import (
    date_text,
    exact_number,
    number_text,
    shows_nothing,
    text_shown,
)
from kb.documents.converters.common.sheets import Behind, Numbered, add_sheet, trimmed
from kb.documents.formats import Format
from kb.types import ParsedDocument, SourceFile

if TYPE_CHECKING:
    from kb.documents.converters.xlsx.cells import Cell, Value
    from kb.documents.converters.xlsx.parts import SheetParts
    from kb.documents.converters.xlsx.styles import Look

_DEEPEST = 60
_FIRST = 3
"""So far to the right a row may begin, for its indentation to count."""


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    """A workbook's cells, with their cached results where they are formulas."""
    from kb.documents.converters.common.package import Package
    from kb.documents.converters.xlsx.cells import Workbook, epoch_of, rows_of
    from kb.documents.converters.xlsx.parts import sheet_parts
    from kb.documents.converters.xlsx.strings import shared_strings
    from kb.documents.converters.xlsx.styles import styles

    package = Package(data)
    book = Workbook(shared_strings(package), styles(package), epoch_of(package))
    builder = Builder(source)
    for one in sheet_parts(package, book.styles.concealing):
        add(builder, one, rows_of(package.bytes_of(one.part), book))
    return builder.document()


def add(builder: Builder, one: SheetParts, found: Iterator[tuple[int, list[Cell]]]) -> None:
    """A sheet: its rows as they are found, what floats over them, what is noted at them."""
    for rule in one.concealing:
        if rule.holds is None:
            builder.lose(
                f"whether a conditional format hides cells in {rule.names[:80]} of the sheet "
                f"'{one.name}'"
            )
    if one.merges_are_cut:
        from kb.documents.converters.xlsx.parts import MOST_MERGED

        builder.lose(
            f"what merged cells span beyond {MOST_MERGED:,} places of the sheet '{one.name}'"
        )
    behind = Behind(covered=one.covered)
    add_sheet(builder, one.name, _rows(found, one, behind), one.hidden, behind)
    _add_drawn(builder, one)


def _rows(
    found: Iterator[tuple[int, list[Cell]]], one: SheetParts, behind: Behind
) -> Iterator[Numbered]:
    """The rows that are there. Notes what is behind the cells."""
    texts: dict[tuple[int, int], str] = {}  # of the cells that span others
    spanning = {*one.merged.values()}
    covered: dict[int, list[int]] = {}
    for place in one.merged:
        covered.setdefault(place[0], []).append(place[1])
    for number, row in _with_merged_rows(found, covered):
        cells: list[str] = []
        for column, value, look in row:
            if column > len(cells):
                cells += [""] * (column - len(cells))
            text = _text((number, column), value, look, one, behind)
            if (number, column) in spanning:
                texts[number, column] = text
            cells[column - 1] = text
        for column in covered.get(number, ()):
            own = cells[column - 1] if column <= len(cells) else ""
            if text := texts.get(one.merged[number, column], ""):
                cells += [""] * (column - len(cells))
                cells[column - 1] = text  # a value below it is not seen
                if own != text:
                    behind.worth.pop((number, column - 1), None)
            elif own and not own.startswith(HIDDEN):
                cells[column - 1] = f"{HIDDEN}{own}"
        yield number, trimmed(cells)


def _with_merged_rows(
    found: Iterator[tuple[int, list[Cell]]], covered: dict[int, list[int]]
) -> Iterator[tuple[int, list[Cell]]]:
    """The rows, and those between them of which nothing is there but what another's cell spans."""
    waiting = sorted(covered, reverse=True)
    for number, row in found:
        while waiting and waiting[-1] < number:
            yield waiting.pop(), []
        if waiting and waiting[-1] == number:
            waiting.pop()
        yield number, row
    yield from ((number, []) for number in reversed(waiting))


def _text(at: tuple[int, int], value: Value, look: Look, one: SheetParts, behind: Behind) -> str:
    """What a cell shows; what is struck stands between ~~, what is not seen behind a mark."""
    row, column = at
    if at in one.formulas:
        return f"{one.formulas[at]} (not computed)".strip()
    if value is None:
        return ""
    text = _shown(value, look.number_format)
    if not text:
        return ""
    if column <= _FIRST and row not in behind.indents:
        behind.indents[row] = _indent(value, look)
    if look.struck and "~~" not in text:
        text = f"~~{text}~~"
    elif isinstance(value, float):
        exact = exact_number(value, look.number_format)
        if exact is not None:
            behind.worth[row, column - 1] = exact
    concealed = (
        look.unseen
        or (look.number_format and shows_nothing(value, look.number_format))
        or (one.concealing and _is_concealed(at, value, one))
    )
    return f"{HIDDEN}{text}" if concealed else text


def _is_concealed(at: tuple[int, int], value: Value, one: SheetParts) -> bool:
    return any(rule.holds and rule.covers(*at) and rule.holds(value) for rule in one.concealing)


def _indent(value: Value, look: Look) -> int:
    """How far a cell's text is indented, by its style or by blanks."""
    blanks = len(value) - len(value.lstrip()) if isinstance(value, str) else 0
    return min(_DEEPEST, 2 * look.indent + (blanks if blanks > 1 else 0))


def _add_drawn(builder: Builder, one: SheetParts) -> None:
    """What floats over a sheet, and what is noted at its cells."""
    for title, tables in one.charts:
        builder.paragraph(title)
        for table in tables:
            builder.rows(table, head=1)
    for text in (*one.texts, *one.comments):
        builder.paragraph(f"{HIDDEN}{text}" if one.hidden_sheet else text)


def _shown(value: Value, number_format: str) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime.date | datetime.time | datetime.timedelta):
        return date_text(value, number_format)
    if isinstance(value, int | float):
        return number_text(value, number_format)
    return text_shown(" ".join(str(value).split()), number_format)


FORMAT = Format(
    name="xlsx",
    endings=("xlsx", "xlsm", "xltx", "xltm"),
    kept="sheets as sections, rows with merged cells in every place, dates, and numbers with their "
    "currency and unit as they are shown, results of formulas (one that was never computed is "
    "named), charts as rows, text boxes, comments, headers and "
    "footers, exponents as `10^6`, struck text between `~~`; "
    "what is hidden is marked `[hidden]`",
    lost="pictures, words of a cell in the colour behind them",
    convert=convert,
    # XLSB has the same folders, and its parts are no XML.
    recognised=lambda content: content.office == "xlsx" and "xl/workbook.bin" not in content.names,
    hidden=("xlsx",),
)
