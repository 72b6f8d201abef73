"""From the lines of all pages to a document: running headers out, headings, paragraphs, tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from operator import itemgetter

from kb.documents.builder import Builder
from kb.documents.converters.pdf.aligned import find_aligned
from kb.documents.converters.pdf.grids import Grids
from kb.documents.converters.pdf.headings import Headings, Outline
from kb.documents.converters.pdf.layout import CJK, Block, Line, Table, join
from kb.documents.converters.pdf.running import drop_running
from kb.documents.tables.heads import render_row
from kb.types import ElementKind, ParsedDocument, SourceFile

_NUMBERS = re.compile(r"(?:\s[-+(]?[\d.,]+[%)]?){2,}$")
_NARROW = 20
_HYPHEN = re.compile(r"[A-Za-z][-\xad]$")
_SENTENCE_END = tuple(".。！？!?：:；;”」』")
_BULLET = re.compile(
    r"\s*(?:[•●▪■◆·–*-]\s|\d{1,3}[.)、]\s*\S|[（(]?[一二三四五六七八九十]{1,3}[)）、])"
)
_INDENT = 0.9
_LEADING = 0.95
_WIDEST_LEADING = 1.4


@dataclass(slots=True)
class Page:
    """`blocks` in reading order, or what was `scanned`, line by line; `notes` are the values of
    its form's fields and what readers wrote onto it."""

    blocks: list[Block] = field(default_factory=list)
    scanned: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def build_document(
    source: SourceFile, pages: list[Page], outline: Sequence[Outline]
) -> ParsedDocument:
    """Raises EmptyDocument."""
    drop_running([page.blocks for page in pages])
    for page in pages:
        for block in page.blocks:
            block.lines = find_aligned(block.lines)
    headings = Headings([page.blocks for page in pages], outline)
    builder = _Writer(source)
    for number, page in enumerate(pages, start=1):
        for block in page.blocks:
            builder.block(block.lines, number, headings)
        builder.flush()
        for paragraph in [*paragraphs(page.scanned), *page.notes]:
            builder.grids.close()
            builder.out.paragraph(paragraph, page=number)
    builder.grids.close()
    return builder.out.document()


class _Writer:
    """Elements in order; the last paragraph is held, for it may go on in the next column."""

    def __init__(self, source: SourceFile) -> None:
        self.out = Builder(source)
        self.grids = Grids(self.out)
        self._held = ""
        self._page = self._turn = 0
        self._before: Table | None = None
        self._page_of_before = 0

    def flush(self) -> None:
        self.out.paragraph(self._held.replace("\xad", "-"), page=self._page)
        self._held = ""

    def block(self, lines: list[Line], page: int, headings: Headings) -> None:
        self._page = page
        turn = lines[0].pieces[0].turn if lines else self._turn
        if turn != self._turn:
            self.flush()
            self._turn = turn
        right = max((line.x1 for line in lines), default=0.0)
        leading = _leading(lines)
        before: Line | None = None
        at = 0
        while at < len(lines):
            line = lines[at]
            level, count = headings.at(lines, at, page)
            if line.table is not None:
                self.flush()
                self._table(line.table, page)
                before = None
            elif level:
                self.flush()
                text = ""
                for part in lines[at : at + count]:
                    text = join(text, part.text) if text else part.text
                self.grids.interrupt(text)
                self.out.heading(text.replace("\xad", "-"), level, page=page)
                before, self._before = None, None
                at += count - 1
            else:
                self.grids.interrupt(line.text)
                self._paragraph(before, line, lines[at + 1 : at + 2], right, leading)
                before, self._before = line, None
            at += 1

    def _paragraph(
        self, before: Line | None, line: Line, after: list[Line], right: float, leading: float
    ) -> None:
        if not self._held:
            self._held = line.text
        elif (
            _goes_on_elsewhere(self._held, line.text)
            if before is None
            else _continues(before, line, after, right, leading)
        ):
            self._held = join(self._held, line.text)
        else:
            self.flush()
            self._held = line.text

    def _table(self, table: Table, page: int) -> None:
        """A table that goes on from the page or column before keeps its header."""
        header, rows = table.header, table.rows
        before, goes_on = self._before, False
        if before is not None and before.header and table.goes_on_from(before):
            names = table.header_of(before)
            if header and header != names and self._page_of_before != page:
                rows = [header, *rows] if len(table.edges) == len(before.edges) else rows
            if not header or header == names or rows is not table.rows:
                header, goes_on = names, True
        self.grids.add(Table(header, rows, table.edges), header, page, goes_on=goes_on)
        silent = (not any(map(itemgetter(c), rows)) for c, name in enumerate(table.header) if name)
        if any(silent) and (before is None or before.header != table.header):
            # The name of a column without values would stand nowhere.
            self.out.add(ElementKind.TABLE_ROW, render_row([], table.header), page=page)
        for row in rows:
            self.out.add(ElementKind.TABLE_ROW, render_row(header, row), page=page)
        whole = len(header) == len(table.edges) - 1
        self._before = Table(header, [], table.edges) if whole else None
        self._page_of_before = page


