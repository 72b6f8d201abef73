"""Whether text is drawn where a reader can see it: not clipped away, below a box or a picture, in a
layer that is switched off, or of no width.

What suggests it is cheap to tell, and rare. Only a page with such texts is drawn, with them and
without; a word of theirs whose place looks the same both times is not seen.
"""

from __future__ import annotations

import ctypes
import re
import zlib
from bisect import bisect
from collections.abc import Iterable
from typing import Any

import pypdfium2.raw as pdfium

from kb.documents.converters.pdf.drawings import SAME, Box, Matrix, bounds

_SCALE = 2.0
_LONGEST_SIDE = 3000
_APART = 20  # of 255
_CONTRAST = 64
_SHRUNK = 0.15
"""Of a word's height, what is left out above and below: its neighbours reach there."""

_MOST_CLIPS = 4
_MOST_POINTS = 12
_WITHIN = 0.5
_NO_WIDTH = 0.1
_MOST_TEXTS = 5_000
_MOST_COVERS = 2_000
_OBJECT_STREAM = re.compile(rb"/ObjStm\b.{0,400}?stream\r?\n", re.S)
_MOST_UNPACKED = 1 << 20
_LAYERS = b"/OCProperties"
_COVERING = frozenset(
    (
        *(pdfium.FPDF_ANNOT_SQUARE, pdfium.FPDF_ANNOT_CIRCLE, pdfium.FPDF_ANNOT_POLYGON),
        *(pdfium.FPDF_ANNOT_STAMP, pdfium.FPDF_ANNOT_FREETEXT, pdfium.FPDF_ANNOT_REDACT),
        pdfium.FPDF_ANNOT_INK,
    )
)


def has_layers(data: bytes) -> bool:
    """Whether a PDF has layers that can be switched off (ISO 32000-1, 8.11)."""
    if _LAYERS in data:
        return True
    for match in _OBJECT_STREAM.finditer(data):
        try:
            packed = data[match.end() : match.end() + _MOST_UNPACKED]
            if _LAYERS in zlib.decompressobj().decompress(packed, _MOST_UNPACKED):
                return True
        except zlib.error:
            continue
    return False


class Suspects:
    """Those of a page's texts that may be drawn and not seen. Objects are told in the order in
    which they are drawn."""

    def __init__(self, *, layers: bool) -> None:
        self._layers = layers
        self._found: dict[int, Any] = {}
        self._texts: list[tuple[Any, Box]] = []
        self._covers: list[tuple[int, Box]] = []
        self._x, self._y = ctypes.c_float(), ctypes.c_float()
        self._point = ctypes.byref(self._x), ctypes.byref(self._y)

    def text(self, item: Any, matrix: Matrix) -> None:
        if len(self._texts) == _MOST_TEXTS:
            return
        box = bounds(item, SAME)
        self._texts.append((item, box if matrix == SAME else bounds(item, matrix)))
        if (
            (self._layers and (matrix != SAME or pdfium.FPDFPageObj_CountMarks(item) > 0))
            or pdfium.FPDFTextObj_GetTextRenderMode(item) == pdfium.FPDF_TEXTRENDERMODE_CLIP
            or self._is_clipped(item, box)
        ):
            self._found[address(item)] = item

    def cover(self, box: Box) -> None:
        """Something is drawn over the texts so far."""
        if self._texts and len(self._covers) < _MOST_COVERS:
            self._covers.append((len(self._texts), box))

    def annotations(self, page: Any) -> None:
        rect = pdfium.FS_RECTF()
        for index in range(min(pdfium.FPDFPage_GetAnnotCount(page.raw), _MOST_COVERS)):
            one = pdfium.FPDFPage_GetAnnot(page.raw, index)
            if pdfium.FPDFAnnot_GetSubtype(one) in _COVERING and pdfium.FPDFAnnot_GetRect(
                one, ctypes.byref(rect)
            ):
                self.cover((rect.left, rect.bottom, rect.right, rect.top))
            pdfium.FPDFPage_CloseAnnot(one)

    def items(self) -> dict[int, Any]:
        """The objects, by their address."""
        if self._covers:
            middles = sorted(
                ((bottom + top) / 2, place)
                for place, (_, (_, bottom, _, top)) in enumerate(self._texts)
            )
            for before, (left, low, right, high) in self._covers:
                for _, place in middles[bisect(middles, (low, 0)) : bisect(middles, (high, 0))]:
                    item, (x0, _, x1, _) = self._texts[place]
                    if place < before and left < (x0 + x1) / 2 < right:
                        self._found[address(item)] = item
        return self._found

    def _is_clipped(self, item: Any, box: Box) -> bool:
        """Whether most of a text, or all of its width, is outside of what is let through."""
        left, bottom, right, top = box
        if right - left < _NO_WIDTH:
            return top - bottom > _NO_WIDTH  # a blank has no height either
        clip = pdfium.FPDFPageObj_GetClipPath(item)
        for place in range(min(pdfium.FPDFClipPath_CountPaths(clip), _MOST_CLIPS)):
            xs, ys = [], []
            count = pdfium.FPDFClipPath_CountPathSegments(clip, place)
            for number in range(count if count <= _MOST_POINTS else 0):
                segment = pdfium.FPDFClipPath_GetPathSegment(clip, place, number)
                pdfium.FPDFPathSegment_GetPoint(segment, *self._point)
                xs.append(self._x.value)
                ys.append(self._y.value)
            if xs and not (
                min(right, max(xs)) - max(left, min(xs)) >= _WITHIN * (right - left)
                and min(top, max(ys)) - max(bottom, min(ys)) >= _WITHIN * (top - bottom)
            ):
                return True
        return False


