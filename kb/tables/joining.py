"""Questions whose cells and whose answer stand in two tables that share values: the extension of
the user of an asset.

Two tables are joined where a column of one holds the keys of the other: then the pair is read, and
planned, as one wide table whose rows are those of the first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from kb.table_types import ColumnType
from kb.tables import concepts
from kb.tables.joined import Joined, Readable, WithJoins
from kb.tables.links import Links
from kb.tables.shape import Shape
from kb.text.han import HAN

_MOST_TABLES = 8
"""Tables on either side that are tried, those that explain the most of the question first."""
_MOST_JOINS = 24
_MOST_ROWS, _MOST_COLUMNS = 50_000, 200
"""Of the first table, and of both together: larger ones are not joined."""
_LEAST_SHARED = 0.5
"""Of the first table's values in the joining column, the share that the second one knows."""


def joins(
    links: Sequence[Links], shape: Callable[[Readable], Shape], index: WithJoins
) -> Iterator[Joined]:
    """The pairs of tables that may answer together: the first holds a cell of the question, the
    second a column that the first one lacks."""
    linked = [one for one in links if one.values or one.columns]
    linked.sort(key=lambda one: (sum(map(len, one.left)), -_explained(one)))
    best = linked[:_MOST_TABLES]
    return islice(_pairs(best, best, shape, index), _MOST_JOINS)


def _explained(one: Links) -> float:
    values = sum(4 * (v.end - v.start) for v in one.values)
    return values + sum((c.end - c.start) * int(c.strength) for c in one.columns)


def _pairs(
    lefts: Sequence[Links],
    rights: Sequence[Links],
    shape: Callable[[Readable], Shape],
    index: WithJoins,
) -> Iterator[Joined]:
    for one in lefts:
        for other in rights:
            if one.table.id == other.table.id or not _adds(one, other):
                continue
            yield from _joinings(one, shape(one.table), shape(other.table), index)


def _adds(one: Links, other: Links) -> bool:
    """Whether the second table explains a word that the first leaves, or explains less well."""
    covered = [(link.start, link.end) for link in one.values]
    if any((link.start, link.end) not in covered for link in other.values if not link.part):
        return True
    for link in other.columns:
        known = [c for c in one.columns if c.start <= link.start and link.end <= c.end]
        if not any(c.strength >= link.strength for c in known):
            return True
    return False


def _joinings(one: Links, left: Shape, right: Shape, index: WithJoins) -> Iterator[Joined]:
    named = {c for link in one.columns for c in link.columns}
    one_table, right_table = left.table, right.table
    if left.table.plain > _MOST_ROWS or len(left.columns) + len(right.columns) > _MOST_COLUMNS:
        return
    if isinstance(one_table, Joined) or isinstance(right_table, Joined):
        return
    found = []
    for here in left.texts:
        for there in right.texts:
            if _may_join(left, here, right, there) and _shares(left, here, right, there, index):
                found.append(Joined(one_table, right_table, here, there))
    # A column that the question names is the way that it means.
    best = [join for join in found if join.here in named]
    yield from best or found


def _may_join(left: Shape, here: int, right: Shape, there: int) -> bool:
    if not right.tells_apart(there):
        return False
    one, other = left.names[here], right.names[there]
    if one == other or concepts.groups(one) & concepts.groups(other):
        return True
    if there in right.people or _are_alike(one, other):
        return left.columns[here].type is ColumnType.TEXT
    return left.columns[here].type is right.columns[there].type is ColumnType.CODE


def _are_alike(one: str, other: str) -> bool:
    """Whether two names have a noun in common: 始发中心 and 中心名称, depot of origin and depot."""
    return bool(_nouns(one) & _nouns(other))


def _nouns(name: str) -> set[str]:
    own = re.sub(r"名称|姓名|编号|代码|号码|类型|类别|日期|时间|状态", " ", name)
    pairs = {own[at : at + 2] for at in range(len(own) - 1) if re.match(f"[{HAN}]{{2}}", own[at:])}
    words = {concepts.singular(one) for one in re.findall(r"[a-z]{3,}", own)}
    return pairs | words - _SAY_NOTHING


_SAY_NOTHING = frozenset(("name", "number", "code", "type", "date", "time", "status", "the", "for"))


_NAMES = " AND c{} GLOB '*[^0-9.,%+ -]*'"
"""Numbers among texts are no names: two rows with 0.53 have nothing to do with each other."""


def _shares(left: Shape, here: int, right: Shape, there: int, index: WithJoins) -> bool:
    view = index.view_sql(left.table)
    other = index.view_sql(right.table)
    is_text = left.columns[here].type is ColumnType.TEXT
    known = f"c{here} IN (SELECT c{there} FROM {other} WHERE flags = 0)"
    [[shared, total]] = index.run(
        f"SELECT count(DISTINCT CASE WHEN {known} THEN c{here} END), count(DISTINCT c{here})"
        f" FROM {view} WHERE flags = 0 AND c{here} != ''{_NAMES.format(here) if is_text else ''}",
        (),
    )
    return int(str(total)) > 0 and int(str(shared)) >= max(1, int(str(total)) * _LEAST_SHARED)
