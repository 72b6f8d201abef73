"""Rows that head those below them (一、流动资产, Current assets:) become columns at the left."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from kb.documents.tables.numbers import is_nothing, number_of
from kb.documents.tables.outline import style_of
from kb.documents.tables.totals import is_grand, labelled

_COLON = re.compile(r".*[:：]$")
_NOTE = re.compile(
    r"(?:备注|说明|注释?|附注|note|remark|source|来源|数据来源|fußnote|\*)\s*\d?\s*[:：.]?", re.I
)
_DEEPEST = 3
_MOST_HEADS = 1 / 3
_FEWEST_INDENTED = 1 / 4
_LONGEST = 60


@dataclass(slots=True)
class Groups:
    """`heads` are the places of rows that only head others, or only say something; `of` has each
    row's heads, outermost first, `depth` of them."""

    depth: int
    heads: set[int]
    of: list[tuple[str, ...]]
    remarks: list[str] = field(default_factory=list)


def groups_of(rows: Sequence[Sequence[str]], indents: Sequence[int]) -> Groups | None:
    """Find the rows that head those below them; None where there is none. `indents`: how far each
    row is indented."""
    if len(rows) < 2 or len(rows[0]) < 2:
        return None
    if (indented := _indented(rows, indents)) is not None:
        return indented
    totals = labelled(rows)
    found: dict[int, str] = {}
    for place, row in enumerate(rows):
        if place not in totals and (style := _style(row)):
            found[place] = style
    if not found:
        return None
    remarks: list[str] = []
    left_out = _notes(rows, found, remarks)
    heads = _accepted(rows, found, left_out)
    if not heads and not left_out:
        return None
    stack: list[tuple[str, str]] = []
    of: list[tuple[str, ...]] = []
    for place, row in enumerate(rows):
        if place in heads:
            style = found[place]
            known = [at for at, (other, _) in enumerate(stack) if other == style]
            del stack[known[0] if known else _DEEPEST - 1 :]
            stack.append((style, row[0] or next(filter(None, row))))
        whole = place == len(rows) - 1 - len(left_out) and is_grand(row)
        of.append(() if whole else tuple(text for _, text in stack))
    depth = max(map(len, of), default=0)
    padded = [(*one, *[""] * (depth - len(one))) for one in of]
    return Groups(depth, {*heads, *left_out}, padded, remarks)


def _indented(rows: Sequence[Sequence[str]], indents: Sequence[int]) -> Groups | None:
    """A row heads those below it that are indented further; its own numbers stay a row."""
    least = min(indents, default=0)
    inner = sum(one > least for one in indents)
    # A few cells with blanks in front say nothing.
    if inner < max(2, _FEWEST_INDENTED * len(rows)) or not all(row[0] for row in rows):
        return None
    stack: list[tuple[int, str]] = []
    of: list[tuple[str, ...]] = []
    heads: set[int] = set()
    for place, row in enumerate(rows):
        while stack and stack[-1][0] >= indents[place]:
            stack.pop()
        of.append(tuple(text for _, text in stack[:_DEEPEST]))
        deeper = place + 1 < len(rows) and indents[place + 1] > indents[place]
        if deeper and len({cell for cell in row if cell}) == 1:
            heads.add(place)
        stack.append((indents[place], row[0]))
    depth = max(map(len, of))
    if not depth:
        return None
    return Groups(depth, heads, [(*one, *[""] * (depth - len(one))) for one in of])


def _style(row: Sequence[str]) -> str:
    """How a row looks that may head others; empty for one that holds more than one text."""
    filled = [cell for cell in row if cell and not is_nothing(cell)]
    if not filled or len({*filled}) > 1 or len(filled[0]) > _LONGEST * 4:
        return ""
    text = filled[0]
    if number_of(text) is not None:
        return ""
    merged = len(filled) == len(row) > 2
    if not merged and (len(filled) > 1 or not row[0]):
        return ""
    if numbered := style_of(text):
        return numbered
    if merged:
        return "merged"
    return "colon" if _COLON.fullmatch(text) else "plain"


def _notes(rows: Sequence[Sequence[str]], found: dict[int, str], remarks: list[str]) -> set[int]:
    """What stands below the last row of data heads nothing."""
    left_out: set[int] = set()
    place = len(rows) - 1
    while place in found and place > 0:
        text = next(filter(None, rows[place]))
        if found[place] != "merged" and not _NOTE.match(text) and len(text) <= _LONGEST:
            del found[place]  # a row that lacks its values
        else:
            left_out.add(place)
            remarks.insert(0, f"below the rows stands: {text[:200]}")
        place -= 1
    for one in left_out & found.keys():
        del found[one]
    return left_out


def _accepted(rows: Sequence[Sequence[str]], found: dict[int, str], left_out: set[int]) -> set[int]:
    """The rows that do head others. Without a number, a colon or merged cells a row may as well
    lack its values: then the first row is one too, and all columns of the others hold numbers."""
    marked = {place for place, style in found.items() if style != "plain"}
    plain = set(found) - marked
    body = [row for place, row in enumerate(rows) if place not in found and place not in left_out]
    if not body:
        return set()
    if plain:
        numeric = len(rows[0]) > 2 and all(_is_numeric(body, c) for c in range(1, len(rows[0])))
        starts = min(plain) == 0 or (min(plain) == 1 and 0 in marked)
        few = len(plain) <= _MOST_HEADS * len(rows)
        followed = all(place + 1 < len(rows) for place in plain)
        if not (numeric and starts and few and followed):
            plain = set()
    # Items of a list with the same numbers have values: one without any lacks them.
    of_items = {style_of(row[0]) for row in body} - {""}
    return {p for p in marked if found[p] not in of_items or _ends_in_colon(rows[p])} | plain


def _ends_in_colon(row: Sequence[str]) -> bool:
    return bool(_COLON.fullmatch(next(filter(None, row))))


def _is_numeric(rows: Sequence[Sequence[str]], column: int) -> bool:
    cells = [row[column] for row in rows if row[column] and not is_nothing(row[column])]
    return bool(cells) and sum(number_of(one) is not None for one in cells) >= 0.8 * len(cells)
