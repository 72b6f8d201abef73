"""Which of a page's words a reader sees upright: not those drawn askew (a watermark), invisible, of
their background's colour, or too small to read.

Text in rendering mode 3 (ISO 32000-1, 9.3.6) is not drawn. Over a picture of the page, or over
letters that are drawn as shapes, it is what can be searched of them, and so it is seen.
"""

from __future__ import annotations

import ctypes
import functools
import math
from typing import Any

import pypdfium2.raw as pdfium

from kb.documents.converters.pdf.drawings import (
    Box,
    Drawn,
    bounds,
    is_filled,
    is_outline,
    objects,
)
from kb.documents.converters.pdf.drawn_text import Pictured, Suspects, address

_ASKEW = 8.0  # degrees from the next quarter turn
_LEGIBLE = 1.5  # points
_WHITE = 0xE8  # of 255, in each of red, green and blue
_MOST_BEHIND = 2_000


class Seen:
    """A page's words by the index of their first character, and what else is drawn: its objects are
    gone through once. Where no text object is odd, nothing is asked about a word."""

    def __init__(self, page: Any, text_page: Any, *, layers: bool = False) -> None:
        self._page = page
        self._raw = text_page.raw
        self._matrix = pdfium.FS_MATRIX()
        self._pictures: list[Box] = []
        self._shadings: list[Box] = []
        self.paths: list[Drawn] = []
        self.has_odd = self.has_drawings = False
        self.dropped = 0
        """Words that are covered, clipped away, or in a layer that is off."""
        self.largest_picture = 0.0
        """The area of the largest picture, in square points."""
        look, suspects = _Look(), Suspects(layers=layers)
        for item, kind, matrix in objects(page):
            if kind == pdfium.FPDF_PAGEOBJ_TEXT:
                self.has_odd = self.has_odd or look.is_odd(item)
                suspects.text(item, matrix)
                continue
            self.has_drawings = True
            if kind == pdfium.FPDF_PAGEOBJ_PATH:
                self.paths.append((item, matrix))
                if is_filled(item):
                    suspects.cover(bounds(item, matrix))
            elif kind == pdfium.FPDF_PAGEOBJ_IMAGE:
                box = bounds(item, matrix)
                self.largest_picture = max(self.largest_picture, _area(box))
                _keep(self._pictures, box)
                suspects.cover(box)
            elif kind == pdfium.FPDF_PAGEOBJ_SHADING:
                _keep(self._shadings, bounds(item, matrix))
                suspects.cover(bounds(item, matrix))
        suspects.annotations(page)
        self._suspects = suspects.items()
        self.has_suspects = bool(self._suspects)
        self.has_odd = self.has_odd or self.has_suspects
        self.outlines = sum(is_outline(item) for item, _ in self.paths)
        """Shapes that may be letters."""

    @functools.cached_property
    def _backgrounds(self) -> tuple[list[Box], list[Box]]:
        """What makes invisible text a picture's, and what white text can be read on."""
        pictures, dark = [*self._pictures], [*self._shadings]
        for item, matrix in self.paths:
            if is_outline(item):
                _keep(pictures, bounds(item, matrix))
            elif not _is_white(item):
                _keep(dark, bounds(item, matrix))
        return pictures, [*pictures, *dark]

    def is_askew(self, index: int) -> bool:
        matrix = self._matrix
        if not pdfium.FPDFText_GetMatrix(self._raw, index, ctypes.byref(matrix)):
            return False
        return _is_askew(matrix.a, matrix.b)

    def is_seen(self, index: int, length: int) -> bool:
        item = pdfium.FPDFText_GetTextObject(self._raw, index)
        if not item:
            return True
        if _size(item) < _LEGIBLE:
            return False
        if pdfium.FPDFTextObj_GetTextRenderMode(item) == pdfium.FPDF_TEXTRENDERMODE_INVISIBLE:
            return self._lies_on(index, self._backgrounds[0])
        if _is_white(item) and not self._lies_on(index, self._backgrounds[1]):
            return False
        if address(item) not in self._suspects or self._is_drawn(index, length):
            return True
        self.dropped += 1
        return False

    def part(self, index: int, length: int) -> int:
        """How many of a word's characters to look at alone, where those behind are another text's
        and one of the two is not seen: a number may be written close to one that is covered."""
        first = self._is_suspect(index)
        if first is self._is_suspect(index + length - 1):
            return length
        for place in range(1, length):
            if self._is_suspect(index + place) is not first:
                doubtful = (index, place) if first else (index + place, length - place)
                return length if self._is_drawn(*doubtful) else place
        return length

    def _is_suspect(self, index: int) -> bool:
        item = pdfium.FPDFText_GetTextObject(self._raw, index)
        return bool(item) and address(item) in self._suspects

    @functools.cached_property
    def _pictured(self) -> Pictured:
        return Pictured(self._page, self._suspects.values())

    def _is_drawn(self, index: int, length: int) -> bool:
        """Whether a word is there on the page as it is drawn; one below a picture is, where the
        picture has something to be read there."""
        left, bottom, right, top = self._box(index)
        left2, bottom2, right2, top2 = self._box(index + length - 1)
        box = min(left, left2), min(bottom, bottom2), max(right, right2), max(top, top2)
        if self._pictured.has_text(box):
            return True
        return self._lies_on(index, self._pictures) and self._pictured.has_print(box)

    def _box(self, index: int) -> Box:
        rect = pdfium.FS_RECTF()
        pdfium.FPDFText_GetLooseCharBox(self._raw, index, ctypes.byref(rect))
        return rect.left, rect.bottom, rect.right, rect.top

    def _lies_on(self, index: int, boxes: list[Box]) -> bool:
        x0, y0, x1, y1 = self._box(index)
        x, y = (x0 + x1) / 2, (y0 + y1) / 2
        return any(left <= x <= right and low <= y <= high for left, low, right, high in boxes)


