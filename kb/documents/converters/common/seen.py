"""What of a web page a reader sees: CSS hides text by many ways, and none of it may be answered.

Rules of `<style>` are matched by tags, classes and ids, also below each other; rules with any
other condition (`:hover`, `@media`, attributes) do not count. Colours and sizes are inherited.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

_AT_RULES = re.compile(r"@[^{};]*(?:;|\{(?:[^{}]|\{[^{}]*\})*\})")
_COMMENTS = re.compile(r"/\*.*?\*/|<!--|-->", re.S)
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_COMPOUND = re.compile(r"(\*|[\w-]+)?((?:[.#][\w-]+)*)")
_LENGTH = re.compile(r"(-?\d*\.?\d+)(px|pt|em|rem|%)?")
_PIXELS = {"": 1.0, "px": 1.0, "pt": 4 / 3, "em": 16.0, "rem": 16.0, "%": 0.16}
_NAMED = {
    "white": "ffffff", "black": "000000", "red": "ff0000", "green": "008000", "blue": "0000ff",
    "yellow": "ffff00", "gray": "808080", "grey": "808080", "silver": "c0c0c0", "navy": "000080",
    "snow": "fffafa", "ivory": "fffff0", "whitesmoke": "f5f5f5", "ghostwhite": "f8f8ff",
    "floralwhite": "fffaf0", "azure": "f0ffff", "mintcream": "f5fffa",
}  # fmt: skip
_FAR = 400.0  # pixels outside the page
_APART = 48  # of 255: colours that are nearer cannot be told apart
_LEGIBLE = 3.0  # pixels
_MOST_RULES = 2000

_Compound = tuple[str, frozenset[str], frozenset[str]]


@dataclass(frozen=True, slots=True)
class _Ink:
    """Colour and size of text at a place: RGB, "?" where it is not known; pixels."""

    color: str = "000000"
    background: str = "ffffff"
    size: float = 16.0

    @property
    def seen(self) -> bool:
        if self.size < _LEGIBLE:
            return False
        if "?" in (self.color, self.background):
            return True
        pairs = zip(bytes.fromhex(self.color), bytes.fromhex(self.background), strict=True)
        return max(abs(one - other) for one, other in pairs) >= _APART


def unseen(tree: Any) -> list[tuple[Any, bool]]:
    """The elements that are not seen, outermost first. The second value says whether all below is
    hidden with them; else it is their own text alone that has no colour to be seen in."""
    sheets = "\n".join("".join(style.itertext()) for style in tree.iter("style"))
    rules = [*_rules(sheets)]
    found: list[tuple[Any, bool]] = []
    # What a style sheet elsewhere says of the page's background is not known.
    outside = "@import" in sheets or any(
        "stylesheet" in (link.get("rel") or "").lower() for link in tree.iter("link")
    )
    stack = [(tree, _Ink(background="?" if outside else "ffffff"))]
    while stack:
        element, ink = stack.pop()
        if not isinstance(element.tag, str):
            continue
        style = _style(element, rules)
        if element.get("hidden") is not None or _is_taken_out(style):
            found.append((element, True))
            continue
        ink = _inherited(ink, style, element)
        if not ink.seen:
            found.append((element, False))
        stack.extend((child, ink) for child in reversed(element))
    return found


def _rules(sheet: str) -> Iterator[tuple[list[_Compound], dict[str, str]]]:
    """Each selector that can be matched, with those of its declarations that may hide."""
    sheet = _AT_RULES.sub("", _COMMENTS.sub("", sheet))
    for number, match in enumerate(_RULE.finditer(sheet)):
        if number >= _MOST_RULES:
            return
        declared = _declarations(match.group(2))
        for selector in match.group(1).split(",") if declared else ():
            compounds = [*map(_compound, selector.replace(">", " ").split())]
            if compounds and None not in compounds:
                yield [one for one in compounds if one], declared


def _compound(text: str) -> _Compound | None:
    match = _COMPOUND.fullmatch(text)
    if match is None:
        return None
    tag = (match.group(1) or "*").lower()
    marks = re.findall(r"([.#])([\w-]+)", match.group(2))
    return (
        tag,
        frozenset(name for mark, name in marks if mark == "."),
        frozenset(name for mark, name in marks if mark == "#"),
    )


def _style(element: Any, rules: list[tuple[list[_Compound], dict[str, str]]]) -> dict[str, str]:
    style: dict[str, str] = {}
    for selector, declared in rules:
        if _fits(element, selector[-1]) and _stands_below(element, selector[:-1]):
            style |= declared
    return style | _declarations(element.get("style") or "")


def _fits(element: Any, compound: _Compound) -> bool:
    tag, classes, ids = compound
    if tag != "*" and element.tag != tag:
        return False
    return classes <= {*(element.get("class") or "").split()} and ids <= {element.get("id")}


def _stands_below(element: Any, selector: list[_Compound]) -> bool:
    left = list(selector)
    for ancestor in element.iterancestors() if left else ():
        if isinstance(ancestor.tag, str) and _fits(ancestor, left[-1]):
            left.pop()
            if not left:
                break
    return not left


def _declarations(text: str) -> dict[str, str]:
    pairs = (part.partition(":") for part in text.split(";"))
    return {
        name.strip().lower(): value.split("!")[0].strip().lower()
        for name, colon, value in pairs
        if colon
    }


def _is_taken_out(style: Mapping[str, str]) -> bool:
    """Whether an element and all in it is not drawn, or drawn outside of the page."""
    if style.get("display") == "none" or style.get("visibility") in ("hidden", "collapse"):
        return True
    if _pixels(style.get("opacity"), 1.0) == 0 or "scale(0" in style.get("transform", ""):
        return True
    if re.match(r"rect\(\s*(?:0|1px)", style.get("clip", "")):
        return True
    if re.match(r"(?:inset\((?:[5-9]\d|100)%|circle\(0)", style.get("clip-path", "")):
        return True
    if _pixels(style.get("text-indent"), 0.0) < -_FAR:
        return True
    if style.get("position") in ("absolute", "fixed", "relative") and any(
        _pixels(style.get(side), 0.0) < -_FAR for side in ("left", "right", "top", "bottom")
    ):
        return True
    clipped = style.get("overflow", "").startswith(("hidden", "clip"))
    return clipped and any(_pixels(style.get(side), 9.0) <= 1 for side in ("width", "height"))


def _inherited(ink: _Ink, style: Mapping[str, str], element: Any) -> _Ink:
    color = style.get("color") or (element.get("color") if element.tag == "font" else None)
    if color:
        ink = replace(ink, color=_rgb(color))
    background = style.get("background-color") or style.get("background") or element.get("bgcolor")
    if element.get("background") or style.get("background-image", "none") != "none":
        background = "url"
    if background and background not in ("transparent", "none", "inherit"):
        ink = replace(ink, background=_rgb(background.split()[0]))
    if size := style.get("font-size"):
        ink = replace(ink, size=_pixels(size, ink.size))
    return ink


def _rgb(color: str) -> str:
    color = color.strip().lower()
    if color in _NAMED:
        return _NAMED[color]
    if match := re.fullmatch(r"#?([0-9a-f]{6}|[0-9a-f]{3})", color):
        digits = match.group(1)
        return digits if len(digits) == 6 else "".join(digit * 2 for digit in digits)
    if match := re.match(r"rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})", color):
        return bytes(min(255, int(part)) for part in match.groups()).hex()
    return "?"


def _pixels(text: str | None, otherwise: float) -> float:
    match = _LENGTH.match(text or "")
    return float(match.group(1)) * _PIXELS[match.group(2) or ""] if match else otherwise
