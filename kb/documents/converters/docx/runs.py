"""The text of a paragraph as its reader sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from kb.documents.converters.common.mathml import grouped
from kb.documents.converters.common.namespaces import COMPATIBILITY
from kb.documents.converters.docx.names import DELETED, MATH, W, chosen, number, switch, value
from kb.documents.converters.docx.styles import Look
from kb.documents.text.exponent import with_marks

# Dingbats that stand for boxes and ticks, by font (17.3.3.30: a character of a font's own).
_SYMBOLS = {
    "Wingdings": {0xFC: "✓", 0xFB: "✗", 0xFD: "☒", 0xFE: "☑", 0xA8: "☐", 0x6F: "☐", 0x71: "☐",
                  0x78: "☒", 0x6C: "●", 0x6E: "■", 0xD8: "➢", 0xE0: "→"},
    "Wingdings 2": {0x50: "✓", 0x4F: "✗", 0x51: "☒", 0x52: "☑", 0x53: "☒", 0x54: "☒",
                    0xA2: "■", 0xA3: "☐", 0x2A: "☐", 0x30: "☐"},
    "Wingdings 3": {},
    "Webdings": {0x61: "✓", 0x63: "☐", 0x72: "✗"},
    "Symbol": {0x6D: "µ", 0x61: "α", 0x62: "β", 0x67: "γ", 0x44: "Δ", 0x57: "Ω", 0x70: "π",
               0xB1: "±", 0xB3: "≥", 0xA3: "≤", 0xB4: "×", 0xB0: "°", 0xB8: "÷", 0xB9: "≠",
               0xBB: "≈", 0xA5: "∞", 0xB7: "•", 0xE5: "∑", 0x66: "φ", 0x6C: "λ", 0x71: "θ",
               0x73: "σ", 0x72: "ρ", 0x68: "η"},
}  # fmt: skip
_TRANSPARENT = frozenset(
    f"{W}{name}"
    for name in (
        *("hyperlink", "ins", "moveTo", "smartTag", "sdt", "sdtContent", "fldSimple"),
        *("customXml", "bdo", "dir", "rubyBase", "ruby"),
    )
)
_BOX = f"{W}txbxContent"


def text_of(paragraph: Any, look: Callable[[Any], Look]) -> str:
    """A paragraph's text: with insertions, fields' results and ticked boxes, without deletions
    and what is not seen. Struck text stands between ~~, an exponent behind ^ (10^6)."""
    instructions = _instructions(paragraph)
    shown = (
        (text, look(run) if run is not None else Look())
        for run, text in _runs(paragraph)
        if text and run not in instructions
    )
    return with_marks((text, one.raised, one.struck) for text, one in shown if one.seen)


def _instructions(paragraph: Any) -> set[Any]:
    """The runs that tell a field what to compute, and the fields that it computes with (17.16):
    what they show is no part of the text. A field that does not end here hides nothing."""
    found: set[Any] = set()
    open_fields: list[list[Any] | None] = []  # their runs so far, None from their results on
    for element in paragraph.iter(f"{W}r", f"{W}fldChar"):
        kind = element.get(f"{W}fldCharType")
        if element.tag == f"{W}r":
            for runs in open_fields:
                if runs is not None:
                    runs.append(element)
        elif kind == "begin":
            open_fields.append([])
        elif open_fields:
            found.update(open_fields.pop() or ())
            if kind == "separate":
                open_fields.append(None)
    return found


def boxes_of(paragraph: Any) -> Iterator[Any]:
    """The text boxes that are anchored in a paragraph, but for those inside of other boxes."""
    stack = [*reversed(paragraph)]
    while stack:
        element = stack.pop()
        if element.tag == _BOX:
            yield element
        elif element.tag == f"{COMPATIBILITY}AlternateContent":
            stack.append(chosen(element))
        elif element.tag not in DELETED:
            stack.extend(reversed(element))


def _runs(parent: Any) -> Iterator[tuple[Any | None, str]]:
    """Each run that is left after tracked changes, with its text."""
    for child in parent:
        if child.tag == f"{W}r":
            for part in _parts(child):
                if isinstance(part, str):
                    yield child, part
                else:
                    yield from _runs(part)
        elif child.tag in _TRANSPARENT:
            yield from _runs(child)
        elif child.tag in (f"{MATH}oMath", f"{MATH}oMathPara"):
            for equation in child.iter(f"{MATH}oMath"):
                yield None, _equation(equation)
        elif child.tag == f"{COMPATIBILITY}AlternateContent":
            yield from _runs(chosen(child))


def _equation(element: Any) -> str:
    """A formula in one line: x^2 for a power, a/b for a fraction, √(x) for a root."""
    kind = element.tag.removeprefix(MATH)
    if kind == "t":
        return element.text or ""
    parts = {child.tag.removeprefix(MATH): _equation(child) for child in element}
    match kind:
        case "sSup":
            return f"{parts.get('e', '')}^{grouped(parts.get('sup', ''))}"
        case "sSubSup":
            power = grouped(parts.get("sup", ""))
            return f"{parts.get('e', '')}{parts.get('sub', '')}^{power}"
        case "f":
            return f"{grouped(parts.get('num', ''))}/{grouped(parts.get('den', ''))}"
        case "rad":
            return f"{parts.get('deg', '')}√({parts.get('e', '')})"
        case _:
            return "".join(map(_equation, element))


def _parts(run: Any) -> Iterator[Any]:
    """A run's text piece by piece; what holds runs of its own comes as it is."""
    for child in run:
        match child.tag.removeprefix(W):
            case "t":
                yield child.text or ""
            case "tab" | "ptab":
                yield "\t"
            case "br" | "cr":
                yield " " if child.get(f"{W}type") in ("page", "column") else "\n"
            case "noBreakHyphen":
                yield "-"
            case "sym":
                yield _symbol(child)
            case "ruby":
                base = child.find(f"{W}rubyBase")
                if base is not None:
                    yield base
            case "fldChar":
                yield _form_field(child)
            case _:
                if child.tag == f"{COMPATIBILITY}AlternateContent":
                    yield from _parts(chosen(child))


def _symbol(element: Any) -> str:
    font = element.get(f"{W}font") or ""
    try:
        code = int(element.get(f"{W}char") or "0", 16)
    except ValueError:
        return ""
    code = code - 0xF000 if 0xF000 <= code <= 0xF0FF else code
    if font in _SYMBOLS:
        return _SYMBOLS[font].get(code, "")
    return chr(code) if 0x20 <= code < 0xD800 else ""


def _form_field(element: Any) -> str:
    """A box to tick, or a choice, of the old kind of form (17.16.17)."""
    data = element.find(f"{W}ffData")
    if data is None:
        return ""
    if (box := data.find(f"{W}checkBox")) is not None:
        checked = switch(box, "checked")
        return "☒" if (switch(box, "default") if checked is None else checked) else "☐"
    if (choice := data.find(f"{W}ddList")) is not None:
        entries = [one.get(f"{W}val") or "" for one in choice.iter(f"{W}listEntry")]
        at = number(value(choice, "result") or value(choice, "default"))
        return entries[at] if 0 <= at < len(entries) else ""
    return ""
