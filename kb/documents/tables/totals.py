"""Rows that add up others: 合计, 小计, Total. They are not computed with, or a sum counts twice."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field

from kb.documents.tables.outline import style_of
from kb.table_types import Column, Value

_HAN = re.compile(r"(?P<of>.{0,24}?)(?:合计数?|总计数?|小计|共计|总和|总额合计|累计数?)(?:\(.*\))?")
_HAN_ALONE = frozenset(
    ("合计", "总计", "小计", "共计", "总和", "合计数", "总计数", "平均", "平均值", "均值")
)
_LATIN = re.compile(
    r"(?:grand|sub|overall|running)?[\s-]*totals?|sums?|gesamt(?:summe)?|summe"
    r"|zwischensumme|averages?|mean|avg\.?|mittelwert|durchschnitt",
    re.I,
)
_BEHIND = re.compile(r"\s*\([^()]{1,30}\)$")
_LATIN_OF = re.compile(r"(?:sub|grand )?-?total\b.{0,60}|.{1,60}\b(?:sub)?totals?", re.I)
_MEANS = re.compile(r"平均|均值|average|mean|avg|mittelwert|durchschnitt", re.I)
_MOST_CHECKED = 200_000
_NEAR = 1e-6


@dataclass(slots=True)
class Totals:
    """The places of rows that add up others, and those of them whose numbers are no sum."""

    places: set[int] = field(default_factory=set)
    wrong: list[int] = field(default_factory=list)


def labelled(rows: Sequence[Sequence[str]]) -> dict[int, bool]:
    """The rows that are called a total, by place; whether their name leaves no doubt."""
    found: dict[int, bool] = {}
    for place, row in enumerate(rows):
        for cell in _first(row):
            sure = _called(cell)
            if sure is not None:
                found[place] = sure
                break
    return found


def is_grand(row: Sequence[str]) -> bool:
    """Whether a row's name is that of a total of everything, and not of a part."""
    name = next(_first(row), "").replace(" ", "").rstrip(":：").lower()
    return name in ("合计", "总计", "共计", "total", "grandtotal", "totals", "gesamt", "summe")


def _first(row: Sequence[str]) -> Iterator[str]:
    """The first three different texts of a row: a total's name may stand behind a number."""
    seen: dict[str, None] = {}
    for cell in row[:8]:
        if cell:
            seen[cell] = None
        if len(seen) == 3:
            break
    yield from seen


def _called(cell: str) -> bool | None:
    """Whether a cell calls its row a total: certainly, maybe (None: not at all)."""
    if len(cell) > 70:
        return None
    name = cell.replace(" ", "").rstrip(":：") if not cell.isascii() else cell.strip(" :*")
    if name in _HAN_ALONE or _LATIN.fullmatch(_BEHIND.sub("", name)):
        return True
    if _HAN.fullmatch(name.replace("（", "(").replace("）", ")")):
        return False
    return False if _LATIN_OF.fullmatch(name) else None


def find_totals(
    rows: Sequence[Sequence[str]],
    called: Mapping[int, bool],
    columns: Sequence[Column],
    values: Sequence[Sequence[Value]],
    indents: Sequence[int] = (),
) -> Totals:
    """Which rows are totals: those whose name is one, and those that are the sum of rows above.

    Args:
        called: what `labelled` says.
        values: a list a column.
        indents: how far each row is indented.
    """
    found = Totals()
    numeric = [c for c, column in enumerate(columns) if column.type.is_number]
    sums = {c: _Sums() for c in numeric}
    open_ended = len(rows) <= _MOST_CHECKED
    for place, row in enumerate(rows):
        own = {c: value for c in numeric if isinstance(value := values[c][place], int | float)}
        mean = any(_MEANS.search(cell) for cell in _first(row)) if place in called else False
        adds_up = open_ended and any(sums[c].fits(value) for c, value in own.items())
        if place in called:
            holds = called[place] or adds_up or (not own and bool(_HAN.fullmatch(row[0])))
            if holds or _looks_total(place, row, rows):
                found.places.add(place)
                if own and open_ended and not adds_up and not mean:
                    found.wrong.append(place)
                for c, value in own.items():
                    sums[c].close(value, mean=mean)
                continue
        elif open_ended and place == len(rows) - 1 and _is_unnamed(row, rows, own, sums):
            found.places.add(place)
            continue
        for c, value in own.items():
            sums[c].add(value)
    if open_ended:
        found.places |= _parents(rows, found.places, numeric, values)
        if len({*indents}) > 1:
            found.places |= _above_indented(indents, found.places, numeric, values)
    return found


