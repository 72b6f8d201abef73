"""One page of a PDF: its pieces of text with their places, and what they make together."""

from __future__ import annotations

import ctypes
import functools
import math
import re
from collections.abc import Iterator, Sequence
from typing import Any

import pypdfium2.raw as pdfium

from kb.documents.converters.pdf.drawings import Box, rules
from kb.documents.converters.pdf.exponents import RAISED, Placed, is_attached, looked_at, marked
from kb.documents.converters.pdf.filled import with_fields
from kb.documents.converters.pdf.layout import (
    CJK,
    Block,
    Piece,
    Rule,
    reading_order,
    turned,
    unturned,
)
from kb.documents.converters.pdf.notes import Field
from kb.documents.converters.pdf.quality import Layer
from kb.documents.converters.pdf.right_to_left import (
    LETTERS,
    is_written_so,
    stops_behind,
    word_as_read,
    words_as_read,
)
from kb.documents.converters.pdf.spacing import closed_up, unspaced
from kb.documents.converters.pdf.tables import find_tables
from kb.documents.converters.pdf.vertical import vertical_paragraphs
from kb.documents.converters.pdf.visibility import Seen

_LITTLE_TEXT = 8
_GARBLED_PAGE = 0.3
_GARBLED_LINE = 0.08
_WIDE_GAP = 0.9
_FEWEST_IN_COLUMNS = 10
_FORCED_BOLD = 1 << 18
_CONTROL = re.compile(r"[\x00\x01\x03-\x08\x0b\x0c\x0e-\x1f\ue000-\uf8ff\ufffd]")
_DIVIDED = "\x02\ufffe"
_LINE = re.compile(r"[^\r\n\x02\ufffe]+[\x02\ufffe]?")
_WORD = re.compile(r"\S+")
_BOLD = re.compile(rb"bold|black|heavy|demi|medi(?!um)|simhei", re.IGNORECASE)


