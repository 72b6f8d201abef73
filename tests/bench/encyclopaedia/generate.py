"""Sixty pages in one folder, and two questions of each."""

from __future__ import annotations

import csv
import html
import io
import re
from pathlib import Path
from random import Random
from typing import Any

import docx

from tests.bench.encyclopaedia import contests, lists
from tests.bench.encyclopaedia.page import Page
from tests.bench.firms.asking import Record
from tests.bench.firms.generate import rewrite, write_questions
from tests.bench.firms.writers import saved

KINDS = (
    contests.season,
    contests.election,
    contests.athlete,
    lists.discography,
    lists.stations,
    contests.award,
    contests.medals,
    contests.games,
    lists.mayors,
    lists.peaks,
    lists.episodes,
    lists.roster,
)
OF_EACH = 5
QUESTIONS = 2
FORMATS = ("html", "html", "md", "csv", "docx")


def pages(seed: int) -> list[tuple[str, Page]]:
    rnd = Random(f"encyclopaedia {seed}")
    found: dict[str, Page] = {}
    for number in range(OF_EACH):
        for make in KINDS:
            page = make(rnd, number)
            stem = re.sub(r"[^A-Za-z0-9]+", "_", page.title).strip("_")
            found[f"{stem}.{FORMATS[number]}"] = page
    return [*found.items()]


def generate(seed: int, folder: Path) -> list[Record]:
    """Write `docs/` and `questions.jsonl` into a folder; the questions."""
    (folder / "docs").mkdir(parents=True, exist_ok=True)
    made = pages(seed)
    rnd = Random(f"encyclopaedia asked {seed}")
    out: list[Record] = []
    for path, page in made:
        rewrite(folder / "docs" / path, written(path, page))
        open_ = [one for one in page.asked if not says_itself(one[1], one[2])]
        for cls, text, need in rnd.sample(open_, min(QUESTIONS, len(open_))):
            out.append(
                {
                    "id": f"page-{len(out) + 1:03d}",
                    "cls": cls,
                    "lang": "en",
                    "answerable": True,
                    "kind": "",
                    "question": text,
                    "hist": [],
                    "need": need,
                    "source": [path],
                    "wrong": [],
                    "forbid": [],
                    "note": page.title,
                }
            )
    write_questions(out, folder)
    return out


def says_itself(text: str, need: list[list[str]]) -> bool:
    """Whether the answer is a word of the question: nobody can tell then that it is said."""
    return any(one in re.findall(r"\d+", text) for group in need for one in group
               if one.isdecimal())  # fmt: skip


def written(path: str, page: Page) -> bytes:
    form = path.rpartition(".")[2]
    if form == "html":
        head = "".join(f"<th>{html.escape(one)}</th>" for one in page.head)
        rows = "".join(
            f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>"
            for row in page.rows
        )
        return (
            f"<html><head><meta charset='utf-8'><title>{page.title}</title></head><body>"
            f"<h1>{page.title}</h1><p>From an encyclopaedia that nobody wrote.</p>"
            f"<h2>{page.heading}</h2><table><tr>{head}</tr>{rows}</table></body></html>"
        ).encode()
    if form == "md":
        lines = [page.head, ["---"] * len(page.head), *page.rows]
        bars = "\n".join(f"| {' | '.join(line)} |" for line in lines)
        return f"# {page.title}\n\n## {page.heading}\n\n{bars}\n".encode()
    if form == "csv":
        buffer = io.StringIO()
        csv.writer(buffer).writerows([page.head, *page.rows])
        return buffer.getvalue().encode()
    sheet: Any = docx.Document()
    sheet.add_heading(page.title, 1)
    sheet.add_heading(page.heading, 2)
    grid = sheet.add_table(rows=len(page.rows) + 1, cols=len(page.head))
    for r, row in enumerate([page.head, *page.rows]):
        for c, text in enumerate(row):
            grid.cell(r, c).text = text
    return saved(sheet)
