"""From pieces of text with their places to lines in reading order.

Columns are found as white gutters that several lines on either side leave free, top to bottom
and again inside each column (a recursive XY-cut, Nagy and Seth 1984, in which full-width titles
and figures divide the page into bands instead of hiding its gutters). Only running text counts
as a column: what looks like a table or a form is read line by line.

Coordinates are points, x to the right and y downwards, in the frame in which the text is upright.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from kb.documents.converters.pdf.hyphens import DIVIDED, DIVIDED_LINE
from kb.documents.converters.pdf.right_to_left import is_written_so
from kb.text.han import WIDE

CJK = re.compile(f"[{WIDE}]")
_NARROWEST_GUTTER = 0.7
_WIDEST_WORDS = 0.9
_FEWEST_LINES = 3
_FEWEST_LETTERS = 14
_FILLED = 0.5
_DEEPEST = 4
_DEEPEST_LOOK = 1
_MOST_PIECES = 20_000
_SAME_PLACE = 6.0


class Rule(NamedTuple):
    """A drawn line along one of the axes; `x0 <= x1`, `y0 <= y1`."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def is_vertical(self) -> bool:
        return self.x1 - self.x0 < self.y1 - self.y0


def turned(rule: Rule, turn: int) -> Rule:
    """A rule in the frame in which text drawn with that many quarter turns is upright."""
    x0, y0, x1, y1 = rule
    if turn == 0:
        return Rule(x0, -y1, x1, -y0)
    if turn == 1:
        return Rule(y0, x0, y1, x1)
    if turn == 2:
        return Rule(-x1, y0, -x0, y1)
    return Rule(-y1, -x1, -y0, -x0)


def unturned(x: float, y: float, turn: int) -> tuple[float, float]:
    """A point of the upright frame in the page's own coordinates."""
    return ((x, -y), (y, x), (-x, y), (-y, -x))[turn]


@dataclass(slots=True)
class Table:
    """Names of columns, none if there are none, and the rows below them. `edges` are the x of its
    left side, of what divides its columns, and of its right side."""

    header: list[str]
    rows: list[list[str]]
    edges: list[float]

    def goes_on_from(self, before: Table) -> bool:
        """Whether this may be the rest of a table: it is as wide, and in the same place."""
        return (
            abs(self.edges[0] - before.edges[0]) < _SAME_PLACE
            and abs(self.edges[-1] - before.edges[-1]) < _SAME_PLACE
        )

    def header_of(self, before: Table) -> list[str]:
        """The names of another table's columns, for this table's columns in the same places."""
        middles = [(a + b) / 2 for a, b in pairwise(self.edges)]
        inner = before.edges[1:-1]
        return [before.header[bisect_right(inner, middle)] for middle in middles]


@dataclass(slots=True)
class Piece:
    """Words of one line without a wide gap between them, or a whole table.

    `first` is where the first word ends; `size` the type size in points; `turn` how many quarter
    turns against the clock the text was drawn with.
    """

    text: str
    x0: float
    top: float
    x1: float
    bottom: float
    size: float
    bold: bool = False
    first: float = 0.0
    turn: int = 0
    table: Table | None = None

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


@dataclass(slots=True)
class Line:
    """Pieces of one height, left to right. One piece with a `table` is a line, too."""

    pieces: list[Piece]
    text: str
    x0: float
    top: float
    x1: float
    bottom: float
    size: float
    bold: bool
    first: float
    table: Table | None = None


@dataclass(slots=True)
class Block:
    """Lines that are read one after the other, from one column."""

    lines: list[Line] = field(default_factory=list)


def reading_order(pieces: Sequence[Piece]) -> list[Block]:
    """The blocks of a page: those of the main direction of writing first."""
    turns: dict[int, list[Piece]] = {}
    for piece in pieces:
        turns.setdefault(piece.turn, []).append(piece)
    blocks: list[Block] = []
    for group in sorted(turns.values(), key=lambda group: -sum(len(p.text) for p in group)):
        regions = [group] if len(group) > _MOST_PIECES else _regions(group, 0)
        blocks.extend(Block(lines_of(region)) for region in regions)
    return blocks


# --- columns --------------------------------------------------------------------------


def _regions(pieces: list[Piece], depth: int) -> list[list[Piece]]:
    gutter = None if depth == _DEEPEST else _gutter(pieces)
    if gutter is None:
        return [pieces]
    regions: list[list[Piece]] = []
    whole: list[Piece] = []
    for band, is_columns in _bands(pieces, gutter):
        if not is_columns:
            whole.extend(band)
            continue
        if whole:
            regions.append(whole)
            whole = []
        left, right = _sides(band, gutter)
        regions += _regions(left, depth + 1) + _regions(right, depth + 1)
    if whole:
        regions.append(whole)
    return regions


def _gutter(pieces: list[Piece], depth: int = 0) -> float | None:
    """The x of the best gutter between columns of running text, if there is one."""
    if len(pieces) < 2 * _FEWEST_LINES:
        return None
    size = median(piece.size for piece in pieces)
    left, right = min(p.x0 for p in pieces), max(p.x1 for p in pieces)
    width = right - left
    if width < 16 * size or width > 20_000:
        return None
    covered = coverage(pieces, left, int(width) + 2)
    low, high = int(width * 0.12), int(width * 0.88)
    best, most = None, 0
    tried: set[int] = set()
    for share in (0.0, 0.1, 0.3, 0.6):
        limit = share * len(pieces)
        for start, end in runs(covered, limit, low, high):
            x = left + (start + end) / 2
            if end - start < _NARROWEST_GUTTER * size or int(x) in tried:
                continue
            tried.add(int(x))
            inside = sum(
                len(piece.text)
                for band, is_columns in _bands(pieces, x, depth)
                if is_columns
                for piece in band
            )
            if inside > most:
                best, most = x, inside
        if best is not None:
            return best
    return None


