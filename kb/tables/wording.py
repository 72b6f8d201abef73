"""A result in words: the value first, then one line of how it was computed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal

from kb.table_types import Column, ColumnType
from kb.tables.durations import duration_text
from kb.tables.joined import Joined, Readable
from kb.tables.plan import Combined, Comparison, Filter, Operation, Plan
from kb.tables.results import Result
from kb.text.han import HAN

_MOST_TOLD = 40
"""Cells that are told; how many more there are is said."""

_OPERATIONS = {
    Operation.SELECT: ("查找", "look-up"),
    Operation.EXISTS: ("计数", "count"),
    Operation.COUNT: ("计数", "count"),
    Operation.SUM: ("求和", "sum"),
    Operation.AVERAGE: ("平均", "average"),
    Operation.MEDIAN: ("中位数", "median"),
    Operation.TOP: ("排序", "order"),
    Operation.MOST: ("分组", "group"),
    Operation.PEAK: ("各列比较", "columns compared"),
    Operation.GROUPS: ("分组", "group"),
    Operation.SHARE: ("占比", "share"),
    Operation.QUOTIENT: ("相除", "quotient"),
    Operation.DIFFERENCE: ("相减", "difference"),
    Operation.GROWTH: ("增长率", "growth"),
    Operation.DURATION: ("相隔", "time between"),
    Operation.NEXT: ("后一行", "the next row"),
    Operation.PREVIOUS: ("前一行", "the row before"),
    Operation.WHERE: ("查找所在列", "look-up of the column"),
}


_SCALES = {1e3: "千", 1e4: "万", 1e6: "百万", 1e8: "亿", 1e9: "十亿"}
_ENGLISH_SCALES = {1e3: "k ", 1e4: "万", 1e6: "m ", 1e8: "亿", 1e9: "bn "}
_ENGLISH_WORDS = {1e3: "thousand", 1e6: "million", 1e9: "billion"}


def value_text(result: Result, chinese: bool, asked: str = "") -> str:
    """The first line: what was computed."""
    plan = result.plan
    match plan.operation:
        case Operation.COUNT:
            return _plain(result.value or 0)
        case Operation.SUM | Operation.AVERAGE | Operation.MEDIAN:
            return (
                _none(chinese)
                if result.value is None
                else _shown(result.value, _column(plan), asked)
            )
        case Operation.EXISTS:
            return _existing(result, chinese)
        case Operation.SHARE | Operation.GROWTH:
            sign = "/" if plan.operation is Operation.SHARE else "→"
            return f"{_percent(result.value or 0)} ({_parts(result, sign, asked)})"
        case Operation.QUOTIENT:
            return f"{_percent(result.value or 0)} ({_parts(result, '/', asked)})"
        case Operation.DURATION:
            first, last = result.cells[0]
            return duration_text(result.value or 0, first, last, chinese)
        case Operation.DIFFERENCE:
            return _difference(result, chinese, asked)
        case Operation.MOST | Operation.GROUPS | Operation.PEAK:
            return _groups(result, chinese, asked)
        case Operation.TOP:
            return _top(result, chinese)
        case _:
            return _cells(result, chinese)


def how_text(result: Result, chinese: bool) -> str:
    """The second line: filters, the rows used of those there are, the operation."""
    plan = result.plan
    name = _file(plan.table)
    if plan.table.of_documents:
        return _how_of_documents(result, chinese)
    if plan.table.name and plan.table.name not in name:
        name = f"{name} · {plan.table.name}"
    conditions = filters_text(plan, chinese)
    operation = _operation(plan, chinese)
    if isinstance(plan.table, Joined):
        here = column_name(plan.table, plan.table.here, chinese)
        via = f"{here} → {_file(plan.table.right)}"
        conditions = "; ".join(filter(None, (conditions, via)))
    if plan.hidden:
        conditions += "（隐藏行）" if chinese else " (hidden)"
    if chinese:
        where = f"，{conditions}" if conditions else ""
        return f"计算：《{name}》{where}，{result.of:,} 行中的 {result.used:,} 行，{operation}"
    where = f", {conditions}" if conditions else ""
    return f"Computed from {name}{where}: {result.used:,} of {result.of:,} rows, {operation}"


def plan_text(plan: Plan, chinese: bool) -> str:
    """What a plan does, in a short line: table, conditions, operation, columns."""
    name = _file(plan.table)
    if plan.table.name and plan.table.name not in name:
        name = f"{name} · {plan.table.name}"
    told = "、" if chinese else ", "
    columns = told.join(column_name(plan.table, c, chinese) for c in plan.targets)
    operation = f"{_operation(plan, chinese)} {columns}".rstrip()
    return "; ".join(filter(None, (name, filters_text(plan, chinese), operation)))


def _operation(plan: Plan, chinese: bool) -> str:
    operation = _OPERATIONS[plan.operation][0 if chinese else 1]
    sign = "、" if plan.combined is Combined.ADDED else f" {plan.combined} "
    measured = sign.join(column_name(plan.table, c, chinese) for c in plan.measures)
    if plan.group is not None:
        measured = "、".join(filter(None, (column_name(plan.table, plan.group, chinese), measured)))
    if measured:
        operation = f"{operation} {measured}" if not chinese else f"{operation}：{measured}"
    return operation


def _how_of_documents(result: Result, chinese: bool) -> str:
    """Of documents also how many do not state what is computed with, and how many are left out
    since another version is in their place."""
    plan = result.plan
    kind = "" if plan.table.name == plan.table.source else plan.table.name
    conditions, operation = filters_text(plan, chinese), _operation(plan, chinese)
    notes = []
    if result.missing:
        notes.append(
            f"{result.missing:,} 份未写明" if chinese else f"{result.missing:,} do not state it"
        )
    if result.replaced and not plan.hidden:
        notes.append(
            f"{result.replaced:,} 份旧版本未计"
            if chinese
            else f"{result.replaced:,} older versions left out"
        )
    if chinese:
        head = f"计算：{result.of:,} 份{kind or '文件'}中的 {result.used:,} 份"
        return "，".join(filter(None, (head, *notes, conditions, operation)))
    named = f" ({kind})" if kind else ""
    head = f"Computed from {result.used:,} of {result.of:,} documents{named}"
    return ", ".join(filter(None, (head, *notes, conditions, operation)))


def filters_text(plan: Plan, chinese: bool) -> str:
    return "; ".join(filter_text(plan, one, chinese) for one in (*plan.filters, *_sides(plan)))


def filter_text(plan: Plan, one: Filter, chinese: bool) -> str:
    if one.test is Comparison.AMONG:
        return one.shown
    name = column_name(plan.table, one.columns[0], chinese)
    if plan.table.of_documents and plan.columns[one.columns[0]].type is ColumnType.TEXT:
        return f"{name} ∋ {one.shown}"
    if len(one.columns) > 1:
        name = f"{name} … {column_name(plan.table, one.columns[-1], chinese)}"
    if one.test in _BETWEEN_COLUMNS:
        other = column_name(plan.table, int(str(one.values[0])), chinese)
        return f"{name} {_BETWEEN_COLUMNS[one.test]} {other}"
    if one.test is Comparison.EMPTY:
        return f"{name} {'为空' if chinese else 'is empty'}"
    word = "=" if one.test is Comparison.EQUAL else str(one.test.value)
    if one.test is Comparison.BETWEEN:
        word = "="
    if one.test is Comparison.PERIOD:
        word = "∈"
    return f"{name} {word} {one.shown or '、'.join(map(str, one.values))}"


_BETWEEN_COLUMNS = {
    Comparison.DIFFERS: "≠",
    Comparison.BELOW: "<",
    Comparison.ABOVE: ">",
    Comparison.SHORT: "<",
}


def _sides(plan: Plan) -> tuple[Filter, ...]:
    return tuple(one for one in plan.sides if one not in plan.filters)


def _cells(result: Result, chinese: bool) -> str:
    plan = result.plan
    columns = plan.columns
    rows = [tuple(cell or "—" for cell in row) for row in result.cells]
    rows = [*dict.fromkeys(rows)] if plan.operation is not Operation.WHERE else rows
    if plan.table.of_documents and _are_named(plan):
        return _joined(_documents(result, chinese), chinese, lines=result.used > 1)
    if plan.operation is Operation.WHERE:
        return "；".join("、".join(row) for row in rows if row) or _none(chinese)
    if len(plan.targets) == 1:
        texts = [with_unit(row[0], columns[plan.targets[0]]) for row in rows]
        return _joined(texts, chinese)
    if _are_labels(plan, columns):
        texts = [" ".join(row) for row in rows]
    else:
        texts = [", ".join(_named_cells(plan, row, chinese)) for row in rows]
    return _joined(texts, chinese, lines=len(texts) > 1)


def _are_named(plan: Plan) -> bool:
    """Whether documents themselves are told: by title, and day."""
    return {plan.columns[c].name for c in plan.targets} <= {"title", "date"}


def _documents(result: Result, chinese: bool) -> list[str]:
    """What each document is called: with its day where the plan tells it, with its path where two
    would be called the same, and whether another version replaces it."""
    texts = []
    for row in result.rows:
        _, title, *_ = row.texts
        days = [row.texts[c] for c in result.plan.targets if row.texts[c] not in (title, "")]
        texts.append(_bracketed(title, days[0], chinese) if days else title)
    called = Counter(texts)
    told = []
    for row, text in zip(result.rows, texts, strict=True):
        name = _bracketed(text, row.texts[0], chinese) if called[text] > 1 else text
        mark = ("（旧版本）" if chinese else " (replaced)") if row.number in result.older else ""
        told.append(name + mark)
    return told


def _named_cells(plan: Plan, row: Sequence[str], chinese: bool) -> Iterator[str]:
    for c, cell in zip(plan.targets, row, strict=True):
        yield f"{column_name(plan.table, c, chinese)}: {with_unit(cell, plan.columns[c])}"


def _are_labels(plan: Plan, columns: Sequence[Column]) -> bool:
    return all(columns[c].type in (ColumnType.TEXT, ColumnType.CODE) for c in plan.targets) and (
        len(plan.targets) <= 2
    )


def _joined(texts: Sequence[str], chinese: bool, *, lines: bool = False) -> str:
    told, more = texts[:_MOST_TOLD], len(texts) - _MOST_TOLD
    sign = "\n" if lines else ("、" if chinese else ", ")
    text = sign.join(told)
    if more > 0:
        text += f"{sign}（另有 {more} 项）" if chinese else f"{sign}(and {more} more)"
    return text


def _top(result: Result, chinese: bool) -> str:
    plan = result.plan
    measure = plan.measures[0]
    column, name = plan.columns[measure], column_name(plan.table, measure, chinese)
    lines = []
    for row in result.rows:
        names = [row.texts[c] for c in plan.targets if c != measure and row.texts[c]]
        if plan.table.of_documents and _are_named(plan) and len(plan.targets) > len(names):
            names.append(row.texts[0])  # others are called so too, and it bears no day
        value = with_unit(row.texts[measure], column)
        told = ("，" if chinese else ", ").join(dict.fromkeys(names))
        lines.append(_bracketed(told, f"{name}：{value}", chinese))
    return "\n".join(lines[:_MOST_TOLD])


def _bracketed(name: str, told: str, chinese: bool) -> str:
    return f"{name}（{told}）" if chinese else f"{name} ({told.replace('：', ': ')})"


def _groups(result: Result, chinese: bool, asked: str) -> str:
    plan = result.plan
    column = _column(plan) if plan.measures else None
    texts = [
        _bracketed(name, _shown(number, column, asked) if column else _plain(number), chinese)
        for name, number in result.groups
    ]
    return _joined(texts, chinese, lines=len(texts) > 3)


def _existing(result: Result, chinese: bool) -> str:
    if not result.used:
        return (
            f"没有（{result.of:,} 行中 0 行）" if chinese else f"No, none (0 of {result.of:,} rows)"
        )
    listed = _joined([" ".join(filter(None, row)) for row in result.cells], chinese)
    return f"有，{result.used} 行：{listed}" if chinese else f"Yes, {result.used}: {listed}"


def _difference(result: Result, chinese: bool, asked: str) -> str:
    plan = result.plan
    column = _column(plan)
    value = _shown(abs(result.value or 0), column, asked)
    one, other = (_shown(part, column, asked) for part in result.parts)
    if plan.sides:
        names = [side.shown for side in plan.sides]
        if result.rows:
            names = [_label(result, at) for at in range(len(result.rows))]
        greater = names[0] if (result.value or 0) >= 0 else names[1]
        if chinese:
            return f"{greater} 更高，相差 {value}（{names[0]}：{one}，{names[1]}：{other}）"
        return f"{greater} is higher, by {value} ({names[0]}: {one}, {names[1]}: {other})"
    if len(plan.measures) == 2:
        names = [column_name(plan.table, c, chinese) for c in plan.measures]
    else:  # of two tables
        names = [_file(row.table) for row in reversed(result.rows)]
    return f"{value} ({names[0]}: {one}, {names[1]}: {other})"


def _label(result: Result, at: int) -> str:
    side = result.plan.sides[at]
    return result.rows[at].texts[side.columns[0]] or side.shown


def _parts(result: Result, sign: str, asked: str) -> str:
    if result.plan.measures:
        column = _column(result.plan)
        one, other = (_shown(part, column, asked) for part in result.parts)
    else:
        one, other = (_plain(part) for part in result.parts)
    return f"{other} {sign} {one}" if sign == "→" else f"{one} {sign} {other}"


def _column(plan: Plan) -> Column:
    return plan.columns[plan.measures[0]]


def column_name(table: Readable, at: int, chinese: bool) -> str:
    """A column as an answer calls it: what kb itself calls a column of documents is told in the
    question's language."""
    name = table.columns[at].name or f"#{at + 1}"
    return _OF_DOCUMENTS.get(name, name) if chinese and table.of_documents else name


