"""From a table to cells at their places: titles, merged heads, units, subtotals, what is hidden."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import groupby

from tests.bench.firms.frames import Block, Column, Crosstab, Frame, Kind, Matrix
from tests.bench.firms.laid import Laid, Spot, Value

DATES = {
    "": "%Y-%m-%d",
    "han": "{d.year}年{d.month}月{d.day}日",
    "slash": "{d.year}/{d.month}/{d.day}",
    "english": "{d.day} {month} {d.year}",
}
FORMATS = {
    "": "yyyy-mm-dd",
    "han": 'yyyy"年"m"月"d"日"',
    "slash": "yyyy/m/d",
    "english": "d mmm yyyy",
}
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def shown(value: Value, style: str = "", *, percent: bool = False) -> str:
    """A value as it is displayed."""
    if value is None:
        return ""
    if isinstance(value, date):
        form = DATES[style]
        if "{" in form:
            return form.format(d=value, month=MONTHS[value.month - 1])
        return value.strftime(form)
    if percent and isinstance(value, float):
        return f"{value * 100:.1f}%"
    if isinstance(value, int) and style == "comma":
        return f"{value:,}"
    return str(value)


def spot(value: Value, column: Column) -> Spot:
    percent = column.kind is Kind.PERCENT
    style = ""
    if isinstance(value, date):
        style = FORMATS[column.style]
    elif percent:
        style = "0.0%"
    elif column.style == "comma":
        style = "#,##0"
    return Spot(value, shown(value, column.style, percent=percent), style)


def laid(block: Block, *, text: bool = False) -> Laid:
    """`text`: the format has paragraphs, so titles are not cells of the table."""
    match block.content:
        case Frame() as frame:
            return _frame(frame, block, "" if text else block.title)
        case Matrix() as matrix:
            return _matrix(matrix, "" if text else block.title)
        case Crosstab() as crosstab:
            return _crosstab(crosstab, "" if text else block.title)


def _title(out: Laid, title: str, width: int) -> int:
    """Puts the title over the whole table; the first row below it."""
    if not title:
        return 0
    out.put(0, 0, title, cols=width)
    return 1


def _frame(frame: Frame, block: Block, title: str) -> Laid:
    out = Laid()
    row = _title(out, title, len(frame.columns))
    row = _heads(out, row, frame.columns)
    if block.units:
        for col, column in enumerate(frame.columns):
            if mark := column.mark or column.unit[column.head.isascii()]:
                out.put(row, col, f"({mark})")
        row += 1
    out.head = row
    for cells in frame.rows:
        out.line(row, (spot(cells[one.head], one) for one in frame.columns))
        row += 1
    for number, cells in enumerate(frame.hidden):
        # Among the others, as rows are that somebody has hidden.
        place = out.head + (number + 1) * len(frame.rows) // (len(frame.hidden) + 1)
        _insert(out, place)
        out.line(place, (spot(cells[one.head], one) for one in frame.columns))
        out.hidden_rows.add(place)
        row += 1
    if block.total:
        _total(out, row, frame, block.total)
    return out


def _insert(out: Laid, place: int) -> None:
    """Make room for a row."""
    out.spots = {(row + (row >= place), col): one for (row, col), one in out.spots.items()}
    out.hidden_rows = {row + (row >= place) for row in out.hidden_rows}


def _total(out: Laid, row: int, frame: Frame, word: str) -> None:
    out.put(row, 0, word)
    for col, column in enumerate(frame.columns):
        if column.kind is Kind.NUMBER and column.adds and col:
            out.spots[row, col] = spot(
                sum(int(str(one[column.head])) for one in frame.rows), column
            )


def _heads(out: Laid, row: int, columns: Sequence[Column]) -> int:
    """One row of heads, or two where columns have a group; the first row below."""
    if not any(column.group for column in columns):
        out.line(row, (Spot(column.head, column.head) for column in columns))
        return row + 1
    col = 0
    for group, members in groupby(columns, key=lambda one: one.group):
        some = list(members)
        if group:
            out.put(row, col, group, cols=len(some))
        for offset, column in enumerate(some):
            if group:
                out.put(row + 1, col + offset, column.head)
            else:
                out.put(row, col + offset, column.head, rows=2)
        col += len(some)
    return row + 2


def _matrix(matrix: Matrix, title: str) -> Laid:
    out = Laid()
    row = _title(out, title, len(matrix.columns) + 1)
    out.line(row, (Spot(one, one) for one in (matrix.corner, *matrix.columns)))
    out.head = row + 1
    for number, name in enumerate(matrix.rows, out.head):
        first: Value = name
        style = ""
        if matrix.days:
            first, style = date.fromisoformat(name), FORMATS[""]
        cells = [Spot(first, name, style)]
        cells += [Spot(one, one) for one in (matrix.cells[name, col] for col in matrix.columns)]
        out.line(number, cells)
    return out


def _crosstab(table: Crosstab, title: str) -> Laid:
    """Groups are merged at the left, periods stand below one merged head, subtotals within."""
    out = Laid()
    row = _title(out, title, len(table.periods) + 2)
    english = table.marks[1].isascii()
    words = ("Division", table.line[1].capitalize()) if english else ("类别", table.line[0])
    unit = table.unit[english]
    for col, word in enumerate(words):
        out.put(row, col, word, rows=2)
    measure = table.measure[english]
    over = f"{measure.capitalize()} ({unit})" if english else f"{measure}({unit})"
    out.put(row, 2, over, cols=len(table.periods))
    for col, (head, _, _) in enumerate(table.periods, 2):
        out.put(row + 1, col, head)
    row += 2
    out.head = row
    for group, lines in table.groups.items():
        out.put(row, 0, group, rows=len(lines) + 1)
        for line in (*lines, ""):
            members = [line] if line else lines
            out.put(row, 1, line or table.marks[0])
            _amounts(out, row, table, members)
            row += 1
    out.put(row, 0, table.marks[1], cols=2)
    _amounts(out, row, table, [line for lines in table.groups.values() for line in lines])
    return out


def _amounts(out: Laid, row: int, table: Crosstab, lines: Sequence[str]) -> None:
    for col, (head, _, _) in enumerate(table.periods, 2):
        total = sum(table.cells[line, head] for line in lines)
        out.spots[row, col] = Spot(total, f"{total:,}", "#,##0")
