"""Presentations of PowerPoint 97 to 2003, and of WPS, of which LibreOffice makes PPTX."""

from __future__ import annotations

from kb.documents.converters import pptx
from kb.documents.converters.common.libreoffice import LIBREOFFICE, to_office
from kb.documents.formats import Format
from kb.types import ParsedDocument, SourceFile


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    return pptx.convert(source, to_office(source, data, "ppt"))


FORMAT = Format(
    name="ppt",
    endings=("ppt", "pps", "dps", "dpt"),
    kept="as `pptx`",
    lost="as `pptx`; charts that are pictures",
    convert=convert,
    recognised=lambda content: content.has_stream("PowerPoint Document"),
    hidden=("ppt",),
    program=LIBREOFFICE,
)
