"""The tables of one sheet: empty rows and empty columns stand between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kb.documents.tables.heads import LOOK_AHEAD, continues, names, read_head
from kb.documents.tables.totals import labelled

Cells = tuple[str, ...]


@dataclass(slots=True)
class Block:
    """Rows without empty ones between, with their places in the grid. `left` is the grid's column
    that is their first; `head` how many of them name the columns, where that is known; `is_form`:
    names and values are known to stand side by side."""

    rows: list[Cells]
    places: list[int]
    left: int = 0
    head: int | None = None
    is_form: bool = False


def blocks_of(rows: Sequence[Cells], head: int | None, *, is_sheet: bool) -> Iterator[Block]:
    """The tables of a grid; one, unless it is a sheet."""
    places = range(len(rows))
    if not is_sheet:
        filled = [place for place in places if any(rows[place])]
        known = None if head is None else sum(1 for place in filled if place < head)
        yield Block([rows[place] for place in filled], filled, head=known)
        return
    found = [*_tables(Block(list(rows), list(places), head=head))]
    yield from sorted(found, key=lambda block: (block.places[0], block.left))


def _tables(block: Block) -> Iterator[Block]:
    """A block's tables: cut at empty columns as far as it goes, then at blank rows, and again."""
    stripes = _stripes(block)
    if len(stripes) > 1:
        for stripe in stripes:
            yield from _tables(stripe)
        return
    bands = list(_bands(block))
    for band in bands:
        if len(bands) > 1 and len(stripes := _stripes(band)) > 1:
            for stripe in stripes:
                yield from _tables(stripe)
        else:
            yield band


def _bands(block: Block) -> Iterator[Block]:
    """A blank row ends a table, unless the rows behind it go on with it."""
    before: Block | None = None
    for part in _between_blanks(block):
        if before is not None and _goes_on(before, part):
            before.rows += part.rows
            before.places += part.places
            continue
        if before is not None:
            yield before
        before = part
    if before is not None:
        yield before


def _between_blanks(block: Block) -> Iterator[Block]:
    part = Block([], [], block.left)
    blank = False
    for row, place in zip(block.rows, block.places, strict=True):
        if not any(row):
            blank = bool(part.rows)
            continue
        # A blank row between the names and what they name, or below titles, is none.
        named = len(part.rows) == 1 and names(part.rows[0], row)
        if blank and not (named or _are_titles(part.rows, row)):
            yield part
            part = Block([], [], block.left)
        blank = False
        part.rows.append(row)
        part.places.append(place)
    if part.rows:
        yield part


_MOST_TITLES = 3


def _are_titles(rows: Sequence[Cells], below: Cells) -> bool:
    """Whether a few rows are titles over what stands below a blank row: several only where it has
    several cells, since a column of texts is a list."""
    if not all(map(_is_title, rows)):
        return False
    return len(rows) == 1 or (len(rows) <= _MOST_TITLES and not _is_title(below))


def _is_title(row: Cells) -> bool:
    return len({cell for cell in row if cell}) == 1


def _goes_on(before: Block, part: Block) -> bool:
    head = read_head(before.rows[:LOOK_AHEAD])
    if not head.rows:
        return False
    above = before.rows[head.skipped :][-LOOK_AHEAD:]
    if continues(head, above, part.rows[0]):
        return True
    first = part.rows[0]
    if len(first) == len(head.names) and any(
        cell and column and cell in {row[column] for row in above if column < len(row)}
        for column, cell in enumerate(first)
    ):
        return True  # a value of the same column again
    last = len(part.rows) == 1 and len(part.rows[0]) <= len(head.names)
    return last and bool(labelled(part.rows)) and bool(above)


def _stripes(block: Block) -> list[Block]:
    """Tables side by side: an empty column stands between, and each has columns and rows of its
    own. A title over all of them belongs to each."""
    filled: set[int] = set()
    for row in block.rows:
        if not _is_title(row):
            filled.update(column for column, cell in enumerate(row) if cell)
    if not filled or len(filled) == max(filled) + 1 - min(filled):
        return [block]
    spans: list[tuple[int, int]] = []
    for column in sorted(filled):
        if spans and column == spans[-1][1]:
            spans[-1] = spans[-1][0], column + 1
        else:
            spans.append((column, column + 1))
    stripes = [_stripe(block, *span) for span in spans]
    if all(_stands_alone(stripe) for stripe in stripes):
        return stripes
    return [block]


def _stripe(block: Block, start: int, end: int) -> Block:
    rows: list[Cells] = []
    for row in block.rows:
        if len(row) > end and _is_title(row):
            text = next(filter(None, row))
            rows.append((text,) * (end - start))
        else:
            rows.append(row[start:end])
    return Block(rows, list(block.places), block.left + start)


def _stands_alone(stripe: Block) -> bool:
    rows = [row for row in stripe.rows if any(row)]
    return len(rows) > 1 and sum(sum(map(bool, row)) > 1 for row in rows) > 1
