"""A PDF's pages, from PDFium or by OCR."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from kb.documents.converters.pdf.elements import Page, build_document
from kb.documents.converters.pdf.headings import Outline
from kb.documents.converters.pdf.notes import notes
from kb.documents.converters.pdf.page import PageReader
from kb.documents.failures import damaged, protected
from kb.errors import DocumentError, LimitExceeded
from kb.types import ParsedDocument, SourceFile

log = logging.getLogger(__name__)

_DPI = 170
_LONGEST_SIDE = 3500
_MOST_PAGES = 20_000
_MOST_BOOKMARKS = 5_000


def parse_pdf(source: SourceFile, data: bytes) -> ParsedDocument:
    """Raises ProtectedDocument, DamagedDocument, EmptyDocument, LimitExceeded."""
    try:
        pdf = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower() or "security" in str(error).lower():
            raise protected(source.path) from error
        raise damaged(source.path, error) from error
    try:
        if len(pdf) > _MOST_PAGES:
            raise LimitExceeded(
                f"'{source.path}' has too many pages",
                why=f"{len(pdf)}, more than {_MOST_PAGES}",
                hint="split the file",
            )
        return _document(source, pdf)
    finally:
        pdf.close()


def _document(source: SourceFile, pdf: Any) -> ParsedDocument:
    if pdf.get_formtype() == pdfium.FORMTYPE_ACRO_FORM:
        pdf.init_forms()
    pages: list[Page] = []
    broken: list[BaseException] = []
    for index in range(len(pdf)):
        try:
            pages.append(_page(pdf, index))
        except DocumentError:
            raise
        except (pypdfium2.PdfiumError, OSError, ValueError) as error:
            log.warning("page %d of a PDF could not be read: %s", index + 1, error)
            broken.append(error)
            pages.append(Page())
    if broken and not any(page.blocks or page.scanned or page.notes for page in pages):
        raise damaged(source.path, broken[0])
    return build_document(source, pages, list(_outline(pdf)))


def _outline(pdf: Any) -> Iterator[Outline]:
    """The bookmarks that point into the document: title, depth from 1, page from 1."""
    try:
        for number, mark in enumerate(pdf.get_toc()):
            if number == _MOST_BOOKMARKS:
                return
            target = mark.get_dest()
            index = target.get_index() if target else None
            if index is not None:
                yield Outline(mark.get_title(), mark.level + 1, index + 1)
    except (pypdfium2.PdfiumError, ValueError) as error:
        log.warning("the bookmarks of a PDF could not be read: %s", error)


def _page(pdf: Any, index: int) -> Page:
    page = pdf[index]
    try:
        text_page = page.get_textpage()
        try:
            reader = PageReader(page, text_page)
            written = notes(pdf, page)
            if reader.needs_ocr():
                scanned = _read_scan(page)
                if scanned and (reader.is_garbled or len("".join(scanned)) > len(reader.text)):
                    return Page(scanned=scanned, notes=written)
            return Page(blocks=reader.blocks(), notes=written)
        finally:
            text_page.close()
    finally:
        page.close()


def _read_scan(page: Any) -> list[str]:
    from kb.documents.converters.common.ocr import read_paragraphs

    width, height = page.get_size()
    scale = min(_DPI / 72, _LONGEST_SIDE / max(width, height, 1))
    bitmap = page.render(scale=scale)
    try:
        return read_paragraphs(bitmap.to_pil().convert("RGB"))
    finally:
        bitmap.close()
