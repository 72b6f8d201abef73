"""Plain text, source code, CSV, TSV and JSON.

These are read here and not through unstructured, which loses what this format has and others
have not: line numbers, the exact text, the header of a CSV row; and which takes Chinese
paragraphs for titles. It also saves the worker of a text-only folder two seconds of imports.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

from kb.documents.builder import Builder, check_length, title_of
from kb.documents.tables import LOOK_AHEAD, read_head, render_row
from kb.documents.text.headings import heading_level, title_line
from kb.errors import DamagedDocument
from kb.text.sentences import is_wrapped
from kb.types import Element, ElementKind, ParsedDocument, SourceFile

_LONGEST_CODE = 50


def parse_text(source: SourceFile, text: str) -> ParsedDocument:
    """Text as it is, each paragraph an element. The document is called like its first line, when
    that can be a title, else like its file."""
    check_length(len(text))
    lines = text.split("\n")
    return ParsedDocument(
        source, text, tuple(_paragraphs(lines)), title_line(lines) or title_of(source)
    )


def parse_code(source: SourceFile, text: str) -> ParsedDocument:
    """Source code and configuration: each run of lines without a blank one is an element, of at
    most 50 lines."""
    check_length(len(text))
    elements: list[Element] = []
    position = first = 0
    start = -1
    for number, line in enumerate([*text.split("\n"), ""], start=1):
        if start >= 0 and (not line.strip() or number - first == _LONGEST_CODE):
            elements.append(Element(ElementKind.CODE, start, position - 1, line=first))
            start = -1
        if line.strip() and start < 0:
            start, first = position, number
        position += len(line) + 1
    return ParsedDocument(source, text, tuple(elements), title_of(source))


def _paragraphs(lines: list[str]) -> Iterator[Element]:
    """A paragraph is a line, or several that were wrapped to a width."""
    position = 0
    number = 0
    while number < len(lines):
        line = lines[number]
        first, start = number, position
        position += len(line) + 1
        number += 1
        if not line.strip():
            continue
        level = heading_level(
            line,
            blank_before=first == 0 or not lines[first - 1].strip(),
            blank_after=number == len(lines) or not lines[number].strip(),
        )
        while not level and number < len(lines) and is_wrapped(lines[number - 1], lines[number]):
            position += len(lines[number]) + 1
            number += 1
        kind = ElementKind.HEADING if level else ElementKind.PARAGRAPH
        yield Element(kind, start, position - 1, level, line=first + 1)


# --- CSV ------------------------------------------------------------------------------


def parse_csv(source: SourceFile, text: str) -> ParsedDocument:
    """A row an element, with its columns' names (see kb/documents/tables.py)."""
    builder = Builder(source)
    rows = _csv_rows(source, text)
    first = list(islice(rows, LOOK_AHEAD))
    head = read_head([cells for cells, _ in first])
    for cells, line in first[: head.captions]:
        builder.add(ElementKind.TABLE_ROW, render_row((), cells), line=line)
    for cells, line in chain(first[head.skipped :], rows):
        builder.add(ElementKind.TABLE_ROW, head.line(cells), line=line)
    return builder.document()


def _csv_rows(source: SourceFile, text: str) -> Iterator[tuple[list[str], int]]:
    """Each row that holds anything, and the line it starts on."""
    csv.field_size_limit(10_000_000)
    # Excel's own first line, which names the separator and is no row.
    named = re.match(r"\ufeff?sep=(.)\r?\n", text)
    delimiter = named.group(1) if named else _delimiter(text)
    stream = io.StringIO(text[named.end() :] if named else text)
    reader = csv.reader(stream, delimiter=delimiter)
    line = skipped = 2 if named else 1
    try:
        for row in reader:
            cells = [" ".join(cell.split()) for cell in row]
            if any(cells):
                yield cells, line
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


# --- JSON -----------------------------------------------------------------------------

_DEEPEST = 100


def parse_json(source: SourceFile, text: str) -> ParsedDocument:
    """A flat object is a row, `key: value | key: value`; what nests gets its path as key."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return parse_json_lines(source, text)
    builder = Builder(source)
    for row in _rows(value):
        builder.add(ElementKind.TABLE_ROW, row)
    return builder.document()


def parse_json_lines(source: SourceFile, text: str) -> ParsedDocument:
    """JSON Lines; a file in which a line is not JSON is taken as text."""
    builder = Builder(source)
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            return parse_code(source, text)
        for row in _rows(value):
            builder.add(ElementKind.TABLE_ROW, row, line=number)
    return builder.document()


def _rows(value: Any, path: str = "", depth: int = 0) -> Iterator[str]:
    if depth > _DEEPEST:
        yield f"{path}: {json.dumps(value, ensure_ascii=False)[:1000]}"
    elif isinstance(value, dict):
        flat = {str(key): _scalar(item) for key, item in value.items()}
        row = render_row(list(flat), [" ".join((cell or "").split()) for cell in flat.values()])
        if row:
            yield f"{path} | {row}" if path else row
        for key, item in value.items():
            if flat[str(key)] is None:
                yield from _rows(item, f"{path}.{key}" if path else str(key), depth + 1)
    elif isinstance(value, list) and _scalar(value) is None:
        for item in value:
            yield from _rows(item, path, depth + 1)
    else:
        text = _scalar(value)
        if text:
            yield f"{path}: {text}" if path else text


def _scalar(value: Any) -> str | None:
    """A value that fits into a cell, as text; None for what nests."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    if isinstance(value, list) and all(isinstance(item, str | int | float) for item in value):
        return ", ".join(str(item) for item in value)
    return None
