"""Tables of a page that are more than rows of cells: frames of its layout, tables within tables,
names beside their values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kb.documents.tables.heads import render_rows

_COLONS = (":", "：")


def rows_of(table: Any) -> Iterator[Any]:
    """A table's own rows."""
    for child in table:
        if child.tag == "tr":
            yield child
        elif child.tag in ("thead", "tbody", "tfoot"):
            yield from (row for row in child if row.tag == "tr")


def cells_of(row: Any) -> list[Any]:
    return [cell for cell in row if cell.tag in ("td", "th")]


def show_forms(tree: Any) -> None:
    """Where each row has a name (`th`) before each value (`td`) nothing but the tags says that the
    first row names no columns: the names get a colon."""
    for table in tree.iter("table"):
        rows = [row for row in map(cells_of, rows_of(table)) if len(row) > 1]
        if len(rows) > 1 and all(map(_is_named, rows)):
            for row in rows:
                for name in row[::2]:
                    _end_with_colon(name)


def _is_named(row: list[Any]) -> bool:
    return len(row) % 2 == 0 and all(
        cell.tag == ("td" if place % 2 else "th") for place, cell in enumerate(row)
    )


def _end_with_colon(cell: Any) -> None:
    text = _text(cell)
    if not text or text.endswith(_COLONS):
        return
    cell[:] = []
    cell.text = f"{text}:"


def open_frames_of_tables(tree: Any) -> None:
    """A table that is there to lay out the page, around others, is none; a table within a cell of
    data is that cell's text, row by row. A page nests them as deep as it likes: from the outside
    in, frames of frames first."""
    for table in list(tree.iter("table")):
        inner = _inner(table)
        if _is_frame(table, inner):
            _unwrap(table)
    for table in reversed(list(tree.iter("table"))):
        for one in _inner(table):
            _write_out(one)


def _inner(table: Any) -> list[Any]:
    """The outermost tables within a table."""
    found, stack = list[Any](), [*reversed(table)]
    while stack:
        element = stack.pop()
        if element.tag == "table":
            found.append(element)
        else:
            stack.extend(reversed(element))
    return found


def _is_frame(table: Any, inner: list[Any]) -> bool:
    """Whether most of what a table says is said by tables within it, and it is none of rows: it
    names no columns, and at most one row has another cell beside such a table."""
    rows = [[cell for cell in cells_of(row) if _text(cell)] for row in rows_of(table)]
    if any(cell.tag == "th" for row in rows for cell in row):
        return False
    if not inner:
        return len(rows) == 1 and len(rows[0]) == 1 and _has_blocks(rows[0][0])
    beside = [row for row in rows if len(row) > 1 and any(not _inner(cell) for cell in row)]
    if len(beside) > 1:
        return False
    return sum(len(_text(one)) for one in inner) * 2 >= len(_text(table))


def _has_blocks(cell: Any) -> bool:
    """Whether a cell holds more than a line: paragraphs, headings, lists."""
    return next(cell.iter("p", "div", "h1", "h2", "h3", "h4", "ul", "ol", "pre"), None) is not None


def _unwrap(table: Any) -> None:
    for row in rows_of(table):
        for cell in cells_of(row):
            cell.tag = "div"
        row.tag = "div"
    for child in table:
        child.tag = "div"
    table.tag = "div"


def _write_out(table: Any) -> None:
    rows = [[_text(cell) for cell in cells_of(row)] for row in rows_of(table)]
    text = "; ".join(line.replace(" | ", ", ") for _, line in render_rows(rows))
    table.tag, table[:] = "span", []
    table.text = f" {text} "


def _text(element: Any) -> str:
    return " ".join(" ".join(element.itertext()).split())
