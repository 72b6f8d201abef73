"""Documents of Word 97 to 2003, and of WPS Writer, of which LibreOffice makes DOCX."""

from __future__ import annotations

from kb.documents.converters import docx
from kb.documents.converters.common.libreoffice import LIBREOFFICE, to_office
from kb.documents.formats import Format
from kb.types import ParsedDocument, SourceFile


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    return docx.convert(source, to_office(source, data, "doc"))


FORMAT = Format(
    name="doc",
    endings=("doc", "dot", "wps", "wpt"),
    kept="as `docx`",
    lost="as `docx`",
    convert=convert,
    recognised=lambda content: content.has_stream("WordDocument"),
    hidden=("doc",),
    program=LIBREOFFICE,
)
