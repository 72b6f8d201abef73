"""What stands below each other in a body, a cell, a text box, a note: paragraphs and tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from kb.documents.builder import Builder
from kb.documents.converters.common.drawings import chart_of, diagram_of
from kb.documents.converters.common.namespaces import (
    CHART,
    COMPATIBILITY,
    DIAGRAM,
    DRAWING,
    RELATION,
)
from kb.documents.converters.common.package import Package
from kb.documents.converters.docx.names import DELETED, W, chosen, number, switch, value
from kb.documents.converters.docx.numbering import Numbering
from kb.documents.converters.docx.runs import boxes_of, text_of, word_art_of
from kb.documents.converters.docx.styles import Look, Styles
from kb.documents.tables.heads import render_rows
from kb.types import ElementKind

_TRANSPARENT = frozenset(
    f"{W}{name}"
    for name in ("sdt", "sdtContent", "ins", "moveTo", "customXml", "smartTag", "txbxContent")
)
PAGE_BREAK = f"{W}lastRenderedPageBreak"
"""Where Word found that a page ends, the last time it drew the document."""
_BULLET = re.compile(r"(?:[•‣◦⁃∙●○■□▪▫]|[-–*·](?=\s))\s*")
_WIDEST = 1000  # columns of a table's grid


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the package with text: the body, a header, the notes. `embed` adds the document
    that an altChunk brings along, from its bytes and its part's name."""

    name: str
    package: Package
    styles: Styles
    numbering: Numbering
    embed: Callable[[str, bytes], None]


class Writer:
    """Adds blocks to a document. Pages are counted where the document says where they end."""

    def __init__(self, builder: Builder, *, paged: bool) -> None:
        self._builder = builder
        self._page = 1 if paged else None

    def add(self, part: Part, parent: Any, *, background: str = "") -> None:
        """Everything below `parent`, in its order."""
        for block in blocks(parent):
            if block.tag == f"{W}p":
                self._add_paragraph(part, block, background)
            elif block.tag == f"{W}tbl":
                rows = Table(part, block, background).rows()
                self._builder.rows(rows, page=self._page)
                self._turn_pages(sum(1 for _ in block.iter(PAGE_BREAK)))
            elif target := part.package.target(part.name, block.get(f"{RELATION}id")):
                part.embed(target, part.package.bytes_of(target))

    def _add_paragraph(self, part: Part, paragraph: Any, background: str) -> None:
        before, behind = _page_breaks(paragraph)
        self._turn_pages(before)
        text = text_of(paragraph, _looks(part, paragraph, background)).strip()
        styles = part.styles
        level = styles.heading_level(paragraph)
        numbered = styles.numbering(paragraph)
        if text:
            label = part.numbering.label(*numbered) if numbered else ""
            listed = bool(numbered and part.numbering.is_list(numbered[0]))
            if level:
                self._builder.heading(f"{label} {text}", level, page=self._page)
            else:
                listed = listed or styles.is_list_item(paragraph) or bool(_BULLET.match(text))
                kind = ElementKind.LIST_ITEM if listed else ElementKind.PARAGRAPH
                shown = text if label or not listed else _BULLET.sub("", text, count=1)
                depth = 1 + (numbered[1] if numbered else 0) if listed else 0
                self._builder.add(kind, f"{label} {shown}", level=depth, page=self._page)
        for box in boxes_of(paragraph):
            self.add(part, box, background=_behind(box))
        for drawn in word_art_of(paragraph):
            self._builder.paragraph(drawn, page=self._page)
        self._add_drawings(part, paragraph)
        self._turn_pages(behind)

    def _add_drawings(self, part: Part, paragraph: Any) -> None:
        for chart in paragraph.iter(f"{CHART}chart"):
            if target := part.package.target(part.name, chart.get(f"{RELATION}id")):
                title, tables = chart_of(part.package.root(target))
                self._builder.paragraph(title, page=self._page)
                for rows in tables:
                    self._builder.rows(rows, head=1, page=self._page)
        for ids in paragraph.iter(f"{DIAGRAM}relIds"):
            if target := part.package.target(part.name, ids.get(f"{RELATION}dm")):
                for text in diagram_of(part.package.root(target)):
                    self._builder.paragraph(text, page=self._page)

    def _turn_pages(self, count: int) -> None:
        if self._page is not None:
            self._page += count


