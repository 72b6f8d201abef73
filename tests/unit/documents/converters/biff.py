"""An XLS written by hand: the records of one sheet as Excel 97 wrote them ([MS-XLS]), without the
compound file around them, which readers do without."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

_BOF, _EOF, _FONT, _FORMAT, _XF = 0x0809, 0x000A, 0x0031, 0x041E, 0x00E0
_BOUNDSHEET, _SST, _DIMENSIONS = 0x0085, 0x00FC, 0x0200
_ROW, _COLINFO, _MERGED = 0x0208, 0x007D, 0x00E5
_LABEL, _NUMBER, _BOOLERR = 0x00FD, 0x0203, 0x0205
_FIRST_OWN_FORMAT = 164
_BLACK, _WHITE, _AUTOMATIC = 8, 9, 0x7FFF
_NO_FONT = 4
"""This number is left out of the count of fonts."""


@dataclass(frozen=True)
class Font:
    struck: bool = False
    raised: bool = False
    white: bool = False


@dataclass(frozen=True)
class Cell:
    """`runs`: from which character on which font. `black`: the cell's ground, else it has none."""

    value: str | float | bool
    font: Font = Font()
    shown: str = ""
    runs: tuple[tuple[int, Font], ...] = ()
    black: bool = False


@dataclass
class Sheet:
    """Rows of cells from A1; None is an empty one. `merged`: top, bottom, left, right, from 0."""

    rows: Sequence[Sequence[Cell | None]]
    merged: Sequence[tuple[int, int, int, int]] = ()
    hidden_rows: Sequence[int] = ()
    hidden_columns: Sequence[int] = ()
    _fonts: list[Font] = field(default_factory=lambda: [Font()])
    _formats: list[str] = field(default_factory=list)
    _looks: list[tuple[int, int, bool]] = field(default_factory=lambda: [(0, 0, False)])
    _strings: list[Cell] = field(default_factory=list)

    def data(self) -> bytes:
        """The file. The looks are numbered as the cells are written, so these come first."""
        cells = b"".join(self._cells())
        shape = struct.pack("<IIHHH", 0, len(self.rows), 0, max(map(len, self.rows)), 0)
        hidden = [struct.pack("<HHHHHHI", n, 0, 9, 255, 0, 0, 0x20) for n in self.hidden_rows]
        columns = [struct.pack("<HHHHHH", n, n, 2000, 0, 1, 0) for n in self.hidden_columns]
        merged = struct.pack("<H", len(self.merged))
        merged += b"".join(struct.pack("<HHHH", *one) for one in self.merged)
        sheet = b"".join(
            [
                _record(_BOF, struct.pack("<HHHHII", 0x0600, 0x0010, 0x0DBB, 1996, 0, 6)),
                *(_record(_COLINFO, one) for one in columns),
                _record(_DIMENSIONS, shape),
                *(_record(_ROW, one) for one in hidden),
                cells,
                _record(_MERGED, merged) if self.merged else b"",
                _record(_EOF, b""),
            ]
        )
        head = self._globals(0)
        return self._globals(len(head)) + sheet

    def _globals(self, at: int) -> bytes:
        strings = b"".join(map(self._string, self._strings))
        counts = struct.pack("<II", len(self._strings), len(self._strings))
        return b"".join(
            [
                _record(_BOF, struct.pack("<HHHHII", 0x0600, 0x0005, 0x0DBB, 1996, 0, 6)),
                *(_record(_FONT, _font(one)) for one in self._fonts),
                *(
                    _record(_FORMAT, struct.pack("<H", _FIRST_OWN_FORMAT + n) + _text(one, "<H"))
                    for n, one in enumerate(self._formats)
                ),
                *(_record(_XF, _look(*one)) for one in self._looks),
                _record(_BOUNDSHEET, struct.pack("<IBB", at, 0, 0) + _text("Sheet", "<B")),
                _record(_SST, counts + strings),
                _record(_EOF, b""),
            ]
        )

    def _cells(self) -> list[bytes]:
        found = []
        for row, cells in enumerate(self.rows):
            for column, cell in enumerate(cells):
                if cell is None:
                    continue
                head = struct.pack("<HHH", row, column, self._look_of(cell))
                if isinstance(cell.value, str):
                    self._strings.append(cell)
                    for _, font in cell.runs:
                        self._font_of(font)
                    place = struct.pack("<I", len(self._strings) - 1)
                    found.append(_record(_LABEL, head + place))
                elif isinstance(cell.value, bool):
                    found.append(_record(_BOOLERR, head + struct.pack("<BB", cell.value, 0)))
                else:
                    found.append(_record(_NUMBER, head + struct.pack("<d", cell.value)))
        return found

    def _look_of(self, cell: Cell) -> int:
        shown = 0
        if cell.shown:
            if cell.shown not in self._formats:
                self._formats.append(cell.shown)
            shown = _FIRST_OWN_FORMAT + self._formats.index(cell.shown)
        look = (self._font_of(cell.font), shown, cell.black)
        if look not in self._looks:
            self._looks.append(look)
        return self._looks.index(look)

    def _font_of(self, font: Font) -> int:
        if font not in self._fonts:
            self._fonts.append(font)
        place = self._fonts.index(font)
        return place if place < _NO_FONT else place + 1

    def _string(self, cell: Cell) -> bytes:
        text = str(cell.value).encode("utf-16-le")
        flags = 1 | (8 if cell.runs else 0)
        head = struct.pack("<HB", len(str(cell.value)), flags)
        count = struct.pack("<H", len(cell.runs)) if cell.runs else b""
        runs = b"".join(struct.pack("<HH", at, self._font_of(font)) for at, font in cell.runs)
        return head + count + text + runs


def _record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def _text(text: str, length: str) -> bytes:
    return struct.pack(length, len(text)) + b"\x01" + text.encode("utf-16-le")


def _font(font: Font) -> bytes:
    colour = _WHITE if font.white else _AUTOMATIC
    options, raised = 8 if font.struck else 0, 1 if font.raised else 0
    head = struct.pack("<HHHHHBBBB", 200, options, colour, 400, raised, 0, 0, 0, 0)
    return head + _text("Arial", "<B")


def _look(font: int, shown: int, black: bool) -> bytes:
    ground = (1 << 26, _BLACK | (_WHITE << 7)) if black else (0, 0x20C0)
    return struct.pack("<HHHBBBBIiH", font, shown, 0, 0, 0, 0, 0, 0, *ground)
