"""Puts a document together: elements in, text and spans out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from kb.documents.failures import no_text
from kb.documents.limits import MOST_CHARACTERS
from kb.documents.tables.heads import render_rows
from kb.documents.tables.lists import ListItems
from kb.documents.tables.sections import Sections
from kb.documents.tables.understand import MOST_CAPTION, numbered, tables_of
from kb.errors import LimitExceeded
from kb.table_types import Grid, Table
from kb.text.readable import readable
from kb.types import Element, ElementKind, ParsedDocument, SourceFile

_MOST_LOSSES = 100
HIDDEN = "[hidden] "
"""Stands before what a reader does not see, so that no answer rests on it unmarked."""


MOST_TABLES = 10_000
_LONGEST_CAPTION = 120
_CAPTION = re.compile(
    r"^(?:表|附表|表格|table|tab\.|tabelle)\s*[\d一二三四五六七八九十.:：-]|单位\s*[:：]|币种|\bunits?:"
    r"|\bin (?:thousands?|millions?)\b|[:：]$|表$",
    re.I,
)
"""What a paragraph right above a table begins or ends with if it speaks of the table."""


class Builder:
    """Elements are joined by newlines: one between items of a list, rows of a table and lines
    of code, two elsewhere."""

    def __init__(self, source: SourceFile) -> None:
        self.source = source
        self.labels: dict[str, str] = {}
        self.title = ""
        self.unseen = False
        """Whether what is added from now on is not seen by a reader, and so is marked."""
        self._losses: dict[str, None] = {}
        self._parts: list[str] = []
        self._elements: list[Element] = []
        self._size = 0
        self._tables: list[Table] = []
        self.under = ""
        """The last heading."""
        self._above: list[str] = []
        self._sections = Sections()
        self._items = ListItems()
        self._opening: str | None = None
        """What opens a list that follows: a line with a colon, or nothing besides a heading."""

    def add(
        self,
        kind: ElementKind,
        text: str,
        *,
        level: int = 0,
        page: int | None = None,
        line: int | None = None,
    ) -> None:
        """Append an element; white space at its ends, and an empty one, is dropped. `level` is a
        heading's, or how deep an item of a list is: 0 for what goes on in the item before."""
        text = readable(text)
        stripped = text.strip("\n").rstrip() if kind is ElementKind.CODE else text.strip()
        if not stripped:
            return
        if self.unseen and not stripped.startswith(HIDDEN):
            stripped = f"{HIDDEN}{stripped}"
        if self._elements:
            tight = kind is self._elements[-1].kind and kind in _TIGHT
            self._append("\n" if tight else "\n\n")
        start = self._size
        self._append(stripped)
        if kind is ElementKind.LIST_ITEM:
            self._items.add(stripped, level, line, page)
            level = 0
        else:
            self._close_list()
            self._opening = "" if kind is ElementKind.HEADING else None
            if stripped.endswith((":", "：")):
                self._opening = stripped
        self._note(kind, stripped, level)
        self._elements.append(Element(kind, start, self._size, level, page, line))

    def heading(self, text: str, level: int, *, page: int | None = None) -> None:
        flat = " ".join(text.split())
        self.add(ElementKind.HEADING, flat, level=min(9, max(1, level)), page=page)

    def paragraph(self, text: str, *, page: int | None = None) -> None:
        self.add(ElementKind.PARAGRAPH, text, page=page)

    def caption(self, text: str) -> None:
        """A paragraph that its format marks up as the caption of the table that follows."""
        self.paragraph(text)
        if text.strip():
            self._above = [" ".join(text.split())[:_LONGEST_CAPTION]]

    def rows(
        self, table: Sequence[Sequence[str]], *, head: int | None = None, page: int | None = None
    ) -> None:
        """A table, a line a row; `head` rows name its columns, where the format says so."""
        rows = tuple(tuple(row) for row in table)
        self.grid(Grid(self.under, rows, page=page, head=head))
        for _, row in render_rows(table, known=head):
            self.add(ElementKind.TABLE_ROW, row, page=page)

    @property
    def above(self) -> str:
        """What was just added, where it may speak of a table that follows."""
        return " ".join(self._above)

    @property
    def sections(self) -> str:
        """The headings above what is added next, without the last one, which names it."""
        return self._sections.above(self.under)

    def grid(
        self,
        grid: Grid,
        *,
        is_sheet: bool = False,
        above: str | None = None,
        sections: str | None = None,
        remarks: Sequence[str] = (),
    ) -> None:
        """A table as data, beside the lines that it gives. Call it before they are added, for
        what stands right above it may be its caption; without a name it has the heading's.

        Args:
            above: what stood right above it; else what was just added.
            is_sheet: whether it may hold several tables, with empty rows and columns between them.
            sections: those that it stands in; else those of what was just added.
            remarks: what is to be said of each.
        """
        grid = replace(grid, name=grid.name or self.under, hidden=grid.hidden or self.unseen)
        above = "" if is_sheet else self.above if above is None else above
        if sections is None:
            sections = "" if is_sheet else self.sections
        for table in tables_of(grid, above=above, is_sheet=is_sheet):
            if len(self._tables) == MOST_TABLES:
                self.lose(
                    f"tables beyond the first {MOST_TABLES:,} as data, first in '{table.name}'"
                )
                break
            caption = " ".join(filter(None, (sections, table.caption)))[:MOST_CAPTION]
            said = (*table.remarks, *remarks)
            self._tables.append(replace(table, caption=caption, remarks=said))

    def _close_list(self) -> None:
        """A list that has ended is a table where its items share a form."""
        items, self._items = self._items, ListItems()
        if items.texts and (grid := items.grid(self.under, self._opening)):
            self.grid(grid)

    def label(self, key: str, value: str) -> None:
        key, value = " ".join(key.split()).lower(), " ".join(value.split())
        if key and value:
            self.labels.setdefault(key, value[:500])

    def lose(self, what: str) -> None:
        """Say what a limit cuts from the document, and where; `kb sources` lists it."""
        if len(self._losses) < _MOST_LOSSES:
            self._losses[what] = None

    def document(self, title: str = "") -> ParsedDocument:
        """The finished document; without a marked-up title it is called like its file.

        Raises:
            EmptyDocument: nothing was added.
        """
        if not self._elements:
            raise no_text(self.source.path, self.source.size)
        self._close_list()
        return ParsedDocument(
            self.source,
            "".join(self._parts),
            tuple(self._elements),
            " ".join((title or self.title).split())[:200] or title_of(self.source),
            tuple(sorted(self.labels.items())),
            tuple(self._losses),
            tuple(numbered(self._tables)),
        )

    def first_heading(self) -> str:
        """The text of the document's first element if it is a heading, else nothing."""
        if self._elements and self._elements[0].kind is ElementKind.HEADING:
            return self._parts[0]
        return ""

    def extend(self, document: ParsedDocument) -> None:
        """Append another document's elements; their pages and lines are its own, and left out."""
        for one in document.elements:
            self.add(one.kind, document.text[one.start : one.end], level=one.level)
        self._tables += [replace(table, page=None) for table in document.tables]

    def text(self) -> str:
        return "".join(self._parts)

    def __len__(self) -> int:
        return self._size

    def _note(self, kind: ElementKind, text: str, level: int) -> None:
        """Keep what a table that follows may be called."""
        if kind is ElementKind.HEADING:
            self.under = text.removeprefix(HIDDEN)
            self._above = []
            self._sections.heading(self.under, level)
            return
        if kind is ElementKind.PARAGRAPH:
            self._sections.paragraph(text)
        captions = kind is ElementKind.PARAGRAPH and len(text) <= _LONGEST_CAPTION
        above = [*self._above[-1:], " ".join(text.split())]
        self._above = above if captions and _CAPTION.search(text) else []

    def _append(self, text: str) -> None:
        self._size += len(text)
        check_length(self._size)
        self._parts.append(text)


def check_length(characters: int) -> None:
    """Raises LimitExceeded for more text than a document may hold."""
    if characters > MOST_CHARACTERS:
        raise LimitExceeded(
            "the document holds too much text",
            why=f"more than {MOST_CHARACTERS:,} characters",
            hint="split the file, or exclude it",
        )


def title_of(source: SourceFile) -> str:
    """What a document without a title of its own is called: its file's name."""
    name = source.path.rsplit("/", 1)[-1]
    return name.rsplit(".", 1)[0] or name


_TIGHT = frozenset({ElementKind.LIST_ITEM, ElementKind.TABLE_ROW, ElementKind.CODE})