class Table:
    """A table's cells in its grid: a cell that spans several places stands in each of them."""

    def __init__(self, part: Part, table: Any, background: str) -> None:
        self._part = part
        properties = table.find(f"{W}tblPr")
        shaded = part.styles.shades_tables(value(properties, "tblStyle"))
        self._background = "?" if shaded else part.styles.fill(properties) or background
        self._table = table

    def rows(self) -> list[list[str]]:
        found: list[list[str]] = []
        for row in blocks(self._table, f"{W}tr"):
            properties = row.find(f"{W}trPr")
            if properties is not None and properties.find(f"{W}del") is not None:
                continue
            if not (properties is not None and switch(properties, "hidden")):
                found.append(self._row(row, properties, found[-1] if found else []))
        return found

    def _row(self, row: Any, properties: Any, above: Sequence[str]) -> list[str]:
        cells = [""] * min(_WIDEST, number(value(properties, "gridBefore")))
        for cell in blocks(row, f"{W}tc"):
            own = cell.find(f"{W}tcPr")
            wide = max(1, min(_WIDEST - len(cells), number(value(own, "gridSpan"), 1)))
            merged = own.find(f"{W}vMerge") if own is not None else None
            if merged is not None and merged.get(f"{W}val", "continue") != "restart":
                place = len(cells)
                cells.extend([*above[place : place + wide], *[""] * wide][:wide])
            elif own is not None and value(own, "hMerge", "-") in ("continue", ""):
                cells.append(cells[-1] if cells else "")
            else:
                cells.extend([self.cell_text(cell, own)] * wide)
        return cells

    def cell_text(self, cell: Any, properties: Any) -> str:
        """A cell's paragraphs in one line; a table inside it is a part of its text,
        with the names of its columns."""
        background = self._part.styles.fill(properties) or self._background
        texts = []
        for block in blocks(cell):
            if block.tag == f"{W}p":
                numbered = self._part.styles.numbering(block)
                text = text_of(block, _looks(self._part, block, background)).strip()
                label = self._part.numbering.label(*numbered) if numbered and text else ""
                texts.append(f"{label} {text}".strip())
                for box in boxes_of(block):
                    texts.append(self.cell_text(box, None))
                texts.extend(word_art_of(block))
            elif block.tag == f"{W}tbl":
                rows = Table(self._part, block, background).rows()
                texts.append("; ".join(row.replace(" | ", ", ") for _, row in render_rows(rows)))
        return " ".join(text for text in texts if text)


def blocks(parent: Any, *tags: str) -> Iterator[Any]:
    """The paragraphs, tables and altChunks below an element (or the children of these tags),
    through content controls and tracked insertions, without what is deleted."""
    tags = tags or (f"{W}p", f"{W}tbl", f"{W}altChunk")
    for child in parent:
        if child.tag in tags:
            yield child
        elif child.tag in _TRANSPARENT:
            yield from blocks(child, *tags)
        elif child.tag == f"{COMPATIBILITY}AlternateContent":
            yield from blocks(chosen(child), *tags)
        elif child.tag in DELETED:
            continue


def _page_breaks(paragraph: Any) -> tuple[int, int]:
    """How many pages end before a paragraph's first text, and how many behind that."""
    marks = [element.tag for element in paragraph.iter(PAGE_BREAK, f"{W}t")]
    first_text = marks.index(f"{W}t") if f"{W}t" in marks else 0
    return first_text, marks.count(PAGE_BREAK) - first_text


def _looks(part: Part, paragraph: Any, background: str) -> Callable[[Any], Look]:
    return lambda run: part.styles.look(run, paragraph, background)


def _behind(box: Any) -> str:
    """The colour behind a text box: "?" where its shape has a fill of its own."""
    shape = box.getparent().getparent() if box.getparent() is not None else None
    if shape is None:
        return "?"
    if shape.get("fillcolor") or shape.find(f"{{*}}spPr/{DRAWING}noFill") is None:
        return "?"
    return ""
