"""A PDF's pages, from PDFium or by OCR."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from kb.documents.archives.opening import with_members
from kb.documents.builder import title_of
from kb.documents.converters.pdf.attachments import Attachments
from kb.documents.converters.pdf.drawn_text import has_layers
from kb.documents.converters.pdf.elements import Page, build_document
from kb.documents.converters.pdf.headings import Outline
from kb.documents.converters.pdf.notes import MOST_ANNOTATIONS, fields, notes, xfa_fields
from kb.documents.converters.pdf.page import PageReader
from kb.documents.converters.pdf.quality import covers, is_better, is_doubtful, may_be_stamp
from kb.documents.failures import damaged, protected
from kb.errors import DocumentError, EmptyDocument, LimitExceeded
from kb.types import ParsedDocument, SourceFile

log = logging.getLogger(__name__)

_DPI = 170
_LONGEST_SIDE = 3500
_MOST_PAGES = 20_000
_MOST_BOOKMARKS = 5_000
_MOST_TRIES = 3
_MOST_LOSSES = 50


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
        carries = pdf.count_attachments() > 0
        try:
            document = _document(source, pdf, layers=has_layers(data))
        except EmptyDocument:
            if not carries:
                raise
            # A portfolio: a page that is no more than a sheet around the files.
            document = ParsedDocument(source, "", (), title_of(source))
    finally:
        pdf.close()
    return _with_attachments(document, data) if carries else document


def _with_attachments(document: ParsedDocument, data: bytes) -> ParsedDocument:
    """The document, and what it carries as documents of their own."""
    attachments = Attachments(data)
    losses = [f"the attachment '{name}', which holds nothing" for name in attachments.empty]
    if attachments.is_cut:
        losses.append("attachments beyond the first 10,000")
    document = replace(document, losses=(*document.losses, *losses[:_MOST_LOSSES]))
    return with_members(document, attachments)


def _document(source: SourceFile, pdf: Any, *, layers: bool) -> ParsedDocument:
    if pdf.get_formtype() == pdfium.FORMTYPE_ACRO_FORM:
        pdf.init_forms()
    so_far = _SoFar(layers=layers)
    pages: list[Page] = []
    broken: dict[int, BaseException] = {}
    for index in range(len(pdf)):
        try:
            pages.append(_page(pdf, index, so_far))
        except DocumentError:
            raise
        except (pypdfium2.PdfiumError, OSError, ValueError) as error:
            log.warning("page %d of a PDF could not be read: %s", index + 1, error)
            broken[index + 1] = error
            pages.append(Page())
    if pages and (filled := xfa_fields(pdf)):
        pages[0].notes += filled
    if broken and not any(page.blocks or page.scanned or page.notes for page in pages):
        raise damaged(source.path, next(iter(broken.values())))
    document = build_document(source, pages, list(_outline(pdf)))
    losses = [f"page {number} could not be read" for number in [*broken][:_MOST_LOSSES]]
    losses += [f"notes on page {n} beyond {MOST_ANNOTATIONS:,}" for n in so_far.cut_notes]
    losses += [
        f"{count} words of page {n} that no reader sees: covered, cut off, in a layer that is off"
        for n, count in [*so_far.unseen.items()][:_MOST_LOSSES]
    ]
    return replace(document, losses=tuple(losses))


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


class _SoFar:
    """What earlier pages say of later ones. `left`: how often OCR is still tried on pages whose
    text layer is doubtful; where it was no better some times, the document's layer is trusted."""

    def __init__(self, *, layers: bool) -> None:
        self.layers = layers
        self.left = _MOST_TRIES
        self.watermarks: set[str] = set()
        self.cut_notes: list[int] = []
        self.unseen: dict[int, int] = {}
        """How many words of a page are covered, clipped away, or in a layer that is off."""

    def scanned(self, page: Any, reader: PageReader) -> list[str]:
        """What OCR reads, where that is better than the page's text."""
        if reader.needs_ocr():
            lines = _read_scan(page)
            more = len("".join(lines)) > len(reader.text)
            return lines if reader.is_garbled or more else []
        layer = reader.layer()
        if not self.left or not is_doubtful(layer):
            return []
        lines = _read_scan(page)
        if not is_better("\n".join(lines), layer):
            self.left -= 1
            return []
        if not may_be_stamp(layer):
            return lines
        # A stamp that OCR did not find is not lost with the layer.
        stamp = " ".join(line.text for block in reader.blocks() for line in block.lines)
        return lines if covers("\n".join(lines), stamp) else [*lines, stamp]


def _page(pdf: Any, index: int, so_far: _SoFar) -> Page:
    page = pdf[index]
    try:
        text_page = page.get_textpage()
        try:
            reader = PageReader(page, text_page, layers=so_far.layers)
            filled, written = fields(pdf, page), notes(page)
            named = [field.note for field in filled if field.value]
            if pdfium.FPDFPage_GetAnnotCount(page) > MOST_ANNOTATIONS:
                so_far.cut_notes.append(index + 1)
            if scanned := so_far.scanned(page, reader):
                return Page(scanned=scanned, notes=[*named, *written])
            if columns := reader.columns():
                return Page(scanned=columns, notes=[*named, *written])
            blocks, apart = reader.blocks_with(filled)
            if reader.dropped:
                so_far.unseen[index + 1] = reader.dropped
            # A watermark is no part of the lines that it crosses; once is enough.
            mark = " ".join(dict.fromkeys(reader.askew))
            marks = [mark] if mark and mark not in so_far.watermarks else []
            so_far.watermarks.update(marks)
            return Page(blocks=blocks, notes=[*apart, *written, *marks])
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
