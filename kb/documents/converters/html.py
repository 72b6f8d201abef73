"""HTML, read by unstructured after what nobody reads is taken out."""

from __future__ import annotations

import re

from kb.documents.builder import Builder
from kb.documents.detect import Content
from kb.documents.formats import Format
from kb.types import ParsedDocument, SourceFile

_START = re.compile(
    rb"\s*(?:<!--.*?-->\s*|<\?xml[^>]*>\s*)*<(?:!doctype\s+html|html)\b", re.I | re.S
)


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    builder = Builder(source)
    add_page(builder, data)
    return builder.document(builder.first_heading() or builder.title)


def add_page(builder: Builder, data: bytes) -> None:
    """A page's text, and its `<title>` as the builder's."""
    from kb.documents.converters.common.markup import clean_html, decode_markup
    from kb.documents.converters.common.unstructured import add_html

    page, builder.title = clean_html(decode_markup(data))
    add_html(builder, page)


def _recognised(content: Content) -> bool:
    return content.is_text and bool(_START.match(content.head.lstrip(b"\xef\xbb\xbf")))


FORMAT = Format(
    name="html",
    endings=("html", "htm", "xhtml"),
    kept="title, sections, lists, rows with merged cells, code",
    lost="navigation, scripts, what is hidden, pictures",
    convert=convert,
    recognised=_recognised,
    by_ending=True,
    text=True,
    hidden=("html", "htm"),
)
