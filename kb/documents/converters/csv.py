"""CSV and TSV: a row an element, with the names of its columns."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain, islice

from kb.documents.builder import Builder, title_of
from kb.documents.formats import Format
from kb.documents.tables.heads import LOOK_AHEAD, Head, continues, names, read_head, render_row
from kb.documents.tables.kept import Kept
from kb.documents.text.encoding import decode
from kb.errors import DamagedDocument
from kb.table_types import Grid
from kb.types import ElementKind, ParsedDocument, SourceFile

Line = tuple[int, list[str]]
"""A row's line, from 1, and its cells."""

_END = "\ue000end\ue000"
"""Behind the last line: the cell that holds it was never closed."""
_MOST_OPEN = 20
"""Quotation marks that nothing closes in one file; behind them none is one."""
_AS_TEXT = re.compile(r'\A="([^"]*)"\Z')
_MOST_ABOVE = 10
"""Rows above a table."""
_SHEETS = ("xls", "xlsx", "et")


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    """A row an element, with its columns' names (see kb/documents/tables/heads.py)."""
    builder = Builder(source)
    kept = Kept()
    apart: set[int] = set()
    rows = kept.through(_noting(_rows(source, decode(data)[0]), apart))
    first = list(islice(rows, LOOK_AHEAD))
    above = _above([cells for _, cells in first])
    head = read_head([cells for _, cells in first[above:]], records=True)
    head = replace(head, captions=head.captions + above)
    for line, cells in first[: head.captions]:
        builder.add(ElementKind.TABLE_ROW, render_row((), cells), line=line)
    last: list[list[str]] = []
    for part, is_apart in _parts(chain(first[head.skipped :], rows), apart):
        if is_apart and (new := _new_head(head, last, [cells for _, cells in part])):
            head = new
            for line, cells in part[: head.captions]:
                builder.add(ElementKind.TABLE_ROW, render_row((), cells), line=line)
            part = part[head.skipped :]
        for line, cells in part:
            builder.add(ElementKind.TABLE_ROW, head.line(cells), line=line)
        last = [cells for _, cells in part] or last
    start = kept.numbers.index(first[above][0]) if above else 0
    grid = Grid(title_of(source), tuple(kept.rows[start:]), tuple(kept.numbers[start:]))
    builder.grid(grid, is_sheet=True, remarks=[*kept.remarks, *_ragged(kept, head.skipped)])
    return builder.document()


def _noting(rows: Iterable[Line], apart: set[int]) -> Iterator[Line]:
    """The rows as they come; notes the lines of those below a blank one."""
    is_apart = False
    for line, cells in rows:
        if any(cells) and is_apart:
            apart.add(line)
        is_apart = not any(cells)
        yield line, cells


def _parts(rows: Iterable[Line], apart: set[int]) -> Iterator[tuple[list[Line], bool]]:
    """The rows in parts of some that follow each other, and whether a blank row is above one."""
    part: list[Line] = []
    for row in rows:
        if part and (row[0] in apart or len(part) == LOOK_AHEAD):
            yield part, part[0][0] in apart
            part = []
        part.append(row)
    if part:
        yield part, part[0][0] in apart


def _new_head(head: Head, last: list[list[str]], part: list[list[str]]) -> Head | None:
    """The head of another table below a blank row: a caption says so, or a row of names above one
    of values, in other columns than those above."""
    new = read_head(part, records=True)
    if not new.rows or continues(head, last, part[0]):
        return None
    first, *below = part[new.captions :]
    told = new.captions or len(first) != len(head.names) or names(first, below[0])
    return new if told else None


def _above(rows: list[list[str]]) -> int:
    """How many rows stand above the table: what it is, when it was written. They are narrower than
    its own, which name their columns."""
    widths = [
        len(row) - next((n for n, c in enumerate(reversed(row)) if c), len(row)) for row in rows
    ]
    usual, times = Counter(widths).most_common(1)[0] if widths else (0, 0)
    first = next((n for n, width in enumerate(widths) if width >= usual), 0)
    if usual < 2 or times < 2 or not 0 < first <= _MOST_ABOVE:
        return 0
    return first if read_head(rows[first:], records=True).rows else 0


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
    try:
        yield from _until_the_end(text[named.end() :] if named else text, delimiter, bool(named))
    except csv.Error as error:
        raise DamagedDocument(
            f"'{source.path}' is not a readable table",
            why=str(error),
            hint="save it again as CSV in UTF-8, or rename it to .txt",
        ) from error


def _until_the_end(text: str, delimiter: str, skipped: int) -> Iterator[tuple[int, list[str]]]:
    """A quotation mark that nothing closes is a character like others: else the cell behind it
    would be all that is left of the file."""
    for tried in range(_MOST_OPEN + 1):
        lines = chain(io.StringIO(text), [_END])
        if tried < _MOST_OPEN:
            reader = csv.reader(lines, delimiter=delimiter)
        else:
            reader = csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)
        read = 0
        for row in reader:
            if row == [_END]:
                return
            if row and row[-1].endswith(_END):
                break
            yield read + skipped + 1, _tidy(row)
            read = reader.line_num
        left = io.StringIO(text).readlines()[read:]
        for row in csv.reader(left[:1], delimiter=delimiter, quoting=csv.QUOTE_NONE):
            yield read + skipped + 1, _tidy(row)
        text, skipped = "".join(left[1:]), skipped + read + 1


def _tidy(row: list[str]) -> list[str]:
    """`="007"` is how programs keep Excel from taking a code for a number: it shows 007."""
    return [" ".join(_AS_TEXT.sub(r"\1", cell).split()) for cell in row]


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
    kept="rows, line numbers; commas, semicolons, tabs or bars; text with tabs that is called xls",
    convert=convert,
    by_ending=True,
    guessed=lambda content: content.ending in _SHEETS and b"\t" in content.head,
    text=True,
    hidden=("csv", "tsv"),
)
