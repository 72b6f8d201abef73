"""From the lines of all pages to a document: running headers out, headings, paragraphs, tables."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from operator import itemgetter

from kb.documents.builder import Builder
from kb.documents.converters.pdf.aligned import find_aligned
from kb.documents.converters.pdf.grids import Grids
from kb.documents.converters.pdf.headings import Headings, Outline
from kb.documents.converters.pdf.hyphens import DIVIDED_LINE, Words
from kb.documents.converters.pdf.layout import CJK, Block, Line, Table, join
from kb.documents.converters.pdf.running import drop_running
from kb.documents.tables.heads import render_row
from kb.types import ElementKind, ParsedDocument, SourceFile

_NUMBERS = re.compile(r"(?:\s[-(]?[\d.,]+[%)]?){2,}$")
_NARROW = 20
_SENTENCE_END = tuple(".。！？!?：:；;”」』")
_BULLET = re.compile(
    r"\s*(?:[•●▪■◆·–*-]\s|\d{1,3}(?:[.](?!\d)|[)、])\s*\S|[（(]?[一二三四五六七八九十]{1,3}[)）、])"
)
_DECIMAL = re.compile(r"\s*\d{1,3}\.\d")
"""Numbers a clause (4.5 Call) where a sentence has ended, else is a part of one (4.5 bar)."""
_ITEM = re.compile(r"\s*(\d{1,3})[.)、]")
_DANGLING = re.compile(
    r"(?:^|\s)(?:a|an|and|at|between|by|for|from|in|is|of|on|or|per|than|that|the|to|was|with)$",
    re.I,
)
"""Words that no sentence ends in."""
_UNIT = re.compile(r"[（〔【《〈「『“‘(\[]*.[，。、；：！？）〕】》〉」』”’…—%‰)\],.]*")
"""What no line's end divides in Chinese: a character with the signs that cannot begin a line."""
_NOTE = re.compile(r"\s*(?:\^?\[?\d{1,3}\]?[^\d.,]|[①-⑳*†‡])")
_SMALL = 0.93
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
    feet = drop_running([page.blocks for page in pages])
    for page in pages:
        for block in page.blocks:
            block.lines = find_aligned(block.lines)
    headings = Headings([page.blocks for page in pages], outline)
    builder = _Writer(source, Words(_texts(pages)))
    for number, page in enumerate(pages, start=1):
        for block in page.blocks:
            builder.block(block.lines, number, headings)
        builder.end_page(number, feet.get(number - 1, []), [*paragraphs(page.scanned), *page.notes])
    builder.flush()
    builder.grids.close()
    return builder.out.document()


def _texts(pages: Sequence[Page]) -> Iterator[str]:
    """Every line, for the words in them."""
    for page in pages:
        for line in (line for block in page.blocks for line in block.lines):
            if line.table is None:
                yield line.text
            else:
                yield from line.table.header
                yield from itertools.chain.from_iterable(line.table.rows)
        yield from page.scanned


class _Writer:
    """Elements in order; the last paragraph is held, for it may go on in the next column or on the
    next page."""

    def __init__(self, source: SourceFile, words: Words) -> None:
        self.out = Builder(source)
        self.grids = Grids(self.out)
        self._whole, self._divides_numbers = words.whole, words.divides_numbers
        self._held = ""
        self._last: Line | None = None
        """The last line of what is held, and the right of its column."""
        self._right = 0.0
        self._held_page = self._last_page = self._page = self._turn = 0
        self._feet: list[tuple[str, int]] = []
        """What stands below what is held, and its page."""
        self._before: Table | None = None
        self._page_of_before = 0

    def flush(self) -> None:
        self.out.paragraph(self._whole(self._held), page=self._held_page)
        self._held = ""
        for text, page in self._feet:
            self.out.paragraph(self._whole(text), page=page)
        self._feet = []

    def end_page(self, page: int, feet: list[str], behind: list[str]) -> None:
        """What stands at the foot of a page, and what is not in its text."""
        self._feet += [(text, page) for text in feet]
        if behind or len(self._held) <= _NARROW or self._held.endswith(_SENTENCE_END):
            self.flush()
        for paragraph in behind:
            self.grids.close()
            self.out.paragraph(self._whole(paragraph), page=page)

    def block(self, lines: list[Line], page: int, headings: Headings) -> None:
        self._page = page
        turn = lines[0].pieces[0].turn if lines else self._turn
        if turn != self._turn:
            self.flush()
            self._turn = turn
        right = max((line.x1 for line in lines), default=0.0)
        leading = _leading(lines)
        before: Line | None = None
        at, foot = 0, _foot(lines)
        while at < len(lines):
            line = lines[at]
            if at == foot and self._held and not self._held.endswith(_SENTENCE_END):
                self._feet += [(note, page) for note in _footnotes(lines[foot:])]
                return
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
                text = self._whole(text)
                self.grids.interrupt(text)
                self.out.heading(text, level, page=page)
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
        if self._held and (
            self._goes_on(line)
            if before is None
            else _continues(self._held, before, line, after, right, leading)
        ):
            apart = not (self._divides_numbers and _within_number(self._held, line.text))
            self._held = join(self._held, line.text) if apart else self._held + line.text
        else:
            self.flush()
            self._held, self._held_page = line.text, self._page
        self._last, self._right, self._last_page = line, right, self._page

    def _goes_on(self, line: Line) -> bool:
        """Whether a line that begins a column, or a page, goes on with what is held."""
        if not _goes_on_elsewhere(self._held, self._last, line, self._right):
            return False
        if self._page == self._last_page or self._last is None:
            return True
        divided = DIVIDED_LINE.search(self._held) is not None
        return divided or _had_no_room(self._last, line, self._right)

    def _table(self, table: Table, page: int) -> None:
        """A table that goes on from the page or column before keeps its header."""
        for row in (table.header, *table.rows):
            row[:] = map(self._whole, row)
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


