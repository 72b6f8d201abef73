"""The text of a paragraph as its reader sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from kb.documents.converters.common.mathml import grouped
from kb.documents.converters.common.namespaces import COMPATIBILITY, VML
from kb.documents.converters.docx.equations import equation
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
    instructions, equations = _fields(paragraph)
    shown = (
        (text, look(run) if run is not None else Look())
        for run, text in _runs(paragraph, equations)
        if text and run not in instructions
    )
    return with_marks((text, one.raised, one.struck) for text, one in shown if one.seen)


def _fields(paragraph: Any) -> tuple[set[Any], dict[Any, str]]:
    """The runs that tell a field what to compute, and the fields that it computes with (17.16):
    what they show is no part of the text. A field that does not end here hides nothing. And what
    formulas show that only such runs tell, by their last mark."""
    hidden: set[Any] = set()
    equations: dict[Any, str] = {}
    open_fields: list[_Field] = []
    for element in paragraph.iter(f"{W}r", f"{W}fldChar"):
        kind = element.get(f"{W}fldCharType")
        if element.tag == f"{W}r":
            for field in open_fields:
                (field.result if field.has_result else field.code).append(element)
        elif kind == "begin":
            open_fields.append(_Field([], []))
        elif open_fields and kind == "separate":
            hidden.update(open_fields[-1].code)
            open_fields[-1].has_result = True
        elif open_fields:
            field = open_fields.pop()
            hidden.update(field.code)
            # The run of the last mark is the last of its own field, and shows.
            hidden.discard(element.getparent())
            if not any(run.findtext(f"{W}t") for run in field.result):
                code = "".join(map(_code, field.code))
                equations[element] = equation(code) or ""
    return hidden, equations


@dataclass(slots=True)
class _Field:
    """The runs of its code, and of its result."""

    code: list[Any]
    result: list[Any]
    has_result: bool = False


def _code(run: Any) -> str:
    return "".join(part.text or "" for part in run.iter(f"{W}instrText", f"{W}t"))


def boxes_of(paragraph: Any) -> Iterator[Any]:
    """The text boxes that are anchored in a paragraph, but for those inside of other boxes."""
    yield from _below(paragraph, _BOX)


def _below(paragraph: Any, tag: str) -> Iterator[Any]:
    """What is anchored in a paragraph, in the current text."""
    stack = [*reversed(paragraph)]
    while stack:
        element = stack.pop()
        if element.tag == tag:
            yield element
        elif element.tag == f"{COMPATIBILITY}AlternateContent":
            stack.append(chosen(element))
        elif element.tag not in DELETED and element.tag != _BOX:
            stack.extend(reversed(element))


def word_art_of(paragraph: Any) -> Iterator[str]:
    """Text that is drawn along a line (VML 14.1.2.20). A watermark is none of a document's."""
    for element in _below(paragraph, f"{VML}textpath"):
        shape = element.getparent()
        if "watermark" not in (shape.get("id") or "").lower():
            yield element.get("string") or ""


def joined_where_marks_are_deleted(root: Any) -> None:
    """Put paragraphs together whose end a tracked change takes out (17.13.5.15): the current text
    of 40 and, below it, 00 is 4000."""
    for paragraph in [*root.iter(f"{W}p")]:
        marks = paragraph.find(f"{W}pPr/{W}rPr")
        behind = paragraph.getnext()
        if marks is None or behind is None or behind.tag != f"{W}p":
            continue
        if any(marks.find(tag) is not None for tag in DELETED):
            place = 1 if behind.find(f"{W}pPr") is not None else 0
            moved = [child for child in paragraph if child.tag != f"{W}pPr"]
            behind[place:place] = moved
            paragraph.getparent().remove(paragraph)


def _runs(parent: Any, equations: dict[Any, str]) -> Iterator[tuple[Any | None, str]]:
    """Each run that is left after tracked changes, with its text."""
    for child in parent:
        if child.tag == f"{W}r":
            for part in _parts(child, equations):
                if isinstance(part, str):
                    yield child, part
                else:
                    yield from _runs(part, equations)
        elif child.tag in _TRANSPARENT:
            yield from _runs(child, equations)
        elif child.tag in (f"{MATH}oMath", f"{MATH}oMathPara"):
            for equation in child.iter(f"{MATH}oMath"):
                yield None, _equation(equation)
        elif child.tag == f"{COMPATIBILITY}AlternateContent":
            yield from _runs(chosen(child), equations)


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


def _parts(run: Any, equations: dict[Any, str]) -> Iterator[Any]:
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
                yield equations.get(child) or _form_field(child)
            case _:
                if child.tag == f"{COMPATIBILITY}AlternateContent":
                    yield from _parts(chosen(child), equations)


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
