"""OpenDocument spreadsheets (ISO 26300), read as `xlsx.py` reads Excel's."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from kb.documents.builder import HIDDEN, Builder
from kb.documents.converters.common.opendocument import (
    OFFICE,
    STYLE,
    TABLE,
    TEXT,
    Look,
    Looks,
    looks_of,
    repeated,
    runs_of,
    spaced,
    spanned,
)
from kb.documents.converters.common.rich_text import Ground, Run, as_seen
from kb.documents.converters.common.sheets import (
    MOST_COLUMNS,
    Behind,
    Hidden,
    Numbered,
    add_sheet,
    cut,
)
from kb.documents.formats import Format
from kb.documents.tables.numbers import number_of
from kb.types import ParsedDocument, SourceFile

_STYLE = f"{TABLE}style-name"
_DEFAULT = f"{TABLE}default-cell-style-name"


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    """Each cell as the sheet shows it, which the file holds beside the value."""
    from kb.documents.converters.common.markup import xml_root

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        root = xml_root(archive.read("content.xml"))
        named = "styles.xml" in archive.namelist()
        looks = looks_of(*([xml_root(archive.read("styles.xml"))] if named else []), root)
    builder = Builder(source)
    unseen = _unseen_styles(root)
    for sheet in root.iter(f"{TABLE}table"):
        name = sheet.get(f"{TABLE}name", "")
        notes, hidden_rows = Behind(), set[int]()
        found = [*_rows(builder, sheet, name, notes, hidden_rows, looks)]
        unseen_sheet = sheet.get(f"{TABLE}style-name") in unseen
        hidden = Hidden(unseen_sheet, hidden_rows, _hidden_columns(sheet))
        add_sheet(builder, name, found, hidden, notes)
        for note in sheet.iter(f"{OFFICE}annotation"):
            lines = (" ".join(spaced(line).split()) for line in note.iter(f"{TEXT}p"))
            text = " ".join(filter(None, lines))
            builder.paragraph(f"{HIDDEN}{text}" if text and unseen_sheet else text)
    return builder.document()


def _rows(
    builder: Builder, sheet: Any, name: str, notes: Behind, hidden: set[int], looks: Looks
) -> Iterator[Numbered]:
    """The rows that hold something. Notes in `hidden` which of them a reader does not see."""
    number = 0
    default = _column_styles(sheet)
    spans: dict[int, tuple[int, str]] = {}  # by column: the last row of the cell that covers it
    for row in sheet.iter(f"{TABLE}table-row"):
        cells: list[str] = []
        empty = 0  # a row ends with one empty cell that is repeated to its last possible column
        for cell in row:
            if cell.tag not in (f"{TABLE}table-cell", f"{TABLE}covered-table-cell"):
                continue
            times, column = repeated(cell, "columns"), len(cells) + empty
            if cell.tag == f"{TABLE}covered-table-cell":
                until, text = spans.get(column, (0, ""))
                text = text if number < until else ""
                if text:
                    notes.covered.update((number + 1, column + n) for n in range(min(times, 999)))
            else:
                style = cell.get(_STYLE) or row.get(_DEFAULT) or default.get(column)
                text = _shown(cell, looks, looks.get(style))
                if (exact := _exact(cell, text)) is not None:
                    notes.worth[number + 1, column] = exact
                down, right = spanned(cell)
                if text and (down, right) != (1, 1):
                    covered = range(column, min(column + right, MOST_COLUMNS))
                    spans.update(dict.fromkeys(covered, (number + down, text)))
            if not text:
                empty += times
                continue
            if column + times > MOST_COLUMNS:
                cut(builder, name, number + 1)
                times = max(0, MOST_COLUMNS - column)
            if times:
                cells += [*[""] * empty, *[text] * times]
                empty = 0
        times = repeated(row, "rows")
        if cells:
            numbers = range(number + 1, number + times + 1)
            if _is_hidden(row):
                hidden.update(numbers)
            yield from ((one, cells) for one in numbers)
        number += times


def _is_hidden(element: Any) -> bool:
    """A row or a column that is hidden or filtered out, or in a group that is folded."""
    if element.get(f"{TABLE}visibility") in ("collapse", "filter"):
        return True
    for holder in element.iterancestors():
        if holder.tag == f"{TABLE}table":
            break
        if holder.get(f"{TABLE}display") == "false":
            return True
    return False


def _hidden_columns(sheet: Any) -> set[int]:
    found, number = set[int](), 0
    for column in sheet.iter(f"{TABLE}table-column"):
        times = repeated(column, "columns")
        if _is_hidden(column):
            found.update(range(number + 1, min(number + times, MOST_COLUMNS) + 1))
        number += times
    return found


def _unseen_styles(root: Any) -> set[str]:
    """The styles of sheets that are hidden."""
    return {
        style.get(f"{STYLE}name")
        for style in root.iter(f"{STYLE}style")
        if any(
            one.get(f"{TABLE}display") == "false" for one in style.iter(f"{STYLE}table-properties")
        )
    }


def _exact(cell: Any, text: str) -> float | None:
    """The number of a cell whose text shows it rounded."""
    written = cell.get(f"{OFFICE}value")
    number = number_of(text) if written else None
    if number is None:
        return None
    try:
        value = float(written)
    except ValueError:
        return None
    shown, exponent = float(number.shown), number.shown.as_tuple().exponent
    whole = value * 100 if number.unit.is_percent else value
    half = 0.5 * 10.0 ** (exponent if isinstance(exponent, int) else 0)
    rounded = 1e-9 * max(1, abs(shown)) < abs(whole - shown) <= half * (1 + 1e-9)
    return value if rounded else None


def _column_styles(sheet: Any) -> dict[int, str]:
    """The style of the cells of a column that have none of their own, by its number from 0."""
    found: dict[int, str] = {}
    number = 0
    for column in sheet.iter(f"{TABLE}table-column"):
        times = repeated(column, "columns")
        if style := column.get(_DEFAULT):
            found.update(dict.fromkeys(range(number, min(number + times, MOST_COLUMNS)), style))
        number += times
    return found


def _shown(cell: Any, looks: Looks, look: Look | None) -> str:
    """The paragraphs of a cell. A date is ISO 8601 whatever its format, as in other sheets; a
    note is not part of the cell. What is struck stands between ~~, what is not seen behind a
    mark."""
    look = look or Look()
    date = cell.get(f"{OFFICE}date-value")
    if date:
        text = str(date).removesuffix("T00:00:00").replace("T", " ")
        text, unseen = f"~~{text}~~" if look.struck else text, look.unseen
    else:
        within = replace(look, raised=False, colour="")
        lines = (line for line in cell if line.tag == f"{TEXT}p")
        pieces = [one for line in lines for one in (Run(" "), *runs_of(line, looks, within))]
        text, unseen = as_seen(pieces, Ground(look.ground, look.unseen))
        text = " ".join(text.split())
        if not text:
            # A program that writes sheets without showing them leaves out the text; where it is
            # there, and empty, a format shows nothing of the value.
            shows_nothing = next(cell.iterchildren(f"{TEXT}p"), None) is not None
            text, unseen = _worth(cell), shows_nothing or look.unseen
    return f"{HIDDEN}{text}" if text and unseen else text


def _worth(cell: Any) -> str:
    """What a cell is worth that does not say how it is shown."""
    kind = cell.get(f"{OFFICE}value-type")
    if kind == "string":
        return str(cell.get(f"{OFFICE}string-value") or "")
    if kind == "time":
        return str(cell.get(f"{OFFICE}time-value") or "")
    if kind == "boolean":
        return str(cell.get(f"{OFFICE}boolean-value") or "").upper()
    value = str(cell.get(f"{OFFICE}value") or "")
    number = number_of(value) if kind == "percentage" else None
    return value if number is None else f"{float(number.shown) * 100:.10g}%"


FORMAT = Format(
    name="ods",
    endings=("ods",),
    kept="sheets as sections, rows with merged cells in every place, cells as they are shown, "
    "comments, exponents as `10^6`, struck text between `~~`; what is hidden is marked `[hidden]`",
    lost="charts, words of a cell in the colour behind them",
    convert=convert,
    recognised=lambda content: b"opendocument.spreadsheet" in content.mimetype,
)
