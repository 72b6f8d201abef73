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

_FORMAT = "{urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0}"

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


# --- what no reader sees ----------------------------------------------------------------

_WHITE = "#ffffff"
_NO_GROUND = (None, "transparent", _WHITE)
_SMALLEST = 2.0  # points
_STYLED = (f"{TEXT}span", f"{TEXT}p", f"{TEXT}h")
_HIDDEN_FIELDS = (f"{TEXT}hidden-text", f"{TEXT}hidden-paragraph")


def take_out_unseen(content: Any, styles: Any) -> bool:
    """Take out of a document's content what is hidden, tiny, or white where nothing has a ground
    of another colour. `styles`: the root of its styles, None where it has none. Returns whether
    there was any."""
    unseen = _unseen_styles([root for root in (styles, content) if root is not None])
    found = [
        element
        for element in content.iter(*_STYLED, *_HIDDEN_FIELDS)
        if element.tag in _HIDDEN_FIELDS or element.get(f"{TEXT}style-name") in unseen
    ]
    for element in found:
        _take_out(element)
    return bool(found)


def _unseen_styles(roots: list[Any]) -> set[str]:
    """Names of styles, those that inherit from one among them."""
    styles = [style for root in roots for style in root.iter(f"{STYLE}style")]
    grounds = {
        one.get(f"{_FORMAT}background-color")
        for root in roots
        for one in root.iter()
        if isinstance(one.tag, str)
    }
    # What is drawn may have any colour, and lie below.
    drawn = any(True for root in roots for _ in root.iter(f"{DRAW}*"))
    plain = grounds <= {*_NO_GROUND} and not drawn
    unseen: set[str] = set()
    for style in styles:
        properties = style.find(f"{STYLE}text-properties")
        if properties is not None and _is_unseen(properties, plain=plain):
            unseen.add(style.get(f"{STYLE}name"))
    for _ in range(2):  # a style of its own, on one that is named, on another
        unseen |= {
            style.get(f"{STYLE}name")
            for style in styles
            if style.get(f"{STYLE}parent-style-name") in unseen
            and style.find(f"{STYLE}text-properties") is None
        }
    return unseen


def _is_unseen(properties: Any, *, plain: bool) -> bool:
    if properties.get(f"{TEXT}display") == "none":
        return True
    size = (properties.get(f"{_FORMAT}font-size") or "").removesuffix("pt")
    if size.replace(".", "", 1).isdecimal() and float(size) < _SMALLEST:
        return True
    return plain and (properties.get(f"{_FORMAT}color") or "").lower() == _WHITE


def _take_out(element: Any) -> None:
    """Without the text behind it, which is not its own."""
    parent, before, tail = element.getparent(), element.getprevious(), element.tail or ""
    if parent is None:
        return
    if before is not None:
        before.tail = (before.tail or "") + tail
    else:
        parent.text = (parent.text or "") + tail
    parent.remove(element)


def _number(element: Any, attribute: str) -> int:
    value = element.get(f"{TABLE}{attribute}") or "1"
    return int(value) if value.isdecimal() and len(value) < 10 else 1
