"""Styles (ISO 29500-1, 17.7): what makes a paragraph a heading or a list item, a run invisible."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kb.documents.converters.common.colours import differ
from kb.documents.converters.docx.names import W, number, switch, value

_RAISED = 4
"""Half points above the line from which on text is an exponent."""
_HEADING = re.compile(r"heading (\d)\b", re.I)
_LIST = re.compile(r"list\b", re.I)
_DEEPEST = 20
_PAPER = ("background1", "light1")
"""The colour of a theme that paper has: white, in all but the oddest themes."""
_NARROWEST = 10  # per cent of a letter's width
_FAR = 10_000  # twentieths of a point
_LEGIBLE = 4  # half points: what is smaller than 2 pt cannot be read


@dataclass(frozen=True, slots=True)
class Look:
    """How a run is printed, as far as it matters to a reader. `color` and `background` are RGB in
    six hex digits, "" where they are automatic; `background` "?" is one that is not known."""

    hidden: bool = False
    struck: bool = False
    raised: bool = False
    color: str = ""
    background: str = ""
    half_points: int = 0

    @property
    def seen(self) -> bool:
        """Whether a reader sees it: not hidden, not tiny, not of its background's colour."""
        if self.hidden or 0 < self.half_points < _LEGIBLE:
            return False
        if not self.color or self.background == "?":
            return True
        return differ(self.color, self.background or "FFFFFF")


class Styles:
    """The styles of a document, by their ids."""

    def __init__(self, root: Any | None) -> None:
        self._styles: dict[str, Any] = {}
        self._usual: dict[str, str] = {}
        for style in root.iter(f"{W}style") if root is not None else ():
            name, kind = style.get(f"{W}styleId") or "", style.get(f"{W}type") or ""
            self._styles[name] = style
            if style.get(f"{W}default") in ("1", "true", "on"):
                self._usual[kind] = name
        defaults = root.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr") if root is not None else None
        self._defaults = [] if defaults is None else [defaults]

    def heading_level(self, paragraph: Any) -> int:
        """1 to 9, 0 where the paragraph is no heading.

        A heading's style may have any name (a company's own, or a translated one); what makes it
        a heading is its outline level, or that of the style it is based on.
        """
        properties = paragraph.find(f"{W}pPr")
        own = value(properties, "outlineLvl")
        if own.isdecimal():
            return number(own) + 1 if number(own) < 9 else 0
        for style in self._chain(value(properties, "pStyle") or self._usual.get("paragraph", "")):
            name = value(style, "name")
            if match := _HEADING.match(name):
                return max(1, int(match.group(1)))
            if match := re.match(r"(sub)?title\b", name, re.I):
                return 2 if match.group(1) else 1
            outline = value(style.find(f"{W}pPr"), "outlineLvl")
            if outline.isdecimal():
                return number(outline) + 1 if number(outline) < 9 else 0
        return 0

    def numbering(self, paragraph: Any) -> tuple[str, int] | None:
        """The list and the level (from 0) that a paragraph is numbered in."""
        properties = paragraph.find(f"{W}pPr")
        level: int | None = None
        styles = self._chain(value(properties, "pStyle") or self._usual.get("paragraph", ""))
        for holder in (properties, *(style.find(f"{W}pPr") for style in styles)):
            numbered = holder.find(f"{W}numPr") if holder is not None else None
            if numbered is None:
                continue
            if level is None and numbered.find(f"{W}ilvl") is not None:
                level = number(value(numbered, "ilvl"))
            if numbered.find(f"{W}numId") is not None:
                name = value(numbered, "numId")
                return (name, level or 0) if name != "0" else None
        return None

    def is_list_item(self, paragraph: Any) -> bool:
        """Whether its style is one of Word's lists, which may draw their bullet elsewhere."""
        name = value(paragraph.find(f"{W}pPr"), "pStyle")
        style = self._styles.get(name)
        return style is not None and bool(_LIST.match(value(style, "name")))

    def look(self, run: Any, paragraph: Any, background: str) -> Look:
        """How a run is printed on a background."""
        own = run.find(f"{W}rPr")
        paragraph_style = value(paragraph.find(f"{W}pPr"), "pStyle")
        layers = [
            *([own] if own is not None else []),
            *self._run_properties(value(own, "rStyle")),
            *self._run_properties(paragraph_style or self._usual.get("paragraph", "")),
            *self._defaults,
        ]
        return Look(
            hidden=_first(layers, "vanish")
            or _first(layers, "specVanish")
            or _is_squeezed(layers)
            or _is_put_away(paragraph.find(f"{W}pPr")),
            struck=_first(layers, "strike") or _first(layers, "dstrike"),
            raised=_value(layers, "vertAlign") == "superscript"
            or number(_value(layers, "position")) >= _RAISED,
            color=_color(layers),
            background=_fill(layers) or self.fill(paragraph.find(f"{W}pPr")) or background,
            half_points=number(_value(layers, "sz")),
        )

    def fill(self, properties: Any) -> str:
        """The colour behind a paragraph, a cell or a table, "" where there is none."""
        return _fill([properties]) if properties is not None else ""

    def shades_tables(self, style_id: str) -> bool:
        """Whether a table's style gives some of its cells a colour."""
        return any(
            _fill([holder])
            for style in self._chain(style_id)
            for holder in style.iter(f"{W}tcPr", f"{W}tblPr", f"{W}pPr", f"{W}rPr")
        )

    def _run_properties(self, style_id: str) -> Iterator[Any]:
        for style in self._chain(style_id):
            if (found := style.find(f"{W}rPr")) is not None:
                yield found

    def _chain(self, style_id: str) -> Iterator[Any]:
        """A style and those that it is based on, the nearest first."""
        for _ in range(_DEEPEST):
            style = self._styles.get(style_id)
            if style is None:
                return
            yield style
            style_id = value(style, "basedOn")


