"""JSON: an object a row, `key: value`."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from typing import Any

from kb.documents.builder import Builder, title_of
from kb.documents.converters.code import as_code
from kb.documents.formats import Format
from kb.documents.tables.heads import render_row
from kb.documents.text.encoding import decode
from kb.table_types import Grid
from kb.types import ElementKind, ParsedDocument, SourceFile

_DEEPEST = 100
_FEWEST = 2
_MOST_KEYS = 500


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    """A flat object is a row, `key: value | key: value`; what nests gets its path as key."""
    text, _ = decode(data)
    try:
        value = _loaded(text)
    except (ValueError, RecursionError):
        return lines(source, text)
    builder = Builder(source)
    for name, records in _record_lists(value):
        add_records(builder, name, records)
    for row in _rows(value):
        builder.add(ElementKind.TABLE_ROW, row)
    return builder.document()


def lines(source: SourceFile, text: str) -> ParsedDocument:
    """JSON Lines; a file in which a line is not JSON is taken as text."""
    builder = Builder(source)
    records: list[tuple[int, Any]] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            value = _loaded(line)
        except (ValueError, RecursionError):
            return as_code(source, text)
        records.append((number, value))
        for row in _rows(value):
            builder.add(ElementKind.TABLE_ROW, row, line=number)
    numbers = [number for number, _ in records]
    add_records(builder, "", [value for _, value in records], numbers)
    return builder.document()


def _loaded(text: str) -> Any:
    """The value, with numbers as they are written (1.10 is a version as often as a number, and no
    float holds 30 digits) and with every value of a key that stands there twice.

    Raises ValueError, or RecursionError, where it is none.
    """
    return json.loads(
        text,
        parse_int=str,
        parse_float=_number,
        parse_constant=str,
        object_pairs_hook=_object,
    )


def _number(written: str) -> str:
    """Exponents are resolved where a float can hold what they make: 1e5 is 100000.0."""
    value = float(written) if "e" in written.lower() else math.inf
    return written if math.isinf(value) else json.dumps(value)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        every: dict[str, list[Any]] = {}
        for key, value in pairs:
            every.setdefault(key, []).append(value)
        found |= {key: values for key, values in every.items() if len(values) > 1}
    return found


def add_records(
    builder: Builder, name: str, records: list[Any], numbers: Sequence[int] = ()
) -> None:
    """A list of objects as a table: a column for each key that holds no object."""
    if len(records) < _FEWEST or not all(isinstance(one, dict) for one in records):
        return
    flat = [{str(key): _scalar(item) for key, item in one.items()} for one in records]
    keys = dict.fromkeys(key for one in flat for key, item in one.items() if item is not None)
    filled = sum(1 for one in flat for key in keys if one.get(key))
    if not keys or len(keys) > _MOST_KEYS or filled * 3 < len(keys) * len(flat):
        return  # not of one form
    rows = [tuple(keys), *(tuple(one.get(key) or "" for key in keys) for one in flat)]
    lines = (min(numbers), *numbers) if numbers else ()
    named = name or title_of(builder.source)
    builder.grid(Grid(named, tuple(rows), lines or tuple(range(len(rows))), head=1))


def _record_lists(value: Any) -> Iterator[tuple[str, list[Any]]]:
    """The lists of objects, with the path to each."""
    stack: list[tuple[str, Any, int]] = [("", value, 0)]
    while stack:
        path, one, depth = stack.pop()
        if isinstance(one, list) and one and all(isinstance(item, dict) for item in one):
            yield path, one
        elif isinstance(one, dict) and depth < _DEEPEST:
            inner = [(f"{path}.{key}" if path else str(key), item) for key, item in one.items()]
            stack += [(name, item, depth + 1) for name, item in reversed(inner)]


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
