"""Names beside their values, and heads at the left: a table whose rows are its columns."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kb.documents.tables.heads import may_be_either, unspanned
from kb.documents.tables.kinds import CORNER, is_value, kind_of
from kb.documents.tables.numbers import is_nothing
from kb.documents.tables.units import unit_in_head

Pair = tuple[str, str]

_INLINE = re.compile(r"([^:：]{1,24}?)\s*[:：]\s*(.*)")
_LABEL = re.compile(r"(?!.*(?:[。；;！!]|[？?].))\D.{0,23}")
_YEAR = re.compile(r"(?:19|20)\d\d.{0,3}")
_MOST_ROWS = 80
_MOST_RECORDS = 12
_COLONS = 0.8


def form_of(rows: Sequence[Sequence[str]], *, may_be: bool) -> list[Pair] | None:
    """The names and values of a form, None where it is none.

    A row of one text heads the pairs below it. `may_be`: whether nothing says that the first row
    names columns; then names need no colons.
    """
    if not 1 < len(rows) <= _MOST_ROWS:
        return None
    bare = [unspanned(row) for row in rows]
    return _with_colons(bare) or (_without_colons(bare) if may_be and not _open(bare) else None)


def _open(rows: Sequence[list[str]]) -> bool:
    """Whether two rows may be a record below its names as well: what the names of a form would
    stand beside is not all of the kinds that only values are."""
    return may_be_either(rows) and any(kind_of(cell) == "text" for cell in rows[1][1::2])


def _with_colons(rows: Sequence[list[str]]) -> list[Pair] | None:
    """Colons tell: behind a name in a cell of its own, or between name and value in one cell."""
    pairs: list[Pair] = []
    loose = section = 0
    title = ""
    for cells in rows:
        filled = [cell for cell in cells if cell]
        if len(filled) == 1 and not re.search("[:：]", filled[0]):
            title, section = filled[0], section + 1
            continue
        place = 0
        while place < len(cells):
            cell, behind = cells[place], cells[place + 1] if place + 1 < len(cells) else ""
            place += 1
            if not cell:
                continue
            if cell.endswith((":", "：")) and len(cell) <= 26:
                taken = bool(behind) and not behind.endswith((":", "："))
                pairs.append((_joined(title, cell.rstrip(":： ")), behind if taken else ""))
                place += taken or not behind
            elif (found := _INLINE.fullmatch(cell)) and not is_value(cell):
                pairs.append((_joined(title, found[1]), found[2]))
            else:
                loose += 1
    enough = len(pairs) > 1 and len(pairs) >= _COLONS * (len(pairs) + loose)
    return pairs if enough and any(value for _, value in pairs) else None


def _without_colons(rows: Sequence[list[str]]) -> list[Pair] | None:
    """Names are short, all different and no values; what stands beside them is of several kinds."""
    pairs: list[Pair] = []
    title, widest = "", 0
    for place, cells in enumerate(rows):
        if len(cells) == 1:
            if len(rows) > place + 1 and len(rows[place + 1]) == 1:
                return None
            title = cells[0]
            continue
        cells = [*cells, ""] if len(cells) % 2 else cells
        widest = max(widest, len(cells))
        for name, value in zip(cells[::2], cells[1::2], strict=True):
            if name:
                pairs.append((_joined(title, name), value))
            elif value:
                return None
    names = [name for name, _ in pairs]
    labels = [name for row in rows if len(row) > 1 for name in row[::2] if name]
    if widest not in (2, 4, 6) or len(pairs) < 2 or len({*names}) < len(names):
        return None
    if not all(map(is_label, labels)):
        return None
    kinds = {kind_of(value) for _, value in pairs if value} - {"text"}
    first = rows[0] if len(rows[0]) > 1 else rows[1]
    if widest == 2:
        headed = bool(CORNER.fullmatch(first[0])) and kind_of(first[1]) == "text"
        enough = len(pairs) > 2 or kind_of(first[1]) != "text"
        return pairs if len(kinds) > 1 and enough and not headed else None
    return pairs if kinds and not _in_columns(rows) else None


def _in_columns(rows: Sequence[list[str]]) -> bool:
    """Whether a column of what would be values has a name at its top and one kind below it."""
    for column in range(1, max(map(len, rows)), 2):
        kinds = [kind_of(row[column]) for row in rows if len(row) > column and row[column]]
        below = {*kinds[1:]}
        if len(kinds) > 2 and kinds[0] == "text" and len(below) == 1 and below != {"text"}:
            return True
    return False


def turned(names: Sequence[str], rows: Sequence[Sequence[str]]) -> list[list[str]] | None:
    """A table whose rows are of different kinds or units, each the same in all of its columns: the
    heads are at the left. Its columns as rows, the names of its rows on top; None elsewhere."""
    width = len(names)
    if not 3 <= width <= _MOST_RECORDS or not 2 <= len(rows) <= _MOST_ROWS:
        return None
    labels = [row[0] for row in rows]
    if not all(labels) or len({*labels}) < len(labels) or any(map(is_value, labels)):
        return None
    if any(is_value(name) and not re.fullmatch(r"(?:19|20)\d\d.{0,3}", name) for name in names[1:]):
        return None
    units = [unit_in_head(label) for label in labels]
    with_unit = [unit.name for unit in units if unit is not None]
    told = len(with_unit) * 2 >= len(rows) and len({*with_unit}) > 1
    kinds = [{kind_of(cell) for cell in row[1:] if cell and not is_nothing(cell)} for row in rows]
    even = all(len({one.partition(" ")[0] for one in found}) <= 1 for found in kinds)
    various = len({next(iter(found)) for found in kinds if found} - {"text", "number"}) > 1
    if not even or not (told or (various and len(rows) > 2)):
        return None
    return [
        [*names[:1], *labels],
        *([names[c], *(row[c] for row in rows)] for c in range(1, width)),
    ]


def is_label(text: str) -> bool:
    """Whether it may name a value: short, no sentence, no value itself."""
    return bool(_LABEL.fullmatch(text)) and not is_value(text)


def pairs_of(rows: Sequence[Sequence[str]]) -> list[Pair]:
    """The names and values of rows that are known to hold them in turn."""
    bare = [unspanned(row) for row in rows]
    pairs = _with_colons(bare)
    if pairs is not None:
        return pairs
    pairs, title = [], ""
    for cells in bare:
        if len(cells) == 1:
            title = cells[0]
            continue
        values = [*cells[1::2], ""]
        pairs += [
            (_joined(title, name.rstrip(":： ")), value)
            for name, value in zip(cells[::2], values, strict=False)
            if name
        ]
    return pairs


def _joined(title: str, name: str) -> str:
    return f"{title} {name}".strip() if title != name else name
