"""Text at places on a page (OFD, XPS), put into lines and paragraphs."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_LINE = 0.5  # of the size: how far baselines of one line may differ
_GAP = 1.9  # of the size: how far lines of one paragraph stand from each other
_BLANK = 0.6  # of the size: the distance behind a piece that separates words


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text. `x` is its left, `y` its baseline, from the page's top; `width` reaches to
    the left of the last character. All in one unit, whichever."""

    x: float
    y: float
    size: float
    width: float
    text: str


def paragraphs(pieces: Sequence[Piece]) -> Iterator[str]:
    """Lines by their baseline, then from left to right; a larger gap ends a paragraph."""
    paragraph: list[str] = []
    below: Piece | None = None
    for line in _lines(pieces):
        if below is not None and line[0].y - below.y > _GAP * max(line[0].size, below.size):
            yield "\n".join(paragraph)
            paragraph = []
        paragraph.append(_joined(sorted(line, key=lambda piece: piece.x)))
        below = line[0]
    if paragraph:
        yield "\n".join(paragraph)


def _lines(pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
    line: list[Piece] = []
    for piece in sorted(pieces, key=lambda piece: (piece.y, piece.x)):
        if not piece.text.strip():
            continue
        if line and piece.y - line[0].y > _LINE * min(piece.size, line[0].size):
            yield line
            line = []
        line.append(piece)
    if line:
        yield line


def _joined(line: list[Piece]) -> str:
    text = line[0].text
    for before, piece in itertools.pairwise(line):
        last = before.text[-1:]
        end = before.x + _width(before) + before.size * (0.5 if last.isascii() else 1.0)
        apart = piece.x - end > _BLANK * min(piece.size, before.size)
        text += f" {piece.text}" if apart else piece.text
    return " ".join(text.split())


def _width(piece: Piece) -> float:
    """To the left of its last character; guessed where the file does not say."""
    if piece.width or len(piece.text) < 2:
        return piece.width
    return sum(piece.size * (0.5 if one.isascii() else 1.0) for one in piece.text[:-1])
