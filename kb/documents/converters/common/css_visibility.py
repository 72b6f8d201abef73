"""What of a web page a reader sees: CSS hides text by many ways, and none of it may be answered.

What is hidden whole (`display`, off the page, clipped) goes with all that is in it. Colours, sizes
and visibility are inherited, and judge an element's own text.
"""

from __future__ import annotations

import colorsys
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from kb.documents.converters.common.colours import differ
from kb.documents.converters.common.stylesheet import Sheet

_NUMBER = r"(-?\d*\.?\d+(?:e-?\d+)?)"
_LENGTH = re.compile(rf"{_NUMBER}(px|pt|em|rem|%|vw|vh|cm|mm|in|ex|ch|pc)?")
_PIXELS = {
    "": 1.0, "px": 1.0, "pt": 4 / 3, "pc": 16.0, "rem": 16.0, "ex": 8.0, "ch": 8.0,
    "vw": 12.8, "vh": 8.0, "cm": 37.8, "mm": 3.78, "in": 96.0,
}  # fmt: skip
_NAMED = {
    "white": "ffffff", "black": "000000", "red": "ff0000", "green": "008000", "blue": "0000ff",
    "yellow": "ffff00", "gray": "808080", "grey": "808080", "silver": "c0c0c0", "navy": "000080",
    "snow": "fffafa", "ivory": "fffff0", "whitesmoke": "f5f5f5", "ghostwhite": "f8f8ff",
    "floralwhite": "fffaf0", "azure": "f0ffff", "mintcream": "f5fffa", "aliceblue": "f0f8ff",
    "seashell": "fff5ee", "linen": "faf0e6", "oldlace": "fdf5e6", "lightyellow": "ffffe0",
    "honeydew": "f0fff0", "lavenderblush": "fff0f5", "cornsilk": "fff8dc", "beige": "f5f5dc",
    "lightcyan": "e0ffff", "gainsboro": "dcdcdc", "lightgray": "d3d3d3", "lightgrey": "d3d3d3",
    "canvas": "ffffff", "canvastext": "000000", "window": "ffffff",
}  # fmt: skip
_FAR = 400.0  # pixels outside the page
_LEGIBLE = 3.0  # pixels
_FAINT = 0.06
"""Of an opacity between 0 and 1: what is less cannot be read."""
_BLURRED = 8.0  # pixels

_SCALED = re.compile(rf"scale(?:3d|x|y)?\(([^()]*)\)|matrix\({_NUMBER}[^()]*\)")
_TURNED = re.compile(rf"rotate(?:x|y)\({_NUMBER}deg\)")
_MOVED = re.compile(r"translate(?:3d|x|y)?\(([^()]*)\)")


@dataclass(frozen=True, slots=True)
class _Ink:
    """How text at a place is drawn: colours as RGB, "?" where it is not known, "" for no colour at
    all; its size in pixels; whether it is drawn."""

    color: str = "000000"
    background: str = "ffffff"
    size: float = 16.0
    drawn: bool = True

    @property
    def seen(self) -> bool:
        if self.size < _LEGIBLE or not self.drawn or not self.color:
            return False
        if "?" in (self.color, self.background):
            return True
        return differ(self.color, self.background)


def unseen(tree: Any, outside_sheets: str | None = None) -> tuple[list[tuple[Any, bool]], str]:
    """The elements that are not seen, outermost first. Each value says whether all below is hidden
    with them; else it is their own text alone that is not drawn. And what of the page's styles is
    not known, in words: what it may hide cannot be told.

    `outside_sheets`: what the style sheets say that the page names, where they are known.
    """
    sheets = "\n".join("".join(style.itertext()) for style in tree.iter("style"))
    sheets = f"{outside_sheets or ''}\n{sheets}"
    sheet = Sheet(sheets.strip(), tree)
    found: list[tuple[Any, bool]] = []
    # What a style sheet elsewhere says of the page's background is not known.
    outside = outside_sheets is None and (
        "@import" in sheets
        or any("stylesheet" in (link.get("rel") or "").lower() for link in tree.iter("link"))
    )
    stack = [(tree, _Ink(background="?" if outside else "ffffff"))]
    while stack:
        element, ink = stack.pop()
        if not isinstance(element.tag, str):
            continue
        style = sheet.style(element)
        if _is_closed(element, style) or _is_taken_out(style, ink.size):
            found.append((element, True))
            continue
        ink = _inherited(ink, style, element)
        if not ink.seen:
            found.append((element, False))
        stack.extend((child, ink) for child in reversed(element))
    return found, sheet.untold


