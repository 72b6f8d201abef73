"""Sheets as they look on the screen: a row is an element with its header, a sheet a heading, a date
ISO 8601, and a number as its cell's format shows it.

unstructured reads sheets through pandas, which turns a column of telephone numbers with one gap
in it into 13800138000.0 and drops number formats.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator

from kb.documents.builder import Builder

MOST_COLUMNS = 1000
_DECIMALS = re.compile(r"0\.(0+)")
_EXACT = 1e15


def add_sheet(builder: Builder, name: str, rows: Iterator[list[str]]) -> None:
    """A sheet's rows below its name. A blank row ends a table, so that one sheet may hold
    several."""
    table: list[list[str]] = []
    named = False
    for row in rows:
        if any(row):
            if not named:
                builder.heading(name, 1)
                named = True
            table.append(row)
        elif table:
            _add_table(builder, table)
            table = []
    _add_table(builder, table)


def _add_table(builder: Builder, table: list[list[str]]) -> None:
    """A line above the header, alone in its row, is the table's caption."""
    while len(table) > 2 and sum(map(bool, table[0])) == 1 < sum(map(bool, table[1])):
        builder.paragraph(" ".join(cell for cell in table[0] if cell))
        table = table[1:]
    builder.rows(table)


def number(value: int | float, number_format: str) -> str:
    decimals = _DECIMALS.search(number_format)
    if number_format.endswith("%"):
        return f"{value * 100:.{len(decimals.group(1)) if decimals else 0}f}%"
    if isinstance(value, float) and not value.is_integer():
        if decimals:
            return f"{value:.{len(decimals.group(1))}f}"
        return f"{value:.12g}" if abs(value) < _EXACT else repr(value)
    whole = int(value) if abs(value) < _EXACT else value
    if re.fullmatch(r"0{2,}", number_format):
        return f"{whole:0{len(number_format)}d}"
    return f"{whole:.{len(decimals.group(1))}f}" if decimals else str(whole)


def iso(value: datetime.datetime) -> str:
    if value.time() == datetime.time():
        return value.date().isoformat()
    return value.isoformat(" ", "seconds")
