"""Which text of a slide has the colour of what is behind it, or is too small to be read.

Only what is sure counts: a colour of the run's own, on a background whose colour is known, with
nothing beneath that is drawn: no picture, no filled shape, no table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from kb.documents.converters.common.colours import differ
from kb.documents.converters.common.namespaces import DRAWING

_SLIDE = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_UNKNOWN = "?"
_FILLS = tuple(f"{DRAWING}{name}" for name in ("solidFill", "gradFill", "blipFill", "pattFill"))
_PLAIN_FILL = "1001"  # of a theme's fills for backgrounds: one colour (20.1.4.1.7)
_USUAL = {"bg1": "lt1", "tx1": "dk1", "bg2": "lt2", "tx2": "dk2"}
_SMALLEST = 200  # hundredths of a point

Box = tuple[int, int, int, int]


class Ground:
    """What is behind the shapes of one slide."""

    def __init__(self, slide: Any) -> None:
        layout = slide.slide_layout
        self._sheets = (slide, layout, layout.slide_master)
        self._map = _colour_map(self._sheets)
        self._theme = _theme(layout.slide_master)
        self._color = self._background()
        self._drawn = [box for sheet in self._sheets[1:] for box in _drawn(sheet.shapes)]
        self._shapes = slide.shapes

    def behind(self, shape: Any) -> str:
        """The colour behind a shape's text in six hex digits, "?" where it is not known."""
        properties = shape._element.find(f"{_SLIDE}spPr")
        if properties is None or shape._element.find(f"{_SLIDE}style") is not None:
            return _UNKNOWN
        for one in _inherited(shape):
            fills = [child for child in one if child.tag in _FILLS]
            if fills:
                return self.color(fills[0])
            if one.find(f"{DRAWING}noFill") is not None:
                break
        own = _box(shape)
        if own is None:
            return _UNKNOWN
        beneath = [*self._drawn, *_drawn(self._shapes, until=shape)]
        return _UNKNOWN if any(_overlap(own, one) for one in beneath) else self._color

    def hides(self, properties: Any, behind: str) -> bool:
        """Whether a run with these properties (`a:rPr`) is not seen."""
        if properties is None:
            return False
        size = properties.get("sz", "")
        if re.fullmatch(r"\d{1,6}", size) and int(size) < _SMALLEST:
            return True
        outlined = properties.find(f"{DRAWING}ln")
        if outlined is not None and outlined.find(f"{DRAWING}noFill") is None:
            return False
        if properties.find(f"{DRAWING}noFill") is not None:
            return True
        if _UNKNOWN in behind or properties.find(f"{DRAWING}highlight") is not None:
            return False
        fill = properties.find(f"{DRAWING}solidFill")
        color = self.color(fill) if fill is not None else _UNKNOWN
        return color != _UNKNOWN and not differ(color, behind)

    def color(self, fill: Any) -> str:
        """The colour of a fill in six hex digits, "?" where it is none or one that is computed."""
        for child in fill:
            if fill.tag in (f"{DRAWING}solidFill", f"{_SLIDE}bgRef") and not len(child):
                return self._named(child)
        return _UNKNOWN

    def _named(self, color: Any) -> str:
        kind, name = color.tag.removeprefix(DRAWING), color.get("val") or ""
        if kind == "schemeClr":
            name = self._theme.get(self._map.get(name, name), "")
        elif kind != "srgbClr":
            name = ""
        return name.upper() if re.fullmatch("[0-9A-Fa-f]{6}", name) else _UNKNOWN

    def _background(self) -> str:
        """The slide's own, else its layout's, else its master's."""
        for sheet in self._sheets:
            background = sheet._element.find(f"{_SLIDE}cSld/{_SLIDE}bg")
            for one in () if background is None else background:
                if one.tag == f"{_SLIDE}bgRef":
                    return self.color(one) if one.get("idx") == _PLAIN_FILL else _UNKNOWN
                fills = [child for child in one if child.tag in _FILLS]
                return self.color(fills[0]) if fills else _UNKNOWN
        return "FFFFFF"


def _inherited(shape: Any) -> Iterator[Any]:
    """The properties of a shape, then those that its layout and master give a placeholder."""
    while shape is not None:
        properties = shape._element.find(f"{_SLIDE}spPr")
        if properties is not None:
            yield properties
        shape = getattr(shape, "_base_placeholder", None)


def _colour_map(sheets: tuple[Any, ...]) -> dict[str, str]:
    """What the slide's names of colours are called in the theme (19.3.1.6)."""
    for sheet in sheets[:-1]:
        own = sheet._element.find(f"{_SLIDE}clrMapOvr/{DRAWING}overrideClrMapping")
        if own is not None:
            return dict(own.attrib)
    whole = sheets[-1]._element.find(f"{_SLIDE}clrMap")
    return _USUAL if whole is None else dict(whole.attrib)


def _theme(master: Any) -> dict[str, str]:
    from kb.documents.converters.common.markup import xml_root

    for relation in master.part.rels.values():
        if relation.reltype.endswith("/theme") and not relation.is_external:
            scheme = xml_root(relation.target_part.blob).find(f".//{DRAWING}clrScheme")
            return {} if scheme is None else dict(_scheme(scheme))
    return {}


def _scheme(scheme: Any) -> Iterator[tuple[str, str]]:
    for one in scheme:
        for color in one:
            yield one.tag.removeprefix(DRAWING), color.get("lastClr") or color.get("val") or ""


def _drawn(shapes: Any, until: Any = None) -> Iterator[Box]:
    """Where something is drawn that text may stand on, in the order in which it is drawn. A shape
    of the page that has no place of its own may be anywhere."""
    for shape in shapes:
        if until is not None and shape._element is until._element:
            return
        element = shape._element
        if until is not None and any(one is until._element for one in element.iter()):
            yield from _drawn(shape.shapes, until)
            return
        if _is_drawn(element):
            yield _box(shape) or (-(1 << 60), -(1 << 60), 1 << 60, 1 << 60)


def _is_drawn(element: Any) -> bool:
    kind = element.tag.removeprefix(_SLIDE)
    if kind in ("pic", "graphicFrame"):
        return True
    if any(True for _ in element.iter(*_FILLS[1:], f"{_SLIDE}pic", f"{_SLIDE}graphicFrame")):
        return True
    for one in element.iter(f"{_SLIDE}spPr", f"{_SLIDE}grpSpPr"):
        if one.find(f"{DRAWING}solidFill") is not None:
            return True
    return next(element.iter(f"{_SLIDE}style"), None) is not None


def _box(shape: Any) -> Box | None:
    left, top, width, height = shape.left, shape.top, shape.width, shape.height
    if left is None or top is None or width is None or height is None:
        return None
    return left, top, left + width, top + height


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
