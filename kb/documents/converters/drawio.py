"""Diagrams of draw.io: the texts of their shapes."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from typing import Any
from urllib.parse import unquote

from kb.documents.builder import Builder
from kb.documents.formats import Format
from kb.errors import LimitExceeded
from kb.types import ParsedDocument, SourceFile

_MARKUP = re.compile(r"<[^>]*>|&")
_MOST_UNPACKED = 50 << 20


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    """A page of the diagram a section, a shape's text a paragraph.

    Raises:
        LimitExceeded: a page unpacks to too much.
    """
    from kb.documents.converters.common.markup import xml_tree

    builder = Builder(source)
    root = xml_tree(data)
    for number, page in enumerate(root.iter("diagram") if root is not None else (), start=1):
        builder.heading(page.get("name") or "", 1, page=number)
        _add_shapes(builder, _model(page, source), number)
    return builder.document()


def _model(page: Any, source: SourceFile) -> Any:
    """A page's model: as it is, or compressed (deflate, base64, percent-encoded)."""
    from kb.documents.converters.common.markup import xml_tree

    if len(page):
        return page
    try:
        packed = base64.b64decode("".join(page.itertext()), validate=False)
        unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
        text = unquote(unpacker.decompress(packed, _MOST_UNPACKED).decode("utf-8", "replace"))
    except (binascii.Error, zlib.error):
        return None
    if unpacker.unconsumed_tail:
        raise LimitExceeded(
            f"a page of '{source.path}' unpacks to too much",
            why=f"more than {_MOST_UNPACKED >> 20} MiB",
            hint="split the diagram, or exclude it",
        )
    return xml_tree(text.encode())


def _add_shapes(builder: Builder, model: Any, page: int) -> None:
    from kb.documents.converters.common.markup import plain_text

    for shape in model.iter("mxCell", "UserObject", "object") if model is not None else ():
        text = shape.get("value") or shape.get("label") or ""
        builder.paragraph(plain_text(text) if _MARKUP.search(text) else text, page=page)


FORMAT = Format(
    name="drawio",
    endings=("drawio", "dio"),
    kept="pages as sections, the text of every shape",
    lost="what arrows connect",
    convert=convert,
    recognised=lambda content: b"<mxfile" in content.head[:200],
    by_ending=True,
)
