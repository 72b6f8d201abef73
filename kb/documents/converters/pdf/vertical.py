"""Chinese and Japanese in columns from top to bottom, read from right to left."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from kb.documents.converters.pdf.drawings import Box

_SHARE = 0.7
_NARROW = 0.5
_FULL = 1.5


@dataclass(slots=True)
class _Column:
    """A column's text, the middle and width of its characters, and where it ends (points)."""

    text: str
    x: float
    width: float
    bottom: float


def vertical_paragraphs(characters: Iterable[tuple[str, Box]]) -> list[str]:
    """The paragraphs of a page that is written in columns, none where it is not: most of its
    characters stand below the one before them.

    Args:
        characters: in the order of the text layer, each with its box in points, y upwards.
    """
    columns: list[_Column] = []
    below = beside = 0
    for character, (left, bottom, right, top) in characters:
        x, width = (left + right) / 2, max(1.0, right - left)
        last = columns[-1] if columns else None
        if last and abs(x - last.x) < _NARROW * last.width and top <= last.bottom + width:
            last.text += character
            last.bottom = bottom
            below += 1
        else:
            beside += 1
            columns.append(_Column(character, x, width, bottom))
    if below < _SHARE * (below + beside):
        return []
    return _joined(sorted(columns, key=lambda column: -column.x))


def _joined(columns: list[_Column]) -> list[str]:
    """A column that reaches down to the foot goes on in the next one."""
    foot = min(column.bottom for column in columns)
    paragraphs, goes_on = list[str](), False
    for column in columns:
        if goes_on:
            paragraphs[-1] += column.text
        else:
            paragraphs.append(column.text)
        goes_on = column.bottom - foot < _FULL * column.width
    return paragraphs
