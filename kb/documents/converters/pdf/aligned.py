"""Tables without vertical rules: values under each other, with white space between the columns."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median

from kb.documents.converters.pdf.layout import Line, Piece, Table, coverage, join, runs
from kb.documents.tables.heads import is_header

_VALUE = re.compile(r"[-–—]+|(?=\S*\d)\S{1,20}(?: \S{1,6})?|[-+(]?[¥$€£]? ?\(?\d[\d.,]*\)? ?%?\)?")
YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)|(?<=[a-z] )\d{1,2}(?=,)")
_DIGITS = re.compile(r"\d")
SIGNS_BEFORE = frozenset(["$", "¥", "€", "£", "(", "($", "US$", "RMB"])
_SIGNS_AFTER = frozenset(["%", ")", ")%", "*", "％"])
_LEADERS = re.compile(r"(?:[.…·]\s?){3,}")
_GUTTER = 0.6
_LOOSE = 2.2
_SINGLES = 2
_CROSSED = 0.1
_VALUES = 0.6
_HEADER_ROWS = 3
_FEWEST_ROWS = 3


def find_aligned(lines: Sequence[Line]) -> list[Line]:
    """The lines of a block, those of a table replaced by one line that holds it."""
    found: list[Line] = []
    for part, is_candidate in _candidates(lines):
        made = _with_table(part) if is_candidate else None
        if made is None and is_candidate:
            for stretch, still in _strict(part):
                found += (_with_table(stretch) if still else None) or stretch
        else:
            found += made or part
    return _with_headers(found)


def _with_headers(lines: list[Line]) -> list[Line]:
    """Tables take the lines above them that name their columns."""
    kept: list[Line] = []
    for line in lines:
        table = line.table
        if table is not None and not table.header and len(table.edges) > 2:
            table = _compact(table)
            extents = list(pairwise(table.edges))
            head: list[Line] = []
            below = line
            while kept and len(head) < _HEADER_ROWS and _names_columns(kept[-1], table.edges[1]):
                if below.top - kept[-1].bottom > 1.5 * kept[-1].size:
                    break
                below = kept.pop()
                head.insert(0, below)
            if sum(map(bool, _header(head, extents)[1:])) * 2 >= len(extents) - 1:
                table.header = _header(head, extents)
            else:
                kept += head
            line.table = line.pieces[0].table = table
        kept.append(line)
    return kept


def _header(head: list[Line], extents: list[tuple[float, float]]) -> list[str]:
    """The columns' names; one that lies over several columns goes to each."""
    names = [""] * len(extents)
    for line in head:
        for piece in line.pieces:
            over = [
                column
                for column, (start, end) in enumerate(extents)
                if piece.x0 - 2 <= (start + end) / 2 <= piece.x1 + 2
            ]
            middle = (piece.x0 + piece.x1) / 2
            nearest = min(range(len(extents)), key=lambda c: abs(sum(extents[c]) / 2 - middle))
            if len(line.pieces) == 1:  # over the whole table: a period, a unit
                over = list(range(1, len(extents)))
            for column in over or [nearest]:
                names[column] = f"{names[column]} {piece.text}".strip()
    return names


def _candidates(lines: Sequence[Line]) -> Iterator[tuple[list[Line], bool]]:
    """Stretches of lines in several pieces, with up to two others between and before them."""
    waiting: list[Line] = []
    run: list[Line] = []
    for line in lines:
        near = not waiting or line.top - waiting[-1].bottom < _LOOSE * line.size
        if run and (not near or len(waiting) > _SINGLES or line.table is not None):
            yield run, True
            run = []
        if run and not waiting and line.top - run[-1].bottom > _LOOSE * line.size:
            yield run, True
            run = []
        if len(line.pieces) > 1:
            if not run:
                head = waiting[-_SINGLES:] if near else []
                head = head if all(one.table is None for one in head) else []
                yield waiting[: len(waiting) - len(head)], False
                waiting = head
            run += [*waiting, line]
            waiting = []
        else:
            waiting.append(line)
    if run:
        yield run, True
    yield waiting, False


