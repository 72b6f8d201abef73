"""A group that is named in the first of its rows alone: the cells below it are empty."""

from __future__ import annotations

from collections.abc import Sequence

from kb.documents.tables.numbers import is_nothing, number_of
from kb.documents.tables.totals import labelled

_LEAST_EMPTY = 0.5
"""Of the rows, the share whose first cell is empty where no subtotal says that they are groups."""


def fill_down(rows: list[list[str]]) -> None:
    """Write a group's name into each of its rows, in the first column: where a subtotal that is
    called like it ends the group, or where most rows have no first cell and all have a second."""
    if len(rows) < 3 or len(rows[0]) < 3:
        return
    totals = labelled(rows)
    groups = [*_groups(rows, totals)]
    closed = [rows_ for name, rows_, total in groups if rows_ and total.startswith(name)]
    if not closed and not _are_groups(rows, totals, [name for name, *_ in groups]):
        return
    for name, places, total in groups:
        if not closed or total.startswith(name):
            for place in places:
                rows[place][0] = name


def _groups(
    rows: Sequence[Sequence[str]], totals: dict[int, bool]
) -> list[tuple[str, list[int], str]]:
    """Each filled first cell, the rows below it without one, and the total that ends them."""
    found: list[tuple[str, list[int], str]] = []
    is_open = False
    for place, row in enumerate(rows):
        if place in totals:
            if is_open and found:
                found[-1] = (*found[-1][:2], _said(row))
            is_open = False
        elif row[0]:
            found.append((row[0], [], ""))
            is_open = True
        elif is_open and row[1]:
            found[-1][1].append(place)
        else:
            is_open = False
    return found


def _said(row: Sequence[str]) -> str:
    return next(filter(None, row), "").replace(" ", "")


def _are_groups(
    rows: Sequence[Sequence[str]], totals: dict[int, bool], names: Sequence[str]
) -> bool:
    body = [row for place, row in enumerate(rows) if place not in totals]
    empty = [row for row in body if not row[0]]
    texts = all(number_of(name) is None and not is_nothing(name) for name in names)
    return (
        len(names) > 1
        and len({*names}) == len(names)
        and bool(body[0][0])
        and texts
        and len(empty) >= _LEAST_EMPTY * len(body)
        and all(row[1] and number_of(row[1]) is None for row in body)
    )
