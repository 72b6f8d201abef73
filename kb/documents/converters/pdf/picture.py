"""A page as a picture, and where on it some words stand: for whoever reads a citation."""

from __future__ import annotations

import ctypes
import math
import re
import struct
import unicodedata
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

WIDEST, TALLEST = 1400, 2000
"""Pixels."""
MOST_BOXES = 400
PAGES_AHEAD = 3
"""How many pages behind the one that is asked for a quote is looked for on."""
Boxes = tuple[tuple[float, float, float, float], ...]
_SHARPEST = 2.5
_LEAST = 4  # characters of what is looked for by itself
_NEAR = 80  # characters between a name and its value
_TRIES = 50
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class Picture:
    """A page, from 1, of `pages`. `png` is `width` × `height` pixels; `boxes` are around the
    words: left, top, width, height as shares of the picture, 0 to 1."""

    page: int
    pages: int
    width: int
    height: int
    boxes: Boxes
    png: bytes


def picture(file: str | bytes, page: int, quote: str) -> Picture:
    """The page of a PDF, given by its path or its bytes; or one of the next few where the quote
    stands on that and not on this: a passage is known by the page that it begins on.

    Raises:
        ValueError: there is no such page.
        pypdfium2.PdfiumError: the file is damaged.
    """
    with pypdfium2.PdfDocument(file) as document:
        pages = len(document)
        if not 1 <= page <= pages:
            raise ValueError(f"it has {pages} pages")
        for number in range(page, min(page + PAGES_AHEAD, pages) + 1) if quote else ():
            if found := _drawn(document[number - 1], quote):
                return Picture(number, pages, *found)
        return Picture(page, pages, *_drawn(document[page - 1]))


def _drawn(page: Any, quote: str = "") -> tuple[int, int, Boxes, bytes] | tuple[()]:
    """Width, height, boxes and PNG; nothing where a quote is not on it."""
    wide, tall = page.get_size()
    scale = min(_SHARPEST, WIDEST / max(wide, 1), TALLEST / max(tall, 1))
    width, height = math.ceil(wide * scale), math.ceil(tall * scale)  # as PDFium reckons
    boxes = tuple(_boxes(page, quote, width, height))[:MOST_BOXES] if quote else ()
    if quote and not boxes:
        return ()
    bitmap = page.render(scale=scale, rev_byteorder=True, prefer_bgrx=False)
    return bitmap.width, bitmap.height, boxes, _png(bitmap)


def _png(bitmap: Any) -> bytes:
    """Eight bits a channel: grey, colour, or colour with a fourth that is left out."""
    width, height, channels = bitmap.width, bitmap.height, bitmap.n_channels
    data, stride = bytes(bitmap.buffer), bitmap.stride
    lines = bytearray()
    for top in range(height):
        line = data[top * stride : top * stride + width * channels]
        if channels == 4:
            kept = bytearray(width * 3)
            for channel in range(3):
                kept[channel::3] = line[channel::4]
            line = bytes(kept)
        lines += b"\0" + line
    kind = 0 if channels == 1 else 2
    head = struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(lines, 6)), (b"IEND", b""))
    return _PNG + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in parts
    )


# --- where the words are ----------------------------------------------------------------


def _boxes(
    page: Any, quote: str, width: int, height: int
) -> Iterator[tuple[float, float, float, float]]:
    text_page = page.get_textpage()
    raw, count = text_page.raw, text_page.count_chars()
    codes = (pdfium.FPDFText_GetUnicode(raw, place) for place in range(count))
    folded, places = _folded("".join(chr(one) if one < 0x110000 else " " for one in codes))
    rect = pdfium.FS_RECTF()
    for first, last in _found(folded, places, quote):
        line: list[float] = []
        for place in dict.fromkeys(places[first:last]):
            if not pdfium.FPDFText_GetLooseCharBox(raw, place, ctypes.byref(rect)):
                continue
            box = _on_picture(page, rect, width, height)
            if line and min(line[3], box[3]) - max(line[1], box[1]) < 0.5 * (box[3] - box[1]):
                yield _share(line, width, height)
                line = []
            line = [*map(min, line[:2], box[:2]), *map(max, line[2:], box[2:])] if line else box
        if line:
            yield _share(line, width, height)


def _found(page: str, places: list[int], quote: str) -> Iterator[tuple[int, int]]:
    """Where a quote is on a page whose text is folded: as it stands; of a table's row, the cells
    next to each other; or each cell behind its column's name, where columns are rows."""
    pairs = [_pair(one) for one in quote.split(" | ")]
    wholes = [_folded(quote)[0], "".join(value for _, value in pairs)]
    wholes += [_folded(one)[0] for one in quote.splitlines()] if "\n" in quote else []
    for whole in wholes:
        start = page.find(whole) if len(whole) >= _LEAST else -1
        if start >= 0:
            yield start, start + len(whole)
            return
    starts = [found.start() for found in re.finditer(re.escape(pairs[0][0] or "\0"), page)]
    tried = [_behind(page, places, pairs, start) for start in starts[:_TRIES]]
    if best := max(tried, key=len, default=[]):
        yield from best


def _pair(cell: str) -> tuple[str, str]:
    """A column's name, empty where there is none, and what is in the cell."""
    name, colon, value = cell.partition(": ")
    return (_folded(name)[0], _folded(value)[0]) if colon else ("", _folded(cell)[0])


def _behind(
    page: str, places: list[int], pairs: list[tuple[str, str]], start: int
) -> list[tuple[int, int]]:
    """From here on, the names in their order, each with its value close behind; nothing where
    most of them are not."""
    found: list[tuple[int, int]] = []
    for name, value in pairs:
        at = page.find(name, start) if name else -1
        end = at + len(name)
        place = _apart(page, places, value, end) if at >= 0 and value else -1
        if place >= 0:
            found += [(at, end), (place, place + len(value))]
            start = end
    return found if len(found) > len(pairs) else []


def _apart(page: str, places: list[int], value: str, start: int) -> int:
    """Where a value stands soon by itself, with a blank on both sides; 16 is not in 101 and 65."""
    place = page.find(value, start, start + _NEAR)
    while place >= 0:
        end = place + len(value)
        begins = place == 0 or places[place] - places[place - 1] > 1
        if begins and (end == len(page) or places[end] - places[end - 1] > 1):
            return place
        place = page.find(value, place + 1, start + _NEAR)
    return -1


def _folded(text: str) -> tuple[str, list[int]]:
    """A text without blanks and in one form, and for each character where it was."""
    kept: list[str] = []
    places: list[int] = []
    for place, one in enumerate(text):
        for part in unicodedata.normalize("NFKC", one).casefold():
            if not (part.isspace() or unicodedata.category(part).startswith("C")):
                kept.append(part)
                places.append(place)
    return "".join(kept), places


def _on_picture(page: Any, rect: Any, width: int, height: int) -> list[float]:
    """Left, top, right, bottom in pixels, whichever way the page is turned."""
    x, y = ctypes.c_int(), ctypes.c_int()
    corners = []
    for across, up in ((rect.left, rect.top), (rect.right, rect.bottom)):
        pdfium.FPDF_PageToDevice(
            page.raw, 0, 0, width, height, 0, across, up, ctypes.byref(x), ctypes.byref(y)
        )
        corners.append((float(x.value), float(y.value)))
    (one, first), (other, second) = corners
    return [min(one, other), min(first, second), max(one, other), max(first, second)]


def _share(line: list[float], width: int, height: int) -> tuple[float, float, float, float]:
    left, top, right, bottom = line
    return left / width, top / height, (right - left) / width, (bottom - top) / height
