"""Large tables are not embedded row by row: a description stands for the rows.

A sheet of 100,000 rows makes some 35,000 chunks, which take hours to embed and are all alike to a
model. In front of such rows a description goes into the text (columns, types, ranges, the values
of columns that have few), which is embedded; the rows behind it are found by words and identifiers,
in the catalog (kb/index/lexical.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from kb.documents.builder import HIDDEN
from kb.table_types import Column, ColumnType, Row, Table, Value
from kb.text.language import Language, language
from kb.types import Element, ElementKind, ParsedDocument

_FEW = 20
"""Distinct values up to which all of them are told."""
_EXAMPLES = 3
_LONGEST = 40
"""Characters of a value that is told."""
_ROWS_LOOKED_AT = 20
"""For the language of a table."""

Span = tuple[int, int]

_ORDERED = (ColumnType.DATE, ColumnType.TIME, ColumnType.CODE)
_TYPES = {
    ColumnType.TEXT: "文本",
    ColumnType.CODE: "编码",
    ColumnType.INTEGER: "整数",
    ColumnType.DECIMAL: "小数",
    ColumnType.PERCENT: "百分比",
    ColumnType.MONEY: "金额",
    ColumnType.DATE: "日期",
    ColumnType.TIME: "时间",
    ColumnType.BOOLEAN: "是或否",
}


def with_descriptions(
    document: ParsedDocument, table_rows: int
) -> tuple[ParsedDocument, tuple[Span, ...]]:
    """The document with a description in front of the rows of each table of `table_rows` rows or
    more (0: of none), and the spans of these rows.

    Rows that follow one another belong to the first table, of those not placed yet, that has no
    more rows than they are; what else lies between them goes with it.
    """
    large = [one for one in document.tables if 0 < table_rows <= len(one.rows)]
    if not large:
        return document, ()
    parts: list[str] = []
    elements: list[Element] = []
    spans: list[Span] = []
    copied = shift = taken = 0
    for first, last in _runs(document.elements, table_rows):
        told = [*_taken(large, last - first)]
        if not told:
            continue
        begin, end = document.elements[first].start, document.elements[last - 1].end
        elements += (_moved(one, shift) for one in document.elements[taken:first])
        parts.append(document.text[copied:begin])
        copied, taken = begin, first
        text = "\n".join(map(description, told))
        at = begin + shift
        elements.append(
            Element(ElementKind.PARAGRAPH, at, at + len(text), page=document.elements[first].page)
        )
        parts += [text, "\n\n"]
        shift += len(text) + 2
        spans.append((begin + shift, end + shift))
    elements += (_moved(one, shift) for one in document.elements[taken:])
    parts.append(document.text[copied:])
    described = replace(document, text="".join(parts), elements=tuple(elements))
    return described, tuple(spans)


def description(table: Table) -> str:
    """A line on the table, and one on each column that is not hidden; totals and hidden rows are
    left out of ranges and values, as they are of computing."""
    rows = [one for one in table.rows if not one.flags]
    sample = " ".join(text for row in rows[:_ROWS_LOOKED_AT] for text in row.texts)
    names = " ".join(column.name for column in table.columns)
    chinese = language(f"{table.name} {names} {sample}") is Language.ZH
    lines = [_head(table, len(rows), chinese=chinese)]
    lines += (
        _of_column(column, place, rows, chinese=chinese)
        for place, column in enumerate(table.columns)
        if not column.hidden
    )
    return "\n".join(f"{HIDDEN}{line}" if table.hidden else line for line in lines)


def _runs(elements: Sequence[Element], least: int) -> Iterator[tuple[int, int]]:
    """Where so many rows or more follow one another: the first, and the one behind the last."""
    first = 0
    for place, one in enumerate(elements):
        if one.kind is not ElementKind.TABLE_ROW:
            if place - first >= least:
                yield first, place
            first = place + 1
    if len(elements) - first >= least:
        yield first, len(elements)


def _taken(large: list[Table], rows: int) -> Iterator[Table]:
    """The tables that a run of rows holds, taken out of those that are not placed yet."""
    while fitting := next((one for one in large if len(one.rows) <= rows), None):
        yield fitting
        rows -= len(fitting.rows)
        del large[: large.index(fitting) + 1]


def _moved(element: Element, shift: int) -> Element:
    if not shift:
        return element
    return replace(element, start=element.start + shift, end=element.end + shift)


# --- words ----------------------------------------------------------------------------


def _head(table: Table, rows: int, *, chinese: bool) -> str:
    columns = len(table.columns)
    named = " ".join(filter(None, (table.name, table.caption)))
    if chinese:
        return f"表格《{named or '无名'}》：{rows:,} 行，{columns} 列。"
    return f"Table '{named or 'without a name'}': {rows:,} rows, {columns} columns."


def _of_column(column: Column, place: int, rows: Sequence[Row], *, chinese: bool) -> str:
    kind = _TYPES[column.type] if chinese else column.type.value
    name = column.name or (f"第 {place + 1} 列" if chinese else f"column {place + 1}")
    counted: Counter[str] = Counter(row.texts[place] for row in rows)
    counted.pop("", None)
    return (
        f"{name}（{kind}）：{_zh(column, place, rows, counted)}"
        if chinese
        else (f"{name} ({kind}): {_en(column, place, rows, counted)}")
    )


def _zh(column: Column, place: int, rows: Sequence[Row], counted: Counter[str]) -> str:
    if len(counted) <= _FEW:
        return f"{'、'.join(_shown(one) for one in _by_count(counted)) or '空'}。"
    if ends := _ends(column, place, rows):
        return f"{_shown(ends[0])} 至 {_shown(ends[1])}，{len(counted):,} 个不同的值。"
    examples = "、".join(_shown(one) for one in _by_count(counted)[:_EXAMPLES])
    return f"{len(counted):,} 个不同的值，例如 {examples}。"


def _en(column: Column, place: int, rows: Sequence[Row], counted: Counter[str]) -> str:
    if len(counted) <= _FEW:
        return f"{', '.join(_shown(one) for one in _by_count(counted)) or 'empty'}."
    if ends := _ends(column, place, rows):
        return f"{_shown(ends[0])} to {_shown(ends[1])}, {len(counted):,} distinct values."
    examples = ", ".join(_shown(one) for one in _by_count(counted)[:_EXAMPLES])
    return f"{len(counted):,} distinct values, such as {examples}."


def _by_count(counted: Counter[str]) -> list[str]:
    return sorted(counted, key=lambda one: (-counted[one], one))


def _ends(column: Column, place: int, rows: Sequence[Row]) -> tuple[str, str] | None:
    """The least and the greatest value as displayed; None where values have no order."""
    if not (column.type.is_number or column.type in _ORDERED):
        return None
    filled = [row for row in rows if row.values[place] is not None]
    if not filled:
        return None

    def key(row: Row) -> tuple[float, int, str]:
        value: Value = row.values[place]
        if isinstance(value, int | float):
            return float(value), 0, ""
        # Of codes the shorter ones first: E999 before E1000.
        return 0.0, len(str(value)) if column.type is ColumnType.CODE else 0, str(value)

    return min(filled, key=key).texts[place], max(filled, key=key).texts[place]


def _shown(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
