"""OpenDocument texts (ISO 26300): pandoc makes HTML of them. Before, what no reader sees is taken
out, what stands in boxes and comments is put behind its paragraph, and what fields show is
spelled out: pandoc knows nothing of either."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from kb.documents.converters import html
from kb.documents.converters.common.pandoc import PANDOC, to_html
from kb.documents.formats import Format
from kb.types import ParsedDocument, SourceFile

_OF = "urn:oasis:names:tc:opendocument:xmlns:"
_TEXT, _STYLE = f"{{{_OF}text:1.0}}", f"{{{_OF}style:1.0}}"
_FO, _DRAW = f"{{{_OF}xsl-fo-compatible:1.0}}", f"{{{_OF}drawing:1.0}}"
_TINY = re.compile(r"(?:0*1?\.\d+|0|1)pt")
_OFFICE = f"{{{_OF}office:1.0}}"
_BLOCKS = frozenset((f"{_TEXT}p", f"{_TEXT}h", f"{_TEXT}list", f"{{{_OF}table:1.0}}table"))
_NO_STYLES = (
    f'<office:document-styles xmlns:office="{_OF}office:1.0" office:version="1.2">'
    "<office:styles/></office:document-styles>"
)
"""For documents without styles, which pandoc does not read."""
_LARGEST = 100 << 20
"""Bytes of a part that is looked at; a larger one pandoc reads as it is."""


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    return html.convert(source, to_html(source, _prepared(data), "odt"))


def _prepared(data: bytes) -> bytes:
    """The document without what is hidden, white on white, or smaller than 2 pt; text boxes and
    comments behind their paragraphs."""
    from kb.documents.converters.common.markup import drop_from_xml, xml_bytes, xml_root
    from kb.documents.converters.common.opendocument_fields import spell_out

    try:
        package = zipfile.ZipFile(io.BytesIO(data))
    except zipfile.BadZipFile:
        return data  # pandoc says what is wrong with it
    with package:
        infos = {one.filename: one for one in package.infolist()}
        if "content.xml" not in infos or infos["content.xml"].file_size > _LARGEST:
            return data
        content = xml_root(package.read("content.xml"))
        roots = [content]
        if "styles.xml" in infos and infos["styles.xml"].file_size <= _LARGEST:
            roots.append(xml_root(package.read("styles.xml")))
        hidden = list(_hidden(content, _unseen_styles(roots)))
        for element in hidden:
            drop_from_xml(element)
        has_styles = "styles.xml" in infos
        boxed = _unpack_boxes(content)
        told = spell_out(content, roots[1] if len(roots) > 1 else None)
        if not (boxed or told or hidden) and has_styles:
            return data
        written = io.BytesIO()
        with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as copy:
            for name, info in infos.items():
                whole = xml_bytes(content) if name == "content.xml" else package.read(info)
                copy.writestr(name, whole)
            if not has_styles:
                copy.writestr("styles.xml", _NO_STYLES)
        return written.getvalue()


def _unpack_boxes(content: Any) -> bool:
    """Put the paragraphs of text boxes, shapes and comments behind the paragraph that they are
    anchored in; whether there were any."""
    moved = [one for one in content.iter(*_BLOCKS) if _is_boxed(one)]
    behind: dict[Any, Any] = {}
    for block in moved:
        anchor = _anchor(block)
        block.tail = None
        behind.get(anchor, anchor).addnext(block)
        behind[anchor] = block
    return bool(moved)


def _is_boxed(block: Any) -> bool:
    """Whether it stands in a box itself, and not in a list or a cell there. What was deleted is
    kept among the changes."""
    parent = block.getparent()
    if parent is None or not (parent.tag.startswith(_DRAW) or parent.tag == f"{_OFFICE}annotation"):
        return False
    return all(above.tag != f"{_TEXT}tracked-changes" for above in parent.iterancestors())


def _anchor(block: Any) -> Any:
    """The paragraph around all boxes that a block is in, or the outermost box on a page."""
    around = block.getparent()
    for above in around.iterancestors():
        if above.tag in (f"{_TEXT}p", f"{_TEXT}h") or above.tag.startswith(_DRAW):
            around = above
    return around


def _unseen_styles(roots: list[Any]) -> frozenset[str]:
    """The styles whose text is not seen, with those that are based on them."""
    found: set[str] = set()
    parents: dict[str, str] = {}
    on_white = not any(_is_painted(element) for root in roots for element in root.iter())
    for root in roots:
        for style in root.iter(f"{_STYLE}style"):
            name = style.get(f"{_STYLE}name") or ""
            parents[name] = style.get(f"{_STYLE}parent-style-name") or ""
            look = style.find(f"{_STYLE}text-properties")
            if look is not None and _is_unseen(look, on_white=on_white):
                found.add(name)
    for name in parents:
        above, steps = parents[name], 0
        while above in parents and above not in found and steps < 20:
            above, steps = parents[above], steps + 1
        if above in found:
            found.add(name)
    return frozenset(found)


def _is_painted(element: Any) -> bool:
    """Whether it gives something a colour or a picture behind its text."""
    grounds = element.get(f"{_FO}background-color"), element.get(f"{_DRAW}fill")
    return any(one not in (None, "transparent", "#ffffff", "none") for one in grounds)


def _is_unseen(look: Any, *, on_white: bool) -> bool:
    if look.get(f"{_TEXT}display") == "none":
        return True
    if _TINY.fullmatch(look.get(f"{_FO}font-size") or ""):
        return True
    return on_white and (look.get(f"{_FO}color") or "").lower() == "#ffffff"


def _hidden(content: Any, styles: frozenset[str]) -> Iterator[Any]:
    for element in content.iter(f"{_TEXT}p", f"{_TEXT}h", f"{_TEXT}span", f"{_TEXT}section"):
        if element.tag == f"{_TEXT}section":
            if element.get(f"{_TEXT}display") == "none":
                yield element
        elif element.get(f"{_TEXT}style-name") in styles or any(
            mark.get(f"{_TEXT}is-hidden") == "true"
            for mark in element.iterchildren(f"{_TEXT}hidden-paragraph")
        ):
            yield element


FORMAT = Format(
    name="odt",
    endings=("odt",),
    kept="title, sections, lists, rows, headers and footers once, footnotes, text boxes, comments, "
    "what fields show",
    lost="page numbers, pictures, the readings of ruby, text that is hidden, white or tiny",
    convert=convert,
    recognised=lambda content: b"opendocument.text" in content.mimetype,
    hidden=("odt",),
    program=PANDOC,
    preload="kb.documents.converters.common.unstructured",
)
