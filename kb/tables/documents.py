"""Documents as tables: one of all of them, and one for each kind with the fields that its documents
state about themselves.

Fields of one name are one column; so are those whose names differ by case, width, blanks, a unit in
brackets, or 编号 beside 号. Nothing else is taken for the same.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from kb.table_types import (
    DOCUMENTS,
    Column,
    ColumnType,
    Described,
    Row,
    RowFlag,
    Table,
    Value,
)
from kb.tables.column_names import bare
from kb.tables.kinds import FILES, Kind, kind_named, plural_too
from kb.text.fold import fold

_MOST_COLUMNS = 60
_LEAST_ALIKE = 2
"""Fields that documents without a kind must share to be in one table; documents of one."""
_SHARED = 0.5
_OWN = ("path", "title", "date", "author", "version")
_DATES = ("date", "日期", "时间", "会议时间", "会议日期", "签订日期", "签署日期", "created")
_AUTHORS = ("author", "作者", "sender", "发件人", "编制人", "编写人", "起草人", "撰写人", "拟稿人",
            "written by", "prepared by", "编制", "by")  # fmt: skip

Place = tuple[int | None, int | None]
"""Page and line."""


@dataclass(slots=True)
class _Field:
    name: str
    column: Column
    text: str
    value: Value
    place: Place


@dataclass(slots=True)
class _Entry:
    """A document in the making: its fields by the names that they share."""

    of: Described
    kind: Kind | None
    fields: dict[str, _Field] = field(default_factory=dict)


def may_be_tables(kinds: Iterable[str], stating: int) -> bool:
    """Whether `document_tables` may find any, of the documents' kinds alone, by name, and of how
    many state something about themselves."""
    counts = Counter(kind.words for name in kinds if (kind := kind_named(name)))
    return stating >= _LEAST_ALIKE or any(count > 1 for count in counts.values())


def document_tables(documents: Iterable[Described]) -> list[Table]:
    """The tables, that of all documents first; none where no two documents are of a kind, and less
    than two state anything about themselves."""
    entries = [_entry(one) for one in sorted(documents, key=lambda one: (one.path, one.doc_id))]
    groups = _groups(entries)
    if not groups and sum(bool(one.fields) for one in entries) < _LEAST_ALIKE:
        return []
    tables = [_of_all(entries)]
    for name, words, members in groups:
        table = _of_group(name, words, members)
        if table is not None:
            tables.append(table)
    return [_placed(table, place) for place, table in enumerate(tables)]


def where(texts: Sequence[str]) -> tuple[str, list[Place]]:
    """Of a row of documents, the document's id, and where each cell stands in it."""
    doc_id, places = json.loads(texts[-1])
    return doc_id, [(page, line) for page, line in places]


def shared_name(name: str) -> str:
    """What two names of one field have in common: case, width, blanks, units and 号 apart."""
    text = re.sub(r"\s+", "", bare(fold(name))) if not name.isascii() else bare(fold(name))
    return re.sub(r"(?<=[^\W\d_])(?:编号|号码)$", "号", text)


def _entry(one: Described) -> _Entry:
    entry = _Entry(one, kind_named(one.kind))
    if one.stated is not None:
        row = one.stated.rows[0]
        places = [(page, line) for page, line in json.loads(row.texts[-1])]
        cells = zip(one.stated.columns, row.texts, row.values, places, strict=False)
        for column, text, value, place in cells:
            if column.name:
                name = shared_name(column.name)
                entry.fields.setdefault(name, _Field(column.name, column, text, value, place))
    return entry


def _placed(table: Table, place: int) -> Table:
    return Table(
        place, table.name, table.caption, None, table.columns, table.rows, remarks=table.remarks
    )


# --- groups ---------------------------------------------------------------------------


