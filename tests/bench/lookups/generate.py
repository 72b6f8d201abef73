"""Twenty pages with a table each, in four formats, and sixty questions: one to three cells each."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import docx
import openpyxl

from tests.bench.firms.asking import Record, gives_away, tidy
from tests.bench.firms.generate import rewrite, write_questions
from tests.bench.firms.laid import Laid
from tests.bench.firms.writers import html_table, on_page, on_sheet, saved
from tests.bench.lookups import wording
from tests.bench.lookups.pages import AGAIN, COMPANIES_EN, COMPANIES_ZH, PAGES
from tests.bench.lookups.shapes import Known, Shape
from tests.unit.documents.converters.pages import Sheet, drawn

FORMATS = ("xlsx", "docx", "html", "pdf")
QUESTIONS_A_PAGE = 3
_TRIES = 200
_SCALES = {"单位：万元": 10_000, "In thousands of euros": 1_000}


def pages(seed: int) -> list[tuple[str, Shape]]:
    """Each kind of page twice, of two companies and in two formats."""
    rnd = Random(f"lookups {seed}")
    companies = {
        "zh": rnd.sample(COMPANIES_ZH, len(COMPANIES_ZH)),
        "en": rnd.sample(COMPANIES_EN, len(COMPANIES_EN)),
    }
    found = []
    for number, make in enumerate((*PAGES, *AGAIN)):
        shape = make(rnd, "")
        shape = Shape(companies[shape.lang].pop(), *_rest(shape))
        form = FORMATS[(number + number // len(PAGES) + seed) % len(FORMATS)]
        found.append((f"{shape.whose} {shape.what}.{form}", shape))
    return found


def _rest(shape: Shape) -> tuple[str, str, Laid, tuple[Known, ...], str, str]:
    return shape.what, shape.lang, shape.table, shape.cells, shape.note, shape.kind


def generate(seed: int, folder: Path) -> list[Record]:
    """Write `docs/` and `questions.jsonl` into a folder; the questions."""
    (folder / "docs").mkdir(parents=True, exist_ok=True)
    made = pages(seed)
    for path, shape in made:
        rewrite(folder / "docs" / path, _written(path, shape))
    asked = questions(made, seed)
    write_questions(asked, folder)
    return asked


# --- questions ------------------------------------------------------------------------


def questions(made: Sequence[tuple[str, Shape]], seed: int) -> list[Record]:
    rnd = Random(f"lookups asked {seed}")
    out: list[Record] = []
    for path, shape in made:
        said: set[frozenset[Known]] = set()
        for _ in range(_TRIES):
            if len(said) == QUESTIONS_A_PAGE:
                break
            cells = _cells(rnd, shape)
            text = tidy(wording.question(rnd, shape, cells))
            need = [_ways(one.shown, shape) for one in cells]
            if frozenset(cells) in said or gives_away(text, need):
                continue
            said.add(frozenset(cells))
            out.append(_record(len(out) + 1, path, shape, cells, text, need))
    return out


def _cells(rnd: Random, shape: Shape) -> list[Known]:
    """One to three cells of one row, which has each head once."""
    first = rnd.choice(shape.cells)
    some = [one for one in shape.cells if one.row == first.row and one != first]
    if shape.kind == "levels":
        # Either all below one head, or the same below both.
        place = rnd.choice((0, 1))
        some = [one for one in some if one.column[place] == first.column[place]]
    count = rnd.choice((1, 1, 1, 2, 2, 3))
    return [first, *rnd.sample(some, min(count - 1, len(some)))]


def _record(
    number: int, path: str, shape: Shape, cells: Sequence[Known], text: str, need: list[list[str]]
) -> Record:
    needed = {one for group in need for one in group}
    beside = [
        way
        for one in shape.cells
        for asked in cells
        if (one.row == asked.row) != (one.column == asked.column)
        for way in _ways(one.shown, shape)[:1]
    ]
    return {
        "id": f"lookup-{number:03d}",
        "cls": f"{shape.kind} {path.rpartition('.')[2]}",
        "lang": shape.lang,
        "answerable": True,
        "kind": "",
        "question": text,
        "hist": [],
        "need": need,
        "source": [path],
        "wrong": [one for one in dict.fromkeys(beside) if one not in needed],
        "forbid": [],
        "note": f"{len(cells)} cells",
    }


def _ways(shown: str, shape: Shape) -> list[str]:
    """As it is displayed, and what it is worth in the base unit."""
    if found := re.fullmatch(r"(\d{4})年(\d+)月(\d+)日", shown):
        return [f"{found[1]}-{int(found[2]):02d}-{int(found[3]):02d}"]
    if found := re.fullmatch(r"(\d+)万元", shown):
        return [str(int(found[1]) * 10_000)]
    if found := re.fullmatch(r"([\d,]+)(?:套| euros)", shown):
        return [found[1].replace(",", "")]
    bare = shown.replace(",", "")
    if not re.fullmatch(r"\d+(\.\d+)?", bare):
        return [shown]
    scale = _SCALES.get(shape.note, 1)
    plain = re.sub(r"\.?0+$", "", bare) if "." in bare else bare
    return [plain] if scale == 1 else [plain, str(int(plain) * scale)]


# --- files ----------------------------------------------------------------------------


def _written(path: str, shape: Shape) -> bytes:
    title = path.rpartition(".")[0]
    form = path.rpartition(".")[2]
    if form == "xlsx":
        return _xlsx(title, shape)
    if form == "docx":
        page: Any = docx.Document()
        page.add_heading(title, 1)
        if shape.note:
            page.add_paragraph(shape.note)
        on_page(page, shape.table)
        return saved(page)
    if form == "html":
        parts = [f"<h1>{html.escape(title)}</h1>", f"<p>{shape.note}</p>", html_table(shape.table)]
        return f"<html><meta charset='utf-8'><body>{''.join(parts)}</body></html>".encode()
    return _pdf(title, shape)


def _xlsx(title: str, shape: Shape) -> bytes:
    book: Any = openpyxl.Workbook()
    sheet = book.active
    sheet.title = shape.what[:30]
    sheet.cell(1, 1).value = title
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=shape.table.width)
    sheet.cell(2, shape.table.width).value = shape.note or None
    on_sheet(sheet, shape.table, top=2)
    return saved(book)


_LEFT, _TOP, _STEP, _FIRST, _PAGE = 36, 100, 22, 130, 540


def _pdf(title: str, shape: Shape) -> bytes:
    """Ruled, without a line through a cell that spans others."""
    table = shape.table
    sheet = Sheet().text(_LEFT, 50, title, size=14).text(_LEFT, 80, shape.note, size=9)
    rest = (_PAGE - _FIRST) / max(table.width - 1, 1)
    if shape.kind == "form":
        edges = [_LEFT + one * _PAGE / table.width for one in range(table.width + 1)]
    else:
        edges = [_LEFT, *(_LEFT + _FIRST + one * rest for one in range(table.width))]
    for (row, col), spot in table.spots.items():
        top, bottom = _TOP + row * _STEP, _TOP + (row + spot.rows) * _STEP
        left, right = edges[col], edges[col + spot.cols]
        sheet.grid((left, right), (top, bottom))
        text = spot.shown.lstrip("\u3000")
        indent = 8 * (len(spot.shown) - len(text))
        middle = (top + bottom) / 2 + 3
        sheet.text(round(left + 3 + indent, 1), middle, text, size=8)
    return drawn(sheet)
