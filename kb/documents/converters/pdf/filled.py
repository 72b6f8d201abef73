"""What is filled into a form, among the words of its page: beside what is printed there."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from kb.documents.converters.pdf.layout import CJK, Piece, turned
from kb.documents.converters.pdf.notes import Field

_NEAR = 250.0
"""As far as a value stands from the word that says what it is, in points."""
_ABOVE = 1.2
_TALL = 2.2
_WIDTH = 0.5


def with_fields(
    pieces: Sequence[Piece], fields: Sequence[Field], turn: int
) -> tuple[list[Piece], list[str]]:
    """The pieces with one for each field that stands beside one, and the notes of the others."""
    upright = [piece for piece in pieces if piece.turn == turn]
    size = median(piece.size for piece in upright) if upright else 10.0
    found, apart = [*pieces], list[str]()
    for field in fields:
        piece = _piece(field, turn, size)
        if any(_tells_of(one, piece) for one in upright):
            found.append(piece)
        elif field.value:
            apart.append(field.note)
    return found, apart


def _tells_of(printed: Piece, filled: Piece) -> bool:
    """Whether a printed word may say what is filled in: it stands beside it, or right above."""
    overlap = min(printed.bottom, filled.bottom) - max(printed.top, filled.top)
    if overlap > 0.5 * min(printed.bottom - printed.top, filled.bottom - filled.top):
        return max(printed.x0 - filled.x1, filled.x0 - printed.x1) < _NEAR
    above = filled.top - printed.bottom
    return -2 < above < _ABOVE * printed.size and printed.x0 < filled.x1 and printed.x1 > filled.x0


def _piece(field: Field, turn: int, size: float) -> Piece:
    """A value in the first line of its field."""
    area = turned(field.area, turn)
    height = area.y1 - area.y0
    text = field.shown
    bottom = area.y0 + 1.4 * size if height > _TALL * size else area.y1
    word = text.split(maxsplit=1)[0]
    widths = [
        size * (_WIDTH * len(part) + (1 - _WIDTH) * len(CJK.findall(part))) for part in (text, word)
    ]
    right, first = (min(area.x0 + width, max(area.x1, area.x0 + size)) for width in widths)
    return Piece(text, area.x0, area.y0, right, bottom, size, first=first, turn=turn)
