"""reStructuredText: pandoc makes HTML of it."""

from __future__ import annotations

from kb.documents.converters import html
from kb.documents.converters.common.pandoc import PANDOC, to_html
from kb.documents.formats import Format
from kb.types import ParsedDocument, SourceFile


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    return html.convert(source, to_html(source, data, "rst"))


FORMAT = Format(
    name="rst",
    endings=("rst",),
    kept="sections, lists, rows, code",
    lost="what other files it includes",
    convert=convert,
    by_ending=True,
    text=True,
    hidden=("rst",),
    program=PANDOC,
    preload="kb.documents.converters.common.unstructured",
)
