"""How cells look (ISO 29500-1, 18.8). The only importer of openpyxl, for its lists of formats."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from kb.documents.converters.common.colours import differ
from kb.documents.converters.common.number_formats import shows_nothing
from kb.documents.converters.common.package import Package
from kb.documents.converters.xlsx.names import MAIN, is_on, whole

WHITE, BLACK = "FFFFFF", "000000"
INDEXED = {"0": BLACK, "1": WHITE, "8": BLACK, "9": WHITE, "64": BLACK, "65": WHITE}
THEME = {"0": WHITE, "1": BLACK}
# Of a Chinese Excel, which writes them by number alone (18.8.30).
_CHINESE = {
    **dict.fromkeys((27, 36, 50, 52, 57), 'yyyy"年"m"月"'),
    **dict.fromkeys((28, 29, 51, 53, 54, 58), 'm"月"d"日"'),
    **{30: "m-d-yy", 31: 'yyyy"年"m"月"d"日"', 32: 'h"时"mm"分"', 33: 'h"时"mm"分"ss"秒"'},
    **dict.fromkeys((34, 55), 'h"时"mm"分"'),
    **dict.fromkeys((35, 56), 'h"时"mm"分"ss"秒"'),
}


@dataclass(frozen=True, slots=True)
class Look:
    """`indent` in steps of the program's; `unseen`: text of the colour that is behind it, which is
    `ground`, in six hex digits, or empty where it is not told in numbers."""

    number_format: str = ""
    is_date: bool = False
    is_duration: bool = False
    indent: int = 0
    unseen: bool = False
    struck: bool = False
    ground: str = WHITE


PLAIN = Look()


@dataclass(frozen=True, slots=True)
class Styles:
    """`concealing`: the numbers of the conditional looks that leave nothing to be seen."""

    looks: list[Look] = field(default_factory=list)
    concealing: frozenset[int] = frozenset()

    def look(self, number: int) -> Look:
        return self.looks[number] if 0 <= number < len(self.looks) else PLAIN


def styles(package: Package) -> Styles:
    """Raises DamagedDocument: the part is not XML."""
    parts = package.related(package.main_part(), "styles")
    if not parts:
        return Styles()
    root = package.root(parts[0])
    formats = _formats(root)
    fonts = [*_of(root, "fonts", "font")]
    fills = [*_of(root, "fills", "fill")]
    looks = [_look(xf, formats, fonts, fills) for xf in _of(root, "cellXfs", "xf")]
    conditional = enumerate(_of(root, "dxfs", "dxf"))
    return Styles(looks, frozenset(place for place, dxf in conditional if _conceals(dxf)))


def _of(root: Any, group: str, tag: str) -> Iterator[Any]:
    parent = root.find(f"{MAIN}{group}")
    return iter(()) if parent is None else parent.iterchildren(f"{MAIN}{tag}")


def _formats(root: Any) -> dict[int, str]:
    return known_formats(
        {
            whole(one.get("numFmtId")): one.get("formatCode") or ""
            for one in _of(root, "numFmts", "numFmt")
        }
    )


def known_formats(own: dict[int, str]) -> dict[int, str]:
    """A workbook's own number formats, by number, with those that every workbook has."""
    from openpyxl.styles.numbers import BUILTIN_FORMATS

    return {**BUILTIN_FORMATS, **_CHINESE, **own}


def look_of(shown_as: str, indent: int, *, written: str, ground: str, struck: bool) -> Look:
    """`written` and `ground`: the colours of text and of what is behind it."""
    from openpyxl.styles.numbers import is_date_format, is_timedelta_format

    return Look(
        "" if shown_as == "General" else shown_as,
        bool(is_date_format(shown_as)),
        bool(is_timedelta_format(shown_as)),
        indent,
        bool(written and ground) and not differ(written, ground),
        struck,
        ground,
    )


def _look(xf: Any, formats: dict[int, str], fonts: list[Any], fills: list[Any]) -> Look:
    font = _at(fonts, xf.get("fontId"))
    aligned = xf.find(f"{MAIN}alignment")
    return look_of(
        formats.get(whole(xf.get("numFmtId")), ""),
        whole(aligned.get("indent")) if aligned is not None else 0,
        written=rgb(font.find(f"{MAIN}color")) if font is not None else "",
        ground=_ground(_at(fills, xf.get("fillId"))),
        struck=font is not None and is_on(font.find(f"{MAIN}strike")),
    )


def _at(elements: list[Any], number: str | None) -> Any:
    place = whole(number)
    return elements[place] if place < len(elements) else None


def _ground(fill: Any) -> str:
    if fill is None:
        return WHITE
    pattern = fill.find(f"{MAIN}patternFill")
    kind = pattern.get("patternType", "none") if pattern is not None else "of several colours"
    if pattern is not None and kind == "solid":
        return rgb(pattern.find(f"{MAIN}fgColor"))
    return WHITE if kind == "none" else ""


def _conceals(dxf: Any) -> bool:
    shown_as = dxf.find(f"{MAIN}numFmt")
    if shown_as is not None and shows_nothing(0, shown_as.get("formatCode") or ""):
        return True
    written = rgb(dxf.find(f"{MAIN}font/{MAIN}color"))
    fill = dxf.find(f"{MAIN}fill/{MAIN}patternFill")
    ground = WHITE if fill is None else rgb(fill.find(f"{MAIN}bgColor"))
    return bool(written and ground) and not differ(written, ground)


def rgb(color: Any) -> str:
    """A colour in six hex digits; "" where it is not told in numbers."""
    if color is None:
        return ""
    if color.get("theme") is not None:
        tinted = (color.get("tint") or "0").strip("0.") != ""
        return "" if tinted else THEME.get(color.get("theme"), "")
    if color.get("indexed") is not None:
        return INDEXED.get(color.get("indexed"), "")
    rgb = color.get("rgb") or ""
    try:
        return rgb[-6:] if len(bytes.fromhex(rgb)) in (3, 4) else ""
    except ValueError:
        return ""
