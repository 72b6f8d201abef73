"""JSON: an object a row, `key: value`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from kb.documents.builder import Builder
from kb.documents.converters.code import as_code
from kb.documents.formats import Format
from kb.documents.tables.heads import render_row
from kb.documents.text.encoding import decode
from kb.types import ElementKind, ParsedDocument, SourceFile

_DEEPEST = 100


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    """A flat object is a row, `key: value | key: value`; what nests gets its path as key."""
    text, _ = decode(data)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return lines(source, text)
    builder = Builder(source)
    for row in _rows(value):
        builder.add(ElementKind.TABLE_ROW, row)
    return builder.document()


def lines(source: SourceFile, text: str) -> ParsedDocument:
    """JSON Lines; a file in which a line is not JSON is taken as text."""
    builder = Builder(source)
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            return as_code(source, text)
        for row in _rows(value):
            builder.add(ElementKind.TABLE_ROW, row, line=number)
    return builder.document()


def _rows(value: Any, path: str = "", depth: int = 0) -> Iterator[str]:
    if depth > _DEEPEST:
        yield f"{path}: {json.dumps(value, ensure_ascii=False)}"
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


FORMAT = Format(
    name="json",
    endings=("json", "geojson"),
    kept="an object as one line, `key: value`; the path to what nests",
    convert=convert,
    by_ending=True,
    text=True,
)
