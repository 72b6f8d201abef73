"""The cells of a sheet's part, row by row (ISO 29500-1, 18.3.1.4)."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from kb.documents.converters.common.markup import xml_elements
from kb.documents.converters.common.package import Package
from kb.documents.converters.common.rich_text import Ground, as_seen
from kb.documents.converters.xlsx.names import MAIN, is_true, whole
from kb.documents.converters.xlsx.strings import Text, text_of, unescaped
from kb.documents.converters.xlsx.styles import PLAIN, Look, Styles

_ROW, _CELL, _VALUE, _INLINE = (f"{MAIN}{tag}" for tag in ("row", "c", "v", "is"))

SINCE_1900 = datetime.datetime(1899, 12, 30)
SINCE_1904 = datetime.datetime(1904, 1, 1)

Value = (
    str
    | int
    | float
    | bool
    | datetime.datetime
    | datetime.date
    | datetime.time
    | datetime.timedelta
    | None
)


class Cell(NamedTuple):
    """`column` from 1."""

    column: int
    value: Value
    look: Look


class Workbook(NamedTuple):
    """What the cells of all sheets refer to; `epoch` is the day 0 of its dates."""

    strings: Sequence[Text]
    styles: Styles
    epoch: datetime.datetime


def epoch_of(package: Package) -> datetime.datetime:
    properties = package.root(package.main_part()).find(f"{MAIN}workbookPr")
    since_1904 = properties is not None and is_true(properties.get("date1904"))
    return SINCE_1904 if since_1904 else SINCE_1900


def rows_of(sheet: bytes, book: Workbook) -> Iterator[tuple[int, list[Cell]]]:
    """The rows that the part has, with their numbers from 1, and their cells as they come.

    Raises:
        DamagedDocument: the part is not XML.
    """
    number = 0
    for row in xml_elements(sheet, _ROW):
        number = whole(row.get("r")) or number + 1
        cells, column = list[Cell](), 0
        for cell in row.iterchildren(_CELL):
            column = _column(cell.get("r")) or column + 1
            style = cell.get("s")
            look = book.styles.look(whole(style)) if style else PLAIN
            cells.append(cell_of(column, _value(cell, look, book), look))
        row.clear()
        while row.getprevious() is not None:
            del row.getparent()[0]
        yield number, cells


def cell_of(column: int, value: Value | Text, look: Look) -> Cell:
    """A cell with what can be seen of its text."""
    if not isinstance(value, tuple):
        return Cell(column, value, look)
    text, unseen = as_seen(value, Ground(look.ground, look.unseen))
    return Cell(column, text, replace(look, unseen=unseen))


def _column(name: str | None) -> int:
    column = 0
    for letter in name or "":
        if not "A" <= letter <= "Z":
            break
        column = column * 26 + ord(letter) - 64
    return column


def _value(cell: Any, look: Look, book: Workbook) -> Value | Text:
    kind = cell.get("t") or "n"
    if kind == "inlineStr":
        inline = cell.find(_INLINE)
        return text_of(inline) if inline is not None else None
    text = cell.findtext(_VALUE)
    if not text:
        return None
    match kind:
        case "s":
            return book.strings[int(text)]
        case "n":
            return _number(text, look, book.epoch)
        case "b":
            return text not in ("0", "false")
        case "d":
            return _day(text)
    return unescaped(text)


def _number(text: str, look: Look, epoch: datetime.datetime) -> Value:
    try:
        value = float(text) if "." in text or "E" in text or "e" in text else int(text)
    except ValueError:
        return unescaped(text)
    return value if not look.is_date else day_of(value, look, epoch)


def day_of(value: float, look: Look, epoch: datetime.datetime) -> Value:
    """The day, time or duration that a number is in a cell that shows dates."""
    from openpyxl.utils.datetime import from_excel

    try:
        day: Value = from_excel(value, epoch, timedelta=look.is_duration)
    except (OverflowError, ValueError):
        return value  # no day that there is
    return day


def _day(text: str) -> Value:
    from openpyxl.utils.datetime import from_ISO8601

    day: Value = from_ISO8601(text)
    return day
