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


def add_page(builder: Builder, data: bytes, *, charset: str = "") -> None:
    """A page's text, and its `<title>` as the builder's. `charset` is what a mail says of it."""
    from kb.documents.converters.common.markup import clean_html, decode_markup
    from kb.documents.converters.common.unstructured import add_html

    page, builder.title, untold = clean_html(decode_markup(data, charset))
    if untold:
        builder.lose(f"what a reader does not see cannot be told for certain, because of {untold}")
    add_html(builder, page)


def add_piece(builder: Builder, page: str) -> None:
    """HTML within another document, whose title stays."""
    title = builder.title
    whole = f"<div>{page}</div>"
    add_page(builder, whole.encode("utf-8", "replace"), charset="utf-8")
    builder.title = title


def text_of(data: bytes) -> str:
    """What a reader sees of a page, in one line: at a twentieth of what `add_page` costs."""
    from kb.documents.converters.common.markup import clean_html, decode_markup, plain_text

    return plain_text(clean_html(decode_markup(data))[0])


def _recognised(content: Content) -> bool:
    return content.is_text and bool(_START.match(content.head.lstrip(b"\xef\xbb\xbf")))


FORMAT = Format(
    name="html",
    endings=("html", "htm", "xhtml"),
    kept="title, sections, lists, rows with merged cells, code, exponents as `10^6`, struck text "
    "between `~~`, formulas (MathML) in a line, the numbers of lists that do not count from 1, "
    "what is filled into forms, what stands on buttons, the texts of drawings (SVG)",
    lost="navigation, scripts, pictures, the readings of ruby, what no reader sees (hidden, by its "
    "place, size or colour, also by rules of the page's own styles; a page with a "
    "rule that kb cannot judge is named); `aria-hidden` is marked `[hidden]`",
    convert=convert,
    recognised=_recognised,
    by_ending=True,
    text=True,
    hidden=("html", "htm"),
    preload="kb.documents.converters.common.unstructured",
)
