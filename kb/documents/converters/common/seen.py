"""What of a web page a reader sees: CSS hides text by many ways, and none of it may be answered.

Rules of `<style>` are matched by tags, classes and ids, also below each other; rules with any
other condition (`:hover`, `@media`, attributes) do not count. Colours and sizes are inherited.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from kb.documents.converters.common.colours import differ

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
_LEGIBLE = 3.0  # pixels
_MOST_RULES = 2000
_MARK = re.compile("[{};]")
_DECLARED = """
display visibility opacity transform clip clip-path text-indent position left right top bottom
overflow width height color background background-color background-image font-size
"""
_HIDING = frozenset(_DECLARED.split())
"""The properties that decide whether text is seen."""

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
        return differ(self.color, self.background)


def unseen(tree: Any) -> list[tuple[Any, bool]]:
    """The elements that are not seen, outermost first. The second value says whether all below is
    hidden with them; else it is their own text alone that has no colour to be seen in."""
    sheets = "\n".join("".join(style.itertext()) for style in tree.iter("style"))
    sheet = _Sheet(sheets)
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
        style = sheet.style(element)
        if element.get("hidden") is not None or _is_taken_out(style):
            found.append((element, True))
            continue
        ink = _inherited(ink, style, element)
        if not ink.seen:
            found.append((element, False))
        stack.extend((child, ink) for child in reversed(element))
    return found


class _Sheet:
    """The rules of a page's styles that may hide, in their order, by what their last part names:
    of the thousands of a saved page an element meets a handful."""

    def __init__(self, text: str) -> None:
        self._rules: dict[str, list[tuple[int, list[_Compound], dict[str, str]]]] = {}
        for number, (selector, declared) in enumerate(_rules(text)):
            tag, classes, ids = selector[-1]
            names = (*(f"#{name}" for name in ids), *(f".{name}" for name in classes), tag)
            self._rules.setdefault(names[0], []).append((number, selector, declared))

    def style(self, element: Any) -> dict[str, str]:
        """What the rules, and the element itself, declare of it; the last one wins."""
        names = (element.tag, "*", f"#{element.get('id')}")
        classes = (f".{name}" for name in {*(element.get("class") or "").split()})
        met = [rule for name in (*names, *classes) for rule in self._rules.get(name, ())]
        style: dict[str, str] = {}
        for _, selector, declared in sorted(met, key=lambda rule: rule[0]):
            if _fits(element, selector[-1]) and _stands_below(element, selector[:-1]):
                style |= declared
        return style | _declarations(element.get("style") or "")


def _rules(text: str) -> Iterator[tuple[list[_Compound], dict[str, str]]]:
    """Each selector that can be matched, with those of its declarations that may hide."""
    blocks = _without_at_rules(_without_comments(text)).split("}")[:-1]
    for block in islice((block for block in blocks if "{" in block), _MOST_RULES):
        head, _, body = block.rpartition("{")
        declared = _declarations(body)
        for selector in head.rpartition("{")[2].split(",") if declared else ():
            compounds = [*map(_compound, selector.replace(">", " ").split())]
            if compounds and None not in compounds:
                yield [one for one in compounds if one], declared


def _without_comments(text: str) -> str:
    kept, at = [], 0
    while (begin := text.find("/*", at)) >= 0 and (end := text.find("*/", begin + 2)) >= 0:
        kept.append(text[at:begin])
        at = end + 2
    return "".join([*kept, text[at:]]).replace("<!--", "").replace("-->", "")


def _without_at_rules(text: str) -> str:
    """A sheet without `@import …;` and `@media … { … }`, whatever stands in its braces. One that
    does not end stays, and an @ inside of a rule is none."""
    kept, at = [], 0
    while (begin := text.find("@", at)) >= 0:
        kept.append(text[at:begin])
        at, is_rule = _end_of_at_rule(text, begin)
        if not is_rule:
            kept.append(text[begin:at])
    return "".join([*kept, text[at:]])


def _end_of_at_rule(text: str, begin: int) -> tuple[int, bool]:
    depth = 0
    for mark in _MARK.finditer(text, begin):
        if mark[0] == "}" and not depth:
            return mark.start(), False
        depth += (mark[0] == "{") - (mark[0] == "}")
        if not depth:
            return mark.end(), True
    return len(text), False


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
    named = ((name.strip().lower(), value) for name, colon, value in pairs if colon)
    return {name: value.split("!")[0].strip().lower() for name, value in named if name in _HIDING}


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
