"""XPS and OpenXPS (ECMA-388), as Windows prints into files: like a PDF, text at places."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

from kb.documents.builder import Builder
from kb.documents.converters.common.placed import Piece, paragraphs
from kb.documents.detect import Content
from kb.documents.formats import Format
from kb.errors import DamagedDocument
from kb.types import ParsedDocument, SourceFile

_SMALLEST = 2.6  # of 1/96 inch, 2 pt: below that no reader sees it
_Matrix = tuple[float, float, float, float, float, float]
_SAME: _Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    """Page by page, lines from top to bottom. A page that is missing or damaged is named as
    lost."""
    from kb.documents.converters.common.package import Package

    package = Package(data)
    builder = Builder(source)
    number = 0
    for sequence in package.related("", "fixedrepresentation"):
        for document in _referred(package, sequence, "DocumentReference"):
            for page in _referred(package, document, "PageContent"):
                number += 1
                try:
                    root = package.root(page)
                except (KeyError, DamagedDocument) as error:
                    builder.lose(f"page {number}: {' '.join(str(error).split())[:80]}")
                    continue
                for text in paragraphs([*_pieces(root)]):
                    builder.paragraph(text, page=number)
    return builder.document()


def _referred(package: Any, part: str, element: str) -> Iterator[str]:
    folder = posixpath.dirname(part)
    for one in package.root(part).iterfind(f"{{*}}{element}"):
        target = posixpath.join("/", folder, unquote(one.get("Source") or ""))
        yield posixpath.normpath(target).lstrip("/")


def _pieces(page: Any) -> Iterator[Piece]:
    """The runs of text that a reader sees, where they stand on the page."""
    width, height = _number(page.get("Width")), _number(page.get("Height"))
    backed = any(one.get("Fill") or len(one) for one in page.iter("{*}Path"))
    stack: list[tuple[Any, _Matrix]] = [(child, _SAME) for child in reversed(page)]
    while stack:
        element, outer = stack.pop()
        kind = element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
        if kind not in ("Canvas", "Glyphs") or _number(element.get("Opacity"), 1.0) == 0:
            continue
        matrix = _product(_matrix(element.get("RenderTransform")), outer)
        if kind == "Canvas":
            stack.extend((child, matrix) for child in reversed(element))
            continue
        text = (element.get("UnicodeString") or "").removeprefix("{}")
        a, b, c, d, e, f = matrix
        left, base = _number(element.get("OriginX")), _number(element.get("OriginY"))
        x, y = left * a + base * c + e, left * b + base * d + f
        size = _number(element.get("FontRenderingEmSize")) * max(abs(d), abs(c))
        within = -1 <= x <= width + 1 and -1 <= y <= height + size
        if size >= _SMALLEST and within and _is_seen(element.get("Fill") or "", backed=backed):
            yield Piece(x, y, size, 0.0, text)


def _is_seen(fill: str, *, backed: bool) -> bool:
    """Not transparent, and not white on a page where nothing is painted (`backed`)."""
    color = fill.strip().lower()
    if len(color) == 9 and color.startswith("#"):
        if color.startswith("#00"):
            return False
        color = f"#{color[3:]}"
    return backed or color not in ("#ffffff", "white")


def _matrix(text: str | None) -> _Matrix:
    numbers = [_number(part) for part in (text or "").replace(",", " ").split()]
    if len(numbers) != 6:
        return _SAME
    a, b, c, d, e, f = numbers
    return a, b, c, d, e, f


def _product(inner: _Matrix, outer: _Matrix) -> _Matrix:
    a, b, c, d, e, f = inner
    g, h, i, j, k, m = outer
    return (a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j,
            e * g + f * i + k, e * h + f * j + m)  # fmt: skip


def _number(text: str | None, otherwise: float = 0.0) -> float:
    try:
        number = float(text or otherwise)
    except ValueError:
        return otherwise
    return number if abs(number) < 1e6 else otherwise  # not, where it is no number either


def _recognised(content: Content) -> bool:
    return any(name.endswith((".fdseq", ".fpage")) for name in content.names)


FORMAT = Format(
    name="xps",
    endings=("xps", "oxps"),
    kept="page numbers, lines from top to bottom",
    lost="pictures, text that no reader sees",
    convert=convert,
    recognised=_recognised,
)