def _is_closed(element: Any, style: Mapping[str, str]) -> bool:
    """Whether a browser shows nothing of it by itself. What a reader can open is no such thing
    (`<details>`)."""
    if "display" in style:
        return False
    return element.get("hidden") is not None or (
        element.tag == "dialog" and element.get("open") is None
    )


def _is_taken_out(style: Mapping[str, str], size: float) -> bool:
    """Whether an element and all in it is not drawn, or drawn outside of the page."""
    if style.get("display") == "none" or style.get("content-visibility") == "hidden":
        return True
    if _share(style.get("opacity"), 1.0) < _FAINT or _share(style.get("zoom"), 1.0) == 0:
        return True
    if _is_filtered(style.get("filter", "")) or _is_transformed(style):
        return True
    if re.match(r"rect\(\s*(?:0|1px)", style.get("clip", "")):
        return True
    if _is_clipped(style.get("clip-path", "")):
        return True
    if any(
        _pixels(style.get(name), 0.0, size) < -_FAR
        for name in ("text-indent", "margin-left", "margin-top")
    ):
        return True
    if style.get("position") in ("absolute", "fixed", "relative", "sticky") and any(
        abs(_pixels(style.get(side), 0.0, size)) > 4 * _FAR
        or _pixels(style.get(side), 0.0, size) < -_FAR
        for side in ("left", "right", "top", "bottom")
    ):
        return True
    return _is_cut(style, size)


def _is_cut(style: Mapping[str, str], size: float) -> bool:
    """Whether it has no room, and what does not fit is not shown."""
    flow = " ".join(style.get(name, "") for name in ("overflow", "overflow-x", "overflow-y"))
    sides = ("width", "height", "max-width", "max-height", "line-height")
    return bool(re.search("hidden|clip", flow)) and any(
        _pixels(style.get(side), 9.0, size) <= 1 for side in sides if side in style
        and not (side == "line-height" and re.fullmatch(_NUMBER, style[side]) and
                 float(style[side]) > 0)
    )  # fmt: skip


def _is_filtered(filters: str) -> bool:
    if match := re.search(r"opacity\(([^()]*)\)", filters):
        return _share(match[1], 1.0) < _FAINT
    match = re.search(r"blur\(([^()]*)\)", filters)
    return bool(match) and _pixels(match[1] if match else "", 0.0) >= _BLURRED


def _is_transformed(style: Mapping[str, str]) -> bool:
    transform = style.get("transform", "")
    for match in _SCALED.finditer(transform):
        if any(abs(_share(part, 1.0)) < _FAINT for part in (match[1] or match[2] or "").split(",")):
            return True
    if any(abs(_share(part, 1.0)) < _FAINT for part in style.get("scale", "").split()):
        return True
    if any(abs(float(match[1])) % 180 == 90 for match in _TURNED.finditer(transform)):
        return True
    moves = [part for match in _MOVED.finditer(transform) for part in match[1].split(",")]
    moves += style.get("translate", "").split()
    return any(
        (not part.strip().endswith("%") and _pixels(part.strip(), 0.0) < -_FAR)
        or re.match(r"-\d{4,}%", part.strip()) is not None
        for part in moves
    )  # fmt: skip


def _is_clipped(path: str) -> bool:
    if re.match(r"(?:inset\(\s*(?:[5-9]\d|\d{3,})(?:\.\d+)?%|(?:circle|ellipse)\(\s*0)", path):
        return True
    match = re.match(r"polygon\(([^()]*)\)", path)
    if not match:
        return False
    points = {tuple(part.split()) for part in match[1].split(",")}
    return len(points) < 3  # a line, or a point


