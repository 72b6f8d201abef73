"""Headers, footers and page numbers: what stands on most pages in the same place."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from kb.documents.converters.pdf.layout import Block, Line

_Found = tuple[int, Line]
"""A page's place, and a line on it."""

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


def drop_running(pages: Sequence[list[Block]]) -> dict[int, list[str]]:
    """Take the headers and footers out, in place. What is more than a page's number is kept once,
    for it may say what nothing else does: a header where it stands first; a footer, which may
    stand within a sentence that goes on over the page, is returned, by the place of its page.

    A line is running if it is among the first or last three of more than half of the pages (or
    of a third, for left and right pages may differ), at the same height, with the same text but
    for numbers that count with the pages. Of two pages it is the first or the last of both.
    """
    edges: dict[str, list[_Found]] = defaultdict(list)
    filled = [lines for blocks in pages if (lines := [*_lines(blocks)])]
    most = _EDGE_LINES if len(filled) >= _FEWEST_PAGES else 1
    fewest = min(_FEWEST_PAGES, len(filled))
    feet: dict[int, list[str]] = {}
    if fewest < 2:
        return feet
    for number, blocks in enumerate(pages):
        lines = [*_lines(blocks)]
        for line in _edges(lines, most):
            edges[_shape(line)].append((number, line))
    dropped: set[int] = set()
    for shape, found in edges.items():
        if _PAGE_NUMBER.fullmatch(shape):
            dropped.update(id(line) for line in _numbers(found, fewest))
            continue
        kept = 0
        for group in _same_place(found):
            running = _counting(group)
            if len({number for number, _ in running}) >= max(fewest, len(filled) / 3):
                number, first = running[0]
                if not kept and _is_foot(first, pages[number]):
                    feet.setdefault(number, []).append(first.text)
                    dropped.add(id(first))
                dropped.update(id(line) for _, line in running[1 - min(kept, 1) :])
                kept += 1
    for blocks in pages:
        for block in blocks:
            block.lines = [line for line in block.lines if id(line) not in dropped]
    return feet


def _lines(blocks: list[Block]) -> Iterator[Line]:
    for block in blocks:
        yield from block.lines


def _edges(lines: list[Line], most: int) -> list[Line]:
    plain = sorted((line for line in lines if line.table is None), key=lambda line: line.top)
    if len(lines) < _FEWEST_LINES and len(plain) == len(lines):
        # More likely the page's only text than its header.
        return [line for line in plain[1:] if _PAGE_NUMBER.fullmatch(_shape(line))]
    if len(plain) <= 2 * most:
        return plain
    return plain[:most] + plain[-most:]


def _is_foot(line: Line, blocks: list[Block]) -> bool:
    """Whether all of the page but other edges stands above a line."""
    below = sum(other.top > line.bottom for other in _lines(blocks))
    above = sum(other.bottom < line.top for other in _lines(blocks))
    return below < min(_EDGE_LINES, above)


def _same_place(found: list[_Found]) -> list[list[_Found]]:
    groups: list[list[_Found]] = []
    for number, line in sorted(found, key=lambda item: item[1].top):
        if groups and line.top - groups[-1][0][1].top <= _PLACE:
            groups[-1].append((number, line))
        else:
            groups.append([(number, line)])
    return [sorted(group, key=lambda item: item[0]) for group in groups]


def _counting(group: list[_Found]) -> list[_Found]:
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


def _numbers(found: list[_Found], fewest: int) -> list[Line]:
    """Page numbers, wherever they stand: those that count on over so many pages or more. A file
    may begin to count several times."""
    runs: dict[tuple[int, ...], list[_Found]] = defaultdict(list)
    for number, line in found:
        digits = [int(digits[:9]) for digits in _DIGITS.findall(line.text)]
        runs[(digits[0] - number if digits else 0, *digits[1:])].append((number, line))
    return [
        line
        for run in runs.values()
        if len({number for number, _ in run}) >= fewest
        for _, line in run
    ]


def _shape(line: Line) -> str:
    return _DIGITS.sub("#", line.text)
