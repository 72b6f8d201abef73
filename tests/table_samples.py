"""Collections of small tables, as a generation keeps them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from kb.documents.tables.understand import tables_of
from kb.index.catalog import Catalog
from kb.index.table_search import TableSearch
from kb.table_types import Grid
from tests.index_samples import document

Rows = Sequence[Sequence[str]]


def sheets(tables: Mapping[str, Rows]) -> dict[str, Grid]:
    """Tables by their names, each in a workbook of its own."""
    return {f"{name}.xlsx": Grid(name, tuple(map(tuple, rows))) for name, rows in tables.items()}


@contextmanager
def searchable(folder: Path, grids: Mapping[str, Grid]) -> Iterator[TableSearch]:
    """A document for each path, called like it without its ending, with one grid."""
    with closing(Catalog(folder / "catalog.sqlite", writable=True)) as catalog:
        for path, grid in grids.items():
            record, chunks = document(path, [path.rpartition(".")[0]])
            catalog.put_document(record, chunks, [(1,)], tables_of(grid))
        yield TableSearch(catalog)
