"""CSV and TSV: a row an element, with the names of its columns."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain, islice

from kb.documents.builder import Builder, title_of
from kb.documents.formats import Format
from kb.documents.tables.heads import LOOK_AHEAD, read_head, render_row
from kb.documents.tables.kept import Kept
from kb.documents.text.encoding import decode
from kb.errors import DamagedDocument
from kb.table_types import Grid
from kb.types import ElementKind, ParsedDocument, SourceFile


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    """A row an element, with its columns' names (see kb/documents/tables/heads.py)."""
    builder = Builder(source)
    kept = Kept()
    rows = kept.through(_rows(source, decode(data)[0]))
    first = list(islice(rows, LOOK_AHEAD))
    head = read_head([cells for _, cells in first])
    for line, cells in first[: head.captions]:
        builder.add(ElementKind.TABLE_ROW, render_row((), cells), line=line)
    for line, cells in chain(first[head.skipped :], rows):
        builder.add(ElementKind.TABLE_ROW, head.line(cells), line=line)
    grid = Grid(title_of(source), tuple(kept.rows), tuple(kept.numbers))
    builder.grid(grid, is_sheet=True, remarks=[*kept.remarks, *_ragged(kept, head.skipped)])
    return builder.document()


def _ragged(kept: Kept, skipped: int) -> list[str]:
    """Say which rows have another number of fields than most."""
    rows = [(n, len(row)) for n, row in zip(kept.numbers, kept.rows, strict=True) if row][skipped:]
    counts = Counter(width for _, width in rows)
    if len(counts) < 2:
        return []
    usual, _ = counts.most_common(1)[0]
    others = [line for line, width in rows if width != usual]
    count = len(others)
    return [f"rows with another number of fields than {usual}: {count}, first line {others[0]}"]


def _rows(source: SourceFile, text: str) -> Iterator[tuple[int, list[str]]]:
    """Each row, with the line it starts on."""
    csv.field_size_limit(10_000_000)
    # Excel's own first line, which names the separator and is no row.
    named = re.match(r"\ufeff?sep=(.)\r?\n", text)
    delimiter = named.group(1) if named else _delimiter(text)
    stream = io.StringIO(text[named.end() :] if named else text)
    reader = csv.reader(stream, delimiter=delimiter)
    line = skipped = 2 if named else 1
    try:
        for row in reader:
            yield line, [" ".join(cell.split()) for cell in row]
            line = reader.line_num + skipped
    except csv.Error as error:
        raise DamagedDocument(
            f"'{source.path}' is not a readable table",
            why=str(error),
            hint="save it again as CSV in UTF-8, or rename it to .txt",
        ) from error


def _delimiter(text: str) -> str:
    """The separator that splits the first lines into the most columns, most evenly."""
    lines = [line for line in text[:20_000].split("\n")[:20] if line.strip()]

    def quality(delimiter: str) -> tuple[int, int]:
        counts = [line.count(delimiter) for line in lines]
        return min(counts, default=0), sum(counts)

    return max((",", "\t", ";", "|"), key=quality)


FORMAT = Format(
    name="csv",
    endings=("csv", "tsv", "tab"),
    kept="rows, line numbers; commas, semicolons, tabs or bars",
    convert=convert,
    by_ending=True,
    text=True,
    hidden=("csv", "tsv"),
)
