"""What the first rows of a table say besides the names of columns: group heads whose cells are not
merged, a row of units, a row that numbers the columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from kb.documents.tables.heads import is_header, read_head
from kb.documents.tables.numbers import number_of
from kb.documents.tables.units import unit_of

Row = Sequence[str]

_ORDINAL = re.compile(r"[(（]?\d{1,2}[)）]?(?:\s*=.*)?|[甲乙丙丁戊]|[A-Z]")
_UNIT_NAME = re.compile(r"(?:计量)?单位|units?|einheit", re.I)
_VALUES = 0.6


@dataclass(frozen=True, slots=True)
class Top:
    """The first rows: `captions`, then so many `rows` that name the columns (with those of units
    and of column numbers below them)."""

    captions: tuple[str, ...] = ()
    rows: int = 0
    names: tuple[str, ...] = ()
    form: bool = False

    @property
    def skipped(self) -> int:
        return len(self.captions) + self.rows


def top_of(rows: Sequence[Row], known: int | None) -> Top:
    """Find out what the first rows are; `known`: how many name the columns."""
    head = read_head(rows, known=known)
    captions = tuple(" ".join(dict.fromkeys(filter(None, row))) for row in rows[: head.captions])
    top = Top(captions, head.rows, head.names, head.form)
    if top.form:
        return top
    if known is None and not top.rows:
        top = _named_by_values(top, rows[len(captions) :])
    if known in (None, 1) and top.rows == 1:
        below = rows[len(captions) :]
        more = (_grouped, _divided, _below_merged, _repeated)
        top = next(filter(None, (read(top, below) for read in more)), top)
    if top.rows:
        top = _with_units(top, rows[top.skipped :])
        top = _without_ordinals(top, rows[top.skipped :])
    return top


def _named_by_values(top: Top, rows: Sequence[Row]) -> Top:
    """A first row that holds a number, and yet names the columns: its cells are all there and
    different, and below most of them, where it has words, stand numbers."""
    if len(rows) < 3:
        return top
    first, below = rows[0], rows[1:]
    if len(first) < 2 or not all(first) or len({*first}) < len(first):
        return top
    words = [c for c, cell in enumerate(first) if c and number_of(cell) is None]
    of_values = [c for c in words if _share_of_values(below, c) >= _VALUES]
    if not of_values or len(of_values) * 2 < len(first) - 1 or number_of(first[0]):
        return top
    return replace(top, rows=1, names=tuple(first))


def _grouped(top: Top, rows: Sequence[Row]) -> Top | None:
    """Group heads that stand in the first cell of their group, with empty ones behind: the second
    row has a name below each, and the rows below it hold values."""
    if len(rows) < 3:
        return None
    first, second = _two(rows)
    width = len(first)
    gaps = [c for c in range(1, width) if not first[c]]
    if not gaps or not all(second[c] for c in gaps) or not is_header(second):
        return None
    named = sum(map(bool, second))
    of_values = [c for c in range(1, width) if _share_of_values(rows[2:], c) >= _VALUES]
    if named < width - 1 or len(of_values) * 2 < width - 1 or len(gaps) == width - 1:
        return None
    if any(first[c] and second[c] and not _heads_group(first, c) for c in range(1, width)):
        return None
    return _joined(top, first, second)


def _divided(top: Top, rows: Sequence[Row]) -> Top | None:
    """A second row that holds nothing but names below a group head and the empty cells behind."""
    if len(rows) < 3:
        return None
    first, second = _two(rows)
    gaps = [c for c in range(1, len(first)) if not first[c]]
    grouped = {*gaps, *(c - 1 for c in gaps)}
    own = [c for c, cell in enumerate(second) if cell]
    if not gaps or {*own} != grouped or not is_header([second[c] for c in own]):
        return None
    filled_below = [c for c in range(len(first)) if c < len(rows[2]) and rows[2][c]]
    return _joined(top, first, second) if len(filled_below) > len(own) else None


def _below_merged(top: Top, rows: Sequence[Row]) -> Top | None:
    """A second row that divides merged group heads, and has a name in the corner that the first
    leaves empty: (in millions) | 2024 | 2023."""
    if len(rows) < 3:
        return None
    first, second = _two(rows)
    columns = range(1, len(first))
    groups = {first[c] for c in columns if first[c] and first[c] == first[c - 1]}
    grouped = [c for c in columns if first[c] in groups]
    own = [second[c] for c in grouped]
    if not groups or not all(own) or not is_header(own):
        return None
    if any(first[c] and second[c] not in ("", first[c]) for c in columns if c not in grouped):
        return None
    if first[0] not in ("", second[0]):
        return None
    for group in groups:
        names = [second[c] for c in grouped if first[c] == group]
        if len({*names}) < len(names):
            return None
    of_values = [c for c in grouped if _share_of_values(rows[2:], c) >= _VALUES]
    if len(of_values) * 2 < len(grouped):
        return None
    pairs = zip(first, second, strict=True)
    found = tuple(" ".join(dict.fromkeys(filter(None, pair))) for pair in pairs)
    return replace(top, rows=2, names=found)


def _repeated(top: Top, rows: Sequence[Row]) -> Top | None:
    """A second row that says most of the first again, as cells over two rows do."""
    if len(rows) < 3:
        return None
    first, second = _two(rows)
    same = sum(a == b and bool(a) for a, b in zip(first, second, strict=True))
    if len(first) < 3 or same * 2 <= len(first) or same == len(first) or not is_header(second):
        return None
    names = [
        " ".join(dict.fromkeys(filter(None, pair))) for pair in zip(first, second, strict=True)
    ]
    return replace(top, rows=2, names=tuple(names))


def _two(rows: Sequence[Row]) -> tuple[list[str], list[str]]:
    width = max(map(len, rows[:2]))
    first, second = ([*row, *[""] * (width - len(row))] for row in rows[:2])
    return first, second


def _joined(top: Top, first: Sequence[str], second: Sequence[str]) -> Top:
    """Each name with its group's, which goes on over the empty cells behind it."""
    group, names = "", []
    for above, own in zip(first, second, strict=True):
        group = above or (group if own else "")
        names.append(" ".join(dict.fromkeys(filter(None, (group, own)))))
    return replace(top, rows=2, names=tuple(names))


