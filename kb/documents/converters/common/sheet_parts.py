"""What a sheet of an XLSX file says beside its cells: merged ranges, what is hidden, formulas
without a result, comments, text boxes and charts. openpyxl reads these only
together with every cell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from kb.documents.converters.common.drawings import chart_of
from kb.documents.converters.common.markup import xml_elements
from kb.documents.converters.common.namespaces import CHART, DRAWING, RELATION
from kb.documents.converters.common.package import Package
from kb.documents.converters.common.sheets import MOST_COLUMNS, Hidden

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_CELL = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_MOST_MERGED = 100_000  # places; a range over whole columns is cut there


@dataclass(slots=True)
class SheetParts:
    """`merged` leads from a place to the place of the cell that spans it, `formulas` from the place
    of a formula without a result to its text. Places are (row, column), from 1; `hidden_rows` and
    `hidden_columns` likewise."""

    name: str
    hidden_sheet: bool = False
    merged: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    formulas: dict[tuple[int, int], str] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    comments: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    charts: list[tuple[str, list[list[list[str]]]]] = field(default_factory=list)

    @property
    def covered(self) -> set[tuple[int, int]]:
        """The places that another one's cell spans, the columns from 0."""
        return {
            (row, column - 1) for (row, column), at in self.merged.items() if at != (row, column)
        }

    @property
    def hidden(self) -> Hidden:
        return Hidden(self.hidden_sheet, self.hidden_rows, self.hidden_columns)


def sheet_parts(package: Package) -> dict[str, SheetParts]:
    """Every sheet's parts, by its name.

    Raises:
        DamagedDocument: a part is not XML.
    """
    main = package.main_part()
    found = {}
    for sheet in package.root(main).iter(f"{_MAIN}sheet"):
        part = package.target(main, sheet.get(f"{RELATION}id"))
        if part and sheet.get("name"):
            one = SheetParts(sheet.get("name"), sheet.get("state", "visible") != "visible")
            _read_cells(package.bytes_of(part), one)
            one.comments = [*_comments(package, part)]
            for drawing in package.related(part, "drawing"):
                _read_drawing(package, drawing, one)
            found[one.name] = one
    return found


def _read_cells(sheet: bytes, one: SheetParts) -> None:
    rows = 0
    for element in xml_elements(
        sheet, *(f"{_MAIN}{tag}" for tag in ("col", "row", "f", "mergeCell"))
    ):
        match element.tag.removeprefix(_MAIN):
            case "col" if _on(element.get("hidden")):
                first, last = _number(element.get("min")), _number(element.get("max"))
                one.hidden_columns.update(range(first, min(last, first + MOST_COLUMNS) + 1))
            case "row":
                rows = _number(element.get("r")) or rows + 1
                if _on(element.get("hidden")):
                    one.hidden_rows.add(rows)
                element.clear()  # a sheet of a million rows is never held whole
            case "f":
                cell = element.getparent()
                value = cell.find(f"{_MAIN}v")
                at = _place(cell.get("r"))
                if at and element.text and (value is None or not value.text):
                    one.formulas[at] = element.text
            case "mergeCell":
                first_cell, _, last_cell = (element.get("ref") or "").partition(":")
                start, end = _place(first_cell), _place(last_cell)
                if start and end:
                    _merge(one, start, end)


def _merge(one: SheetParts, start: tuple[int, int], end: tuple[int, int]) -> None:
    for row in range(start[0], end[0] + 1):
        for column in range(start[1], end[1] + 1):
            if len(one.merged) >= _MOST_MERGED:
                return
            one.merged[row, column] = start


def _comments(package: Package, part: str) -> Iterator[str]:
    """A comment a line, with the cell it belongs to. Threads take the place of the old comment
    that repeats them for older programs."""
    threads = package.related(part, "threadedComment")
    for name in threads or package.related(part, "comments"):
        for comment in package.root(name):
            for one in comment.iter(f"{_MAIN}comment") if not threads else (comment,):
                text = " ".join("".join(t.text or "" for t in one.iter("{*}t", "{*}text")).split())
                if text:
                    yield f"{one.get('ref')}: {text}" if one.get("ref") else text


def _read_drawing(package: Package, part: str, one: SheetParts) -> None:
    root = package.root(part)
    for body in root.iter("{*}txBody"):
        lines = (
            "".join(t.text or "" for t in p.iter(f"{DRAWING}t")) for p in body.iter(f"{DRAWING}p")
        )
        one.texts.append("\n".join(line for line in lines if line.strip()))
    for chart in root.iter(f"{CHART}chart"):
        if target := package.target(part, chart.get(f"{RELATION}id")):
            one.charts.append(chart_of(package.root(target)))


def _place(name: str | None) -> tuple[int, int] | None:
    match = _CELL.fullmatch((name or "").replace("$", ""))
    if match is None:
        return None
    column = 0
    for letter in match.group(1):
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(match.group(2)), column


def _on(value: str | None) -> bool:
    return value in ("1", "true")


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 10 else 0