def _goes_on_elsewhere(held: str, text: str) -> bool:
    """Whether a paragraph goes on in the next column."""
    if _BULLET.match(text) or held.endswith(_SENTENCE_END):
        return False
    if _HYPHEN.search(held) or text[:1].islower():
        return True
    return bool(CJK.match(held[-1:]) and CJK.match(text[:1])) and len(held) > _NARROW


def _leading(lines: list[Line]) -> float:
    """The white between the lines of a paragraph, in sizes of their type."""
    gaps = sorted(
        (line.top - before.bottom) / line.size
        for before, line in pairwise(lines)
        if 0 < line.top - before.bottom < 2 * line.size and before.size == line.size
    )
    return min(gaps[len(gaps) // 4] * 1.15, _WIDEST_LEADING) if gaps else 0.0


def _continues(before: Line, line: Line, after: list[Line], right: float, leading: float) -> bool:
    """Whether a line belongs to the paragraph of the line before it: they are close, set in one
    size, and the first word of the line had no room at the end of the line before."""
    size = before.size
    gap = line.top - before.bottom
    if gap > max(_LEADING, leading) * size or line.bottom < before.top:
        return False
    if max(size, line.size) > 1.15 * min(size, line.size):
        return False
    if _are_rows(before, line):
        return False
    if _HYPHEN.search(before.text):
        return True
    if _BULLET.match(line.text):
        return False
    if _ends_in_numbers(before.text) or _ends_in_numbers(line.text):
        return False
    ends = before.text.endswith(_SENTENCE_END)
    if line.text[:1].islower() and not ends:
        return True
    if line.x0 - before.x0 > _INDENT * size and not _hangs(before):
        return False
    if ends and before.x0 - line.x0 > 2.5 * size:
        return False
    even = (after and abs(after[0].x1 - before.x1) < 1) or abs(line.x1 - before.x1) < 1
    if even and before.x1 - before.x0 > 12 * size:
        return True
    word = line.size if CJK.match(line.text[:1]) else line.first - line.x0
    return before.x1 + 0.25 * size + min(word, 12 * size) > right - 0.3 * size


def _are_rows(before: Line, line: Line) -> bool:
    """Whether two lines are cut at the same places, as rows are."""
    fewer = min(len(before.pieces), len(line.pieces))
    pairs = zip(before.pieces[1:], line.pieces[1:], strict=False)
    return fewer > 2 or any(abs(a.x0 - b.x0) < 2 for a, b in pairs)


def _ends_in_numbers(text: str) -> bool:
    return text[-1:] in "0123456789%)" and bool(_NUMBERS.search(text[-60:]))


def _hangs(line: Line) -> bool:
    return bool(_BULLET.match(line.text))


# --- lines without places -------------------------------------------------------------


def paragraphs(lines: list[str]) -> Iterator[str]:
    """Join the lines of a scanned page into paragraphs: Chinese ones without a space, words that
    were hyphenated made whole."""
    held, widest, last = "", 0, 0
    for line in lines:
        width = _width(line)
        if held and (not line or not _continues_text(held, last, max(widest, width), line)):
            yield held
            held, widest = "", 0
        held = join(held, line) if held else line
        widest, last = max(widest, width), width
    if held:
        yield held


def _continues_text(held: str, last: int, widest: int, line: str) -> bool:
    """Whether a line goes on with the paragraph of the line before, which is `last` columns wide
    where its neighbours have `widest`. Rows of a table and labels in a figure stay apart."""
    if _HYPHEN.search(held) or line[:1].islower():
        return True
    if _BULLET.match(line) or last < _NARROW:
        return False
    if _NUMBERS.search(held) or _NUMBERS.search(line):
        return False
    return last >= widest * (0.93 if held.endswith(_SENTENCE_END) else 0.7)


def _width(line: str) -> int:
    return len(line) + len(CJK.findall(line))