def _heads_group(first: Row, column: int) -> bool:
    """Whether a name has an empty cell behind it."""
    return column + 1 < len(first) and not first[column + 1]


_IN_BRACKETS = re.compile(r"[(（\[][^()（）\[\]\d]{1,20}[)）\]]")
"""Words in brackets above numbers are a unit, whatever they are: (members), （学生）."""


def _with_units(top: Top, rows: Sequence[Row]) -> Top:
    """A row of units below the names: each goes to its column's name."""
    if len(rows) < 2:
        return top
    found: dict[int, str] = {}
    for column, cell in enumerate(rows[0]):
        bare = cell.strip("()（）[] ")
        if not cell or cell in ("-", "—") or _UNIT_NAME.fullmatch(bare):
            continue
        said = _IN_BRACKETS.fullmatch(cell) and _share_of_values(rows[1:], column) >= _VALUES
        if unit_of(bare) is None and not said:
            return top
        found[column] = bare
    of_values = [c for c in found if _share_of_values(rows[1:], c) >= _VALUES]
    if not of_values or len(of_values) * 2 < len(found):
        return top
    names = [*top.names, *[""] * (max(found) + 1 - len(top.names))]
    for column, unit in found.items():
        names[column] = f"{names[column]} ({unit})".strip()
    return replace(top, rows=top.rows + 1, names=tuple(names))


def _without_ordinals(top: Top, rows: Sequence[Row]) -> Top:
    """A row below the names that numbers the columns, as forms of authorities have: 甲 | 1 | 2."""
    if len(rows) < 2:
        return top
    cells = [cell for cell in rows[0] if cell]
    width = len(top.names)
    if len(cells) < max(3, width - 1) or not all(_ORDINAL.fullmatch(cell) for cell in cells):
        return top
    numbers = [int(found[0]) for cell in cells if (found := re.search(r"\d+", cell))]
    if numbers != list(range(1, len(numbers) + 1)) or len(numbers) < len(cells) - 2:
        return top
    return replace(top, rows=top.rows + 1)


def _share_of_values(rows: Sequence[Row], column: int) -> float:
    cells = [row[column] for row in rows if column < len(row) and row[column]]
    return sum(number_of(cell) is not None for cell in cells) / len(cells) if cells else 0.0