def _parents(
    rows: Sequence[Sequence[str]],
    totals: Set[int],
    numeric: Sequence[int],
    values: Sequence[Sequence[Value]],
) -> set[int]:
    """Rows that are the sum of those below them, up to the next that is numbered likewise: 一、收入
    above its parts."""
    styles = [style_of(next(filter(None, row), "")) for row in rows]
    parents: set[int] = set()
    for place, style in enumerate(styles):
        if not style or place in totals:
            continue
        end = place + 1
        while end < len(rows) and styles[end] != style and end not in totals:
            end += 1
        parts = [at for at in range(place + 1, end) if styles[at] == styles[place + 1]]
        if len(parts) > 1 and _is_sum(place, parts, numeric, values):
            parents.add(place)
    return parents


def _above_indented(
    indents: Sequence[int],
    totals: Set[int],
    numeric: Sequence[int],
    values: Sequence[Sequence[Value]],
) -> set[int]:
    """Rows that are the sum of those right below them that are indented further."""
    parents: set[int] = set()
    for place in range(len(indents) - 1):
        step = indents[place + 1]
        if step <= indents[place] or place in totals:
            continue
        end = place + 1
        while end < len(indents) and indents[end] > indents[place]:
            end += 1
        parts = [at for at in range(place + 1, end) if indents[at] == step and at not in totals]
        if len(parts) > 1 and _is_sum(place, parts, numeric, values):
            parents.add(place)
    return parents


def _is_sum(
    place: int, parts: Sequence[int], numeric: Sequence[int], values: Sequence[Sequence[Value]]
) -> bool:
    checked = 0
    for c in numeric:
        value = values[c][place]
        numbers = [one for at in parts if isinstance(one := values[c][at], int | float)]
        if isinstance(value, int | float) and value and numbers:
            if not _equal(value, sum(numbers)):
                return False
            checked += 1
    return checked > 0


def _looks_total(place: int, row: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether 资产总计 or Total assets is a total though its numbers are no plain sum: what else
    of it is text is empty, and it is not the first row."""
    name = next(_first(row), "")
    others = [cell for cell in row if cell and cell != name and not re.search(r"\d", cell)]
    return place > 0 and not [cell for cell in others if cell not in ("-", "—", "--", "/")]


def _is_unnamed(
    row: Sequence[str],
    rows: Sequence[Sequence[str]],
    own: Mapping[int, float],
    sums: Mapping[int, _Sums],
) -> bool:
    """Whether a last row is the sum of all above it, in each of its numbers: without a name, or
    with any name (All wards) where it has several numbers, of every column that has some."""
    if len(rows) < 4 or not own:
        return False
    unnamed = len([cell for cell in row if cell]) == len(own)
    if not unnamed and (len(own) < 2 or len(own) < len(sums)):
        return False
    return all(sums[c].count > 2 and value and sums[c].fits(value) for c, value in own.items())


class _Sums:
    """A column's running sums: since the last subtotal, of the subtotals, and of all rows."""

    def __init__(self) -> None:
        self.part = self.all = self.closed = 0.0
        self.count = 0
        self._run: list[float] = []

    def add(self, value: float) -> None:
        self.part += value
        self.all += value
        self.count += 1

    def fits(self, value: float) -> bool:
        if not self.count:
            return False
        candidates = [self.part, self.all, self.closed, self.closed + self.part]
        back = 0.0
        for one in reversed(self._run[-12:]):  # a total of the last subtotals
            back += one
            candidates += [back, back + self.part]
        return any(_equal(value, one) for one in candidates)

    def close(self, value: float, *, mean: bool) -> None:
        if not mean:
            self.closed += self.part
            self._run.append(value)
            self.part = 0.0


def _equal(a: float, b: float) -> bool:
    """Equal but for what rounding the rows leaves."""
    return abs(a - b) <= max(_NEAR, 1e-9 * max(abs(a), abs(b)), 0.0)
