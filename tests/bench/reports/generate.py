"""Four annual reports, one in each format, and questions for a cell each; some leave open which of
two tables of the same heads is meant."""

from __future__ import annotations

import html
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import docx
import openpyxl

from tests.bench.firms.asking import Record
from tests.bench.firms.generate import rewrite, write_questions
from tests.bench.firms.writers import html_table, on_page, on_sheet, saved
from tests.bench.reports.figures import TIMES, YEARS, Cell, Part, parts
from tests.unit.documents.converters.pages import Sheet, drawn

FORMATS = ("xlsx", "docx", "html", "pdf")
NAMES = (
    "乐川机电", "北屿医疗", "长汀矿业", "东篱饮品", "苍梧电子", "临溪纸业", "鹿鸣光电", "平芜化工",
    "栖霞玻璃", "石泉轴承", "望江家居", "永渡物流",
)  # fmt: skip
QUESTIONS = 24
OPEN = 5
"""Questions a report, and of them those that two tables answer differently."""
_TRIES = 500

Report = tuple[str, str, list[Part]]
"""Path, company, tables."""


def reports(seed: int) -> list[Report]:
    rnd = Random(f"reports {seed}")
    names = rnd.sample(NAMES, len(FORMATS))
    return [
        (f"{name}2024年年度报告.{form}", name, parts(rnd))
        for name, form in zip(names, FORMATS, strict=True)
    ]


def generate(seed: int, folder: Path) -> list[Record]:
    """Write `docs/` and `questions.jsonl` into a folder; the questions."""
    (folder / "docs").mkdir(parents=True, exist_ok=True)
    made = reports(seed)
    for path, name, some in made:
        rewrite(folder / "docs" / path, written(path, name, some))
    asked = questions(made, seed)
    write_questions(asked, folder)
    return asked


# --- questions ------------------------------------------------------------------------


def questions(made: Sequence[Report], seed: int) -> list[Record]:
    rnd = Random(f"reports asked {seed}")
    out: list[Record] = []
    for report in made:
        said: set[str] = set()
        counts = {"look-up": QUESTIONS - OPEN, "open": OPEN}
        for _ in range(_TRIES):
            part = rnd.choice(report[2])
            cell = rnd.choice(part.cells)
            kind = "open" if counts["open"] and part.scope and rnd.random() < 0.5 else "look-up"
            text, need = _asked(rnd, report, part, cell, kind)
            if not counts[kind] or not text or text in said:
                continue
            said.add(text)
            counts[kind] -= 1
            out.append(_record(len(out) + 1, report, part, cell, kind, text, need))
    return out


def _asked(rnd: Random, report: Report, part: Part, cell: Cell, kind: str) -> tuple[str, list[str]]:
    """A question, and the figures that it may mean; nothing where it is not of that kind."""
    scopes = {one.scope for one in report[2] if (one.name.removeprefix(one.scope), len(one.cells))
              == (part.name.removeprefix(part.scope), len(part.cells))}  # fmt: skip
    is_both = len(scopes) > 1
    if kind == "open" and not is_both:
        return "", []
    scope = part.scope if kind == "look-up" and is_both else ""
    text = _worded(rnd, report[1], part, cell, scope)
    if kind == "look-up":
        return text, [cell.shown]
    others = [
        one.shown
        for other in report[2]
        if other.name.removeprefix(other.scope) == part.name.removeprefix(part.scope)
        for one in other.cells
        if (one.row, one.what, one.time, one.level) == (cell.row, cell.what, cell.time, cell.level)
    ]
    return (text, others) if len(others) > 1 else ("", [])


def _worded(rnd: Random, whose: str, part: Part, cell: Cell, scope: str) -> str:
    table = part.name.removeprefix(part.scope)
    is_statement = table.endswith("表")
    times = YEARS if table in ("利润表", "主要会计数据") else TIMES
    time = rnd.choice(times[cell.time]) if cell.time else ""
    what = "" if cell.what == "余额" and time.endswith("日") else cell.what
    head = f"{cell.level}{what}"
    if is_statement or table in ("主营业务情况", "主要会计数据"):
        forms = (
            f"{whose}{scope}{table}中{cell.row}的{time}{head}是多少？",
            f"{whose}{scope}{table}里，{time}{cell.row}{head}为多少？",
            f"查一下{whose}{time}{scope}{table}的{cell.row}{head}",
            f"{whose}2024年年报中{scope}{table}的{cell.row}{time}{head}是多少元？",
        )
    else:
        said = {"合并": "合并报表", "母公司": "母公司"}.get(scope, "")
        forms = (
            f"{whose}{said}{table}附注中，{cell.row}的{time}{head}是多少？",
            f"{whose}{said}的{table}里{cell.row}{time}{head}有多少？",
            f"请问{whose}{time}{said}{table}（{cell.row}）的{head}为多少？",
            f"{whose}年报{said}{table}项下{cell.row}{time}的{head}",
        )
    text = rnd.choice(forms).replace("的？", "？").replace("的为", "为").replace("的是", "是")
    return text.removesuffix("的")


