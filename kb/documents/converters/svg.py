"""Drawings in SVG: the texts that stand in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kb.documents.builder import Builder
from kb.documents.converters.common.css_visibility import unseen
from kb.documents.formats import Format
from kb.types import ParsedDocument, SourceFile

_STYLED = ("display", "visibility", "opacity", "font-size")
"""What an attribute says as a style sheet does (presentation attributes)."""

_PLACED = ("x", "y", "dx", "dy")


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
    for text in _texts(root, hidden):
        builder.paragraph(" ".join(text.split()))
    return builder.document(" ".join((root.findtext("title") or "").split()))


def _texts(root: Any, hidden: set[Any]) -> Iterator[str]:
    """Walk without recursion: hostile files nest deeper than Python does."""
    is_used = root.find(".//use") is not None
    stack = [root]
    while stack:
        element = stack.pop()
        if element in hidden or (element.tag in ("defs", "symbol") and not is_used):
            continue
        if element.tag == "text" or (
            element.tag == "foreignObject" and "".join(element.itertext())
        ):
            yield "".join(_pieces(element, hidden))
        elif element.tag == "switch":  # the first that a program can draw
            stack.extend([*element.iterchildren("foreignObject"), *element][:1])
        else:
            stack.extend(child for child in reversed(element) if isinstance(child.tag, str))


def _pieces(text: Any, hidden: set[Any]) -> Iterator[str]:
    stack: list[Any] = [text]
    while stack:
        one = stack.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one.tag, str) and one not in hidden and one.tag != "title":
            apart = one.tag not in ("tspan", "textPath", "a", "b", "i", "span", "text")
            if apart or any(one.get(name) for name in _PLACED):
                yield " "
            for child in reversed(one):
                stack += [child.tail or "", child]
            stack.append(one.text or "")


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