_OF_DOCUMENTS = {
    "path": "路径",
    "title": "标题",
    "date": "日期",
    "author": "作者",
    "version": "版本",
    "kind": "类型",
    "family": "现行版本",
}


def with_unit(text: str, column: Column) -> str:
    """A displayed cell with the unit that its column's head says."""
    if not text or not re.fullmatch(r"[-+(]?[\d,.]+\)?", text) or not column.type.is_number:
        return text
    unit = _unit(column)
    return f"{text} {unit}" if unit and column.type is not ColumnType.PERCENT else text


def _unit(column: Column) -> str:
    if not column.unit and not re.search(f"[{HAN}]", column.name):
        return _ENGLISH_WORDS.get(column.scale, "")  # Viewers (millions)
    chinese = not column.unit or re.search(f"[{HAN}]", column.unit)
    scale = (_SCALES if chinese else _ENGLISH_SCALES).get(column.scale, "")
    return f"{scale}{column.unit}"


def _shown(value: float, column: Column | None, asked: str) -> str:
    if column is None:
        return _plain(value)
    if column.type is ColumnType.PERCENT:
        return _percent(value)
    scaled = Decimal(repr(value)) / Decimal(repr(column.scale))
    text = f"{_plain(round(float(scaled), 4))} {_unit(column)}".strip()
    if column.scale == 1 and "万元" in asked and column.unit in ("元", "") and value:
        text += f"（{_plain(float(Decimal(repr(value)) / 10_000))} 万元）"
    return text


def _plain(value: float) -> str:
    """Thousands separated, at most six decimals, none that are zero."""
    text = f"{value:,.6f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _percent(value: float) -> str:
    return f"{_plain(round(value * 100, 4))}%"


def _none(chinese: bool) -> str:
    return "没有" if chinese else "none"


def _file(table: Readable) -> str:
    """The name of a table's document, with its collection where several are asked."""
    name = table.source.rpartition("/")[2]
    return f"{table.collection}:{name}" if table.collection else name