def _strict(lines: list[Line]) -> Iterator[tuple[list[Line], bool]]:
    """The same stretch without the single lines between."""
    run: list[Line] = []
    for line in lines:
        if run and (len(line.pieces) > 1) != (len(run[0].pieces) > 1):
            yield run, len(run[0].pieces) > 1
            run = []
        run.append(line)
    yield run, len(run[0].pieces) > 1


def _with_table(lines: list[Line]) -> list[Line] | None:
    """The stretch with its table, or None where the evidence for one is too weak."""
    rows = [i for i, line in enumerate(lines) if _has_values(line)]
    if len(rows) < _FEWEST_ROWS:
        return None
    gutters = _gutters([lines[i] for i in rows])
    if not gutters:
        return None
    start, end = rows[0], rows[-1] + 1
    cells = [_cells(line, gutters) for line in lines[start:end]]
    behind = [cell for row in cells for cell in row[1:] if cell]
    if sum(map(is_value, behind)) < _VALUES * len(behind):
        return None
    head = start
    while head and start - head < _HEADER_ROWS and _names_columns(lines[head - 1], gutters[0]):
        head -= 1
    many = [lines[i] for i in rows]
    extents = _extents(many, gutters)
    header = _header(lines[head:start], extents)
    if not any(header) and _names_numbers(cells):
        header, cells, start = cells[0], cells[1:], start + 1
    found = lines[:head]
    x0, x1 = min(line.x0 for line in many), max(line.x1 for line in many)
    for first, last, names in _sections(lines[start:end], extents, gutters[0], header):
        table = Table(names, _rows(cells[first:last]), [x0, *gutters, x1])
        covered = lines[head if not first else start + first : start + last]
        found.append(_line_of(covered, _compact(table)))
    return found + lines[end:]


def _names_numbers(cells: Sequence[list[str]]) -> bool:
    """Whether a first row that looks like values (Q1, 3月, Phase 2) names columns of numbers. Rows
    without names lose their places where a cell is empty."""
    first, below = cells[0], cells[1:]
    if not all(first[1:]) or len({*first}) < len(first) or not is_header(first):
        return False
    columns = [[row[c] for row in below if row[c]] for c in range(1, len(first))]
    return all(
        column and not any(is_header([cell]) for cell in column) for column in columns
    ) and any(len(column) > 1 for column in columns)


def _extents(lines: list[Line], gutters: list[float]) -> list[tuple[float, float]]:
    """Where the text of each column begins and ends."""
    extents: list[tuple[float, float]] = []
    for column in range(len(gutters) + 1):
        left = gutters[column - 1] if column else -1e9
        right = gutters[column] if column < len(gutters) else 1e9
        inside = [p for line in lines for p in line.pieces if left <= (p.x0 + p.x1) / 2 < right]
        extents.append(
            (min((p.x0 for p in inside), default=left), max((p.x1 for p in inside), default=right))
        )
    return extents


def _sections(
    lines: list[Line], extents: list[tuple[float, float]], edge: float, header: list[str]
) -> Iterator[tuple[int, int, list[str]]]:
    """Cut where the columns are named anew, by lines of different words above values."""
    start, end = 0, 0
    while end < len(lines):
        last = end
        while last < len(lines) and _names_again(lines[last], edge):
            last += 1
        if end < last < len(lines) and _has_values(lines[last]):
            if start < end:
                yield start, end, header
            header, start = _header(lines[end:last], extents), last
        end = max(last, end + 1)
    yield start, len(lines), header


def _names_again(line: Line, edge: float) -> bool:
    texts = {piece.text for piece in line.pieces}
    several = len(texts) == len(line.pieces) > (1 if line.x0 > edge else 2)
    return several and _names_columns(line, edge) and not any(map(is_value, texts))