def _groups(entries: Sequence[_Entry]) -> list[tuple[str, str, list[_Entry]]]:
    """Documents of one kind, and of those without a kind what states the same of itself: a name,
    the words for it, and its documents. Each has at least two."""
    of_kind: dict[str, list[_Entry]] = defaultdict(list)
    alike: list[list[_Entry]] = []
    for entry in entries:
        if entry.kind is not None:
            of_kind[entry.kind.words].append(entry)
        elif len(entry.fields) >= _LEAST_ALIKE:
            own = {*entry.fields}
            for group in alike:
                common = own & _common(group)
                if len(common) >= max(_LEAST_ALIKE, _SHARED * len(own)):
                    group.append(entry)
                    break
            else:
                alike.append([entry])
    found = []
    for words, group in of_kind.items():
        names = Counter(one.kind.name for one in group if one.kind)
        name = min(names, key=lambda one: (-names[one], one))
        found.append((name, words, group))
    for group in alike:
        name = _common_words(group)
        if name:
            found.append((name, name, group))
    kept = [one for one in found if len(one[2]) > 1]
    return sorted(kept, key=lambda one: (one[0], one[2][0].of.path))


def _common(group: Sequence[_Entry]) -> set[str]:
    counts = Counter(name for one in group for name in one.fields)
    return {name for name, count in counts.items() if count * 2 >= len(group)}


def _common_words(group: Sequence[_Entry]) -> str:
    """What the titles, else the folders, of some documents have in common at their ends."""
    titles = [re.sub(r"[\W\d_]+$", "", one.of.title) for one in group]
    end = _common_end(titles)
    words = (
        end if not end.isascii() else " ".join(re.findall(r"(?<![^\W_])[a-z][a-z ]+", end, re.I))
    )
    if len(words.strip()) >= 2:
        return words.strip()
    begin = _common_end([title[::-1] for title in titles])[::-1]
    begin = re.match(r"[^\W\d_]*(?:[ ][^\W\d_]+)*", begin)[0] if begin else ""  # type: ignore[index]
    if len(begin.strip()) >= 2 and len(group) > 1:
        return begin.strip()
    folders = {one.of.path.rpartition("/")[0].rpartition("/")[2] for one in group}
    return folders.pop() if len(folders) == 1 else ""


def _common_end(texts: Sequence[str]) -> str:
    first = texts[0]
    for start in range(len(first)):
        if all(text.endswith(first[start:]) for text in texts):
            return first[start:]
    return ""


# --- tables ---------------------------------------------------------------------------


def _of_all(entries: Sequence[_Entry]) -> Table:
    rows = []
    for entry in entries:
        kind = entry.kind.name if entry.kind else ""
        date, author = _date(entry), _author(entry)
        one = entry.of
        cells = [
            *_own_cells(entry, date, author),
            (kind, fold(kind) or None, (None, None)),
            (one.family, None, (None, None)),
        ]
        rows.append((entry, cells))
    columns = (*_own_columns(), Column("kind", ColumnType.TEXT), Column("family", ColumnType.TEXT))
    return _table(DOCUMENTS, plural_too(FILES), columns, rows)


def _of_group(name: str, words: str, members: Sequence[_Entry]) -> Table | None:
    counts = Counter(key for one in members for key in one.fields)
    least = 2 if len(members) > 2 else 1
    order: dict[str, int] = {}
    for one in members:
        for key in one.fields:
            order.setdefault(key, len(order))
    own = {*_DATES, *_AUTHORS, "title", "标题", "subject", "主题"}
    keys = [key for key in order if counts[key] >= least and (key not in own or key in _SAID)]
    keys = sorted(keys, key=lambda key: (-counts[key], order[key]))[:_MOST_COLUMNS]
    keys.sort(key=order.__getitem__)
    typed = {
        key: _column([one.fields[key] for one in members if key in one.fields]) for key in keys
    }
    rows = []
    for one in members:
        cells = _own_cells(one, _date(one), _author(one))
        for key in keys:
            cells.append(_cell(one.fields.get(key), typed[key]))
        rows.append((one, cells))
    columns = (*_own_columns(), *(typed[key] for key in keys))
    return _table(name, plural_too(words), columns, rows)


_SAID = frozenset(("签订日期", "签署日期", "发件人", "sender", "会议时间", "会议日期"))
"""Fields that are said by their own name, beside date and author."""