def _first(layers: list[Any], name: str) -> bool:
    switches = (switch(layer, name) for layer in layers)
    return next((one for one in switches if one is not None), False)


def _value(layers: list[Any], name: str) -> str:
    return next((found for layer in layers if (found := value(layer, name))), "")


def _color(layers: list[Any]) -> str:
    for layer in layers:
        color = layer.find(f"{W}color")
        if color is not None:
            if color.get(f"{W}themeColor") in _PAPER and not color.get(f"{W}themeShade"):
                return "FFFFFF"
            if found := rgb(color.get(f"{W}val") or ""):
                return found
    return ""


def _is_squeezed(layers: list[Any]) -> bool:
    """Letters of no width, or far above or below their line (in half points)."""
    width = _value(layers, "w").removesuffix("%")
    if width.isdecimal() and int(width) < _NARROWEST:
        return True
    return abs(_signed(_value(layers, "position"))) > _FAR // 10


def _is_put_away(properties: Any) -> bool:
    """Whether a paragraph has lines of no height, or lies beside the page (in twentieths of a
    point)."""
    if properties is None:
        return False
    spacing, indent = properties.find(f"{W}spacing"), properties.find(f"{W}ind")
    exact = spacing is not None and spacing.get(f"{W}lineRule") == "exact"
    if exact and 0 < _signed(spacing.get(f"{W}line") or "") < 20 * _LEGIBLE // 2:
        return True
    places = [] if indent is None else [indent.get(f"{W}left"), indent.get(f"{W}start")]
    frame = properties.find(f"{W}framePr")
    places += [] if frame is None else [frame.get(f"{W}x"), frame.get(f"{W}y")]
    return any(_signed(place or "") < -_FAR for place in places)


def _signed(text: str) -> int:
    return int(text) if re.fullmatch(r"-?\d{1,9}", text) else 0


def _fill(layers: list[Any]) -> str:
    for layer in layers:
        if value(layer, "highlight") not in ("", "none"):
            return "?"
        shading = layer.find(f"{W}shd")
        if shading is not None:
            if shading.get(f"{W}val") not in (None, "clear", "nil"):
                return "?"  # a pattern in two colours
            if color := rgb(shading.get(f"{W}fill") or ""):
                return color
    return ""


def rgb(color: str) -> str:
    """A colour in six hex digits; "" for any other (`auto`, a name)."""
    return color.upper() if re.fullmatch(r"[0-9A-Fa-f]{6}", color) else ""
