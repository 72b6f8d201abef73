"""Text and tables as OpenDocument has them (ISO 26300)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from kb.documents.converters.common.colours import differ
from kb.documents.converters.common.rich_text import Run
from kb.documents.converters.common.sheets import MOST_COLUMNS
from kb.documents.text.exponent import with_marks

TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
PRESENTATION = "{urn:oasis:names:tc:opendocument:xmlns:presentation:1.0}"
STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_FO = "{urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0}"

WHITE = "ffffff"
_GAPS = (f"{TEXT}s", f"{TEXT}tab", f"{TEXT}line-break")
_MOST_SPANNED = 10_000


@dataclass(frozen=True, slots=True)
class Look:
    """`colour` of text and `ground`, of the cell behind it, in six hex digits; empty where it is
    not told."""

    raised: bool = False
    struck: bool = False
    colour: str = ""
    ground: str = WHITE

    @property
    def unseen(self) -> bool:
        return bool(self.colour and self.ground) and not differ(self.colour, self.ground)


_PLAIN = Look()
Looks = Mapping[str | None, Look]
"""By the style's name; styles that change nothing of this are left out."""

_OF_TEXT = ("text", "paragraph", "table-cell")
_MOST_PARENTS = 20
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


def looks_of(*roots: Any) -> Looks:
    """What the styles of a document's parts make of text, with what they inherit."""
    own: dict[str, tuple[str, dict[str, str]]] = {}
    for root in roots:
        for style in root.iter(f"{STYLE}style"):
            if style.get(f"{STYLE}family") not in _OF_TEXT:
                continue
            said: dict[str, str] = {}
            for properties in style.iterchildren(
                f"{STYLE}text-properties", f"{STYLE}table-cell-properties"
            ):
                said |= {name: value for name, value in properties.attrib.items() if value}
            own[style.get(f"{STYLE}name", "")] = style.get(f"{STYLE}parent-style-name", ""), said
    found: dict[str | None, Look] = {}
    for name in own:
        said, above = {}, name
        for _ in range(_MOST_PARENTS):
            if above not in own:
                break
            above, more = own[above]
            said = more | said
        if (look := _look(said)) != _PLAIN:
            found[name] = look
    return found


def _look(said: Mapping[str, str]) -> Look:
    position = said.get(f"{STYLE}text-position", "").partition(" ")[0]
    struck = {said.get(f"{STYLE}text-line-through-{one}", "none") for one in ("style", "type")} != {
        "none"
    }
    ground = said.get(f"{_FO}background-color", "transparent")
    return Look(
        position == "super" or (position[:1].isdigit() and not position.startswith("0")),
        struck,
        _digits(said.get(f"{_FO}color", "")),
        WHITE if ground == "transparent" else _digits(ground),
    )


def _digits(colour: str) -> str:
    return colour[1:] if _COLOUR.fullmatch(colour) else ""


def spaced(paragraph: Any, looks: Looks | None = None, within: Look = _PLAIN) -> str:
    """A paragraph's text, with the blanks that are elements, and marks at what is raised or
    struck; `within` is the look of what holds the paragraph."""
    return with_marks(one[:3] for one in runs_of(paragraph, looks, within))


def runs_of(paragraph: Any, looks: Looks | None, within: Look) -> list[Run]:
    """The pieces of a paragraph in their looks."""
    if not looks:
        return [Run(text) for _, text in _texts(paragraph)]
    ways: dict[Any, Look] = {}

    def look(element: Any) -> Look:
        if element not in ways:
            above = within if element is paragraph else look_above(element)
            own = looks.get(element.get(f"{TEXT}style-name"), _PLAIN)
            colour = own.colour or above.colour
            ways[element] = Look(above.raised or own.raised, above.struck or own.struck, colour)
        return ways[element]

    def look_above(element: Any) -> Look:
        return ways.get(element.getparent(), within)

    for element in paragraph.iter():  # from the outside in, so that what is above is known
        look(element)
    return [
        Run(text, ways[element].raised, ways[element].struck, ways[element].colour)
        for element, text in _texts(paragraph)
    ]


def _texts(paragraph: Any) -> Iterator[tuple[Any, str]]:
    """Each piece of text with the element that holds it."""
    yield paragraph, paragraph.text or ""
    for element in paragraph.iterdescendants():
        yield element, " " if element.tag in _GAPS else element.text or ""
        yield element.getparent(), element.tail or ""


def repeated(element: Any, of: str) -> int:
    """How often a cell or a row stands there; `of`: columns or rows."""
    return _number(element, f"number-{of}-repeated")


def spanned(cell: Any) -> tuple[int, int]:
    """How many rows and columns a cell covers, its own among them."""
    return _number(cell, "number-rows-spanned"), _number(cell, "number-columns-spanned")


def table(element: Any, looks: Looks | None = None) -> list[list[str]]:
    """The cells of a table, a merged one in every place it spans."""
    rows: list[list[str]] = []
    filled: dict[tuple[int, int], str] = {}
    for y, row in enumerate(element.iter(f"{TABLE}table-row")):
        cells: list[str] = []
        for cell in row:
            if cell.tag == f"{TABLE}table-cell":
                text = " ".join(
                    " ".join(spaced(one, looks).split()) for one in cell.iter(f"{TEXT}p")
                )
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
