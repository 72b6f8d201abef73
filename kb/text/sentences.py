"""Where sentences end, in Chinese and English, and where a line break is none of their ends."""

from __future__ import annotations

import re
from collections.abc import Iterator

_CLOSING = "\"'”’」』）)】》〉］\\]］"
_DOTTED = (
    "mr mrs ms dr prof rev gen sen rep st jr sr vs e.g i.e cf al ed eds inc ltd co corp dept "
    "approx est jan feb mar apr jun jul aug sep sept oct nov dec u.s u.k ph.d a.m p.m"
)
_ABBREVIATIONS = frozenset(_DOTTED.split())
_BEFORE_NUMBERS = frozenset(
    ("no", "nos", "fig", "figs", "eq", "sec", "vol", "p", "pp", "ch", "art")
)
# What ends a sentence that is read and quoted: a mark that nothing of the same word can follow.
_END = re.compile(
    rf"""
    (?: [。！？]+ | [.!?]+ (?=[{_CLOSING}]*(?:\s+[^a-z0-9\s]|\s*$)) )
    [{_CLOSING}]*
    | \n
    """,
    re.VERBOSE,
)
# Where a text may also be cut for a chunk. The white space behind stays with its sentence.
_FINE_END = re.compile(
    rf"""
    (?: [。！？；!?…]+ | (?<!\d);(?=\s) | ; (?=\s) | [.]+ (?=[{_CLOSING}]*(?:\s|$)) )
    [{_CLOSING}]*
    [^\S\n]*
    \n*
    | \s*\n\s*
    """,
    re.VERBOSE,
)
_LAST_WORD = re.compile(r"[A-Za-z.]+$")
_NUMBER_NEXT = re.compile(r"[^\S\n]*\d")


def sentence_spans(text: str, *, fine: bool = False) -> Iterator[tuple[int, int]]:
    """Where each sentence starts and ends; together they are the text.

    A sentence ends after 。！？, after a full stop, ! and ? that white space follows, and at every
    line end. Not after the full stop of an abbreviation, an initial or a list number. Closing
    quotes and brackets stay with the sentence they end.

    `fine` cuts at more places, for chunks: also after ；… and ; and whatever follows ! and ?, but
    not at a line end that only wraps a paragraph.
    """
    start = 0
    for match in (_FINE_END if fine else _END).finditer(text):
        end = match.end()
        if end == start or _goes_on(text, start, match, fine):
            continue
        yield start, end
        start = end
    if start < len(text):
        yield start, len(text)


def sentences(text: str) -> list[str]:
    """The text in fine pieces, whose concatenation is exactly the text."""
    return [text[start:end] for start, end in sentence_spans(text, fine=True)]


def _goes_on(text: str, start: int, match: re.Match[str], fine: bool) -> bool:
    """Whether a line goes on after its end, or a full stop is part of an abbreviation, an
    initial or a list number."""
    mark = match.group()
    if mark.isspace():
        return fine and mark.count("\n") == 1 and _wrapped(text, start, match)
    if "\n" in mark or not mark.startswith(".") or mark.startswith(".."):
        return False
    before = text[max(start, match.start() - 12) : match.start()]
    word = _LAST_WORD.search(before)
    if word is None:
        return before.isdigit() and match.start() - start == len(before)
    name = word.group()
    if name.lower() in _BEFORE_NUMBERS:
        return _NUMBER_NEXT.match(text, match.end()) is not None
    return name.lower() in _ABBREVIATIONS or (len(name) == 1 and name.isupper())


def _wrapped(text: str, start: int, match: re.Match[str]) -> bool:
    line_start = text.rfind("\n", start, match.start()) + 1 or start
    line_end = text.find("\n", match.end(), match.end() + 200)
    following = text[match.end() : line_end if line_end >= 0 else match.end() + 200]
    return is_wrapped(text[line_start : match.start()], following)


_NARROWEST, _WIDEST = 48, 130
_ITEM = re.compile(
    r"\s*(?:[-*+•·●■◆▪>|#=]|\d{1,3}[.)、．]|[（(]?[一二三四五六七八九十]{1,3}[)）、]|第)"
)


def is_wrapped(line: str, following: str) -> bool:
    """Whether a line break only wraps a paragraph: the line is 48 to 130 columns wide (a Chinese
    character takes two), ends without a final mark, and what follows is no list item."""
    if not _NARROWEST // 2 <= len(line) <= _WIDEST or not following.strip():
        return False
    width = len(line) + sum(1 for character in line if character > "\u2e7f")
    if not _NARROWEST <= width <= _WIDEST or line.rstrip().endswith(_FINAL):
        return False
    return not _ITEM.match(following)


_FINAL = tuple("。！？；!?.:：”」』…|")
_BREAKS = re.compile(r"[，、,：:；;]+|\s+")


def cut_long(text: str, most: int) -> list[str]:
    """Cut what is too long for a chunk into pieces of at most `most` characters, at commas,
    colons and white space where there are any in the second half of a piece. Concatenation
    is exactly the text."""
    pieces: list[str] = []
    start = 0
    while len(text) - start > most:
        end = start + most
        for match in _BREAKS.finditer(text, start + most // 2, start + most):
            end = match.end()
        pieces.append(text[start:end])
        start = end
    pieces.append(text[start:])
    return pieces