def coverage(pieces: list[Piece], left: float, width: int) -> list[int]:
    """For every point of the width, how many pieces lie across it."""
    steps = [0] * (width + 1)
    for piece in pieces:
        steps[int(piece.x0 - left)] += 1
        steps[min(width, int(piece.x1 - left) + 1)] -= 1
    total = 0
    for x, step in enumerate(steps):
        total += step
        steps[x] = total
    return steps


def runs(covered: list[int], limit: float, low: int, high: int) -> Iterable[tuple[int, int]]:
    start = None
    for x in range(low, high):
        if covered[x] <= limit:
            start = x if start is None else start
        elif start is not None:
            yield start, x
            start = None
    if start is not None:
        yield start, high


def _bands(pieces: list[Piece], x: float, depth: int = 0) -> list[tuple[list[Piece], bool]]:
    """The pieces from top to bottom, cut above and below those that lie across `x`, and whether
    what is between is two columns."""
    bands: list[tuple[list[Piece], bool]] = []
    band: list[Piece] = []
    for piece in sorted(pieces, key=lambda p: p.middle):
        if piece.x0 < x < piece.x1:
            bands += [(band, False), ([piece], False)] if band else [([piece], False)]
            band = []
        else:
            band.append(piece)
    if band:
        bands.append((band, False))
    bands = [(band, _is_columns(band, x, _FEWEST_LINES, depth)) for band, _ in bands]
    if any(found for _, found in bands):
        # Where there are columns, the last lines below a figure are columns too.
        bands = [(band, found or _is_columns(band, x, 1, depth)) for band, found in bands]
    return bands


def _sides(band: list[Piece], x: float) -> tuple[list[Piece], list[Piece]]:
    return [p for p in band if p.x1 <= x], [p for p in band if p.x1 > x]


def _is_columns(band: list[Piece], x: float, fewest: int, depth: int) -> bool:
    """Whether both sides of `x` are running text, or columns themselves."""
    if len(band) < 2 * fewest:
        return False
    return all(
        side
        and (
            _is_running_text(side, fewest)
            or (depth < _DEEPEST_LOOK and _gutter(side, depth + 1) is not None)
        )
        for side in _sides(band, x)
    )


def _is_running_text(side: list[Piece], fewest: int) -> bool:
    """Whether most lines are long, and as wide as their neighbours."""
    text = [piece for piece in side if piece.table is None]
    if not text:
        return True
    lines = lines_of(text)
    if len(lines) < (fewest if len(text) == len(side) else 1):
        return False
    width = max(line.x1 for line in lines) - min(line.x0 for line in lines)
    wide = [line for line in lines if line.x1 - line.x0 >= _FILLED * width]
    letters = median(len(line.text) + len(CJK.findall(line.text)) for line in lines)
    whole = sum(len(line.pieces) == 1 for line in lines)
    return (
        len(wide) >= 0.5 * len(lines)
        and letters >= _FEWEST_LETTERS
        and whole >= 0.5 * len(lines)
        and sum(any(c.isalpha() for c in line.text) for line in lines) >= 0.8 * len(lines)
    )


# --- lines ----------------------------------------------------------------------------


def lines_of(pieces: Sequence[Piece]) -> list[Line]:
    """Pieces whose middles lie within each other's height are one line."""
    groups: list[list[Piece]] = []
    top = bottom = 0.0
    for piece in sorted(pieces, key=lambda p: (p.middle, p.x0)):
        alone = piece.table is not None or (groups and groups[-1][0].table is not None)
        if groups and not alone and _share_a_line(piece, top, bottom):
            groups[-1].append(piece)
            if piece.bottom - piece.top > bottom - top:
                top, bottom = piece.top, piece.bottom
        else:
            groups.append([piece])
            top, bottom = piece.top, piece.bottom
    return [_line(group) for group in groups]


def _share_a_line(piece: Piece, top: float, bottom: float) -> bool:
    overlap = min(piece.bottom, bottom) - max(piece.top, top)
    return overlap > 0.5 * min(piece.bottom - piece.top, bottom - top)


def _line(pieces: list[Piece]) -> Line:
    if len(pieces) == 1:
        p = pieces[0]
        return Line(
            pieces, p.text, p.x0, p.top, p.x1, p.bottom, p.size, p.bold, p.first, p.table
        )  # fmt: skip
    pieces = sorted(pieces, key=lambda p: p.x0)
    text = " ".join(p.text for p in pieces)
    if is_written_so(text):
        text = " ".join(p.text for p in reversed(pieces))
    longest = max(pieces, key=lambda p: len(p.text))
    return Line(
        pieces,
        text,
        pieces[0].x0,
        min(p.top for p in pieces),
        max(p.x1 for p in pieces),
        max(p.bottom for p in pieces),
        longest.size,
        all(p.bold for p in pieces),
        pieces[0].first,
    )


# --- text -----------------------------------------------------------------------------


def join_lines(lines: Iterable[Line]) -> str:
    text = ""
    for line in lines:
        text = join(text, line.text) if text else line.text
    return text


def join(before: str, after: str) -> str:
    """Two lines of a paragraph: Chinese without a space, what a hyphen divided without one. Whether
    the hyphen of a word stays is not known here: DIVIDED stands in its place."""
    if DIVIDED_LINE.search(before) and after[:1].isalnum():
        letters = before[-2].isalpha() and not CJK.match(before[-2]) and after[:1].islower()
        return before[:-1] + (DIVIDED if letters else "-") + after
    if CJK.match(before[-1:]) and CJK.match(after[:1]):
        return before + after
    return f"{before} {after}"
