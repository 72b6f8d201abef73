"""Rows on standard output: aligned for people, or as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import click

from kb.cli.app import F, say
from kb.cli.wrapping import cells
from kb.errors import UsageError
from kb.table_types import Value
from kb.text.readable import shown

_WIDEST = 40
"""Columns of a terminal that a cell takes at most."""


def csv_option(command: F) -> F:
    return click.option("--csv", "as_csv", is_flag=True, help="CSV on stdout, with a head.")(
        command
    )


def require_one_form(as_csv: bool, as_json: bool) -> None:
    """Raises UsageError: both are asked for."""
    if as_csv and as_json:
        raise UsageError(
            "--csv and --json exclude each other",
            why="standard output holds one of the two",
            hint="choose one",
        )


def say_csv(columns: Sequence[str], rows: Sequence[Sequence[Value]]) -> None:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    say(out.getvalue(), nl=False)


def say_table(columns: Sequence[str], rows: Sequence[Sequence[Value]]) -> None:
    """Numbers to the right; a cell that is too wide for its column ends in an ellipsis."""
    texts = [[_text(cell) for cell in row] for row in rows]
    heads = [_cut(name) for name in columns]
    widths = [max(map(cells, column)) for column in zip(heads, *texts, strict=False)]
    numbers = [
        bool(column) and all(isinstance(one, int | float | None) for one in column)
        for column in zip(*rows, strict=False)
    ] or [False] * len(heads)
    for line in [heads, *texts]:
        padded = (_pad(*one) for one in zip(line, widths, numbers, strict=False))
        say("  ".join(padded).rstrip())


def _text(cell: Value) -> str:
    return "" if cell is None else _cut(f"{cell:.15g}" if isinstance(cell, float) else str(cell))


def _cut(text: str) -> str:
    line = shown(" ".join(text.split()))
    if cells(line) <= _WIDEST:
        return line
    while cells(line) >= _WIDEST:
        line = line[: max(1, len(line) * _WIDEST // (cells(line) + 1))]
    return f"{line}…"


def _pad(text: str, width: int, right: bool) -> str:
    blanks = " " * (width - cells(text))
    return blanks + text if right else text + blanks