def _has_values(line: Line) -> bool:
    """Whether most of what stands behind the first piece of a line are values."""
    if all(YEAR.fullmatch(piece.text) for piece in line.pieces):
        return False
    values = sum(is_value(piece.text) for piece in line.pieces[1:])
    return 0 < values >= 0.5 * (len(line.pieces) - 1)


def _names_columns(line: Line, edge: float) -> bool:
    """Whether a line above a table may name its columns: words or years, no `name: value`."""
    if line.table is not None or line.x1 < edge:
        return False
    if len(line.pieces) == 1 and line.x0 < edge:
        return False
    return is_header([piece.text for piece in line.pieces]) and not any(
        ":" in piece.text or "：" in piece.text or _DIGITS.search(YEAR.sub("", piece.text))
        for piece in line.pieces
    )


def _gutters(lines: list[Line]) -> list[float]:
    """The middles of the white stripes that nearly all lines leave free."""
    pieces = [piece for line in lines for piece in line.pieces]
    left, right = min(p.x0 for p in pieces), max(p.x1 for p in pieces)
    width = int(right - left) + 2
    if width > 20_000:
        return []
    narrowest = _GUTTER * median(line.size for line in lines)
    covered = coverage(pieces, left, width)
    limit = _CROSSED * len(lines)
    return [
        left + (start + end) / 2
        for start, end in runs(covered, limit, 0, width)
        if end - start >= narrowest and start > 0 and end < width - 1
    ]


def _cells(line: Line, gutters: list[float]) -> list[str]:
    """A line's text by column; what stands alone and begins in the first belongs to it."""
    cells = [""] * (len(gutters) + 1)
    for piece in line.pieces:
        alone = len(line.pieces) == 1 and piece.x0 < gutters[0]
        at = piece.x0 if alone else (piece.x0 + piece.x1) / 2
        column = bisect_left(gutters, at)
        cells[column] = f"{cells[column]} {piece.text}".strip()
    return [_LEADERS.sub(" ", cell).strip() for cell in cells]


def is_value(text: str) -> bool:
    return text in SIGNS_BEFORE or text in _SIGNS_AFTER or bool(_VALUE.fullmatch(text))


def _rows(body: list[list[str]]) -> list[list[str]]:
    """The first column's text may go over two lines, its values stand on the second."""
    rows: list[list[str]] = []
    for row in body:
        before = rows[-1] if rows else None
        if before and row[0][:1].islower() and not any(before[1:]):
            rows[-1] = [join(before[0], row[0]), *row[1:]]
        elif before and row[0][:1].islower() and not any(row[1:]):
            before[0] = join(before[0], row[0])
        else:
            rows.append(row)
    return rows


def _compact(table: Table) -> Table:
    """Signs of currency and per cent, columns of their own on paper, go to their numbers."""
    header = table.header or [""] * (len(table.edges) - 1)
    rows = [[*row, *[""] * (len(header) - len(row))] for row in table.rows]
    edges = [*table.edges]
    for column in range(len(header) - 1, -1, -1):
        texts = {row[column] for row in rows} - {""}
        if texts and texts <= SIGNS_BEFORE and column + 1 < len(header):
            left = column
        elif texts <= _SIGNS_AFTER and column:
            left = column - 1
        else:
            continue
        header[left : left + 2] = [" ".join(dict.fromkeys(filter(None, header[left : left + 2])))]
        del edges[left + 1]
        for row in rows:
            row[left : left + 2] = ["".join(row[left : left + 2])]
    return Table(header if any(header[1:]) else [], rows, edges)


def _line_of(lines: list[Line], table: Table) -> Line:
    x0, x1 = min(line.x0 for line in lines), max(line.x1 for line in lines)
    piece = Piece(
        "", x0, lines[0].top, x1, lines[-1].bottom, lines[0].size, first=x1, table=table
    )  # fmt: skip
    return Line([piece], "", x0, piece.top, x1, piece.bottom, piece.size, False, x1, table)
