"""By which heads each cell of a table is known: those of its row, and those of its column."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from weakref import WeakKeyDictionary

from kb.table_types import Column, ColumnType, RowFlag, StoredTable
from kb.tables import concepts
from kb.tables.column_names import bare
from kb.tables.index import TableIndex
from kb.tables.joined import Readable
from kb.tables.moments import Moment, may_be_time, moments, only_year
from kb.text.fold import fold
from kb.text.han import HAN

MOST_ROWS = 300
"""Of a table whose cells are looked up by their heads; in a longer one rows are found by keys."""
_LONGEST = 40
_NUMBERED = re.compile(
    r"\s*(?:[一二三四五六七八九十]{1,3}[、.]|\([一二三四五六七八九十\d]{1,3}\)|\d{1,2}(?:[、)]|\.(?!\d))"
    r"|(?:其中|加|减|of which|including|add|less|thereof)\s*:|of which |thereof )\s*"
)
_HAN_CHAR = re.compile(f"[{HAN}]")
_YEAR = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True, slots=True)
class Head:
    """The heads of one column. `words` are what it may be called in full, `text` all that they say;
    both are folded."""

    text: str
    words: frozenset[str]
    times: tuple[Moment, ...]
    groups: frozenset[int]


@dataclass(slots=True)
class Addresses:
    """A table's cells. `rows` are number, flags and displayed cells; `called` is in which rows a
    folded word stands as a whole cell; `labels` are the columns that name the rows, `naming` what
    each row is called there; `targets` are the columns whose cells are told. `year` is that of the
    report, `own` what the table and its document are called."""

    table: StoredTable
    rows: Sequence[tuple[int, int, tuple[str, ...]]]
    heads: Sequence[Head]
    labels: tuple[int, ...]
    targets: tuple[int, ...]
    own: str
    year: int | None
    own_times: Sequence[Moment] = ()
    """The days and periods that `own` speaks of."""
    headed: Mapping[str, Sequence[int]] = field(default_factory=dict)
    """Which columns a folded word heads in full."""
    called: Mapping[str, Sequence[int]] = field(default_factory=dict)
    naming: Sequence[str] = ()
    times: Sequence[tuple[int, Moment]] = ()
    """Of rows: the place of the row, and the time that its name speaks of."""
    text: str = ""
    """All heads of rows and columns."""

    @property
    def is_of_one_kind(self) -> bool:
        """Whether the cells that are told are numbers of one kind: then several are told where it
        is open which is meant. Of one column nothing is open."""
        columns = [self.table.columns[c] for c in self.targets]
        kinds = {(one.type, one.unit) for one in columns}
        return len(columns) == 1 or (len(kinds) == 1 and columns[0].type.is_number)


def addresses(table: StoredTable, index: TableIndex) -> Addresses | None:
    """The cells of a table by their heads; None where it has too many rows, or none. They are kept
    with the index, whose generation does not change."""
    kept = _KEPT.setdefault(index, {})
    if table.id not in kept:
        if len(kept) >= _MOST_KEPT:
            kept.clear()
        kept[table.id] = _addresses(table, index)
    return kept[table.id]


_MOST_KEPT = 64
_KEPT: WeakKeyDictionary[TableIndex, dict[int, Addresses | None]] = WeakKeyDictionary()


def _addresses(table: StoredTable, index: TableIndex) -> Addresses | None:
    if not 0 < table.rows <= MOST_ROWS:
        return None
    rows, worth = _rows(table, index)
    if not rows:
        return None
    labels = _labels(table.columns, worth) if len(rows) > 1 else ()  # a form has one row
    heads = [head_of(column) for column in table.columns]
    headed: defaultdict[str, list[int]] = defaultdict(list)
    for c, head in enumerate(heads):
        for word in head.words:
            headed[word].append(c)
    counted = [
        c
        for c, column in enumerate(table.columns)
        if column.type is ColumnType.INTEGER and heads[c].text and not column.hidden
    ]
    called: defaultdict[str, list[int]] = defaultdict(list)
    naming, times = [], []
    handles = [c for c, column in enumerate(table.columns) if c in labels or _names_rows(column)]
    for place, cells in enumerate(worth):
        words = {word for c in handles for word in called_as(cells[c])}
        words |= {one for c in counted for one in _numbered_as(heads[c].text, rows[place][2][c])}
        for word in words:
            called[word].append(place)
        naming.append(" ".join(cells[c] for c in labels))
        times += [(place, one) for c in labels for one in _times_of(cells[c], cells[c])]
    open_ = unclear(heads)
    targets = tuple(
        c
        for c, column in enumerate(table.columns)
        if not (column.hidden or c in labels or c in open_)
    )
    titles = titles_of(table)
    return Addresses(
        table=table,
        rows=rows,
        heads=heads,
        labels=labels,
        targets=targets,
        own=" ".join(titles),
        year=only_year(titles),
        own_times=days_of(titles),
        headed=headed,
        called=called,
        naming=naming,
        times=times,
        text="\n".join((*(one.text for one in heads), *naming)),
    )


def titles_of(table: Readable) -> list[str]:
    """What a table and its document are called, folded, its own names first."""
    return [fold(one) for one in (table.caption, table.name, table.title, table.source)]


def days_of(titles: Sequence[str]) -> list[Moment]:
    """The calendar's days and periods that names speak of."""
    return [one for one in moments(" ".join(titles)) if one.is_calendar]


