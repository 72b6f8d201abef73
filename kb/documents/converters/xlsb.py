"""Workbooks of Excel in binary ([MS-XLSB]): the parts of an XLSX, of which some are records in
place of XML."""

from __future__ import annotations

import datetime
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from kb.documents.builder import Builder
from kb.documents.converters import xlsx
from kb.documents.converters.common.rich_text import Run
from kb.documents.converters.common.sheets import MOST_COLUMNS
from kb.documents.formats import Format
from kb.types import ParsedDocument, SourceFile

if TYPE_CHECKING:
    from kb.documents.converters.common.package import Package
    from kb.documents.converters.xlsx.cells import Cell, Value, Workbook
    from kb.documents.converters.xlsx.parts import SheetParts
    from kb.documents.converters.xlsx.strings import Text
    from kb.documents.converters.xlsx.styles import Styles

# 2.3.2: the numbers of records.
_ROW, _COLUMN, _MERGED, _SHEET, _PROPERTIES = 0, 60, 176, 156, 153
_ITEM, _FONT, _FORMAT, _FILL, _XF, _CELL_XFS, _CELL_XFS_END = 19, 43, 44, 45, 47, 617, 618
_SHORT = 12
"""From here on are the cells without their column, which is the next one, in the same order."""
_SHORT_END = 18
_RICH = 62

_ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?",
    0x24: "#NUM!", 0x2A: "#N/A", 0x2B: "#GETTING_DATA",
}  # fmt: skip
_STRUCK, _RAISED, _NO_FILL, _SOLID = 0x8, 1, 0, 1


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    """A workbook's cells, with their cached results where they are formulas."""
    from kb.documents.converters.common.package import Package
    from kb.documents.converters.xlsx.cells import Workbook

    package = Package(data)
    main = package.main_part()
    fonts, styles = _styles(package, main)
    epoch, sheets = _sheets(package, main)
    book = Workbook(_strings(package, main, fonts), styles, epoch)
    builder = Builder(source)
    for one in sheets:
        part = package.bytes_of(one.part)
        _read_extent(part, one)
        xlsx.add(builder, one, _rows(part, book, fonts))
    return builder.document()


@dataclass(slots=True)
class _Font:
    struck: bool = False
    raised: bool = False
    colour: str = ""


@dataclass(slots=True)
class _Read:
    """What is left of a record."""

    data: bytes
    at: int = 0

    def take(self, form: str) -> Any:
        [value] = struct.unpack_from(f"<{form}", self.data, self.at)
        self.at += struct.calcsize(f"<{form}")
        return value

    def text(self) -> str:
        """A string with its length before it (2.5.168)."""
        size = 2 * self.take("I")
        piece = self.data[self.at : self.at + size]
        self.at += size
        return piece.decode("utf-16-le", "replace")


def _records(part: bytes) -> Iterator[tuple[int, bytes]]:
    """Each record's number and its bytes (2.1.4)."""
    at, end = 0, len(part)
    while at < end:
        kind = part[at]
        at += 1
        if kind & 0x80:
            kind = kind & 0x7F | (part[at] & 0x7F) << 7
            at += 1
        size = shift = 0
        for _ in range(4):
            size |= (part[at] & 0x7F) << shift
            shift, at = shift + 7, at + 1
            if not part[at - 1] & 0x80:
                break
        yield kind, part[at : at + size]
        at += size


def _sheets(package: Package, main: str) -> tuple[datetime.datetime, list[SheetParts]]:
    """The day 0 of dates, and the sheets of cells."""
    from kb.documents.converters.xlsx.cells import SINCE_1900, SINCE_1904
    from kb.documents.converters.xlsx.parts import SheetParts, add_drawings

    cells = {*package.related(main, "worksheet")}
    epoch, found = SINCE_1900, list[SheetParts]()
    for kind, data in _records(package.bytes_of(main)):
        if kind == _PROPERTIES and data[0] & 1:
            epoch = SINCE_1904
        elif kind == _SHEET:
            record = _Read(data)
            hidden, _ = record.take("I"), record.take("I")
            part, name = package.target(main, record.text()), record.text()
            if part in cells:
                found.append(SheetParts(name, part, hidden != 0))
                add_drawings(package, found[-1])
    return epoch, found


def _strings(package: Package, main: str, fonts: list[_Font]) -> list[Text]:
    return [
        _rich(_Read(data), fonts)
        for part in package.related(main, "sharedStrings")[:1]
        for kind, data in _records(package.bytes_of(part))
        if kind == _ITEM
    ]


def _rich(record: _Read, fonts: list[_Font]) -> Text:
    """A text whose font may change within (2.5.121), with the marks of what is raised or struck."""
    from kb.documents.converters.xlsx.strings import text_of_runs

    flags, text = record.take("B"), record.text()
    if not flags & 1:
        return text
    runs = [(record.take("H"), record.take("H")) for _ in range(record.take("I"))]
    units, pieces = text.encode("utf-16-le"), []
    for (start, number), (end, _) in pairwise([(0, len(fonts)), *runs, (len(units), 0)]):
        font = fonts[number] if number < len(fonts) else _Font()
        piece = units[2 * start : 2 * end].decode("utf-16-le", "replace")
        pieces.append(Run(piece, font.raised, font.struck, font.colour))
    return text_of_runs(pieces)


