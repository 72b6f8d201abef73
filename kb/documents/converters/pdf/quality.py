"""Whether a page's text layer says what is printed on the page, or OCR has to."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from kb.documents.text.encoding import COMMON
from kb.text.han import HAN
from kb.text.stop_words import COMMONEST_WORDS

_SCAN_SHARE = 0.6
_STAMP = 200  # letters that a scan may carry as text: a stamp, a page number, a footer
_OUTLINES = 30  # shapes; so many are letters drawn as outlines, where a page has little text
_FEWEST_WORDS = 12
_FEWEST_HAN = 30
_LEAST_COMMON = 0.04
_LEAST_COMMONEST = 0.03
_AGREEMENT = 0.5
_MORE = 2
_LITTLE = 8  # letters
_SOME_MORE = 1.3
_COVERED = 0.7

_WORD = re.compile(
    r"(?<![A-Za-z0-9\u00c0-\u024f])[A-Za-z\u00c0-\u024f]{2,}(?![A-Za-z0-9\u00c0-\u024f])"
)
"""Not what is joined to figures: part numbers, MT104, are no words of any language."""
_HAN = re.compile(f"[{HAN}]")
_TOKEN = re.compile(f"[{HAN}]|[A-Za-z0-9\u00c0-\u024f]+")


@dataclass(frozen=True, slots=True)
class Layer:
    """A page's text, the largest share of the page that one picture covers (0 to 1), and the
    number of shapes that are neither lines nor rectangles."""

    text: str
    picture: float
    shapes: int

    @property
    def letters(self) -> int:
        return sum(map(str.isalnum, self.text))


def is_doubtful(layer: Layer) -> bool:
    """Whether OCR is worth its time: the page is a scan with little text on it, or one whose text
    layer has no Chinese character, or is drawn, or its text makes no words."""
    if layer.picture > _SCAN_SHARE and (layer.letters < _STAMP or not _HAN.search(layer.text)):
        return True
    if layer.shapes >= _OUTLINES and layer.letters < _STAMP:
        return True
    return is_unreadable(layer.text)


def is_unreadable(text: str) -> bool:
    """Whether a text of some length holds none of the words, or of the characters, that any text
    holds: a font's map to Unicode is wrong."""
    words = _WORD.findall(text)
    if (
        len(words) >= _FEWEST_WORDS
        and not _reaches(
            _LEAST_COMMONEST * len(words), (w.lower() in COMMONEST_WORDS for w in words)
        )
        and sum(map(len, words)) * 2 > len(_TOKEN.findall(text))
    ):
        return True
    han = _HAN.findall(text)
    return len(han) >= _FEWEST_HAN and not _reaches(
        _LEAST_COMMON * len(han), (c in COMMON for c in han)
    )


def _reaches(least: float, held: Iterable[bool]) -> bool:
    """Whether so many hold. Of a page that makes sense a few words are looked at."""
    count = 0
    for one in held:
        count += one
        if count >= least:
            return True
    return False


def is_better(read: str, layer: Layer) -> bool:
    """Whether what OCR read is to be taken in place of the text layer: there is much more of it,
    or all of the layer and more; it is a scan, or makes words where the layer makes none."""
    letters = sum(map(str.isalnum, read))
    if letters > _MORE * layer.letters:
        return True
    if letters > _SOME_MORE * layer.letters and _share(layer.text, read) > _COVERED:
        return True
    if not letters or _share(read, layer.text) >= _AGREEMENT:
        return False
    if layer.picture > _SCAN_SHARE and layer.letters < _STAMP:
        return letters >= _LITTLE
    if is_unreadable(layer.text):
        return not is_unreadable(read)
    return len(_HAN.findall(read)) * 3 > letters and not _HAN.search(layer.text)


def _share(text: str, other: str) -> float:
    """How much of a text's words and characters stand in another, 0 to 1."""
    tokens, held = _TOKEN.findall(text.lower()), {*_TOKEN.findall(other.lower())}
    return sum(token in held for token in tokens) / max(1, len(tokens))


def may_be_stamp(layer: Layer) -> bool:
    """Whether the layer is a few words that mean something, besides what is drawn."""
    return layer.letters < _STAMP and not is_unreadable(layer.text)


def covers(read: str, text: str) -> bool:
    """Whether OCR read most of a text."""
    return not text.strip() or _share(text, read) >= _AGREEMENT
