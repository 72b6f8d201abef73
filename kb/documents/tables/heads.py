"""A table's rows as lines that stand by themselves: `列名: 值 | 列名: 值`.

Which rows name the columns is not said in most formats, and is found by what stands in them: a
caption above the names, names over two rows, a row of dates over a plan of shifts, a form whose
names stand at the left of their values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from kb.documents.tables.kinds import CORNER, kind_of

Row = Sequence[str]

LOOK_AHEAD = 30
"""So many rows decide what names the columns."""

_VALUE = re.compile(r"^(?!(?:19|20)\d\d$)[-+(]?[¥￥$€£]?\d[\d.,:/-]*[%)]?$|\d{5}")
_PERIODS = (
    re.compile(r"(?:19|20)\d\d(?:[-/.]\d{1,2}){1,2}(?:[ T]\d\d:\d\d(?::\d\d)?)?"),
    re.compile(r"(?:(?:19|20)\d\d年)?\d{1,2}月(?:\d{1,2}[日号])?(?:\(?（?.{0,3}）?\)?)?"),
    re.compile(r"\d{1,2}[-/.]\d{1,2}"),
    re.compile(r"\d{1,2}[日号]"),
    re.compile(r"(?:19|20)\d\d年?度?"),
)
_COLONS = (":", "：")
_LABEL = re.compile(r"\D{1,12}|[A-Za-z][A-Za-z .,/()'’:-]{0,29}")
"""What names a value in a form: some characters of Chinese, or a few English words."""
_CODE = re.compile(r"(?!(?:\d{2,4})?[QHW]\d+$)(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9./_-]{3,}", re.I)
"""A value of letters and digits (QP-07, 5kW), and no period (Q3) that may name a column."""
_SAID = re.compile(r"[^:：\d]{1,12}[:：].*")
_LONG = 6
"""Characters: equal cells side by side are one that spans, but 无 and 无 may be two."""
_MOST_WORDS = 4
_MOST_CAPTIONS = 6
_MOST_LEVELS = 3
_MOST_FORM = 80
"""Rows of a form above its first title."""


@dataclass(frozen=True, slots=True)
class Head:
    """What the first rows of a table are: so many `captions`, then so many rows of names.

    `names` has a name a column, "" where there is none. In a `form` names and values stand side
    by side instead.
    """

    captions: int = 0
    rows: int = 0
    names: tuple[str, ...] = ()
    form: bool = False

    @property
    def skipped(self) -> int:
        return self.captions + self.rows

    def line(self, row: Row) -> str:
        """A row below the head, in one line."""
        return " | ".join(form_pairs(row)) if self.form else render_row(self.names, row)


def read_head(rows: Sequence[Row], *, known: int | None = None, records: bool = False) -> Head:
    """Find out what the first rows of a table are.

    Args:
        rows: its first rows, up to LOOK_AHEAD, none of them empty; spanning cells are repeated.
        known: how many rows name the columns, where the format says so.
        records: whether the format is one of records, so that of two rows the first names columns.
    """
    if known is not None:
        return Head(0, known, _joined(rows[:known]))
    captions = _captions(rows)
    rest = rows[captions:]
    if may_be_either(rest) and not records:
        return Head(captions)
    if _is_form(rest, records=records) and not may_be_either(rest):
        return Head(captions, form=True)
    if len(rest) < 2 or not (is_header(rest[0]) or _names_periods(rest)):
        return Head(captions)
    levels = 1
    while levels < min(_MOST_LEVELS, len(rest) - 1) and _is_divided(rest[levels - 1 : levels + 1]):
        levels += 1
    return Head(captions, levels, _joined(rest[:levels]))


def render_rows(table: Sequence[Row], *, known: int | None = None) -> Iterator[tuple[int, str]]:
    """Each row that is left below the head, with its place in the table; a caption is a row."""
    rows = [(place, _tidy(row)) for place, row in enumerate(table)]
    rows = [(place, row) for place, row in rows if any(row)]
    ends = [0, len(rows)] if known is not None else [*section_ends([row for _, row in rows])]
    for start, end in pairwise(ends):
        part = rows[start:end]
        head = read_head([row for _, row in part[:LOOK_AHEAD]], known=known)
        for place, row in part[: head.captions]:
            yield place, " ".join(_distinct(row))
        for place, row in part[head.skipped :]:
            yield place, head.line(row)


def section_ends(rows: Sequence[Row]) -> Iterator[int]:
    """Where the sections of a sheet for filling in end, beginning with 0: below names beside their
    values stands a title over all columns, and what is below it is a table or a form of its own.
    Any other table is one section, whatever titles divide its rows: its names hold for all."""
    start, width = 0, max(map(len, rows), default=0)
    yield start
    for place in range(1, len(rows) - 1):
        row = rows[place]
        if width < 3 or len(row) < width or not row[0] or any(cell != row[0] for cell in row):
            continue
        above = [one for one in rows[start:place] if len({*_filled(one)}) > 1]
        if not above:
            continue  # titles above each other
        if not start and (place > _MOST_FORM or not _is_form(above)):
            break
        start = place
        yield start
    yield len(rows)


def is_header(cells: Row) -> bool:
    """Whether a first row names columns: none of its cells is a number (a year may be one) or
    holds one of five digits, as the numbers of telephones and contracts do."""
    return not any(_VALUE.search(cell) for cell in cells)


def render_row(header: Row, row: Row) -> str:
    """A row with its columns' names. Empty cells are left out; a header with fewer cells than the
    row leaves the rest nameless."""
    cells = []
    for position, cell in enumerate(row):
        name = header[position] if position < len(header) else ""
        # A cell that spans columns of one name comes once; without names equal values are two.
        spanned = 0 < position < len(header) and name == header[position - 1]
        if cell and not (spanned and cell == row[position - 1]):
            cells.append(f"{name}: {cell}" if name and name != cell else cell)
    return " | ".join(cells)


def may_be_either(rows: Sequence[Row]) -> bool:
    """Whether two rows may as well be names above their values as two of a form, each with names
    beside values, and nothing tells which: 姓名, 性别, 部门, 电话 above 张三, 男, 财务, 8812."""
    if len(rows) != 2 or not _is_form(rows):
        return False
    first, second = rows
    return (
        len(first) == len(second)
        and all(first)
        and all(second)
        and len({*first}) == len(first)
        and is_header(first)
        and not any(cell.endswith(_COLONS) for cell in first)
    )


def unspanned(row: Row) -> list[str]:
    """A row with each spanning cell once, without empty cells at its end."""
    cells = [
        cell for place, cell in enumerate(row) if not place or not cell or cell != row[place - 1]
    ]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def names(first: Row, second: Row) -> bool:
    """Whether one row alone names the columns of the one behind it, which holds numbers."""
    fits = len(second) <= len(first) and len({*_filled(first)}) > 1
    return fits and is_header(first) and not is_header(second)


def continues(head: Head, above: Sequence[Row], first: Row) -> bool:
    """Whether a row behind a gap goes on with the table above it, and is no new head: it fills
    the same columns, and where those above hold numbers it does too."""
    if not head.rows or len(first) > len(head.names) or not above:
        return False
    if tuple(first) == head.names[: len(first)]:
        return True
    of_numbers = [
        place
        for place in range(len(first))
        if all(place < len(row) and _VALUE.search(row[place]) for row in above)
    ]
    return bool(of_numbers) and all(_VALUE.search(first[place]) for place in of_numbers)


def _captions(rows: Sequence[Row]) -> int:
    """How many rows above the names say what the table is: one text, maybe over all columns."""
    count, width = 0, max((len(row) for row in rows), default=0)
    while count < min(_MOST_CAPTIONS, len(rows) - 2) and (
        len({*_filled(rows[count])}) == 1 or _is_said_above(rows[count], rows[count + 1])
    ):
        if width == 2 and not rows[count][0]:  # the name of the second column
            break
        count += 1
    if any(len({*_filled(row)}) > 1 for row in rows[count : count + 2]):
        return count
    return 0


def _is_said_above(row: Row, below: Row) -> bool:
    """Whether a row is no head but what is said over one (编制单位：X厂, at the right 单位：元):
    each of its cells has a colon, and the row below has more cells and none."""
    said, named = {*_filled(row)}, {*_filled(below)}
    return (
        len(named) > len(said)
        and all(map(_SAID.fullmatch, said))
        and not any(map(_SAID.fullmatch, named))
    )


def _names_periods(rows: Sequence[Row]) -> bool:
    """Whether a first row of dates, months, days or rising numbers names columns (a plan of
    shifts, a year's months): those below it hold something else."""
    first, below = rows[0], rows[1:]
    places = [place for place, cell in enumerate(first) if place and _VALUE.search(cell)]
    texts = [first[place] for place in places]
    if len(texts) < 2 or len({*texts}) < len(texts) or _VALUE.search(first[0]):
        return False
    corner = not first[0] and all(first[1:]) and all(row[0] for row in below)
    if any(all(shape.fullmatch(text) for text in texts) for shape in _PERIODS):
        return corner or not _mostly_periods(below, places)
    if not _rises(texts):
        return False
    return corner or (len(texts) > 2 and not all(_rises(_at(row, places)) for row in below))


def _mostly_periods(rows: Sequence[Row], places: Sequence[int]) -> bool:
    cells = [cell for row in rows for cell in _at(row, places) if cell]
    found = sum(any(shape.fullmatch(cell) for shape in _PERIODS) for cell in cells)
    return found * 2 > len(cells)


def _rises(texts: Sequence[str]) -> bool:
    if not all(text.isascii() and text.isdecimal() and len(text) < 10 for text in texts):
        return False
    numbers = [int(text) for text in texts]
    return len(numbers) > 1 and numbers == sorted({*numbers})


def _is_divided(pair: Sequence[Row]) -> bool:
    """Whether a second row of names divides columns that the first one has in common: below each
    group of equal names it has several, elsewhere the same name or none."""
    first, second = _padded(*pair)
    grouped = {
        place
        for place in range(len(first))
        if (first[place] and first[place] in first[max(0, place - 1) : place])
        or (first[place] and first[place] in first[place + 1 : place + 2])
    }
    if not grouped:
        return False
    divided = [second[place] for place in sorted(grouped)]
    if not all(divided) or len({*divided}) < 2 or not is_header(divided):
        return False
    elsewhere = [place for place in range(len(first)) if place not in grouped]
    return all(second[place] in ("", first[place]) for place in elsewhere)


def _is_form(rows: Sequence[Row], *, records: bool = False) -> bool:
    """Whether names stand at the left of their values. Their colons tell; else names are short,
    all different and without digits, and no column below them is one of numbers."""
    # A long value over all other columns, as no row of a list has one.
    long = any(len(unspanned(row)) == 2 < len(row) and len(row[-1]) > _LONG for row in rows)
    rows = [row for row in map(unspanned, rows) if len(row) > 1]  # no titles within it
    width = max((len(row) for row in rows), default=0)
    if width not in (2, 4, 6) or len(rows) < 2:
        return False
    labels = [cell for row in rows for cell in row[::2] if cell]
    values = [cell for row in rows for cell in row[1::2] if cell]
    if not labels or not values:
        return False
    if sum(label.endswith(_COLONS) for label in labels) * 5 >= len(labels) * 4:
        return True
    short = all(_LABEL.fullmatch(label) and len(label.split()) <= _MOST_WORDS for label in labels)
    if not short or len({*labels}) < len(labels):
        return False
    if width == 2:
        return not records and _holds_values_alone(rows[0], values)
    told = long or any(_VALUE.search(cell) or kind_of(cell) == "date" for cell in values)
    return told and not _in_columns(rows)


def _holds_values_alone(first: Row, values: Sequence[str]) -> bool:
    """Whether a second column without colons has no name at its top: a code stands there, or what
    is in it is of several kinds, a day and a number, as no column's values are."""
    if _CODE.fullmatch(first[1]):
        return not all(map(_VALUE.search, values[1:]))
    if CORNER.fullmatch(first[0]) and kind_of(first[1]) == "text":
        return False
    kinds = {kind_of(value).partition(" ")[0] for value in values}
    return len(values) > 2 and kinds >= {"date", "number"}


def _in_columns(rows: Sequence[Row]) -> bool:
    """Whether a column of values holds numbers and nothing else, or days for the most part, below
    its first cell: then the first row names it."""
    for place in range(1, max(map(len, rows)), 2):
        column = [row[place] for row in rows[1:] if place < len(row) and row[place]]
        if len(column) > 1 and all(map(_VALUE.search, column)) and is_header(rows[0]):
            return True
        days = sum(kind_of(cell) == "date" for cell in column)
        if days > 1 and days * 2 > len(column) and is_header(rows[0]):
            return True
    return False


def form_pairs(row: Row) -> list[str]:
    """`name: value` for each two cells of a form's row; a cell over all of it is one text."""
    row = unspanned(row)
    if len({*_filled(row)}) == 1:
        return [*_distinct(row)]
    pairs = []
    for place in range(0, len(row), 2):
        name, value = row[place], row[place + 1] if place + 1 < len(row) else ""
        bare = name.rstrip(":： ")
        pairs.append(f"{bare}: {value}" if bare and value and name != value else name or value)
    return [pair for place, pair in enumerate(pairs) if pair and pair not in pairs[:place]]


def _joined(rows: Sequence[Row]) -> tuple[str, ...]:
    """The names of columns from their levels, each different one once: 期末余额 账面价值."""
    if not rows:
        return ()
    columns = zip(*_padded(*rows), strict=True)
    return tuple(" ".join(dict.fromkeys(filter(None, column))) for column in columns)


def _padded(*rows: Row) -> list[list[str]]:
    width = max(map(len, rows))
    return [[*row, *[""] * (width - len(row))] for row in rows]


def _at(row: Row, places: Sequence[int]) -> list[str]:
    return [row[place] for place in places if place < len(row)]


def _filled(row: Row) -> list[str]:
    return [cell for cell in row if cell]


def _distinct(row: Row) -> Iterator[str]:
    return iter(dict.fromkeys(_filled(row)))


def _tidy(row: Row) -> list[str]:
    return [" ".join(cell.split()) for cell in row]