def _keep(boxes: list[Box], box: Box) -> None:
    if len(boxes) < _MOST_BEHIND:
        boxes.append(box)


def _area(box: Box) -> float:
    left, bottom, right, top = box
    return (right - left) * (top - bottom)


class _Look:
    """Whether text objects are odd. A page has thousands, so what PDFium writes into is made
    once."""

    def __init__(self) -> None:
        self._matrix, self._size = pdfium.FS_MATRIX(), ctypes.c_float()
        self._into = ctypes.byref(self._matrix), ctypes.byref(self._size)
        self._color = [ctypes.c_uint() for _ in range(4)]
        self._color_into = [*map(ctypes.byref, self._color)]

    def is_odd(self, item: Any) -> bool:
        """Askew, invisible, white or tiny."""
        m = self._matrix
        height = 1.0
        if pdfium.FPDFPageObj_GetMatrix(item, self._into[0]):
            if m.b and _is_askew(m.a, m.b):
                return True
            height = math.hypot(m.c, m.d)
        if pdfium.FPDFTextObj_GetTextRenderMode(item) == pdfium.FPDF_TEXTRENDERMODE_INVISIBLE:
            return True
        if pdfium.FPDFPageObj_GetFillColor(item, *self._color_into) and _is_pale(self._color):
            return True
        found = pdfium.FPDFTextObj_GetFontSize(item, self._into[1])
        return bool(found) and self._size.value * height < _LEGIBLE


def _size(item: Any) -> float:
    """A text object's size in points, as its own matrix makes it; that of a form around it is
    left out, so this is never too small where forms shrink."""
    size, matrix = ctypes.c_float(), pdfium.FS_MATRIX()
    if not pdfium.FPDFTextObj_GetFontSize(item, ctypes.byref(size)):
        return _LEGIBLE
    if not pdfium.FPDFPageObj_GetMatrix(item, ctypes.byref(matrix)):
        return float(size.value)
    return float(size.value) * math.hypot(matrix.c, matrix.d)


def _is_white(item: Any) -> bool:
    """Whether it is filled in white, or nearly, or not at all."""
    parts = [ctypes.c_uint() for _ in range(4)]
    if not pdfium.FPDFPageObj_GetFillColor(item, *map(ctypes.byref, parts)):
        return False
    return _is_pale(parts)


def _is_pale(color: list[ctypes.c_uint]) -> bool:
    red, green, blue, alpha = color
    if alpha.value == 0:
        return True
    return red.value >= _WHITE and green.value >= _WHITE and blue.value >= _WHITE


def _is_askew(a: float, b: float) -> bool:
    if not (a or b):
        return False
    angle = math.degrees(math.atan2(b, a)) % 90
    return min(angle, 90 - angle) > _ASKEW