def _foot(lines: list[Line]) -> int:
    """Where the footnotes of a column begin: lines in smaller type at its end, behind a mark."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[line.size] += len(line.text)
    body = max(sizes, key=lambda size: sizes[size], default=0.0)
    at = len(lines)
    while at and lines[at - 1].table is None and lines[at - 1].size < _SMALL * body:
        at -= 1
    return at if at < len(lines) and _NOTE.match(lines[at].text) else len(lines)


def _footnotes(lines: list[Line]) -> list[str]:
    found: list[str] = []
    for line in lines:
        if found and not _NOTE.match(line.text):
            found[-1] = join(found[-1], line.text)
        else:
            found.append(line.text)
    return found


def _goes_on_elsewhere(held: str, before: Line | None, line: Line, right: float) -> bool:
    """Whether a paragraph goes on in the next column, or on the next page: `before` is its last
    line, `right` where that line's column ends."""
    text = line.text
    if _begins_item(held, text) or held.endswith(_SENTENCE_END):
        return False
    if DIVIDED_LINE.search(held) or text[:1].islower():
        return True
    if len(held) <= _NARROW or before is None:
        return False
    last, first = held[-1:], text[:1]
    if CJK.match(last) and CJK.match(first):
        return True
    if first.isdecimal():
        may = last.isalnum() or last == ","
    else:
        may = bool((last.isdecimal() and CJK.match(first)) or _DANGLING.search(held))
    return may and _had_no_room(before, line, right)


def _within_number(held: str, text: str) -> bool:
    return held[-1:].isdecimal() and text[:1].isdecimal()


def _begins_item(before: str, text: str) -> bool:
    """Whether a line begins an item of a list, or a numbered clause."""
    if _BULLET.match(text):
        return True
    return before.endswith(_SENTENCE_END) and bool(_DECIMAL.match(text))


def _counts_on(held: str, text: str) -> bool:
    """Whether the number that a line begins with may count items: it is the first, or follows on
    the one that the paragraph above begins with. Else a sentence may end in it (by / 17. June)."""
    number = _ITEM.match(text)
    if number is None or int(number[1]) == 1:
        return True
    above = _ITEM.match(held)
    return above is not None and int(number[1]) == int(above[1]) + 1


def _leading(lines: list[Line]) -> float:
    """The white between the lines of a paragraph, in sizes of their type."""
    gaps = sorted(
        (line.top - before.bottom) / line.size
        for before, line in pairwise(lines)
        if 0 < line.top - before.bottom < 2 * line.size and before.size == line.size
    )
    return min(gaps[len(gaps) // 4] * 1.15, _WIDEST_LEADING) if gaps else 0.0


def _continues(
    held: str, before: Line, line: Line, after: list[Line], right: float, leading: float
) -> bool:
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
    if DIVIDED_LINE.search(before.text):
        return True
    ends = before.text.endswith(_SENTENCE_END)
    if _begins_item(before.text, line.text) and (ends or _counts_on(held, line.text)):
        return False
    if _ends_in_numbers(before.text) or _ends_in_numbers(line.text):
        return False
    if line.text[:1].islower() and not ends:
        return True
    if line.x0 - before.x0 > _INDENT * size and not _hangs(before):
        return False
    if ends and before.x0 - line.x0 > 2.5 * size:
        return False
    even = (after and abs(after[0].x1 - before.x1) < 1) or abs(line.x1 - before.x1) < 1
    if even and before.x1 - before.x0 > 12 * size:
        return True
    return _had_no_room(before, line, right)


def _had_no_room(before: Line, line: Line, right: float) -> bool:
    """Whether the first word of a line had no room at the end of the line before, whose column
    ends at `right`."""
    size = before.size
    unit = _UNIT.match(line.text)
    word = line.size * unit.end() if unit and CJK.match(unit[0]) else line.first - line.x0
    ends = before.text.endswith(_SENTENCE_END)
    if not ends and CJK.search(before.text[-1:] + line.text[:1]):
        word += size  # signs that hang over the edge make the column look wider than it is
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
    if DIVIDED_LINE.search(held) or line[:1].islower():
        return True
    if _begins_item(held, line) or last < _NARROW:
        return False
    if _NUMBERS.search(held) or _NUMBERS.search(line):
        return False
    return last >= widest * (0.93 if held.endswith(_SENTENCE_END) else 0.7)


def _width(line: str) -> int:
    return len(line) + len(CJK.findall(line))
