"""Tables of a PDF as data: what goes on over pages under the same names is one."""

from __future__ import annotations

from kb.documents.builder import Builder
from kb.documents.converters.pdf.layout import Table
from kb.table_types import Grid

_MOST_BETWEEN = 8
"""Lines over all columns, next to each other in one table."""


class Grids:
    """Holds a table until it is known that nothing more of it comes."""

    def __init__(self, builder: Builder) -> None:
        self._builder = builder
        self._rows: list[tuple[str, ...]] = []
        self._between: list[str] = []
        self._last: Table | None = None
        self._header: list[str] = []
        self._page = 0
        self._above = self._name = self._sections = ""

    def add(self, table: Table, header: list[str], page: int, *, goes_on: bool) -> None:
        """The next table in the order of reading. `goes_on`: it has the names of the one before."""
        rows = [tuple(row) for row in table.rows]
        # Below a line over all of its columns a ruled table has the very names from above it.
        if self._rows and self._between and header and header is self._header:
            self._rows += [(text,) * len(header) for text in self._between]
        elif (
            not self._rows
            or self._between
            or not (goes_on or self._goes_on_nameless(table, header, page))
        ):
            self.close()
            self._above, self._name, self._page = self._builder.above, self._builder.under, page
            self._sections = self._builder.sections
            self._header = header
            if any(header):
                self._rows.append(tuple(header))
        self._between = []
        self._rows += rows
        self._last = table

    def interrupt(self, text: str) -> None:
        """A line between two tables, which may be one over all columns of both."""
        if self._rows:
            self._between.append(text)
        if len(self._between) > _MOST_BETWEEN:
            self.close()

    def close(self) -> None:
        """Hand over what is held: nothing more of it comes."""
        if self._rows:
            head = 1 if any(self._header) else None
            grid = Grid(self._name, tuple(self._rows), page=self._page, head=head)
            self._builder.grid(grid, above=self._above, sections=self._sections)
        self._rows, self._between, self._last = [], [], None

    def _goes_on_nameless(self, table: Table, header: list[str], page: int) -> bool:
        """Whether a table without names goes on from the page before, in the same columns."""
        last = self._last
        if last is None or any(header) or any(self._header) or page == self._page:
            return False
        return len(table.edges) == len(last.edges) > 2 and table.goes_on_from(last)
