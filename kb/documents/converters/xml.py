"""XML of any kind: an element that holds nothing but leaves is a row, running text a paragraph."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from kb.documents.builder import Builder
from kb.documents.formats import Format
from kb.types import ElementKind, ParsedDocument, SourceFile

_TECHNICAL = frozenset(
    {"{http://www.w3.org/2001/XMLSchema-instance", "{http://www.w3.org/XML/1998/namespace"}
)
_ESCAPED = re.compile(r"</(?:p|div|a|b|i|em|strong|span|ul|ol|li|h[1-6]|table|td)>|<br ?/?>", re.I)
_ADDRESS = re.compile(r"(?:https?|urn):")
_OF_MARKUP = frozenset(
    (
        *("style", "class", "id", "lang", "role", "rend", "rendition", "type", "format", "target"),
        *("href", "src", "linkend", "idref", "ref", "conref", "keyref", "fileref", "outputclass"),
        *("align", "valign", "width", "height", "size", "face", "color", "bgcolor", "border"),
    )
)
"""Attributes that set running text or point elsewhere (XHTML, DocBook, DITA, TEI): nobody reads
them."""


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    """An element that holds nothing but leaves is a row, `tag: text | tag: text`; running text
    keeps its paragraphs, and what attributes say within it stands in rows behind it.

    unstructured keeps the leaves' text and loses the tags that say what it is.
    """
    from kb.documents.converters.common.markup import xml_tree

    builder = Builder(source)
    root = xml_tree(data)
    if root is not None:
        _add(builder, root)
    return builder.document()


def _add(builder: Builder, root: Any) -> None:
    """Walk without recursion: hostile files nest deeper than Python does."""
    stack = [root]
    while stack:
        element = stack.pop()
        children = [child for child in element if isinstance(child.tag, str)]
        if not children or _is_mixed(element, children):
            builder.add(ElementKind.TABLE_ROW, " | ".join(_attributes(element)))
            builder.add(ElementKind.PARAGRAPH, _text(element))
            _add_within(builder, element)
            continue
        leaves = [child for child in children if not len(child)]
        cells = [*_attributes(element)]
        for leaf in leaves:
            cells += [f"{_name(leaf)}: {_text(leaf)}"] if _text(leaf) else []
            cells += _attributes(leaf)
        builder.add(ElementKind.TABLE_ROW, " | ".join(cells))
        stack.extend(child for child in reversed(children) if len(child))


def _add_within(builder: Builder, paragraph: Any) -> None:
    """What attributes say within running text: a part's number, the words on a button."""
    for element in paragraph.iterdescendants():
        if not isinstance(element.tag, str):
            continue
        if said := [*_attributes(element, _OF_MARKUP)]:
            text = " ".join((element.text or "").split())
            said = [f"{_name(element)}: {text}", *said] if text else said
            builder.add(ElementKind.TABLE_ROW, " | ".join(said))


def _attributes(element: Any, but: frozenset[str] = frozenset()) -> Iterator[str]:
    """What an element says in attributes, but for schemas, addresses of namespaces and the like.
    `but`: names that are left out as well."""
    for name, value in element.attrib.items():
        bare, text = str(name).rpartition("}")[2], " ".join(value.split())
        technical = str(name).partition("}")[0] in _TECHNICAL or _ADDRESS.match(text)
        if text and not technical and bare.lower() not in but:
            yield f"{bare}: {text}"


def _is_mixed(element: Any, children: list[Any]) -> bool:
    loose = [element.text, *(child.tail for child in children)]
    return any(text and text.strip() for text in loose)


def _text(element: Any) -> str:
    text = "".join(element.itertext())
    if _ESCAPED.search(text):  # HTML that a feed holds as text
        from kb.documents.converters.common.markup import clean_html, plain_text

        text = plain_text(clean_html(text)[0])
    return " ".join(text.split())


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


FORMAT = Format(
    name="xml",
    endings=("xml", "opml", "rss", "atom", "xsd", "xsl", "xslt", "wsdl"),
    kept="an element's leaves and attributes as one line, `tag: text`; running text, with lines "
    "for the attributes within it; HTML held as text",
    lost="comments, entities",
    convert=convert,
    by_ending=True,
    guessed=lambda content: content.head.lstrip(b"\xef\xbb\xbf\r\n\t ").startswith(b"<?xml"),
    text=True,
)
