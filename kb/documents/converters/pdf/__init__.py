"""PDF: text, tables and headings from the places of words; pages without a readable text layer
are rendered and read by OCR.

    reading   pages, by PDFium or by OCR
    page      the words of a page, from PDFium           drawings, notes   what else is on it
    tables    those with rules                           aligned           those without
    layout    columns, lines, reading order              running           headers and footers
    headings  from bookmarks or type                     elements          paragraphs, the document

This package is the only importer of pypdfium2.
"""

from __future__ import annotations

from kb.documents.formats import Format
from kb.types import ParsedDocument, SourceFile


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    from kb.documents.converters.pdf.reading import parse_pdf

    return parse_pdf(source, data)


FORMAT = Format(
    name="pdf",
    endings=("pdf",),
    kept="page numbers, columns in reading order, sections (by bookmarks or type), rows with their "
    "header also over pages, form fields, notes; running headers once; pages without text by OCR "
    "([pdf.md](pdf.md))",
    lost="page numbers printed on the page, attachments",
    convert=convert,
    recognised=lambda content: b"%PDF-" in content.data[:1024],
    hidden=("pdf",),
)
