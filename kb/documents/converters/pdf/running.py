"""Headers, footers and page numbers: what stands on most pages in the same place."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from kb.documents.converters.pdf.layout import Block, Line

_FEWEST_PAGES = 3
_EDGE_LINES = 3
_FEWEST_LINES = 4
_PLACE = 18.0
_DIGITS = re.compile(r"\d+")
_ROMAN = re.compile(r"[ivxlc]{1,7}", re.IGNORECASE)
_PAGE_NUMBER = re.compile(
    r"[\s\-–—|/·.,()（）\[\]]*(?:(?:page|of|pg|p|第|页|頁|共|seite|von|#|[ivxlc]{1,7})"
    r"[\s\-–—|/·.,()（）\[\]]*)*",
    re.IGNORECASE,
)


def drop_running(pages: Sequence[list[Block]]) -> None:
    """Take the headers and footers out, in place. What is more than a page's number stays where
    it stands first, for it may say what nothing else does.

    A line is running if it is among the first or last three of more than half of the pages (or
    of a third, for left and right pages may differ), at the same height, with the same text but
    for numbers that count with the pages.
    """
    edges: dict[str, list[tuple[int, Line]]] = defaultdict(list)
    filled = 0
    for number, blocks in enumerate(pages):
        lines = [line for block in blocks for line in block.lines]
        filled += bool(lines)
        for line in _edges(lines):
            edges[_shape(line)].append((number, line))
    if filled < _FEWEST_PAGES:
        return
    dropped: set[int] = set()
    for shape, found in edges.items():
        if _PAGE_NUMBER.fullmatch(shape):
            dropped.update(id(line) for line in _numbers(found))
            continue
        kept = 0
        for group in _same_place(found):
            running = _counting(group)
            if len({number for number, _ in running}) >= max(_FEWEST_PAGES, filled / 3):
                dropped.update(id(line) for _, line in running[1 - min(kept, 1) :])
                kept += 1
    for blocks in pages:
        for block in blocks:
            block.lines = [line for line in block.lines if id(line) not in dropped]


def _edges(lines: list[Line]) -> list[Line]:
    plain = sorted((line for line in lines if line.table is None), key=lambda line: line.top)
    if len(lines) < _FEWEST_LINES and len(plain) == len(lines):
        # More likely the page's only text than its header.
        return [line for line in plain[1:] if _PAGE_NUMBER.fullmatch(_shape(line))]
    if len(plain) <= 2 * _EDGE_LINES:
        return plain
    return plain[:_EDGE_LINES] + plain[-_EDGE_LINES:]


def _same_place(found: list[tuple[int, Line]]) -> list[list[tuple[int, Line]]]:
    groups: list[list[tuple[int, Line]]] = []
    for number, line in sorted(found, key=lambda item: item[1].top):
        if groups and line.top - groups[-1][0][1].top <= _PLACE:
            groups[-1].append((number, line))
        else:
            groups.append([(number, line)])
    return [sorted(group, key=lambda item: item[0]) for group in groups]


def _counting(group: list[tuple[int, Line]]) -> list[tuple[int, Line]]:
    """Those of the lines whose every number is the same throughout, or grows by one a page."""
    patterns = []
    for number, line in group:
        values = [int(digits[:9]) for digits in _DIGITS.findall(line.text)]
        patterns.append([(value, value - number) for value in values])
    kept = list(range(len(group)))
    for position in range(len(patterns[0]) if patterns else 0):
        same = Counter(pattern[position][0] for pattern in patterns).most_common(1)[0]
        grows = Counter(pattern[position][1] for pattern in patterns).most_common(1)[0]
        which, value = (0, same[0]) if same[1] >= grows[1] else (1, grows[0])
        kept = [i for i in kept if patterns[i][position][which] == value]
    return [group[i] for i in kept]


def _numbers(found: list[tuple[int, Line]]) -> list[Line]:
    """Page numbers, wherever they stand: those that count on over three pages or more. A file
    may begin to count several times."""
    runs: dict[tuple[int, ...], list[tuple[int, Line]]] = defaultdict(list)
    for number, line in found:
        digits = [int(digits[:9]) for digits in _DIGITS.findall(line.text)]
        runs[(digits[0] - number if digits else 0, *digits[1:])].append((number, line))
    return [
        line
        for run in runs.values()
        if len({number for number, _ in run}) >= _FEWEST_PAGES
        for _, line in run
    ]


def _shape(line: Line) -> str:
    return _DIGITS.sub("#", line.text)
