"""Letters that are set wide, in headings and before colons: 检 验 员, R E P O R T."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kb.documents.converters.pdf.layout import Piece
from kb.text.han import HAN

_SPACED = re.compile(
    rf"(?<!\S)[{HAN}](?: [{HAN}])+(?=\s|$| ?[：:])|(?<!\S)[A-Z](?: [A-Z]){{3,}}(?!\S)"
)
_BEFORE_COLON = re.compile(rf"(?<=[{HAN}]) (?=[：:])")
_LETTER = re.compile(f"[{HAN}]")
_WIDEST = 3.0
_UNEVEN = 0.2
_FEWEST = 3


def unspaced(text: str) -> str:
    """Letters that are set wide are words: 检 验 员, R E P O R T."""
    if _SPACED.search(text) is None:
        return text
    joined = _SPACED.sub(lambda found: found[0].replace(" ", ""), text)
    return _BEFORE_COLON.sub("", joined)


def closed_up(pieces: Sequence[Piece]) -> list[Piece]:
    """A line's pieces, left to right, with characters at equal distances made one word: three or
    more, or two before a colon. Cells of a table stand further apart, and not as evenly."""
    found: list[Piece] = []
    run: list[Piece] = []
    for piece in [*pieces, None]:
        if piece is not None and _goes_on(run, piece):
            run.append(piece)
            continue
        before_colon = piece is not None and piece.text[0] in "：:"
        found += [_joined(run)] if len(run) >= _FEWEST - before_colon else run
        run = [piece] if piece is not None else []
    return found


def _goes_on(run: Sequence[Piece], piece: Piece) -> bool:
    if not run:
        return False
    if not (_LETTER.fullmatch(run[-1].text) and _LETTER.fullmatch(piece.text)):
        return False
    gap = piece.x0 - run[-1].x1
    even = len(run) < 2 or abs(gap - (run[-1].x0 - run[-2].x1)) < _UNEVEN * piece.size
    return even and 0 < gap < _WIDEST * piece.size


def _joined(run: Sequence[Piece]) -> Piece:
    first, last = run[0], run[-1]
    first.text = "".join(piece.text for piece in run)
    first.x1, first.first = last.x1, last.x1
    return first