def address(item: Any) -> int:
    """By which an object of PDFium's is told from others."""
    return ctypes.cast(item, ctypes.c_void_p).value or 0


class Pictured:
    """A page drawn as it is, and without some of its texts."""

    def __init__(self, page: Any, texts: Iterable[Any]) -> None:
        from PIL import ImageChops

        self._page = page
        self._scale = min(_SCALE, _LONGEST_SIDE / max(*page.get_size(), 1))
        whole = self._drawn()
        texts = list(texts)
        for item in texts:
            pdfium.FPDFPageObj_SetIsActive(item, False)
        self._bare = self._drawn()
        for item in texts:
            pdfium.FPDFPageObj_SetIsActive(item, True)
        apart = ImageChops.difference(whole, self._bare).convert("L")
        self._text = apart.point(lambda value: 255 * (value >= _APART))

    def has_text(self, box: Box) -> bool:
        """Whether one of the texts is seen at a place of the page."""
        return self._text.crop(self._pixels(box)).getbbox() is not None

    def has_print(self, box: Box) -> bool:
        """Whether something that is no text is seen there, as the letters of a scan are."""
        piece = self._bare.crop(self._pixels(box)).convert("L")
        darkest, lightest = piece.getextrema()
        return bool(lightest - darkest >= _CONTRAST)

    def _drawn(self) -> Any:
        bitmap = self._page.render(scale=self._scale)
        try:
            return bitmap.to_pil().convert("RGB")
        finally:
            bitmap.close()

    def _pixels(self, box: Box) -> tuple[int, int, int, int]:
        width, height = self._bare.size
        x, y = ctypes.c_int(), ctypes.c_int()
        corners = []
        left, bottom, right, top = box
        inner = _SHRUNK * (top - bottom)
        for across, up in ((left, bottom + inner), (right, top - inner)):
            pdfium.FPDF_PageToDevice(
                self._page.raw, 0, 0, width, height, 0, across, up, ctypes.byref(x), ctypes.byref(y)
            )
            corners.append((x.value, y.value))
        (x0, y0), (x1, y1) = corners
        return min(x0, x1), min(y0, y1), max(x0, x1) + 1, max(y0, y1) + 1
