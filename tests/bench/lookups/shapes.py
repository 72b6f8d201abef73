"""Tables of four shapes: where their cells stand, and by which heads each cell is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.bench.firms.laid import Laid, Spot


@dataclass(frozen=True, slots=True)
class Known:
    """A cell with its heads: of the row, and of the column from the outermost on."""

    row: str
    column: tuple[str, ...]
    shown: str


@dataclass(frozen=True, slots=True)
class Shape:
    """A table on its own page. `whose` is of whom it speaks, and `what` what it is."""

    whose: str
    what: str
    lang: str
    table: Laid
    cells: tuple[Known, ...]
    note: str = ""
    """What stands above the table: 单位：万元."""
    kind: str = ""


def levelled(
    corner: str,
    heads: Mapping[str, Sequence[str]],
    rows: Sequence[tuple[int, str, Sequence[str]]],
) -> tuple[Laid, list[Known]]:
    """Heads on both sides: two levels above, and at the left as deep as each row is indented."""
    out, cells = Laid(head=2), []
    out.put(0, 0, corner, rows=2)
    columns = [(outer, inner) for outer, some in heads.items() for inner in some]
    col = 1
    for outer, some in heads.items():
        out.put(0, col, outer, cols=len(some))
        for offset, inner in enumerate(some):
            out.put(1, col + offset, inner)
        col += len(some)
    for number, (depth, name, values) in enumerate(rows, start=2):
        shown = "\u3000" * depth + name
        out.spots[number, 0] = Spot(shown, shown)
        for place, (value, column) in enumerate(zip(values, columns, strict=True), start=1):
            out.spots[number, place] = Spot(_number(value), value, _format(value))
            cells.append(Known(name.removeprefix("其中："), column, value))
    return out, cells


def flat(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[Laid, list[Known]]:
    """Heads on top, a row a thing."""
    out, cells = Laid(), []
    out.line(0, (Spot(one, one) for one in heads))
    for number, row in enumerate(rows, start=1):
        out.line(number, (Spot(_number(one), one, _format(one)) for one in row))
        cells += [
            Known(row[0], (head,), value) for head, value in zip(heads[1:], row[1:], strict=True)
        ]
    return out, cells


def sections(
    corner: str, things: Sequence[str], parts: Mapping[str, Sequence[tuple[str, Sequence[str]]]]
) -> tuple[Laid, list[Known]]:
    """Levels at the left: a row without values opens a part, whose rows are named alike in each."""
    out, cells = Laid(), []
    out.line(0, (Spot(one, one) for one in (corner, *things)))
    row = 1
    for number, (part, lines) in enumerate(parts.items()):
        out.put(row, 0, f"{'一二三四'[number]}、{part}")
        row += 1
        for place, (name, values) in enumerate(lines, start=1):
            shown = f"\u3000{place}.{name}"
            out.spots[row, 0] = Spot(shown, shown)
            for col, (value, thing) in enumerate(zip(values, things, strict=True), start=1):
                out.spots[row, col] = Spot(_number(value), value, _format(value))
                cells.append(Known(thing, (f"{part}{name}",), value))
            row += 1
    return out, cells


def sideways(
    things: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]]
) -> tuple[Laid, list[Known]]:
    """Heads at the left: a column a thing, the first row names the things."""
    out, cells = Laid(), []
    out.line(0, (Spot(one, one) for one in ("", *things)))
    for number, (head, values) in enumerate(rows, start=1):
        out.line(number, (Spot(_number(one), one, _format(one)) for one in (head, *values)))
        cells += [Known(thing, (head,), value) for thing, value in zip(things, values, strict=True)]
    return out, cells


def form(sections: Mapping[str, Sequence[tuple[str, str]]]) -> tuple[Laid, list[Known]]:
    """Heads among their values, two pairs a row; a section's name stands over the whole width."""
    out, cells = Laid(head=0), []
    row = 0
    for section, pairs in sections.items():
        if section:
            out.put(row, 0, section, cols=4)
            row += 1
        for start in range(0, len(pairs), 2):
            some = pairs[start : start + 2]
            for place, (head, value) in enumerate(some):
                out.put(row, place * 2, head)
                wide = 3 if len(some) == 1 else 1
                out.put(row, place * 2 + 1, value, cols=wide)
                cells.append(Known(section, (head,), value))
            row += 1
    return out, cells


def _number(text: str) -> str | int | float:
    """A spreadsheet holds numbers as numbers."""
    bare = text.replace(",", "")
    if bare.isdigit() and (bare == "0" or not bare.startswith("0")) and len(bare) < 11:
        return int(bare)
    whole, _, part = bare.partition(".")
    return float(bare) if whole.isdigit() and part.isdigit() else text


def _format(text: str) -> str:
    if "," in text:
        return "#,##0.00" if "." in text else "#,##0"
    return "0.00" if "." in text and _number(text) != text else ""
