"""Drawings in SVG: the texts that stand in them."""

from __future__ import annotations

from kb.documents.builder import Builder
from kb.documents.converters.common.css_visibility import unseen
from kb.documents.converters.common.drawn_texts import drawn_texts
from kb.documents.formats import Format
from kb.types import ParsedDocument, SourceFile

_STYLED = ("display", "visibility", "opacity", "font-size")
"""What an attribute says as a style sheet does (presentation attributes)."""


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    """Each text a paragraph, in the order of the file; of a page within the drawing each block.

    Raises:
        DamagedDocument: it is no XML.
    """
    from kb.documents.converters.common.markup import xml_root

    builder = Builder(source)
    root = xml_root(data)
    for element in root.iter("*"):
        element.tag = element.tag.rpartition("}")[2]
        said = [f"{name}: {element.get(name)}" for name in _STYLED if element.get(name)]
        if said:
            element.set("style", "; ".join([*said, element.get("style") or ""]))
    hidden = {element for element, _ in unseen(root)[0]}
    for text in drawn_texts(root, hidden):
        builder.paragraph(" ".join(text.split()))
    return builder.document(" ".join((root.findtext("title") or "").split()))


FORMAT = Format(
    name="svg",
    endings=("svg",),
    kept="the texts of a drawing, each as a paragraph; its title",
    lost="what is drawn, and where; text that its styles hide",
    convert=convert,
    by_ending=True,
    guessed=lambda content: b"<svg" in content.head[:1000].lower() and b"<html" not in content.head,
    text=True,
)
