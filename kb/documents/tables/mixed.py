"""Sheets for filling in: names beside their values above and below a table of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kb.documents.tables.blocks import Block
from kb.documents.tables.forms import is_label
from kb.documents.tables.heads import unspanned
from kb.documents.tables.kinds import kind_of
from kb.documents.tables.totals import labelled

_MOST_ROWS = 200
_FEWEST_NAMES = 3


def parts_of(block: Block) -> list[Block]:
    """The forms and the table that a block consists of; the block itself where it is one thing."""
    rows = block.rows
    if block.head is not None or not 4 <= len(rows) <= _MOST_ROWS:
        return [block]
    bare = [unspanned(row) for row in rows]
    first = 0
    while first < len(rows) and len([cell for cell in bare[first] if cell]) == 1:
        first += 1
    for head in range(first + 1, len(rows) - 1):
        above = bare[first:head]
        if not _are_pairs(above):
            break
        # Two rows of names look like pairs, too: a value among them tells.
        told = any(cell and not is_label(cell) for cells in above for cell in cells[1::2])
        if told and _heads(rows, bare, head):
            end = _end(rows, bare, head)
            parts = [_part(block, 0, head), _part(block, head, end), _part(block, end, len(rows))]
            parts[0].is_form = True
            parts[2].is_form = _are_pairs(bare[end:])
            return [part for part in parts if part.rows]
    return [block]


def _part(block: Block, start: int, end: int) -> Block:
    return replace(block, rows=block.rows[start:end], places=block.places[start:end])


def _are_pairs(rows: Sequence[list[str]]) -> bool:
    """Whether each row is of names and values, in turn; a row of one text heads others."""
    pairs = 0
    for cells in rows:
        filled = [cell for cell in cells if cell]
        if len(filled) == 1 and len(cells) == 1:
            continue
        if len(cells) % 2 or not all(is_label(name) for name in cells[::2]):
            return False
        pairs += 1
    return pairs > 0


def _heads(rows: Sequence[Sequence[str]], bare: Sequence[list[str]], place: int) -> bool:
    """Whether a row names the columns of those below: all words, all different, and below one of
    them stand values of one kind."""
    names = bare[place]
    if len(names) < _FEWEST_NAMES or not all(names) or len({*names}) < len(names):
        return False
    if not all(is_label(name) and not name.endswith((":", "：")) for name in names):
        return False
    end = _end(rows, bare, place)
    if end - place < 3 and not (end - place == 2 and len(names) > _FEWEST_NAMES):
        return False
    for column in range(len(rows[place])):
        kinds = [kind_of(row[column]) for row in rows[place + 1 : end] if _at(row, column)]
        if len(kinds) >= min(2, end - place - 1) and len({*kinds}) == 1 and kinds[0] != "text":
            return True
    return False


def _end(rows: Sequence[Sequence[str]], bare: Sequence[list[str]], head: int) -> int:
    """Where the rows below a head end: at one with cells that span its columns, but for a total."""
    width = len(bare[head])
    place = head + 1
    while place < len(rows):
        spans = len(bare[place]) < width and len(rows[place]) > len(
            [c for c in rows[place] if not c]
        )
        merged = spans and _is_merged(rows[place], rows[head])
        if merged and not labelled([rows[place]]):
            break
        place += 1
    return place


def _is_merged(row: Sequence[str], head: Sequence[str]) -> bool:
    """Whether a cell spans columns that have names of their own."""
    pairs = zip(row, row[1:], head, head[1:], strict=False)
    return any(a and a == b and x != y for a, b, x, y in pairs)


def _at(row: Sequence[str], column: int) -> str:
    return row[column] if column < len(row) else ""