def _inherited(ink: _Ink, style: Mapping[str, str], element: Any) -> _Ink:
    visibility = style.get("visibility", "inherit")
    if visibility != "inherit":
        ink = replace(ink, drawn=visibility not in ("hidden", "collapse"))
    background = style.get("background-color") or style.get("background") or element.get("bgcolor")
    if element.get("background") or style.get("background-image", "none") != "none":
        background = "url"
    if background and background not in ("transparent", "none", "inherit", "initial", "unset"):
        # A colour that lets through what is behind it is not known, and no colour at all is none.
        ink = replace(ink, background=_rgb(background) or ink.background)
    color = style.get("color") or _attribute(element)
    filled = style.get("-webkit-text-fill-color")
    if filled and filled not in ("inherit", "currentcolor"):
        color = filled
    if color and color not in ("inherit", "currentcolor", "unset", "revert"):
        ink = replace(ink, color="000000" if color == "initial" else _rgb(color))
    if "text" in (style.get("background-clip"), style.get("-webkit-background-clip")):
        ink = replace(ink, color="?")  # its background is drawn in the shape of the letters
    if size := style.get("font-size") or _size_of_font(style.get("font", "")):
        ink = replace(ink, size=_pixels(size, ink.size, ink.size))
    return ink


def _attribute(element: Any) -> str | None:
    name = {"font": "color", "body": "text"}.get(element.tag)
    value = element.get(name) if name else None
    return value.strip().lower() if value else None


def _size_of_font(font: str) -> str:
    """The size in the shorthand `font`: the first length, before a slash."""
    match = re.search(rf"(?:^|\s){_NUMBER}(?:px|pt|em|rem|%)?(?=\s*/|\s)", font)
    lengths = [part for part in re.split(r"[\s/]", font) if _LENGTH.fullmatch(part)]
    sized = [part for part in lengths if not re.fullmatch(r"[1-9]00", part)]  # a weight
    return sized[0] if match and sized else ""


def _rgb(color: str) -> str:
    """RGB in six hex digits; "" for what is not painted, "?" where it is not known."""
    color = color.strip().lower()
    first = color.split()[0] if color and "(" not in color else color
    if first in _NAMED:
        return _NAMED[first]
    if first == "transparent":
        return ""
    if match := re.fullmatch(r"#?([0-9a-f]{8}|[0-9a-f]{6}|[0-9a-f]{4}|[0-9a-f]{3})", first):
        digits = match[1]
        if len(digits) < 6:
            digits = "".join(digit * 2 for digit in digits)
        return _over(digits[:6], int(digits[6:] or "ff", 16) / 255)
    if match := re.match(r"(rgb|hsl)a?\(([^()]*)\)", color):
        return _function(match[1], re.split(r"[\s,/]+", match[2].strip()))
    return "?"


def _function(name: str, parts: list[str]) -> str:
    alpha = _share(parts[3], 1.0) if len(parts) > 3 else 1.0
    try:
        if name == "hsl":
            hue, light, full = float(parts[0].removesuffix("deg")), _of(parts[2]), _of(parts[1])
            channels = [255 * one for one in colorsys.hls_to_rgb(hue % 360 / 360, light, full)]
        else:
            channels = [255 * _of(one) if one.endswith("%") else float(one) for one in parts[:3]]
        return _over(bytes(min(255, max(0, round(one))) for one in channels).hex(), alpha)
    except (ValueError, IndexError):
        return "?"


def _of(percent: str) -> float:
    return float(percent.removesuffix("%")) / 100


def _over(color: str, alpha: float) -> str:
    if alpha < _FAINT:
        return ""
    return color if alpha > 0.5 else "?"


def _share(text: str | None, otherwise: float) -> float:
    """A number, or a share in per cent."""
    match = re.match(rf"\s*{_NUMBER}(%)?", text or "")
    if not match:
        return otherwise
    return float(match[1]) / (100 if match[2] else 1)


def _pixels(text: str | None, otherwise: float, size: float = 16.0) -> float:
    """A length; `em` and per cent are of a size. Of `calc(…)` and the like its only length."""
    text = text or ""
    match = _LENGTH.match(text)
    if match is None:
        inner = re.fullmatch(r"(?:calc|min|max|clamp)\(([^()]*)\)", text)
        lengths = [*_LENGTH.finditer(inner[1])] if inner else []
        if len(lengths) != 1:
            return otherwise
        match = lengths[0]
    unit = match[2] or ""
    factor = {"em": size, "%": size / 100}.get(unit) or _PIXELS.get(unit, size)
    return float(match[1]) * factor
