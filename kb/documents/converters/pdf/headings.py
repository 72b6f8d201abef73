"""Headings: from a PDF's bookmarks, or from the size, weight and numbers of its lines.

A heading that is missed costs a little context, a sentence taken for a heading cuts a section in
two: so a line has to be short, stand by itself and differ from the text below it.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from kb.documents.converters.pdf.layout import CJK, Block, Line
from kb.documents.text.headings import heading_level
from kb.text.han import HAN

_LARGER = 1.12
_MOST_LINES = 3
_CLOSE = 1.3
_LONGEST = 130
_MOST_SHARE = 0.2
_LEVELS = 5
_NOT_A_HEADING = tuple(".。；;，,、!！:：-–")
_LEADERS = re.compile(r"(?:[.…·]\s?){4,}|\s\d{1,4}$")
_NUMBERED = re.compile(rf"(\d{{1,2}}(?:\.\d{{1,2}}){{0,4}})[.、．]?(?:\s+|(?=[{HAN}]))(?=\D)")
_CLAUSES = re.compile(r"[，。；]|[,;.] [a-z]")
_SPACE = re.compile(r"[\W_]+")

Style = tuple[float, bool]


@dataclass(frozen=True, slots=True)
class Outline:
    """A bookmark: level and page count from 1."""

    title: str
    level: int
    page: int


class Headings:
    """Which lines of a document are headings."""

    def __init__(self, pages: Sequence[list[Block]], outline: Sequence[Outline]) -> None:
        sizes: Counter[Style] = Counter()
        for blocks in pages:
            for block in blocks:
                for line in block.lines:
                    if line.table is None:
                        sizes[_style(line)] += len(line.text)
        self._body, self._bold_body = max(sizes, key=lambda s: sizes[s], default=(10.0, False))
        self._marks: dict[int, dict[str, int]] = defaultdict(dict)
        self._ranks: dict[Style, int] = {}
        self._depth = 0
        if not self._use_outline(pages, outline):
            self._marks.clear()
            self._rank(pages, sizes)

    def at(self, lines: list[Line], index: int, page: int) -> tuple[int, int]:
        """The level of the heading that begins at a line, and how many lines it has; (0, 0) if
        none does."""
        line = lines[index]
        if line.table is not None:
            return 0, 0
        if self._marks:
            return self._marked(lines, index, page)
        count = self._styled(lines, index)
        if count:
            return self._level(line), count
        return self._written(lines, index)

    # --- bookmarks ---

    def _use_outline(self, pages: Sequence[list[Block]], outline: Sequence[Outline]) -> bool:
        for mark in outline:
            title = _plain(mark.title)
            if title:
                self._marks[mark.page].setdefault(title, mark.level)
        wanted = sum(map(len, self._marks.values()))
        found = 0
        for number, blocks in enumerate(pages, start=1):
            if number not in self._marks:
                continue
            for block in blocks:
                found += sum(
                    self._marked(block.lines, i, number)[0] > 0 for i in range(len(block.lines))
                )
        return wanted >= 2 and found >= wanted / 2

    def _marked(self, lines: list[Line], index: int, page: int) -> tuple[int, int]:
        marks = self._marks.get(page)
        text = ""
        if marks:
            for count, line in enumerate(lines[index : index + _MOST_LINES], start=1):
                if line.table is not None:
                    break
                text += _plain(line.text)
                bare = text.lstrip("0123456789")
                if text in marks or bare in marks:
                    return marks[text if text in marks else bare], count
                if not any(title.startswith((text, bare)) for title in marks):
                    break
        return 0, 0

    # --- type ---

    def _rank(self, pages: Sequence[list[Block]], sizes: Counter[Style]) -> None:
        """Styles of headings, the largest first."""
        used: Counter[Style] = Counter()
        for blocks in pages:
            for block in blocks:
                for index, line in enumerate(block.lines):
                    if self._styled(block.lines, index):
                        used[_style(line)] += len(line.text)
        total = sum(sizes.values())
        kept = [style for style, count in used.items() if count <= _MOST_SHARE * total]
        ranks = sorted(kept, reverse=True)
        self._ranks = {style: min(_LEVELS, i + 1) for i, style in enumerate(ranks)}

    def _styled(self, lines: list[Line], index: int) -> int:
        """How many lines a heading set in larger or bolder type has, 0 if it is none."""
        line = lines[index]
        style = _style(line)
        if not self._differs(style) or (self._ranks and style not in self._ranks):
            return 0
        before = lines[index - 1] if index else line
        if before is not line and _style(before) == style and before.table is None:
            return 0 if _goes_on(lines, index) else self._count(lines, index)
        return self._count(lines, index)

    def _count(self, lines: list[Line], index: int) -> int:
        line, style = lines[index], _style(lines[index])
        count = 1
        while (
            index + count < len(lines)
            and lines[index + count].table is None
            and _style(lines[index + count]) == style
            and _goes_on(lines, index + count)
        ):
            count += 1
            if count > _MOST_LINES:
                return 0
        if any(len(part.pieces) > 1 for part in lines[index + 1 : index + count]) or (
            len(line.pieces) > 1 and not _NUMBERED.match(line.text)
        ):
            return 0
        text = " ".join(part.text for part in lines[index : index + count])
        if not _reads_like_a_heading(text):
            return 0
        if line.size < 1.3 * self._body and _fills_its_column(lines, index, count):
            return 0
        if line.size < _LARGER * self._body and not _stands_alone(lines, index, count):
            return 0
        return count

    def _differs(self, style: Style) -> bool:
        size, bold = style
        return size >= _LARGER * self._body or (
            bold and not self._bold_body and size >= 0.95 * self._body
        )

    def _level(self, line: Line) -> int:
        numbered = _NUMBERED.match(line.text)
        depth = numbered.group(1).count(".") if numbered else 0
        return max(self._ranks.get(_style(line), 1), depth + 1)

    # --- numbers ---

    def _written(self, lines: list[Line], index: int) -> tuple[int, int]:
        """第一章, 一、 and their like, where a line of its own begins with them."""
        line = lines[index]
        if len(line.pieces) > 2 or _LEADERS.search(line.text) or line.text.isupper():
            return 0, 0
        gap = _gap(lines, index) > 0.8 * line.size
        after = _gap(lines, index + 1) > 0.8 * line.size
        right = max(one.x1 for one in lines)
        if line.x1 > right - 2 * line.size:
            return 0, 0
        level = heading_level(line.text, blank_before=gap, blank_after=after)
        return (level, 1) if level else (0, 0)


def _goes_on(lines: list[Line], index: int) -> bool:
    """Whether a heading goes on in a line: it is near, and its first word had no room in the
    line before, or both are centred."""
    before, line = lines[index - 1], lines[index]
    if line.top - before.bottom >= _CLOSE * line.size:
        return False
    right = max(one.x1 for one in lines)
    centred = abs(before.x0 + before.x1 - line.x0 - line.x1) < line.size
    return (
        centred and abs(before.x0 - line.x0) > line.size
    ) or before.x1 + line.first - line.x0 > right - line.size


def _gap(lines: list[Line], index: int) -> float:
    """The white above a line."""
    if not 0 < index < len(lines):
        return 1000.0
    return lines[index].top - lines[index - 1].bottom


def _stands_alone(lines: list[Line], index: int, count: int) -> bool:
    """Whether more white is above a heading than between the lines below it."""
    if index + count >= len(lines):
        return False
    if _NUMBERED.match(lines[index].text):
        return True
    following = lines[index + count]
    if following.bold and len(following.pieces) == 1 and following.table is None:
        return False
    return _gap(lines, index) > 0.35 * lines[index].size


def _fills_its_column(lines: list[Line], index: int, count: int) -> bool:
    """Whether what looks like a heading is a paragraph in bold or large type."""
    right = max(line.x1 for line in lines)
    last = lines[index + count - 1]
    text = "".join(line.text for line in lines[index : index + count])
    return last.x1 > right - last.size and bool(_CLAUSES.search(text))


def _reads_like_a_heading(text: str) -> bool:
    width = len(text) + len(CJK.findall(text))
    letters = sum(character.isalpha() for character in text)
    if (
        width > _LONGEST
        or letters + len(CJK.findall(text)) < 3
        or letters < 0.4 * len(text.replace(" ", ""))
    ):
        return False
    return not text.endswith(_NOT_A_HEADING) and not _LEADERS.search(text) and "@" not in text


def _style(line: Line) -> Style:
    return round(line.size * 2) / 2, line.bold


def _plain(text: str) -> str:
    return _SPACE.sub("", text).casefold()
