"""What is done to DOCX, PPTX and XLSX before and after their parsers see them.

The strict variant of ISO 29500 has other names for everything; their parsers know the
transitional ones.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

from kb.documents.converters.markup import xml_bytes, xml_root

_STRICT = b"http://purl.oclc.org/ooxml/"
_STRICT_NAME = re.compile(rb"http://purl\.oclc\.org/ooxml/(\w+)/")
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_CHOICE = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_MATH = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_DEEPEST = 20


def transitional(data: bytes) -> bytes:
    """An office file with transitional names; unchanged if it has no others."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if _STRICT not in archive.read("_rels/.rels"):
            return data
    return _rewritten(data, lambda name, part: _STRICT_NAME.sub(_renamed, part))


def _renamed(match: re.Match[bytes]) -> bytes:
    return b"http://schemas.openxmlformats.org/" + match.group(1) + b"/2006/"


def _rewritten(data: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new,
    ):
        for info in old.infolist():
            part = old.read(info)
            if info.filename.endswith((".xml", ".rels")):
                part = change(info.filename, part)
            new.writestr(info.filename, part)
    return buffer.getvalue()


# --- Word -----------------------------------------------------------------------------


def normalised(data: bytes) -> bytes:
    """A DOCX with transitional names, every style of an outline level a heading, and equations
    as text.

    A heading's style may have any name (a company's own, or a translated one); what makes it a
    heading is its outline level. The parser goes by names alone, and passes over equations.
    """
    data = transitional(data)
    changed: dict[str, bytes] = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name, change in (("styles", _name_headings), ("document", _spell_out_equations)):
            part = f"word/{name}.xml"
            if part in archive.namelist():
                root = xml_root(archive.read(part))
                if change(root):
                    changed[part] = xml_bytes(root)
    if not changed:
        return data
    return _rewritten(data, lambda name, part: changed.get(name, part))


def _spell_out_equations(root: Any) -> bool:
    """Put the characters of each equation (ISO 29500-1, 22.1) into an ordinary run, where it
    stands. Returns whether there was one."""
    equations = list(root.iter(f"{_MATH}oMath"))
    for equation in equations:
        run = equation.makeelement(f"{_WORD}r")
        text = equation.makeelement(f"{_WORD}t")
        text.text = " ".join(part.text for part in equation.iter(f"{_MATH}t") if part.text)
        text.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        run.append(text)
        holder = equation.getparent()
        if holder.tag == f"{_MATH}oMathPara":
            holder.addprevious(run)
        elif holder is not None:
            holder.replace(equation, run)
    return bool(equations)


def _name_headings(root: Any) -> bool:
    """Whether a style was renamed."""
    styles = {style.get(f"{_WORD}styleId"): style for style in root.iter(f"{_WORD}style")}
    renamed = False
    for style in styles.values():
        name = style.find(f"{_WORD}name")
        level = _outline_level(style, styles)
        if name is None or level is None or style.get(f"{_WORD}type") != "paragraph":
            continue
        if not re.match(r"(heading \d|title)\b", name.get(f"{_WORD}val", ""), re.I):
            name.set(f"{_WORD}val", f"heading {level + 1}")
            renamed = True
    return renamed


def _outline_level(style: Any, styles: dict[str | None, Any]) -> int | None:
    """A style's own outline level, or that of the style it is based on; 0 to 8."""
    for _ in range(_DEEPEST):
        for level in style.iter(f"{_WORD}outlineLvl"):
            value = level.get(f"{_WORD}val", "9")
            return int(value) if value.isdecimal() and int(value) < 9 else None
        based = style.find(f"{_WORD}basedOn")
        style = styles.get(based.get(f"{_WORD}val")) if based is not None else None
        if style is None:
            return None
    return None


def overlooked(data: bytes) -> Iterator[str]:
    """A DOCX's text boxes, footnotes, endnotes and comments, a paragraph each, which the parser
    leaves out."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        present = set(archive.namelist())
        if "word/document.xml" in present:
            for box in xml_root(archive.read("word/document.xml")).iter(f"{_WORD}txbxContent"):
                # Old and new markup of one box stand side by side; the old one is a fallback.
                if next(box.iterancestors(_CHOICE), None) is None:
                    yield from _paragraphs(box)
        for part in ("footnotes", "endnotes", "comments"):
            if f"word/{part}.xml" in present:
                for note in xml_root(archive.read(f"word/{part}.xml")):
                    yield " ".join(_paragraphs(note))


def _paragraphs(element: Any) -> Iterator[str]:
    for paragraph in element.iter(f"{_WORD}p"):
        text = "".join(_runs(paragraph)).strip()
        if text:
            yield text


def _runs(paragraph: Any) -> Iterator[str]:
    for part in paragraph.iter(f"{_WORD}t", f"{_WORD}tab", f"{_WORD}br"):
        yield " " if part.tag in (f"{_WORD}tab", f"{_WORD}br") else part.text or ""
