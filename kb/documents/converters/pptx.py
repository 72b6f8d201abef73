"""Presentations of PowerPoint 2007 and later. The only importer of pptx.

unstructured, which reads them through the same package, guesses titles in the body, gives the
notes before the slide, and leaves out charts and diagrams.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from kb.documents.builder import Builder
from kb.documents.converters.common.drawings import chart_of, diagram_of
from kb.documents.converters.common.namespaces import DIAGRAM, DRAWING, RELATION
from kb.documents.converters.common.slide_ink import Ground
from kb.documents.formats import Format
from kb.documents.tables.heads import render_rows
from kb.documents.text.exponent import with_marks
from kb.table_types import Grid
from kb.types import ElementKind, ParsedDocument, SourceFile

SLIDE = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_BULLETS = (f"{DRAWING}buChar", f"{DRAWING}buAutoNum", f"{DRAWING}buBlip")
_BODY, _OBJECT = 2, 7  # PP_PLACEHOLDER: what a layout gives bullets


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    """Slide by slide: title, text, tables, charts and diagrams from top to bottom, then the
    notes. A slide is a page."""
    import pptx

    from kb.documents.converters.common.ooxml import presentation

    deck = pptx.Presentation(io.BytesIO(presentation(data)))
    builder = Builder(source)
    size = deck.slide_width or 0, deck.slide_height or 0
    tables = _Tables(builder)
    for number, slide in enumerate(deck.slides, start=1):
        _add_slide(builder, tables, slide, number, size)
    tables.close()
    builder.unseen = False
    _add_masters(builder, deck)
    return builder.document(builder.first_heading())


class _Tables:
    """The tables of slides. One that has the last one's name and head, on the next slide, goes on
    with it: 名单（一）, 名单（续）."""

    def __init__(self, builder: Builder) -> None:
        self._builder = builder
        self._grid: Grid | None = None
        self._above = ""
        self._slide = 0

    def add(self, rows: list[list[str]], slide: int) -> None:
        builder, cells = self._builder, tuple(map(tuple, rows))
        name, last = builder.under, self._grid
        goes_on = last is not None and slide == self._slide + 1 and last.hidden == builder.unseen
        if last and goes_on and cells[:1] == last.rows[:1] and _same(name, last.name):
            self._grid = replace(last, rows=(*last.rows, *cells[1:]))
        else:
            self.close()
            self._grid = Grid(name, cells, page=slide, hidden=builder.unseen)
            self._above = builder.above
        self._slide = slide
        for _, row in render_rows(rows):
            builder.add(ElementKind.TABLE_ROW, row, page=slide)

    def close(self) -> None:
        """Hand over what is held: nothing more of it comes."""
        if self._grid is not None:
            self._builder.grid(self._grid, above=self._above, sections="")
        self._grid = None


_GOES_ON = re.compile(
    r"[\s,，-]*(?:[(（\[【]\s*(?:续?(?:表|上?页)?[一二三四五六七八九十\d]{0,2}|\d{1,2}\s*/\s*\d{1,2}"
    r"|cont(?:inued|['’]?d)?\.?)\s*[)）\]】]|续(?:表|上?页)?[一二三四五六七八九十\d]{0,2}"
    r"|\d{1,2}\s*/\s*\d{1,2}|\bcont(?:inued|['’]d)\.?)$",
    re.I,
)


def _same(name: str, other: str) -> bool:
    """Whether two titles are one, but for what says that the second goes on with the first."""
    return bool(name) and _GOES_ON.sub("", name) == _GOES_ON.sub("", other)


def _add_slide(
    builder: Builder, tables: _Tables, slide: Any, page: int, size: tuple[int, int]
) -> None:
    title = slide.shapes.title
    skipped = slide._element.get("show") in ("0", "false")
    ground = Ground(slide)
    if title is not None:
        builder.unseen = skipped or _is_unseen(title, size) or not _seen_text(title, ground)
        builder.heading(_plain(title.text_frame.text), 1, page=page)
    for shape in sorted(slide.shapes, key=_place):
        # A group says where its shapes are; theirs are in a measure of its own.
        builder.unseen = skipped or _is_unseen(shape, size)
        for one in _in_order([shape]):
            if title is None or one.shape_id != title.shape_id:
                _add_shape(builder, tables, one, page, ground)
    builder.unseen = skipped
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        for paragraph in slide.notes_slide.notes_text_frame.paragraphs:
            builder.paragraph(_plain(paragraph.text), page=page)


def _add_masters(builder: Builder, deck: Any) -> None:
    """What a master or a layout in use writes on every slide (a classification, a firm's name),
    once. Its placeholders only say where a slide's own text goes."""
    used = {slide.slide_layout.part.partname: slide.slide_layout for slide in deck.slides}
    seen: set[str] = set()
    for sheet in (*deck.slide_masters, *used.values()):
        for shape in _in_order(sheet.shapes):
            if shape.has_text_frame and not shape.is_placeholder:
                text = _plain(shape.text_frame.text).strip()
                if text and text not in seen:
                    builder.paragraph(text)
                seen.add(text)


def _place(shape: Any) -> tuple[int, int]:
    return shape.top or 0, shape.left or 0


def _is_unseen(shape: Any, size: tuple[int, int]) -> bool:
    """Whether a shape is switched off, or lies beside the slide."""
    if any(one.get("hidden") in ("1", "true") for one in shape._element.iter(f"{SLIDE}cNvPr")):
        return True
    left, top = shape.left, shape.top
    if left is None or top is None or not all(size):
        return False  # where its layout puts it
    right, bottom = left + (shape.width or 0), top + (shape.height or 0)
    return bool(right <= 0 or bottom <= 0 or left >= size[0] or top >= size[1])


def _in_order(shapes: Any) -> Iterator[Any]:
    """Top to bottom, left to right; what is grouped stays together."""
    for shape in sorted(shapes, key=_place):
        if hasattr(shape, "shapes"):
            yield from _in_order(shape.shapes)
        else:
            yield shape


def _seen_text(title: Any, ground: Ground) -> str:
    behind = ground.behind(title)
    runs = title._element.iter(f"{DRAWING}r")
    return "".join(run.findtext(f"{DRAWING}t") or "" for run in runs
                   if not ground.hides(run.find(f"{DRAWING}rPr"), behind))  # fmt: skip


def _add_shape(builder: Builder, tables: _Tables, shape: Any, page: int, ground: Ground) -> None:
    if getattr(shape, "has_chart", False):
        _add_chart(builder, shape.chart, page)
    elif getattr(shape, "has_table", False):
        tables.add(list(_table(shape.table)), page)
    elif shape.has_text_frame:
        _add_text(builder, shape, page, ground)
    else:
        for text in _diagram(shape):
            builder.paragraph(text, page=page)


def _add_text(builder: Builder, shape: Any, page: int, ground: Ground) -> None:
    """A shape's paragraphs; what of one nobody sees stands behind it, marked."""
    listed = shape.is_placeholder and shape.placeholder_format.type in (_BODY, _OBJECT)
    behind, unseen = ground.behind(shape), builder.unseen
    for paragraph in shape.text_frame.paragraphs:
        kind = _kind(paragraph, listed=listed)
        depth = paragraph.level + 1 if kind is ElementKind.LIST_ITEM else 0
        pieces = [*paragraph._p]
        hidden = [one for one in pieces if ground.hides(one.find(f"{DRAWING}rPr"), behind)]
        seen = [one for one in pieces if one not in hidden]
        builder.add(kind, _marked(seen), level=depth, page=page)
        builder.unseen = True
        builder.add(kind, _marked(hidden), level=depth, page=page)
        builder.unseen = unseen


def _kind(paragraph: Any, *, listed: bool) -> ElementKind:
    properties = paragraph._p.pPr
    marks = [child.tag for child in properties] if properties is not None else []
    if f"{DRAWING}buNone" in marks:
        return ElementKind.PARAGRAPH
    if listed or any(mark in _BULLETS for mark in marks):
        return ElementKind.LIST_ITEM
    return ElementKind.PARAGRAPH


def _table(table: Any) -> Iterator[list[str]]:
    """The cells, a merged one in every place it spans."""
    filled: dict[tuple[int, int], str] = {}
    for y, row in enumerate(table.rows):
        cells = []
        for x, cell in enumerate(row.cells):
            if cell.is_merge_origin:
                places = ((y + dy, x + dx) for dy in range(cell.span_height)
                          for dx in range(cell.span_width))  # fmt: skip
                filled.update(dict.fromkeys(places, _cell(cell)))
            cells.append(filled.get((y, x), _cell(cell)))
        yield cells


def _add_chart(builder: Builder, chart: Any, page: int) -> None:
    title, tables = chart_of(chart._chartSpace)
    builder.paragraph(title, page=page)
    for rows in tables:
        builder.rows(rows, head=1, page=page)


def _diagram(shape: Any) -> Iterator[str]:
    """The texts of a SmartArt diagram, which lie in a part of their own."""
    from kb.documents.converters.common.markup import xml_root

    for ids in shape._element.iter(f"{DIAGRAM}relIds"):
        yield from diagram_of(xml_root(shape.part.related_part(ids.get(f"{RELATION}dm")).blob))


def _cell(cell: Any) -> str:
    return "\n".join(_shown(paragraph) for paragraph in cell.text_frame.paragraphs)


def _shown(paragraph: Any) -> str:
    """A paragraph's text with an exponent behind ^ and struck text between ~~."""
    return _marked(paragraph._p)


def _marked(pieces: Iterable[Any]) -> str:
    return _plain(with_marks(map(_look, pieces)))


def _look(piece: Any) -> tuple[str, bool, bool]:
    """A run's text, whether it is raised, whether it is struck."""
    if piece.tag == f"{DRAWING}br":
        return "\n", False, False
    text, properties = piece.findtext(f"{DRAWING}t") or "", piece.find(f"{DRAWING}rPr")
    if properties is None:
        return text, False, False
    raised = properties.get("baseline", "0").lstrip("0")[:1].isdigit()
    return text, raised, properties.get("strike", "noStrike") != "noStrike"


def _plain(text: str) -> str:
    """A line break within a paragraph is a vertical tab to python-pptx."""
    return text.replace("\v", "\n")


FORMAT = Format(
    name="pptx",
    endings=("pptx", "pptm", "ppsx", "potx"),
    kept="a slide is a page; its title a section; lists, rows, charts as rows, diagrams, grouped "
    "shapes, speaker notes, exponents as `10^6`, struck text between `~~`; what "
    "is on a hidden slide, switched off, beside the slide, below 2 pt or of the colour "
    "behind it is marked `[hidden]`",
    lost="pictures, comments",
    convert=convert,
    recognised=lambda content: content.office == "pptx",
    hidden=("pptx",),
)
