"""Presentations of PowerPoint 97 to 2003: LibreOffice makes PPTX of them."""

from __future__ import annotations

from kb.documents.converters import pptx
from kb.documents.converters.common.libreoffice import LIBREOFFICE, to_office
from kb.documents.formats import Format
from kb.types import ParsedDocument, SourceFile


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    return pptx.convert(source, to_office(source, data, "ppt"))


FORMAT = Format(
    name="ppt",
    endings=("ppt", "pps"),
    kept="as `pptx`",
    lost="as `pptx`; charts that are pictures",
    convert=convert,
    recognised=lambda content: content.has_stream("PowerPoint Document"),
    hidden=("ppt",),
    program=LIBREOFFICE,
)