def _styles(package: Package, main: str) -> tuple[list[_Font], Styles]:
    from kb.documents.converters.xlsx.styles import WHITE, Look, Styles, known_formats, look_of

    fonts, fills, own, looks = list[_Font](), list[str](), dict[int, str](), list[Look]()
    xfs, within = list[bytes](), False
    for part in package.related(main, "styles")[:1]:
        for kind, data in _records(package.bytes_of(part)):
            if kind == _FONT:
                flags, raised = struct.unpack_from("<2xHxxH", data)
                fonts.append(_Font(bool(flags & _STRUCK), raised == _RAISED, _colour(data[12:20])))
            elif kind == _FORMAT:
                record = _Read(data)
                number = record.take("H")
                own[number] = record.text()
            elif kind == _FILL:
                [pattern] = struct.unpack_from("<I", data)
                ground = WHITE if pattern == _NO_FILL else ""
                fills.append(_colour(data[4:12]) if pattern == _SOLID else ground)
            elif kind in (_CELL_XFS, _CELL_XFS_END):
                within = kind == _CELL_XFS
            elif kind == _XF and within:
                xfs.append(data)
    formats = known_formats(own)
    for data in xfs:
        shown_as, font, fill, indent = struct.unpack_from("<2x3H3xB", data)
        look = fonts[font] if font < len(fonts) else _Font()
        ground = fills[fill] if fill < len(fills) else ""
        looks.append(
            look_of(
                formats.get(shown_as, ""),
                indent,
                written=look.colour,
                ground=ground,
                struck=look.struck,
            )
        )
    return fonts, Styles(looks)


def _colour(data: bytes) -> str:
    """A colour (2.5.16) in six hex digits; "" where it is not told in numbers."""
    from kb.documents.converters.xlsx.styles import INDEXED

    if data[0] & 1:
        return data[4:7].hex()
    return INDEXED.get(str(data[1]), "") if data[0] >> 1 == 1 else ""


def _read_extent(part: bytes, one: SheetParts) -> None:
    """What is hidden, and which cells span others."""
    for kind, data in _records(part):
        if kind == _ROW:
            number, height, flags = struct.unpack_from("<I4xHxB", data)
            if flags & 0x10 or not height:
                one.hidden_rows.add(number + 1)
        elif kind == _COLUMN:
            first, last, width, flags = struct.unpack_from("<III4xH", data)
            if flags & 1 or not width:
                one.hidden_columns.update(range(first + 1, min(last, first + MOST_COLUMNS) + 2))
        elif kind == _MERGED:
            top, bottom, left, right = struct.unpack_from("<4I", data)
            one.merge((top + 1, left + 1), (bottom + 1, right + 1))


def _rows(part: bytes, book: Workbook, fonts: list[_Font]) -> Iterator[tuple[int, list[Cell]]]:
    from kb.documents.converters.xlsx.cells import Cell, cell_of, day_of

    number, column, cells = 0, 0, list[Cell]()
    for kind, data in _records(part):
        if kind == _ROW:
            if cells:
                yield number, cells
            number, column, cells = struct.unpack_from("<I", data)[0] + 1, 0, []
        elif kind <= _SHORT_END or kind == _RICH:
            record = _Read(data)
            short = _SHORT <= kind <= _SHORT_END
            column = column + 1 if short else record.take("I") + 1
            look = book.styles.look(record.take("I") & 0xFFFFFF)
            value = _value(kind - _SHORT + 1 if short else kind, record, book, fonts)
            if look.is_date and isinstance(value, float):
                value = day_of(value, look, book.epoch)
            cells.append(cell_of(column, value, look))
    if cells:
        yield number, cells


def _value(kind: int, record: _Read, book: Workbook, fonts: list[_Font]) -> Value | Text:
    """What a cell's record holds (2.4.300 and on), a formula's with its result."""
    match kind:
        case 2:
            return _short_number(record.take("I"))
        case 3 | 11:
            return _ERRORS.get(record.take("B"), "#")
        case 4 | 10:
            return bool(record.take("B"))
        case 5 | 9:
            return float(record.take("d"))
        case 6 | 8:
            return record.text()
        case 7:
            text: Text = book.strings[record.take("I")]
            return text
        case 62:
            return _rich(record, fonts)
    return None


def _short_number(bits: int) -> float:
    """A number in four bytes (2.5.122): whole or the upper half of a double, or its hundredth."""
    if bits & 2:
        value = float(struct.unpack("<i", struct.pack("<I", bits))[0] >> 2)
    else:
        [value] = struct.unpack("<d", struct.pack("<II", 0, bits & 0xFFFFFFFC))
    return value / 100 if bits & 1 else value


FORMAT = Format(
    name="xlsb",
    endings=("xlsb",),
    kept="as `xlsx`",
    lost="pictures, comments, words of a cell in the colour behind them; conditional formats that "
    "hide",
    convert=convert,
    recognised=lambda content: "xl/workbook.bin" in content.names,
    hidden=("xlsb",),
)