def head_of(column: Column) -> Head:
    name = fold(column.name)
    parts = [bare(_plain(one)) for one in _levels(name)]
    whole = bare(name)
    words = {name, whole, *parts}
    times = [one for part in _levels(whole) for one in _times_of(part, whole)]
    if times:
        rest = whole
        for one in reversed(times):
            rest = f"{rest[: one.start]} {rest[one.end :]}"
        words |= {" ".join(rest.split()), *(one for one in rest.split() if not one.isascii())}
    groups: frozenset[int] = frozenset()
    for part in words:
        groups |= concepts.groups(part)
    return Head(whole, frozenset(one for one in words if len(one) > 1), tuple(times), groups)


_CHANGE = re.compile(
    r"增减|变动|变化|同比|环比|增长|增幅|\bchange|\bvs\b|\bversus\b|[年期]比|[与较]上"
)


def _times_of(part: str, whole: str) -> list[Moment]:
    """The times of one level of a name: a change from one time to another is of neither."""
    if not may_be_time(part) or _CHANGE.search(part):
        return []
    at = whole.index(part)
    return [replace(one, start=one.start + at, end=one.end + at) for one in moments(part)]


def unclear(heads: Sequence[Head]) -> set[int]:
    """Columns of which one may bear the other's head: where 2024 A B stands beside 2024 alone, as
    where a head is wider than its column, B is the head of either; or A B beside none at all."""
    beside = [
        c
        for c, (one, other) in enumerate(pairwise(heads))
        if " " in one.text and (not other.text or _is_below(one.text, other.text, heads))
    ]
    return {*beside, *(c + 1 for c in beside)}


def _is_below(name: str, other: str, heads: Sequence[Head]) -> bool:
    """Whether a name is one below the head that its neighbour bears alone: Item ID beside Item is
    a name of two words, unless Item stands over several."""
    if not name.startswith(f"{other} "):
        return False
    several = sum(one.text.startswith(f"{other} ") for one in heads) > 1
    return several or not re.fullmatch(r"[a-z]+", other)


def _levels(name: str) -> list[str]:
    """The heads of each level: a blank stands between them, as within a Latin head."""
    if not _HAN_CHAR.search(name):
        return [name]
    return re.split(rf"(?<=[{HAN})]) (?=\S)|(?<=\S) (?=[{HAN}(])", name)


def called_as(text: str) -> set[str]:
    """What a folded cell may be called: without its number, 其中, and what is in brackets."""
    text = " ".join(text.split())
    if not text or len(text) > _LONGEST:
        return set()
    plain = _plain(text)
    return {one for one in (text, plain, bare(plain)) if one}


def _numbered_as(head: str, cell: str) -> set[str]:
    """A row may be called by a head with its number: week 3, 第3周."""
    if not cell.isdecimal() or len(cell) > 3:
        return set()
    return {f"{head} {cell}"} if head.isascii() else {f"第{cell}{head}", f"{head}{cell}"}


def _plain(text: str) -> str:
    while True:
        found = _NUMBERED.match(text)
        if not found or found.end() == len(text):
            return text
        text = text[found.end() :]


def _labels(columns: Sequence[Column], rows: Sequence[tuple[str, ...]]) -> tuple[int, ...]:
    """The columns at the left that name the rows: those of levels, which have no name, and the
    first that has one, or that tells the rows apart."""
    found: list[int] = []
    for c, column in enumerate(columns):
        if column.hidden:
            continue
        if column.type in (ColumnType.TEXT, ColumnType.CODE, ColumnType.DATE):
            found.append(c)
            if column.name or len({row[c] for row in rows} - {""}) == len(rows):
                break
        elif not found and column.type is ColumnType.INTEGER and not column.unit:
            found.append(c)  # years, or numbers of rows
        else:
            break
    return tuple(found)


def _names_rows(column: Column) -> bool:
    return not column.hidden and column.type in (
        ColumnType.TEXT, ColumnType.CODE, ColumnType.DATE, ColumnType.INTEGER
    )  # fmt: skip


def _rows(
    table: StoredTable, index: TableIndex
) -> tuple[list[tuple[int, int, tuple[str, ...]]], list[tuple[str, ...]]]:
    """The rows as displayed, and their cells folded; of numbers only years are words."""
    places = range(len(table.columns))
    shown = ", ".join([*(f"x{c}" for c in places), *(f"c{c}" for c in places)])
    unseen = int(RowFlag.HIDDEN | RowFlag.REPLACED)
    found = index.run(
        f"SELECT number, flags, {shown} FROM {index.view_sql(table)} WHERE NOT flags & ?",
        (unseen,),
    )
    rows, folded = [], []
    for number, flags, *both in found:
        cells = tuple("" if one is None else str(one) for one in both[: len(places)])
        worth = both[len(places) :]
        rows.append((int(number), int(flags), cells))
        folded.append(tuple(map(_folded, table.columns, cells, worth)))
    return rows, folded


def _folded(column: Column, cell: str, worth: object) -> str:
    if column.type in (ColumnType.TEXT, ColumnType.CODE) and isinstance(worth, str):
        return worth  # folded as it is stored
    if column.type is ColumnType.INTEGER and not _YEAR.fullmatch(cell):
        return ""
    return fold(cell)
