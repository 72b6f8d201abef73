"""OpenDocument texts (ISO 26300): pandoc makes HTML of them."""

from __future__ import annotations

from kb.documents.converters import html
from kb.documents.converters.common.pandoc import PANDOC, to_html
from kb.documents.formats import Format
from kb.types import ParsedDocument, SourceFile


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    return html.convert(source, to_html(source, data, "odt"))


FORMAT = Format(
    name="odt",
    endings=("odt",),
    kept="title, sections, lists, rows, footnotes",
    lost="headers and footers, page numbers, pictures",
    convert=convert,
    recognised=lambda content: b"opendocument.text" in content.mimetype,
    hidden=("odt",),
    program=PANDOC,
    preload="kb.documents.converters.common.unstructured",
)
