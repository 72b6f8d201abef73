"""Tables with rules: grids of cells from the lines that are drawn on a page.

A table that is none does more harm than a table that is missed, so the evidence has to be strong:
a grid needs two rows and two columns with text that is no prose.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Generator, Iterable, Iterator, Sequence
from itertools import pairwise

from kb.documents.converters.pdf.cells import Cells
from kb.documents.converters.pdf.layout import Piece, Rule, Table, lines_of

_SNAP = 2.5
_GAP = 4.0
_SHORTEST = 6.0
_OVERHANG = 10.0
_WIDEST_GAP = 40.0
_FEWEST_RULES = 3
_MOST_CROSSINGS = 400_000
_MOST_CELLS = 20_000

Group = tuple[list[Rule], list[Rule]]
"""Rules that belong together: those across, those upright."""


def find_tables(pieces: list[Piece], rules: Sequence[Rule], turn: int) -> list[Piece]:
    """The pieces, those inside of ruled tables replaced by one piece a table. The rules are in the
    frame of the text that was drawn with `turn` quarter turns."""
    across = _merged([r for r in rules if not r.is_vertical], vertical=False)
    upright = _merged([r for r in rules if r.is_vertical], vertical=True)
    if len(across) < 2 or not upright or len(across) * len(upright) > _MOST_CROSSINGS:
        return pieces
    for group_across, group_upright in _beside(list(_connected(across, upright))):
        grid = _Grid.of(group_across, group_upright)
        if grid is not None:
            pieces = grid.take(pieces, turn)
    return pieces


def _merged(rules: list[Rule], *, vertical: bool) -> list[Rule]:
    """Strokes in one line made one: dashes, cell borders, both edges of a thick rule."""
    spans = sorted(
        ((r.x0 + r.x1) / 2, r.y0, r.y1) if vertical else ((r.y0 + r.y1) / 2, r.x0, r.x1)
        for r in rules
    )
    groups: list[list[tuple[float, float, float]]] = []
    for span in spans:
        if groups and span[0] - groups[-1][0][0] <= _SNAP:
            groups[-1].append(span)
        else:
            groups.append([span])
    merged: list[Rule] = []
    for group in groups:
        at = group[len(group) // 2][0]
        for start, end in _joined([(start, end) for _, start, end in group]):
            if end - start >= _SHORTEST:
                merged.append(Rule(at, start, at, end) if vertical else Rule(start, at, end, at))
    return merged


def _joined(spans: list[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    spans.sort()
    start, end = spans[0]
    for next_start, next_end in spans[1:]:
        if next_start > end + _GAP:
            yield start, end
            start, end = next_start, next_end
        else:
            end = max(end, next_end)
    yield start, end


def _connected(across: list[Rule], upright: list[Rule]) -> Iterator[Group]:
    """Groups of rules that touch each other."""
    parent = list(range(len(across) + len(upright)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    xs = [rule.x0 for rule in upright]
    for i, rule in enumerate(across):
        for j in range(bisect_left(xs, rule.x0 - _GAP), bisect_right(xs, rule.x1 + _GAP)):
            if upright[j].y0 - _GAP <= rule.y0 <= upright[j].y1 + _GAP:
                parent[root(len(across) + j)] = root(i)
    groups: dict[int, Group] = {}
    for i, rule in enumerate((*across, *upright)):
        group = groups.setdefault(root(i), ([], []))
        group[i >= len(across)].append(rule)
    for found_across, found_upright in groups.values():
        if len(found_across) >= 2 and found_upright:
            yield found_across, found_upright


def _beside(groups: list[Group]) -> Iterator[Group]:
    """Grids side by side whose rows lie at the same heights are one table, with a gap in it."""
    kept: dict[int, Group] = {}
    for across, upright in sorted(groups, key=lambda group: group[0][0].x0):
        rows = {round(rule.y0 / _SNAP) for rule in across}
        left = kept.get(max(rows))
        if left is not None:
            shared = len(rows & {round(rule.y0 / _SNAP) for rule in left[0]})
            gap = min(rule.x0 for rule in across) - max(rule.x1 for rule in left[0])
            if gap < _WIDEST_GAP and shared > max(_FEWEST_RULES, 0.7 * len(rows)):
                across, upright = left[0] + across, left[1] + upright
            else:
                yield left
        kept[max(rows)] = (across, upright)
    yield from kept.values()


class _Grid:
    """Cells between rules; a missing rule makes two cells one."""

    def __init__(
        self, xs: list[float], ys: list[float], across: list[Rule], upright: list[Rule]
    ) -> None:
        self.xs, self.ys = xs, ys
        self.columns, self.rows = len(xs) - 1, len(ys) - 1
        self._parent = list(range(self.columns * self.rows))
        walls = _borders(xs, ys, upright, vertical=True)
        floors = _borders(ys, xs, across, vertical=False)
        for row in range(self.rows):
            for column in range(self.columns):
                cell = row * self.columns + column
                if column and (column, row) not in walls:
                    self._unite(cell - 1, cell)
                if row and (row, column) not in floors:
                    self._unite(cell - self.columns, cell)
        self._roots = [
            [self._root(row * self.columns + column) for column in range(self.columns)]
            for row in range(self.rows)
        ]

    @classmethod
    def of(cls, across: list[Rule], upright: list[Rule]) -> _Grid | None:
        xs = _positions(rule.x0 for rule in upright)
        ys = _positions(rule.y0 for rule in across)
        # Tables without rules at their sides: what lies left of the first and right of the last
        # vertical rule is a column, too.
        wide = [r for r in across if r.x1 - r.x0 > 0.5 * (xs[-1] - xs[0])]
        left, right = min(r.x0 for r in across), max(r.x1 for r in across)
        if xs[0] - left > _OVERHANG and sum(xs[0] - r.x0 > _OVERHANG for r in wide) >= 2:
            xs.insert(0, left)
            upright = [*upright, Rule(left, ys[0], left, ys[-1])]
        if right - xs[-1] > _OVERHANG and sum(r.x1 - xs[-1] > _OVERHANG for r in wide) >= 2:
            xs.append(right)
            upright = [*upright, Rule(right, ys[0], right, ys[-1])]
        columns, rows = len(xs) - 1, len(ys) - 1
        if columns < 2 or rows < 2 or columns * rows > _MOST_CELLS:
            return None
        return cls(xs, ys, across, upright)

    def _root(self, cell: int) -> int:
        while self._parent[cell] != cell:
            self._parent[cell] = self._parent[self._parent[cell]]
            cell = self._parent[cell]
        return cell

    def _unite(self, a: int, b: int) -> None:
        a, b = self._root(a), self._root(b)
        self._parent[max(a, b)] = min(a, b)

    def take(self, pieces: list[Piece], turn: int) -> list[Piece]:
        """The pieces with this table in place of its text, or as they are if it is no table."""
        inside: dict[int, list[Piece]] = {}
        outside: list[Piece] = []
        for piece in pieces:
            column = bisect_right(self.xs, (piece.x0 + piece.x1) / 2) - 1
            row = bisect_right(self.ys, piece.middle) - 1
            within = 0 <= column < self.columns and 0 <= row < self.rows
            if within and piece.turn == turn and piece.table is None:
                inside.setdefault(self._roots[row][column], []).append(piece)
            else:
                outside.append(piece)
        cells = Cells({root: lines_of(found) for root, found in inside.items()})
        if not cells.are_a_table(self._roots):
            return pieces
        return outside + list(self._pieces(cells, turn))

    def _pieces(self, cells: Cells, turn: int) -> Iterator[Piece]:
        """The table; a line over its whole width is a caption, and what follows it has names of
        its own for its columns, as has what follows a second row of names."""
        start = 0
        before: Table | None = None
        for row, roots in enumerate(self._roots):
            found = {root for root in roots if cells.texts.get(root)}
            caption = len(found) == 1 and len({*roots}) == 1
            again = row - start > 1 and cells.name_again(self._roots[row : row + 2])
            if caption or again:
                before = yield from self._section(start, row, cells, turn, before)
                before = None if again else before
                start = row
            if caption:
                if not row or roots != self._roots[row - 1]:
                    yield self._piece(cells, turn, row, row + 1, text=cells.texts[roots[0]])
                start = row + 1
        yield from self._section(start, self.rows, cells, turn, before)

    def _section(
        self, start: int, end: int, cells: Cells, turn: int, before: Table | None
    ) -> Generator[Piece, None, Table | None]:
        """A part of the table; below a caption inside of it, the names from above hold on."""
        part = [row for row in self._roots[start:end] if any(map(cells.texts.get, row))]
        used = [c for c in range(self.columns) if any(cells.texts.get(row[c]) for row in part)]
        for c in range(len(used) - 1, 0, -1):
            if cells.unite_signs(part, used[c - 1], used[c]):
                del used[c - 1]
        if not used:
            return before
        edges = [self.xs[0], *(self.xs[c] for c in used[1:]), self.xs[-1]]
        known = before.header if before and before.header and before.edges == edges else None
        table = cells.table([[row[c] for c in used] for row in part], known)
        table.edges = edges
        yield self._piece(cells, turn, start, end, table=table)
        return table

    def _piece(
        self,
        cells: Cells,
        turn: int,
        first: int,
        last: int,
        *,
        text: str = "",
        table: Table | None = None,
    ) -> Piece:
        left, right = self.xs[0], self.xs[-1]
        top, bottom = self.ys[first], self.ys[last]
        return Piece(
            text, left, top, right, bottom, cells.size, first=right, turn=turn, table=table
        )


def _positions(values: Iterable[float]) -> list[float]:
    positions: list[float] = []
    for value in sorted(values):
        if not positions or value - positions[-1] > _SNAP + 1:
            positions.append(value)
    return positions


def _borders(
    at: list[float], along: list[float], rules: list[Rule], *, vertical: bool
) -> set[tuple[int, int]]:
    """(index of the position, index of the stretch) for every stretch that a rule closes."""
    middles = [(a + b) / 2 for a, b in pairwise(along)]
    found: set[tuple[int, int]] = set()
    for rule in rules:
        place, start, end = (rule.x0, rule.y0, rule.y1) if vertical else (rule.y0, rule.x0, rule.x1)
        index = max(0, bisect_right(at, place + 0.01) - 1)
        for stretch in range(bisect_left(middles, start), bisect_right(middles, end)):
            found.add((index, stretch))
    return found
