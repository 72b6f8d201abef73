"""What is drawn on a page beside its text: the straight lines of tables, and images."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Iterator
from typing import Any

import pypdfium2.raw as pdfium

from kb.documents.converters.pdf.layout import Rule

_MOST_OBJECTS = 20_000
_MOST_RULES = 8_000
_MOST_SEGMENTS = 2_000
_MOST_FORMS = 50
_THIN = 3.0
_SHORTEST = 4.0
_RECTANGLE = 6  # segments: four sides, a beginning and an end

Matrix = tuple[float, float, float, float, float, float]
Box = tuple[float, float, float, float]
Drawn = tuple[Any, Matrix]
"""An object of a page, and how its coordinates become the page's."""

SAME: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def objects(page: Any) -> Iterator[tuple[Any, int, Matrix]]:
    """What is drawn, its kind, and how its coordinates become the page's; also in forms."""
    waiting = [(page.raw, pdfium.FPDFPage_CountObjects, pdfium.FPDFPage_GetObject, SAME)]
    seen = 0
    while waiting:
        parent, count, get, matrix = waiting.pop()
        for index in range(count(parent)):
            item = get(parent, index)
            kind = pdfium.FPDFPageObj_GetType(item)
            seen += 1
            if seen > _MOST_OBJECTS:
                return
            if kind == pdfium.FPDF_PAGEOBJ_FORM and len(waiting) < _MOST_FORMS:
                inner = _times(_matrix_of(item), matrix)
                waiting.append(
                    (item, pdfium.FPDFFormObj_CountObjects, pdfium.FPDFFormObj_GetObject, inner)
                )
            yield item, kind, matrix


def _matrix_of(item: Any) -> Matrix:
    m = pdfium.FS_MATRIX()
    if not pdfium.FPDFPageObj_GetMatrix(item, ctypes.byref(m)):
        return SAME
    return m.a, m.b, m.c, m.d, m.e, m.f


_EDGES = [ctypes.c_float() for _ in range(4)]
_EDGES_INTO = [*map(ctypes.byref, _EDGES)]
"""Made once, for a page has thousands of objects. A process reads one document at a time."""


def bounds(item: Any, matrix: Matrix) -> Box:
    """Left, bottom, right and top in the page's coordinates."""
    if not pdfium.FPDFPageObj_GetBounds(item, *_EDGES_INTO):
        return 0.0, 0.0, 0.0, 0.0
    left, bottom, right, top = (edge.value for edge in _EDGES)
    if matrix is SAME:
        return left, bottom, right, top
    x0, y0 = _moved(left, bottom, matrix)
    x1, y1 = _moved(right, top, matrix)
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def rules(paths: Iterable[Drawn]) -> list[Rule]:
    """The straight lines and the edges of rectangles among a page's paths, in the page's own
    coordinates."""
    found: list[Rule] = []
    for item, matrix in paths:
        if len(found) > _MOST_RULES:
            return []
        left, bottom, right, top = bounds(item, matrix)
        if top - bottom <= _THIN or right - left <= _THIN:
            if max(right - left, top - bottom) > _SHORTEST and _is_painted(item):
                found.append(_rule(left, bottom, right, top))
        elif _is_painted(item):
            found += _edges(item, matrix)
    return found


def is_outline(item: Any) -> bool:
    """Whether a path has curves or more corners than a rectangle: a letter drawn as a shape."""
    return bool(pdfium.FPDFPath_CountSegments(item) > _RECTANGLE and _is_painted(item))


def is_filled(item: Any) -> bool:
    fill, stroke = ctypes.c_int(), pdfium.FPDF_BOOL()
    pdfium.FPDFPath_GetDrawMode(item, ctypes.byref(fill), ctypes.byref(stroke))
    return bool(fill.value)


def _is_painted(item: Any) -> bool:
    fill, stroke = ctypes.c_int(), pdfium.FPDF_BOOL()
    pdfium.FPDFPath_GetDrawMode(item, ctypes.byref(fill), ctypes.byref(stroke))
    return bool(fill.value or stroke.value)


def _edges(item: Any, matrix: Matrix) -> Iterator[Rule]:
    count = pdfium.FPDFPath_CountSegments(item)
    if count > _MOST_SEGMENTS:
        return
    matrix = _times(_matrix_of(item), matrix)
    x, y = ctypes.c_float(), ctypes.c_float()
    start = last = (0.0, 0.0)
    for index in range(count):
        segment = pdfium.FPDFPath_GetPathSegment(item, index)
        pdfium.FPDFPathSegment_GetPoint(segment, ctypes.byref(x), ctypes.byref(y))
        point = _moved(x.value, y.value, matrix)
        kind = pdfium.FPDFPathSegment_GetType(segment)
        if kind == pdfium.FPDF_SEGMENT_MOVETO:
            start = point
        elif kind == pdfium.FPDF_SEGMENT_LINETO and _is_straight(last, point):
            yield _rule(*last, *point)
        last = point
        if pdfium.FPDFPathSegment_GetClose(segment):
            if _is_straight(last, start):
                yield _rule(*last, *start)
            last = start


def _moved(x: float, y: float, m: Matrix) -> tuple[float, float]:
    return m[0] * x + m[2] * y + m[4], m[1] * x + m[3] * y + m[5]


def _times(a: Matrix, b: Matrix) -> Matrix:
    """First `a`, then `b`."""
    if b == SAME:
        return a
    return (
        a[0] * b[0] + a[1] * b[2],
        a[0] * b[1] + a[1] * b[3],
        a[2] * b[0] + a[3] * b[2],
        a[2] * b[1] + a[3] * b[3],
        a[4] * b[0] + a[5] * b[2] + b[4],
        a[4] * b[1] + a[5] * b[3] + b[5],
    )


def _is_straight(a: tuple[float, float], b: tuple[float, float]) -> bool:
    across, up = abs(a[0] - b[0]), abs(a[1] - b[1])
    return min(across, up) < 1 and max(across, up) > _SHORTEST


def _rule(x0: float, y0: float, x1: float, y1: float) -> Rule:
    return Rule(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