def _own_columns() -> tuple[Column, ...]:
    kinds = {"date": ColumnType.DATE}
    return tuple(Column(name, kinds.get(name, ColumnType.TEXT)) for name in _OWN)


_Cell = tuple[str, Value, Place]


def _own_cells(entry: _Entry, date: _Cell, author: _Cell) -> list[_Cell]:
    one, none = entry.of, (None, None)
    title = " ".join(one.title.split())
    # A path is worth nothing, so that no word of a question is taken for it.
    return [
        (one.path, None, none),
        (title, fold(title) or None, none),
        date,
        author,
        (one.version, fold(one.version) or None, none),
    ]


def _date(entry: _Entry) -> _Cell:
    for key in _DATES:
        said = entry.fields.get(key)
        if said is not None and said.column.type is ColumnType.DATE and said.value:
            return said.text, said.value, said.place
    return entry.of.dated, entry.of.dated or None, (None, None)


def _author(entry: _Entry) -> _Cell:
    for key in _AUTHORS:
        if said := entry.fields.get(key):
            return said.text, fold(said.text), said.place
    return "", None, (None, None)


def _column(fields: Sequence[_Field]) -> Column:
    """The column that fields of several documents make: of the type of nine of ten of them. Where
    units differ it is of text: euros and yuan are not added up."""
    name = Counter(one.name for one in fields).most_common(1)[0][0]
    kinds = Counter(_sort(one.column.type) for one in fields)
    kind, count = kinds.most_common(1)[0]
    units = {one.column.unit for one in fields if _sort(one.column.type) is kind}
    if count < 0.9 * len(fields) or len(units) > 1:
        return Column(name, ColumnType.TEXT)
    first = next(one.column for one in fields if _sort(one.column.type) is kind)
    same = [one.column for one in fields if _sort(one.column.type) is kind]
    if any(one.type is not first.type for one in same):  # 80 and 80.5
        kind = (
            ColumnType.MONEY
            if units and any(one.type is ColumnType.MONEY for one in same)
            else ColumnType.DECIMAL
        )
    else:
        kind = first.type
    scales = {one.scale for one in same}
    scale = scales.pop() if len(scales) == 1 else 1.0
    decimals = max(one.decimals for one in same)
    return Column(name, kind, next(iter(units), ""), scale, decimals)


def _sort(kind: ColumnType) -> ColumnType:
    """Numbers are of one sort, texts and codes too."""
    if kind in (ColumnType.INTEGER, ColumnType.DECIMAL, ColumnType.MONEY):
        return ColumnType.DECIMAL
    return ColumnType.TEXT if kind is ColumnType.CODE else kind


def _cell(said: _Field | None, column: Column) -> _Cell:
    if said is None:
        return "", None, (None, None)
    if column.type in (ColumnType.TEXT, ColumnType.CODE):
        return said.text, fold(said.text) or None, said.place
    fits = _sort(said.column.type) is _sort(column.type)
    return said.text, said.value if fits else None, said.place


def _table(
    name: str, words: str, columns: Sequence[Column], rows: Sequence[tuple[_Entry, list[_Cell]]]
) -> Table:
    """Columns that hold nothing are left out; the last, hidden one says where cells stand."""
    used = [
        at
        for at, column in enumerate(columns)
        if column.name in _OWN[:2] or any(cells[at][0] for _, cells in rows)
    ]
    made = []
    for number, (entry, cells) in enumerate(rows, start=1):
        kept = [cells[at] for at in used]
        where = [entry.of.doc_id, [place for _, _, place in kept]]
        places = json.dumps(where, separators=(",", ":"))
        replaced = entry.of.replaced and not (entry.kind and entry.kind.is_event)
        flag = RowFlag.REPLACED if replaced else RowFlag.PLAIN
        made.append(
            Row(
                number,
                (*(text for text, _, _ in kept), places),
                (*(value for _, value, _ in kept), None),
                flag,
            )
        )
    kept_columns = tuple(columns[at] for at in used)
    hidden = Column("", ColumnType.INTEGER, hidden=True)
    return Table(0, name, words, None, (*kept_columns, hidden), tuple(made))