class PageReader:
    """One page's text and drawn lines, while the page is open."""

    def __init__(self, page: Any, text_page: Any, *, layers: bool = False) -> None:
        self._page = page
        self._raw = text_page.raw
        self._rect = pdfium.FS_RECTF()
        self._rect_at = ctypes.byref(self._rect)
        self._matrix = pdfium.FS_MATRIX()
        self._char_box = pdfium.FPDFText_GetLooseCharBox
        self._name = ctypes.create_string_buffer(128)
        count = text_page.count_chars()
        text = text_page.get_text_range() if count else ""
        self._has_pairs = len(text) != count
        if self._has_pairs:  # characters outside the first plane are two, some are none
            codes = (pdfium.FPDFText_GetUnicode(self._raw, i) for i in range(count))
            text = "".join(chr(code) if code < 0x110000 else " " for code in codes)
        self.text = text
        self.is_garbled = _is_garbled(text, _GARBLED_PAGE)
        self._is_right_to_left = is_written_so(text)
        self._turn = 0
        self._stops: list[Rule] = []
        self._seen = Seen(page, text_page, layers=layers)
        self.askew: list[str] = []
        """What is written across the page: a watermark, one entry a word."""

    @property
    def dropped(self) -> int:
        """Words that are covered, clipped away, or in a layer that is off."""
        return self._seen.dropped

    def layer(self) -> Layer:
        """What the page's text layer is to be judged by."""
        width, height = self._page.get_size()
        picture = min(1.0, self._seen.largest_picture / max(1, width * height))
        return Layer(_CONTROL.sub("", self.text), picture, self._seen.outlines)

    def needs_ocr(self) -> bool:
        """Whether the page has no text to speak of, and something else, or its letters have no
        meaning."""
        letters = len(_CONTROL.sub("", "".join(self.text.split())))
        if self.is_garbled or letters >= _LITTLE_TEXT:
            return self.is_garbled
        return self._seen.has_drawings

    def blocks(self) -> list[Block]:
        """What is on the page, in reading order."""
        return self.blocks_with([])[0]

    def blocks_with(self, fields: Sequence[Field]) -> tuple[list[Block], list[str]]:
        """What is on the page, in reading order, with what is filled into its form where it
        stands beside text; and as notes what does not."""
        drawn = rules(self._seen.paths)
        if drawn or fields:
            self._turn = self._main_turn()
            drawn = [turned(rule, self._turn) for rule in drawn]
            self._stops = sorted(rule for rule in drawn if rule.is_vertical)
        pieces = self._pieces()
        pieces, apart = with_fields(pieces, fields, self._turn) if fields else (pieces, [])
        blocks = reading_order(find_tables(pieces, drawn, self._turn) if drawn else pieces)
        return blocks, apart

    def _main_turn(self) -> int:
        """The direction of most of the text, looked up for a few characters of it."""
        step = max(1, len(self.text) // 20)
        turns = [
            self._style(index)[0]
            for index in range(0, len(self.text), step)
            if not self.text[index].isspace()
        ]
        return max(set(turns), key=turns.count, default=0)

    # --- text ---

    def _pieces(self) -> list[Piece]:
        """The words of each of PDFium's lines, cut at wide gaps and at vertical rules: a page's
        600 words cost 1,200 calls, where its characters would cost 3,000."""
        left, bottom, right, top = self._page.get_bbox()
        pieces: list[Piece] = []
        for match in _LINE.finditer(self.text):
            line = match.group()
            controls = len(_CONTROL.findall(line))
            if line.isspace() or controls > len(line) * _GARBLED_LINE:
                continue
            found = self._line_pieces(match.start(), line)
            for piece in found:
                x, y = unturned((piece.x0 + piece.x1) / 2, piece.middle, piece.turn)
                if self._has_pairs:
                    units = piece.text.encode("utf-16-le", "surrogatepass")
                    piece.text = units.decode("utf-16-le", "ignore")
                if controls:
                    piece.text = _CONTROL.sub(" ", piece.text).strip()
                if left <= x <= right and bottom <= y <= top and piece.text:
                    pieces.append(piece)
        return pieces

    def _line_pieces(self, offset: int, line: str) -> list[Piece]:
        raw, rect, at, char_box = self._raw, self._rect, self._rect_at, self._char_box
        turn, size, bold = self._style(offset + len(line) - len(line.lstrip()))
        stops: list[float] | None = None if self._stops else []
        spans = [match.span() for match in _WORD.finditer(line)]
        turns_back = not turn and self._is_right_to_left and LETTERS.search(line) is not None
        if turns_back:
            spans = words_as_read(line, spans, offset, self._left_of)
        spans.reverse()
        pieces: list[Piece] = []
        words: list[str] = []
        piece: Piece | None = None
        x0 = y0 = x1 = y1 = end_x = 0.0
        while spans:
            start, end = spans.pop()
            word = line[start:end]
            if self._seen.has_suspects and (
                part := self._seen.part(offset + start, len(word))
            ) < len(word):
                spans += [(start + part, end), (start, start + part)]
                continue
            if self._seen.has_odd and not self._is_upright(offset + start, word):
                continue
            divided = word[-1] in _DIVIDED
            if divided:
                word = f"{word[:-1]}\xad"
            char_box(raw, offset + start, at)
            if turn:
                x0, y0, x1, y1 = self._turned_box(offset + start, offset + end - 1, turn)
            else:
                x0, y0, x1, y1 = rect.left, -rect.top, rect.right, -rect.bottom
                last = end - 1 - (divided and end - start > 1)
                if last > start:
                    char_box(raw, offset + last, at)
                    if rect.left < x0:  # written from right to left
                        x0 = rect.left
                    else:
                        x1 = rect.right
            if turns_back:
                x0, x1 = self._extent(offset + start, offset + end)
                word = stops_behind(word_as_read(word, offset + start, self._left_of))
            if stops is None:
                stops = self._stops_at((y0 + y1) / 2) if turn == self._turn else []
            if stops and not turn and end - start > 1:
                x = next((x for x in stops if x0 + 2 < x < x1 - 2), None)
                cut = self._cut(offset + start, offset + end, x) if x is not None else 0
                if cut:
                    spans += [(start + cut, end), (start, start + cut)]
                    continue
            if not turn and end - start > 1 and not divided:
                told = looked_at(word)
                if told != end - start - 1:
                    char_box(raw, offset + start + told, at)
                if rect.bottom + y1 > RAISED * size:
                    word = self._with_exponents(offset + start, word)
            if piece is not None:
                gap = x0 - end_x
                if (
                    gap < _WIDE_GAP * size
                    and (gap > -size or piece.x0 - x1 < _WIDE_GAP * size)
                    and min(y1, piece.bottom) - max(y0, piece.top) > 0.3 * min(y1 - y0, size)
                    and not (stops and any(end_x - 1 <= x <= x0 + 1 for x in stops))
                ):
                    tall = piece.bottom - piece.top
                    if not turn and is_attached(word, gap, piece.bottom - y1, y1 - y0, tall):
                        words[-1] += f"^{word}"
                    else:
                        words.append(word)
                    end_x = x1
                    if x1 > piece.x1:
                        piece.x1 = x1
                    if x0 < piece.x0:
                        piece.x0 = x0
                    if y0 < piece.top and y1 > piece.bottom:
                        piece.top, piece.bottom = y0, y1
                    continue
                piece.text = unspaced(" ".join(words))
                turn, size, bold = self._style(offset + start)
            if not 0.3 * size < y1 - y0 < 3 * size:  # a font that lies about its height
                y0, y1 = (y0 + y1 - size) / 2, (y0 + y1 + size) / 2
            piece = Piece(word, x0, y0, x1, y1, size, bold, x1, turn)
            words, end_x = [word], x1
            pieces.append(piece)
        if piece is not None:
            piece.text = unspaced(" ".join(words))
            if piece.bold:
                last = offset + len(line.rstrip()) - 1
                piece.bold = self._style(max(offset, last - (line[-1] in _DIVIDED)))[2]
        return pieces if self._stops else closed_up(pieces)

    def _with_exponents(self, start: int, word: str) -> str:
        x, y = ctypes.c_double(), ctypes.c_double()
        places = []
        for index in range(start, start + len(word)):
            pdfium.FPDFText_GetCharOrigin(self._raw, index, ctypes.byref(x), ctypes.byref(y))
            places.append(Placed(y.value, self._style(index)[1]))
        return marked(word, places)

    def _is_upright(self, index: int, word: str) -> bool:
        """Whether a word is seen, and not across the page."""
        if not self._seen.is_seen(index, len(word)):
            return False
        if not self._seen.is_askew(index):
            return True
        self.askew.append(word)
        return False

    def columns(self) -> list[str]:
        """The paragraphs of a page that is written from top to bottom."""
        if len(CJK.findall(self.text)) < _FEWEST_IN_COLUMNS:
            return []
        return vertical_paragraphs(self._boxes())

    def _boxes(self) -> Iterator[tuple[str, Box]]:
        for index, character in enumerate(self.text):
            if character.isprintable() and not character.isspace():
                self._char_box(self._raw, index, self._rect_at)
                rect = self._rect
                yield character, (rect.left, rect.bottom, rect.right, rect.top)

    def _extent(self, start: int, end: int) -> tuple[float, float]:
        """From the left of some characters to their right."""
        lefts, rights = [], []
        for index in range(start, end):
            self._char_box(self._raw, index, self._rect_at)
            lefts.append(self._rect.left)
            rights.append(self._rect.right)
        return min(lefts), max(rights)

    def _left_of(self, index: int) -> float:
        self._char_box(self._raw, index, self._rect_at)
        left: float = self._rect.left
        return left

    def _stops_at(self, y: float) -> list[float]:
        """The x of the vertical rules beside a line."""
        return [rule.x0 for rule in self._stops if rule.y0 <= y <= rule.y1]

    def _cut(self, start: int, end: int, x: float) -> int:
        """How many of a word's characters stand left of `x`; 0 in the middle of a Latin word,
        which a line may cross by accident."""
        for index in range(start + 1, end):
            self._char_box(self._raw, index, self._rect_at)
            if (self._rect.left + self._rect.right) / 2 > x:
                around = self.text[index - 1 : index + 1]
                return 0 if around.isascii() and around.isalpha() else index - start
        return 0

    def _turned_box(self, first: int, last: int, turn: int) -> Rule:
        """A word's box in the frame in which it is upright."""
        rect = self._rect
        self._char_box(self._raw, first, self._rect_at)
        x0, y0, x1, y1 = rect.left, rect.bottom, rect.right, rect.top
        self._char_box(self._raw, last, self._rect_at)
        box = Rule(min(x0, rect.left), min(y0, rect.bottom), max(x1, rect.right), max(y1, rect.top))
        return turned(box, turn)

    def _style(self, index: int) -> tuple[int, float, bool]:
        """Quarter turns against the clock, size in points, and whether the type is bold."""
        size = pdfium.FPDFText_GetFontSize(self._raw, index)
        m = self._matrix
        turn = 0
        if pdfium.FPDFText_GetMatrix(self._raw, index, ctypes.byref(m)):
            size *= math.hypot(m.c, m.d) or 1.0
            if m.a <= 0 or abs(m.b) > abs(m.a):
                turn = round(math.atan2(m.b, m.a) / (math.pi / 2)) % 4
        flags = ctypes.c_int()
        known = pdfium.FPDFText_GetFontInfo(
            self._raw, index, self._name, len(self._name), ctypes.byref(flags)
        )
        name = self._name.value if 0 < known <= len(self._name) else b""
        bold = _is_bold(name) or bool(flags.value & _FORCED_BOLD)
        return turn, min(max(size, 1.0), 500.0), bold


def _is_garbled(text: str, share: float) -> bool:
    """Whether a font without a map to Unicode left more than an accident."""
    return len(_CONTROL.findall(text)) > len(text) * share


@functools.lru_cache(maxsize=1024)
def _is_bold(font: bytes) -> bool:
    return bool(_BOLD.search(font))
