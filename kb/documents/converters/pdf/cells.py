"""The cells of a grid: which rows name the columns, what is a form, what is no table at all."""

from __future__ import annotations

import re

from kb.documents.converters.pdf.aligned import SIGNS_BEFORE, YEAR, is_value
from kb.documents.converters.pdf.layout import Line, Table, join_lines
from kb.documents.tables.heads import LOOK_AHEAD, form_pairs, is_header, may_be_either, read_head

_DATE = re.compile(r"\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}|\d{1,2}/\d{1,2}/\d{4}")
_COLONS = (":", "：")
_PROSE = 250
_REPEATED = 60
_LONGEST_NAME = 120
_HEADER_ROWS = 3
_VALUES = 0.6

Roots = list[list[int]]
"""For each row, the cell in each column; a cell over several columns or rows stands in all."""


class Cells:
    """The text of a grid's cells."""

    def __init__(self, lines: dict[int, list[Line]]) -> None:
        self._lines = lines
        self.texts = {cell: join_lines(found) for cell, found in lines.items()}
        self._bold = {cell for cell, found in lines.items() if all(line.bold for line in found)}
        self.size = next(iter(lines.values()))[0].size if lines else 10.0

    def are_a_table(self, roots: Roots) -> bool:
        """Whether the grid holds data: it is not a page's frame, boxes around text, a figure."""
        letters = sum(map(len, self.texts.values()))
        if len(self.texts) < 4 or letters > _PROSE * len(self.texts):
            return False
        for lines in self._lines.values():
            if sum(len(line.pieces) > 1 for line in lines) > max(1, len(lines) / 2):
                return False  # a table without rules stands in the cell
        through = {*roots[0]}.intersection(*map(set, roots)) if len(roots) > 3 else set()
        if any(len(self._lines.get(cell, ())) > 3 for cell in through):
            return False  # the axis of a figure
        whole = {row[0] for row in roots if len({*row}) == 1}
        if sum(self.texts.get(cell, "")[:1].islower() for cell in whole) > 1:
            return False  # lines of a paragraph, with rules between them
        return sum(len({*row} & {*self.texts}) >= 2 for row in roots) >= 2

    def name_again(self, rows: Roots) -> bool:
        """Whether the first of two rows in the middle of a table names its columns anew: all but
        the first column has words, and below them values."""
        names = self._row(rows[0])
        if len(rows) < 2 or names[0] or sum(map(bool, names)) < 0.6 * len(names):
            return False
        below = self._row(rows[1])
        return _are_names(names) and not _are_names(below) and bool(below[0])

    def unite_signs(self, rows: Roots, left: int, right: int) -> bool:
        """Make two columns one, if most cells lie over both and the rest of the left one holds
        nothing but signs of currency."""
        pairs = [(row[left], row[right]) for row in rows if row[left] != row[right]]
        signs = [self.texts.get(a, "") for a, _ in pairs]
        if 2 * len(pairs) > len(rows) or any(sign and sign not in SIGNS_BEFORE for sign in signs):
            return False
        for (a, b), sign in zip(pairs, signs, strict=True):
            if sign and self.texts.get(b):
                self.texts[b] = sign + self.texts[b]
                self.texts[a] = ""
        return True

    def table(self, roots: Roots, known: list[str] | None) -> Table:
        """Rows of text; the columns' names, unless they are `known`, from the first rows.

        A short cell over several rows is repeated in each, for a row has to be understood by
        itself; one over several columns only names all of them.
        """
        roots = [row for r, row in enumerate(roots) if not r or row != roots[r - 1]]
        rows = [self._unrepeated(roots, r) for r in range(len(roots))]
        if self._is_form(roots, rows):
            return Table([], [_pairs(row) for row in rows if any(row)], [])
        plain = [*map(self._row, roots)]
        if not self._has_bold_names(roots):
            head = read_head(plain[:LOOK_AHEAD])
            if head.form and not head.captions:
                return Table([], [form_pairs(row) for row in plain if any(row)], [])
            if may_be_either(plain):
                return Table([], plain, [])
        depth = 0 if known is not None else self._header_depth(roots)
        columns = zip(*map(self._row, roots[:depth]), strict=True)
        header = known or [" ".join(dict.fromkeys(filter(None, names))) for names in columns]
        body: list[list[str]] = []
        for root, row in zip(roots[depth:], rows[depth:], strict=True):
            body += self._stacked(root) or [row]
        return Table(header, [row for row in body if any(row)], [])

    def _row(self, roots: list[int]) -> list[str]:
        return [self.texts.get(root, "") for root in roots]

    def _unrepeated(self, roots: Roots, r: int) -> list[str]:
        row = self._row(roots[r])
        for c, root in enumerate(roots[r]):
            through = len(roots) > 2 and all(other[c] == root for other in roots)
            long = through or len(row[c]) > _REPEATED
            if (c and root == roots[r][c - 1]) or (r and long and root == roots[r - 1][c]):
                row[c] = ""
        return row

    def _stacked(self, row: list[int]) -> list[list[str]]:
        """The rows in a row, without rules between them: each cell has as many lines, and most
        of them are values."""
        filled = {root: self._lines[root] for root in row if self.texts.get(root)}
        counts = {len(lines) for lines in filled.values()}
        texts = [line.text for lines in filled.values() for line in lines]
        if len(filled) < 3 or len(counts) > 1 or counts == {1}:
            return []
        if sum(map(is_value, texts)) < _VALUES * len(texts):
            return []
        return [
            [
                "" if root not in filled or (c and root == row[c - 1]) else filled[root][k].text
                for c, root in enumerate(row)
            ]
            for k in range(counts.pop())
        ]

    def _header_depth(self, roots: Roots) -> int:
        """How many rows name the columns: more than one where a cell of the first reaches into
        the second, or lies over several columns that the second divides."""
        names = self._row(roots[0])
        if not _are_names(names) or sum(map(bool, names)) < 0.5 * len(names):
            return 0
        if any(len(name) > _LONGEST_NAME or _DATE.search(name) for name in names):
            return 0
        if len(roots) == 1:  # a caption follows, and then the rows
            return int(len(names) > 2)
        depth = 1
        while depth < min(len(roots) - 1, _HEADER_ROWS) and {*roots[depth]} & {*roots[depth - 1]}:
            depth += 1
        if depth == 1 and len(roots) > 2 and len({*roots[0]}) < len(roots[0]):
            depth += len({*roots[1]}) > len({*roots[0]})
        return depth if _are_names(self._row(roots[depth - 1])) else 0

    def _is_form(self, roots: Roots, rows: list[list[str]]) -> bool:
        """Whether names and values stand side by side, not below each other."""
        names = [(text, roots[r][c]) for r, c, text in _filled(rows) if c % 2 == 0]
        values = [(text, roots[r][c]) for r, c, text in _filled(rows) if c % 2]
        if not names or not values:
            return False
        if sum(text.endswith(_COLONS) for text, _ in names) >= 0.8 * len(names):
            return True
        labels = {root for _, root in names}
        return labels <= self._bold and not {root for _, root in values} & self._bold

    def _has_bold_names(self, roots: Roots) -> bool:
        bold = [{root for root in row if self.texts.get(root)} <= self._bold for row in roots]
        return bold[0] and not all(bold)


def _are_names(texts: list[str]) -> bool:
    """Whether these may name columns: they have letters, or are years."""
    return is_header(texts) and all(
        any(map(str.isalpha, text)) or YEAR.fullmatch(text) or not re.search(r"\d", text)
        for text in texts
    )


def _filled(rows: list[list[str]]) -> list[tuple[int, int, str]]:
    return [(r, c, text) for r, row in enumerate(rows) for c, text in enumerate(row) if text]


def _pairs(row: list[str]) -> list[str]:
    pairs: list[str] = []
    for name, value in zip(row[::2], [*row[1::2], ""], strict=False):
        name = name.rstrip(":： ")
        pairs.append(f"{name}: {value}" if name and value else name or value)
    return pairs
