"""Text and tables as OpenDocument has them (ISO 26300)."""

from __future__ import annotations

from itertools import product
from typing import Any

from kb.documents.converters.common.sheets import MOST_COLUMNS

TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
PRESENTATION = "{urn:oasis:names:tc:opendocument:xmlns:presentation:1.0}"
STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"

_GAPS = (f"{TEXT}s", f"{TEXT}tab", f"{TEXT}line-break")
_MOST_SPANNED = 10_000


def spaced(paragraph: Any) -> str:
    """A paragraph's text, with the blanks that are elements."""
    parts = [paragraph.text or ""]
    for element in paragraph.iterdescendants():
        parts.append(" " if element.tag in _GAPS else element.text or "")
        parts.append(element.tail or "")
    return "".join(parts)


def repeated(element: Any, of: str) -> int:
    """How often a cell or a row stands there; `of`: columns or rows."""
    return _number(element, f"number-{of}-repeated")


def spanned(cell: Any) -> tuple[int, int]:
    """How many rows and columns a cell covers, its own among them."""
    return _number(cell, "number-rows-spanned"), _number(cell, "number-columns-spanned")


def table(element: Any) -> list[list[str]]:
    """The cells of a table, a merged one in every place it spans."""
    rows: list[list[str]] = []
    filled: dict[tuple[int, int], str] = {}
    for y, row in enumerate(element.iter(f"{TABLE}table-row")):
        cells: list[str] = []
        for cell in row:
            if cell.tag == f"{TABLE}table-cell":
                text = " ".join(" ".join(spaced(one).split()) for one in cell.iter(f"{TEXT}p"))
                down, right = spanned(cell)
                if 1 < down * right <= _MOST_SPANNED:
                    places = product(range(y, y + down), range(len(cells), len(cells) + right))
                    filled.update(dict.fromkeys(places, text))
            elif cell.tag == f"{TABLE}covered-table-cell":
                text = filled.get((y, len(cells)), "")
            else:
                continue
            cells += [text] * min(repeated(cell, "columns"), MOST_COLUMNS - len(cells))
        rows.append(cells)
    return rows


def _number(element: Any, attribute: str) -> int:
    value = element.get(f"{TABLE}{attribute}") or "1"
    return int(value) if value.isdecimal() and len(value) < 10 else 1
