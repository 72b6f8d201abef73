"""Tables of a PDF as data: what goes on over pages under the same names is one."""

from __future__ import annotations

from kb.documents.builder import Builder
from kb.documents.converters.pdf.layout import Table
from kb.table_types import Grid


class Grids:
    """Holds a table until it is known that nothing more of it comes."""

    def __init__(self, builder: Builder) -> None:
        self._builder = builder
        self._rows: list[tuple[str, ...]] = []
        self._last: Table | None = None
        self._has_head = False
        self._page = 0
        self._above = self._name = ""

    def add(self, table: Table, header: list[str], page: int, *, goes_on: bool) -> None:
        """The next table in the order of reading. `goes_on`: it has the names of the one before."""
        rows = [tuple(row) for row in table.rows]
        if not self._rows or not (goes_on or self._goes_on_nameless(table, header, page)):
            self.close()
            self._above, self._name, self._page = self._builder.above, self._builder.under, page
            self._has_head = any(header)
            if any(header):
                self._rows.append(tuple(header))
        self._rows += rows
        self._last = table

    def close(self) -> None:
        """Hand over what is held: something else follows."""
        if self._rows:
            head = 1 if self._has_head else None
            grid = Grid(self._name, tuple(self._rows), page=self._page, head=head)
            self._builder.grid(grid, above=self._above)
        self._rows, self._last = [], None

    def _goes_on_nameless(self, table: Table, header: list[str], page: int) -> bool:
        """Whether a table without names goes on from the page before, in the same columns."""
        last = self._last
        if last is None or any(header) or self._has_head or page == self._page:
            return False
        return len(table.edges) == len(last.edges) > 2 and table.goes_on_from(last)
