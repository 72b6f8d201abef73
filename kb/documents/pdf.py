"""PDF: text per page; pages without text are rendered and read by OCR.

The only importer of pypdfium2.
"""

from __future__ import annotations

import logging
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from kb.documents.build import Builder
from kb.documents.formats import damaged, protected
from kb.errors import DocumentError, LimitExceeded
from kb.types import ParsedDocument, SourceFile

log = logging.getLogger(__name__)

_DPI = 170
_LONGEST_SIDE = 3500
_MOST_PAGES = 20_000
_LITTLE_TEXT = 8
_GARBLED_PAGE = 0.3
_GARBLED_LINE = 0.08
_NUMBERS = re.compile(r"(?:\s[-+(]?[\d.,]+[%)]?){2,}$")
_NARROW = 20
_CONTROL = re.compile(r"[\x00\x01\x03-\x08\x0b\x0c\x0e-\x1f\ue000-\uf8ff\ufffd]")
_DIVIDED = re.compile(r"(?<=[a-z])[\x02\ufffe]\n?(?=[a-z])")
_HYPHEN = re.compile(r"[A-Za-z][-\xad]$")
_SENTENCE_END = tuple(".。！？!?：:；;”」』")
_CJK = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")
_BULLET = re.compile(
    r"\s*(?:[•●▪■◆·–*-]\s|\d{1,3}[.)、]\s*\S|[（(]?[一二三四五六七八九十]{1,3}[)）、])"
)


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
    pages: list[list[str]] = []
    broken: list[BaseException] = []
    for index in range(len(pdf)):
        try:
            pages.append(_page_lines(pdf, index))
        except DocumentError:
            raise
        except (pypdfium2.PdfiumError, OSError, ValueError) as error:
            log.warning("page %d of a PDF could not be read: %s", index + 1, error)
            broken.append(error)
            pages.append([])
    if broken and not any(pages):
        raise damaged(source.path, broken[0])
    builder = Builder(source)
    running = _running_lines(pages)
    for number, lines in enumerate(pages, start=1):
        kept = [line for line in lines if _shape(line, number) not in running]
        for paragraph in paragraphs(kept):
            builder.paragraph(paragraph, page=number)
    return builder.document()


def _page_lines(pdf: Any, index: int) -> list[str]:
    page = pdf[index]
    try:
        text_page = page.get_textpage()
        try:
            text = text_page.get_text_bounded() if text_page.count_chars() else ""
        finally:
            text_page.close()
        garbled = _is_garbled(text, _GARBLED_PAGE)
        lines = [line.strip() for line in _clean(text).split("\n")]
        if garbled or (sum(map(len, lines)) < _LITTLE_TEXT and _has_marks(page)):
            return _read_scan(page) or lines
        return lines
    finally:
        page.close()


def _is_garbled(text: str, share: float) -> bool:
    """Whether a font without a map to Unicode left more than an accident."""
    return len(_CONTROL.findall(text)) > len(text) * share


def _clean(text: str) -> str:
    """PDFium marks a word divided at a line's end by U+0002 (or U+FFFE)."""
    lines = text.replace("\r", "").split("\n")
    text = _DIVIDED.sub(
        "", "\n".join("" if _is_garbled(line, _GARBLED_LINE) else line for line in lines)
    )
    return _CONTROL.sub(" ", text.replace("\x02", "-").replace("\ufffe", "-"))


def _has_marks(page: Any) -> bool:
    """Whether anything but text is drawn on a page."""
    return any(item.type != pdfium.FPDF_PAGEOBJ_TEXT for item in page.get_objects(max_depth=2))


def _read_scan(page: Any) -> list[str]:
    from kb.documents.ocr import read_paragraphs

    width, height = page.get_size()
    scale = min(_DPI / 72, _LONGEST_SIDE / max(width, height, 1))
    bitmap = page.render(scale=scale)
    try:
        return read_paragraphs(bitmap.to_pil().convert("RGB"))
    finally:
        bitmap.close()


# --- lines to paragraphs --------------------------------------------------------------


def paragraphs(lines: list[str]) -> Iterator[str]:
    """Join the lines of a page into paragraphs: Chinese ones without a space, words that were
    hyphenated made whole."""
    held, widest, last = "", 0, 0
    for line in lines:
        width = _width(line)
        if held and (not line or not _continues(held, last, max(widest, width), line)):
            yield held
            held, widest = "", 0
        held = _joined(held, line) if held else line
        widest, last = max(widest, width), width
    if held:
        yield held


def _continues(held: str, last: int, widest: int, line: str) -> bool:
    """Whether a line goes on with the paragraph of the line before, which is `last` columns wide
    where its neighbours have `widest`. Rows of a table and labels in a figure stay apart."""
    if _HYPHEN.search(held) or line[:1].islower():
        return True
    if _BULLET.match(line) or last < _NARROW:
        return False
    if _NUMBERS.search(held) or _NUMBERS.search(line):
        return False
    return last >= widest * (0.93 if held.endswith(_SENTENCE_END) else 0.7)


def _joined(held: str, line: str) -> str:
    if _HYPHEN.search(held) and line[:1].islower():
        return held[:-1] + line
    if _CJK.match(held[-1]) and _CJK.match(line[0]):
        return held + line
    return f"{held} {line}"


def _width(line: str) -> int:
    return len(line) + len(_CJK.findall(line))


def _running_lines(pages: list[list[str]]) -> set[str]:
    """Headers and footers: among the first or last two lines of more than half of the pages, of
    at least four, and the same on each but for the page's own number."""
    edges = []
    for number, lines in enumerate(pages, start=1):
        filled = [line for line in lines if line]
        if len(filled) > 4:
            edges.append({_shape(line, number) for line in (*filled[:2], *filled[-2:])})
    if len(edges) < 4:
        return set()
    counts = Counter(shape for shapes in edges for shape in shapes)
    return {shape for shape, count in counts.items() if count > len(edges) / 2}


def _shape(line: str, page: int) -> str:
    return re.sub(rf"(?<!\d){page}(?!\d)", "#", line)
