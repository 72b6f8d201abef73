"""PDF: text, tables and headings from the places of words; pages without a readable text layer
are rendered and read by OCR.

    reading   pages, by PDFium or by OCR
    page      the words of a page, from PDFium           drawings, notes   what else is on it
    tables    those with rules                           aligned           those without
    layout    columns, lines, reading order              running           headers and footers
    headings  from bookmarks or type                     elements          paragraphs, the document
    filled    what is filled into a form                 hyphens           words that lines divide

This package is the only importer of pypdfium2.
"""

from __future__ import annotations

from typing import BinaryIO

from kb.documents.archives.members import Container
from kb.documents.detect import Content
from kb.documents.formats import Format
from kb.types import ParsedDocument, SourceFile

_ARCHIVES = (b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07")


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    from kb.documents.converters.pdf.reading import parse_pdf

    return parse_pdf(source, data)


def _attachments(path: str, file: BinaryIO) -> Container:
    from kb.documents.converters.pdf.attachments import Attachments

    with file:
        return Attachments(file.read())


def _is_pdf(content: Content) -> bool:
    """By its header, before which there may be up to 1 KiB of something else (ISO 32000-1, annex
    H.3.4.1); but not where that is the head of an archive with a PDF in it that is not compressed,
    or a text that tells of one."""
    place = content.data[:1024].find(b"%PDF-")
    if place < 1:
        return place == 0
    packs = content.is_zip or content.starts(*_ARCHIVES) or content.data[257:262] == b"ustar"
    return not packs and (content.ending == "pdf" or not content.is_text)


FORMAT = Format(
    name="pdf",
    endings=("pdf",),
    kept="page numbers, columns in reading order, sections (by bookmarks or type), rows with their "
    "header also over pages, what is filled into forms beside its label, notes; running headers "
    "once; pages without text by OCR ([pdf.md](pdf.md)); attachments as documents",
    lost="page numbers printed on the page, files that hang on a note",
    convert=convert,
    open=_attachments,
    recognised=_is_pdf,
    hidden=("pdf",),
)
