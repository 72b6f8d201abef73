"""What a sheet of an XLSX file says beside its cells: merged ranges, what is hidden, formulas
without a result, conditional formats that hide, comments, text boxes and charts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from kb.documents.converters.common.drawings import chart_of
from kb.documents.converters.common.markup import xml_elements
from kb.documents.converters.common.namespaces import CHART, DRAWING, RELATION
from kb.documents.converters.common.package import Package
from kb.documents.converters.common.sheets import MOST_COLUMNS, Hidden
from kb.documents.converters.xlsx.conditional import Concealing, concealing
from kb.documents.converters.xlsx.names import MAIN, area, is_true, place, whole

_ON_PAPER = ("oddHeader", "oddFooter", "evenHeader", "evenFooter", "firstHeader", "firstFooter")
_PARTS = re.compile(r"(?<!&)&[LCR]")
_CODES = re.compile(r'&(?:"[^"]*"|\d{1,3}|K[0-9A-F]{6}|K\d\d[+-]\d{3}|.)')
MOST_MERGED = 100_000  # places; a range over whole columns is cut there


@dataclass(slots=True)
class SheetParts:
    """`merged` leads from a place to the place of the cell that spans it, `formulas` from the place
    of a formula without a result to its text. Places are (row, column), from 1; `hidden_rows` and
    `hidden_columns` likewise."""

    name: str
    part: str
    hidden_sheet: bool = False
    merged: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    merges_are_cut: bool = False
    formulas: dict[tuple[int, int], str] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    comments: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    charts: list[tuple[str, list[list[list[str]]]]] = field(default_factory=list)
    concealing: list[Concealing] = field(default_factory=list)

    def merge(self, start: tuple[int, int], end: tuple[int, int]) -> None:
        """Note that the cell at `start` spans all up to `end`."""
        for row in range(start[0], end[0] + 1):
            for column in range(start[1], end[1] + 1):
                if len(self.merged) >= MOST_MERGED:
                    self.merges_are_cut = True
                    return
                self.merged[row, column] = start

    @property
    def covered(self) -> set[tuple[int, int]]:
        """The places that another one's cell spans, the columns from 0."""
        return {
            (row, column - 1) for (row, column), at in self.merged.items() if at != (row, column)
        }

    @property
    def hidden(self) -> Hidden:
        return Hidden(self.hidden_sheet, self.hidden_rows, self.hidden_columns)


def sheet_parts(package: Package, looks: frozenset[int]) -> Iterator[SheetParts]:
    """Every sheet's parts, in their order; `looks` are conditional ones that hide.

    Raises:
        DamagedDocument: a part is not XML.
    """
    main = package.main_part()
    sheets = {*package.related(main, "worksheet")}
    recomputed = _is_recomputed(package)
    for sheet in package.root(main).iter(f"{MAIN}sheet"):
        part = package.target(main, sheet.get(f"{RELATION}id"))
        if part in sheets and sheet.get("name"):
            one = SheetParts(sheet.get("name"), part, sheet.get("state", "visible") != "visible")
            _read_cells(package.bytes_of(part), one, looks, recomputed=recomputed)
            one.comments = [*_comments(package, part)]
            add_drawings(package, one)
            yield one


def add_drawings(package: Package, one: SheetParts) -> None:
    """The text boxes and charts of a sheet."""
    for drawing in package.related(one.part, "drawing"):
        _read_drawing(package, drawing, one)


def _is_recomputed(package: Package) -> bool:
    """Whether Excel computes every formula when it opens the workbook, whatever result is kept."""
    properties = package.root(package.main_part()).find(f"{MAIN}calcPr")
    return properties is not None and is_true(properties.get("fullCalcOnLoad"))


def _read_cells(sheet: bytes, one: SheetParts, looks: frozenset[int], *, recomputed: bool) -> None:
    tags = "col", "row", "f", "mergeCell", "conditionalFormatting", *_ON_PAPER
    rows = 0
    zeros: dict[tuple[int, int], str] = {}
    has_results = False
    for element in xml_elements(sheet, *(f"{MAIN}{tag}" for tag in tags)):
        match element.tag.removeprefix(MAIN):
            case "col" if is_true(element.get("hidden")) or _is_nothing(element.get("width")):
                first, last = whole(element.get("min")), whole(element.get("max"))
                one.hidden_columns.update(range(first, min(last, first + MOST_COLUMNS) + 1))
            case "row":
                rows = whole(element.get("r")) or rows + 1
                if is_true(element.get("hidden")) or _is_nothing(element.get("ht")):
                    one.hidden_rows.add(rows)
                element.clear()  # a sheet of a million rows is never held whole
            case "f":
                cell = element.getparent()
                value = cell.find(f"{MAIN}v")
                at = place(cell.get("r"))
                # Of formulas that are shared, the first one alone is written out.
                text = f"={element.text}" if element.text else ""
                if at and (value is None or not (value.text or cell.get("t") == "str")):
                    one.formulas[at] = text
                elif at and value is not None and value.text == "0":
                    zeros[at] = text
                else:
                    has_results = True
            case "mergeCell":
                if merged := area(element.get("ref")):
                    one.merge(*merged)
            case "conditionalFormatting":
                one.concealing += concealing(element, looks)
            case tag if tag in _ON_PAPER:
                one.texts += _on_paper(element.text or "")
    if recomputed and not has_results:
        # Programs that write formulas and do not compute them put zeros for the results.
        one.formulas.update(zeros)


def _on_paper(text: str) -> Iterator[str]:
    """What stands above or below each printed page (18.3.1.46), without numbers of pages, dates,
    and the like."""
    for part in _PARTS.split(text):
        shown = _CODES.sub(lambda code: "&" if code[0] == "&&" else "", part)
        if any(map(str.isalpha, shown)):
            yield " ".join(shown.split())


def _is_nothing(size: str | None) -> bool:
    """Whether a row is of no height, a column of no width."""
    return size is not None and size.strip("0.") == "" and "0" in size


def _comments(package: Package, part: str) -> Iterator[str]:
    """A comment a line, with the cell it belongs to. Threads take the place of the old comment
    that repeats them for older programs."""
    threads = package.related(part, "threadedComment")
    for name in threads or package.related(part, "comments"):
        for comment in package.root(name):
            for one in comment.iter(f"{MAIN}comment") if not threads else (comment,):
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