def _record(
    number: int, report: Report, part: Part, cell: Cell, kind: str, text: str, need: list[str]
) -> Record:
    ways = [_ways(one, part) for one in need]
    near = [
        _way(one.shown)
        for one in part.cells
        if one.row == cell.row or (one.what, one.level) == (cell.what, cell.level)
    ]
    needed = {way for group in ways for way in group}
    return {
        "id": f"report-{number:03d}",
        "cls": f"{kind} {report[0].rpartition('.')[2]}",
        "lang": "zh",
        "answerable": True,
        "kind": "",
        "question": text,
        "hist": [],
        "need": ways,
        "source": [report[0]],
        "wrong": [one for one in dict.fromkeys(near) if one not in needed],
        "forbid": [],
        "note": f"{part.scope}{part.name}, {cell.row}, {cell.level}{cell.what} {cell.time}",
    }


def _ways(shown: str, part: Part) -> list[str]:
    """As it is displayed, and what it is worth in the base unit."""
    plain = _way(shown)
    if "," not in shown or "万元" not in part.note:
        return [plain]
    return [plain, _way(f"{Decimal(plain) * 10_000:f}")]


def _way(shown: str) -> str:
    bare = shown.replace(",", "")
    return bare.rstrip("0").rstrip(".") if "." in bare else bare


# --- files ----------------------------------------------------------------------------


def written(path: str, name: str, some: Sequence[Part]) -> bytes:
    title = f"{name}股份有限公司2024年年度报告"
    form = path.rpartition(".")[2]
    if form == "xlsx":
        return _xlsx(title, some)
    if form == "docx":
        page: Any = docx.Document()
        page.add_heading(title, 0)
        for part, depth, heading in _headed(some):
            if part is None:
                page.add_heading(heading, depth)
                continue
            page.add_paragraph(part.note)
            on_page(page, part.table)
        return saved(page)
    if form == "html":
        out = [f"<h1>{html.escape(title)}</h1>"]
        for part, depth, heading in _headed(some):
            if part is None:
                out.append(f"<h{depth + 1}>{heading}</h{depth + 1}>")
            else:
                out += [f"<p>{part.note}</p>", html_table(part.table)]
        return f"<html><meta charset='utf-8'><body>{''.join(out)}</body></html>".encode()
    return _pdf(title, some)


def _headed(some: Sequence[Part]) -> list[tuple[Part | None, int, str]]:
    """Headings, each once, and the tables below them."""
    found: list[tuple[Part | None, int, str]] = []
    before: tuple[str, ...] = ()
    for part in some:
        for depth, heading in enumerate(part.headings, start=1):
            if before[:depth] != part.headings[:depth]:
                found.append((None, depth, heading))
        before = part.headings
        found.append((part, 0, ""))
    return found


def _xlsx(title: str, some: Sequence[Part]) -> bytes:
    book: Any = openpyxl.Workbook()
    book.remove(book.active)
    tops: dict[str, int] = {}
    for part in some:
        of = f"{part.scope}{part.name.removeprefix(part.scope)}"
        sheet = book[of] if of in book.sheetnames else book.create_sheet(of)
        top = tops.get(of, 0)
        for heading in (title, *part.headings[-1:]):
            sheet.cell(top + 1, 1).value = heading
            width = part.table.width
            sheet.merge_cells(start_row=top + 1, start_column=1, end_row=top + 1, end_column=width)
            top += 1
        sheet.cell(top + 1, part.table.width).value = part.note
        on_sheet(sheet, part.table, top=top + 1)
        tops[of] = top + 1 + part.table.height + 2
    return saved(book)


_LEFT, _FIRST, _WIDTH, _STEP = 30, 120, 550, 20
_BOTTOM = 760


def _pdf(title: str, some: Sequence[Part]) -> bytes:
    """Ruled tables, as many on a page as it has room for."""
    pages = [Sheet().text(_LEFT, 40, title, size=14)]
    y = 60
    for part, depth, heading in _headed(some):
        high = 16 if part is None else 20 + part.table.height * _STEP
        if y + high + (60 if part is None else 0) > _BOTTOM:
            pages.append(Sheet())
            y = 40
        if part is None:
            pages[-1].text(_LEFT, y + 12, heading, size=12 - depth)
            y += 18
            continue
        pages[-1].text(_LEFT + 450, y + 12, part.note, size=8)
        _ruled(pages[-1], part, y + 18)
        y += 18 + part.table.height * _STEP + 14
    return drawn(*pages)


def _ruled(sheet: Sheet, part: Part, top: int) -> None:
    table = part.table
    first = _FIRST if table.width < 9 else 80
    rest = (_WIDTH - first) / max(table.width - 1, 1)
    edges = [_LEFT, *(_LEFT + first + one * rest for one in range(table.width))]
    size = 8 if table.width < 6 else 6 if table.width < 9 else 4.5
    for (row, col), spot in table.spots.items():
        above, below = top + row * _STEP, top + (row + spot.rows) * _STEP
        left, right = edges[col], edges[col + spot.cols]
        sheet.grid((left, right), (above, below))
        if spot.shown:
            wide = sum(0.5 if one.isascii() else 1 for one in spot.shown)
            own = min(size, (right - left - 4) / wide)
            sheet.text(round(left + 2, 1), (above + below) / 2 + 3, spot.shown, size=round(own, 2))
