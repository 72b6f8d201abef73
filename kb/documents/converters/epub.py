"""EPUB: pandoc makes HTML of it."""

from __future__ import annotations

from kb.documents.converters import html
from kb.documents.converters.common.pandoc import PANDOC, to_html
from kb.documents.detect import Content
from kb.documents.formats import Format
from kb.types import ParsedDocument, SourceFile


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    return html.convert(source, to_html(source, data, "epub"))


def _recognised(content: Content) -> bool:
    return b"epub" in content.mimetype or "META-INF/container.xml" in content.names


FORMAT = Format(
    name="epub",
    endings=("epub",),
    kept="title, author, sections, lists, rows",
    lost="page numbers, pictures",
    convert=convert,
    recognised=_recognised,
    hidden=("epub",),
    program=PANDOC,
    preload="kb.documents.converters.common.unstructured",
)
