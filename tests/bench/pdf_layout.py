"""PDFs: PDFium's own order of text, line by line, against the layout of `converters.pdf`.

`python -m tests.bench.pdf_layout` needs ../shared/eval/docs-real. What is expected was picked while
the layout was written, some of it from its own output: it guards what works, it is no sample.
"""

from __future__ import annotations

import json
import re
import sys
import time
from pathlib import Path
from typing import NamedTuple

import pypdfium2

from kb.documents.converters.pdf import convert
from kb.errors import KbError
from kb.types import SourceFile
from tests.bench.places import SHARED
from tests.bench.table import Row, markdown

_REAL = SHARED / "eval" / "docs-real"
_PDF = _REAL / "pdf"
_SPACE = re.compile(r"\s+")


class Block(NamedTuple):
    """A stretch of text that one reading of a file keeps together."""

    page: int
    text: str


class TableProbe(NamedTuple):
    """A cell of a table, another of its row, and the name of its column."""

    file: str
    page: int
    neighbour: str
    header: str
    cell: str


class ColumnProbe(NamedTuple):
    """Words of one column (or of two, one after the other) over a line's end."""

    file: str
    page: int
    words: str


class RunningProbe(NamedTuple):
    """What stands on most pages, with the page's number as {page}."""

    file: str
    line: str


RULED = (
    TableProbe("pdfplumber__issue-67-example", 3, "营业收入（元）", "上年同期", "5,699,227.63"),
    TableProbe("pdfplumber__issue-67-example", 3, "总资产（元）", "上年度末", "306,236,911.04"),
    TableProbe("pdfplumber__issue-67-example", 4, "杨琴秀", "持股比例", "3.20%"),
    TableProbe("pdfplumber__issue-67-example", 5, "杨玉晨", "股份种类", "人民币普通股"),
    TableProbe("pdfplumber__issue-67-example", 6, "应交税费", "增减%", "-75.18%"),
    TableProbe("pdfplumber__issue-67-example", 9, "存货", "期初余额", "11,533,044.52"),
    TableProbe(
        "pdfplumber__WARN-Report-for-7-1-2015-to-03-25-2016", 1, "Symantec", "City", "Mountain View"
    ),
    TableProbe("pdfplumber__WARN-Report-for-7-1-2015-to-03-25-2016", 2, "Minno", "No. Of", "255"),
    TableProbe(
        "pdfplumber__WARN-Report-for-7-1-2015-to-03-25-2016",
        9,
        "CommScope",
        "No. Of",
        "90",
    ),
    TableProbe("pdfplumber__issue-53-example", 1, "May-2015", "Pax", "686,908"),
    TableProbe("pdfplumber__issue-53-example", 3, "Aug-2015", "RPK", "2,267,663"),
    TableProbe("pdfplumber__table-curves-example", 1, "Angioedema", "VTEp", "Not known"),
    TableProbe("unstructured__korean-text-with-tables", 1, "제과점", "적립 대상", "파리바게뜨"),
    TableProbe("pdfplumber__issue-466-example", 1, "T0-10", "T0-C2", "T0-12"),
)
BORDERLESS = (
    TableProbe("pdfplumber__issue-461-example", 1, "血红蛋白(HGB)", "结果", "159"),
    TableProbe("pdfplumber__issue-461-example", 1, "白细胞计数(WBC)", "参考范围", "[4.0-10.0]"),
    TableProbe("R2R__lyft_2021", 63, "Cost of revenue", "2020", "1,447,516"),
    TableProbe("R2R__lyft_2021", 79, "Interest expense", "2021", "(51,635)"),
    TableProbe("R2R__lyft_2021", 80, "Comprehensive loss", "2019", "(2,599,649)"),
    TableProbe("R2R__lyft_2021", 81, "Purchase of capped call", "Capital", "(132,681)"),
    TableProbe("haystack__react_paper", 6, "ReAct", "Fever", "60.9"),
    TableProbe("haystack__react_paper", 8, "ReAct (avg)", "Pick", "65"),
    TableProbe("docling__odf_table_with_title_01.ods", 1, "2022", "Freshwater Ducks", "170"),
    TableProbe("markitdown__REPAIR-2022-INV-001_multipage", 1, "Body Labor", "Rate", "150"),
    TableProbe("markitdown__REPAIR-2022-INV-001_multipage", 1, "Subtotal", "Cost", "2,730"),
    TableProbe("pdfplumber__issue-90-example", 1, "STw3", "Base Value", "5.00"),
    TableProbe(
        "markitdown__movie-theater-booking-2024", 1, "Winter Wonderland", "Format", "Standard"
    ),
)
COLUMNS = (
    ColumnProbe(
        "unstructured__a1977-backus-p21",
        1,
        "the definition of new functional forms, in effect, merely",
    ),
    ColumnProbe(
        "unstructured__a1977-backus-p21", 1, "how p maps atoms and sequences into functions and how"
    ),
    ColumnProbe(
        "pdfplumber__issue-982-example",
        2,
        "One would take one neuron per pixel and channel. This means",
    ),
    ColumnProbe(
        "pdfplumber__issue-982-example",
        4,
        "the sentences are grammatically correct. However, when one",
    ),
    ColumnProbe(
        "pdfplumber__issue-982-example",
        5,
        "adjusted our understanding of algorithmically hard problems after",
    ),
    ColumnProbe(
        "docling__normal_4pages", 1, "코로나-19가 세계적 유행(Pandemic) 단계 에 돌입하였음을"
    ),
    ColumnProbe("docling__normal_4pages", 3, "이번 경우는 「감염병예방 법」이 변경 시행되었음에도"),
    ColumnProbe("docling__normal_4pages", 2, "이번에 개 정된 법에서"),
)
RUNNING = (
    RunningProbe(
        "pdfplumber__issue-67-example", "东北电气发展股份有限公司 2018 年第一季度报告全文"
    ),
    RunningProbe("R2R__DeepSeek_R1", "{page}"),
    RunningProbe("haystack__react_paper", "{page}"),
    RunningProbe("R2R__lyft_2021", "{page}"),
    RunningProbe("pdfplumber__issue-982-example", "{page}"),
)


def main() -> int:
    if not _PDF.is_dir():
        print(f"skipped: there is no {_PDF}")
        return 0
    print(markdown(rows()))
    return 0


def rows() -> list[Row]:
    files = sorted({probe.file for probe in (*RULED, *BORDERLESS, *COLUMNS, *RUNNING)})
    old = {file: plain(_PDF / f"{file}.pdf") for file in files}
    new = {file: layout(_PDF / f"{file}.pdf") for file in files}
    table: list[Row] = []
    for name, cells in (("ruled", RULED), ("borderless", BORDERLESS)):
        for what, holds in (("beside their row's name", in_row), ("under their header", named)):
            table += _pair(
                f"cells {what}, {name} tables",
                [holds(old[cell.file], cell) for cell in cells],
                [holds(new[cell.file], cell) for cell in cells],
            )
    table += _pair(
        "sentences in one piece, pages of two columns",
        [contiguous(_page(old[words.file], words.page), words) for words in COLUMNS],
        [contiguous(new[words.file], words) for words in COLUMNS],
    )
    for name, blocks in (("plain order", old), ("layout", new)):
        count = sum(left(blocks[one.file], one) for one in RUNNING)
        table.append(
            Row(f"headers and page numbers left, {len(RUNNING)} files: {name}", str(count))
        )
    return table + _answers() + _speed()


def _pair(name: str, old: list[bool], new: list[bool]) -> list[Row]:
    return [
        Row(f"{name}: plain order", f"{sum(old)} of {len(old)}"),
        Row(f"{name}: layout", f"{sum(new)} of {len(new)}"),
    ]


def _page(blocks: list[Block], page: int) -> list[Block]:
    """A page's lines as one, words that were divided made whole."""
    text = " ".join(block.text for block in blocks if block.page == page)
    return [Block(page, re.sub(r"(?<=[a-z])[-\x02\ufffe] (?=[a-z])", "", text))]


def _answers() -> list[Row]:
    lines = (_REAL / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    asked = [one for one in map(json.loads, lines) if one["format"] == "pdf"]
    files = sorted({str(one["source"]) for one in asked})
    old = {file: plain(_REAL / file) for file in files}
    new = {file: layout(_REAL / file) for file in files}
    return _pair(
        "answers on their page",
        [answered(old[one["source"]], one["page"], one["answers"]) for one in asked],
        [answered(new[one["source"]], one["page"], one["answers"]) for one in asked],
    )


def _speed() -> list[Row]:
    """Of the files that need no OCR."""
    pages, seconds = 0, {"plain": 0.0, "layout": 0.0}
    for file in sorted(_PDF.glob("*.pdf")):
        try:
            texts = plain(file)
            last = max((block.page for block in texts), default=1)
            if sum(len(block.text) for block in texts) < 300 * last:
                continue
            pages += last
            for name, read in (("plain", plain), ("layout", layout)):
                started = time.process_time()
                read(file)
                seconds[name] += time.process_time() - started
        except (KbError, pypdfium2.PdfiumError) as error:
            print(f"{file.name}: {error}", file=sys.stderr)
    ratio = seconds["layout"] / seconds["plain"]
    return [
        *(
            Row(f"pages a second, {name}", f"{pages / spent:.0f}")
            for name, spent in seconds.items()
        ),
        Row("time, layout / PDFium's text alone", f"{ratio:.2f} ×"),
    ]


def plain(file: Path) -> list[Block]:
    """PDFium's text, line by line."""
    pdf = pypdfium2.PdfDocument(file)
    try:
        texts = [page.get_textpage().get_text_bounded() for page in pdf]
    finally:
        pdf.close()
    return [
        Block(number, _flat(line))
        for number, text in enumerate(texts, start=1)
        for line in text.splitlines()
        if line.strip()
    ]


def layout(file: Path) -> list[Block]:
    data = file.read_bytes()
    document = convert(SourceFile("bench", file.name, str(file), len(data), 0), data)
    return [Block(e.page or 0, _flat(document.text[e.start : e.end])) for e in document.elements]


def _flat(text: str) -> str:
    return _SPACE.sub(" ", text).strip()


# --- what is held against the readings ------------------------------------------------


def in_row(blocks: list[Block], cell: TableProbe) -> bool:
    return any(
        cell.neighbour in block.text and cell.cell in block.text
        for block in blocks
        if block.page == cell.page
    )


def named(blocks: list[Block], cell: TableProbe) -> bool:
    """The row holds `…header…: cell`."""
    written = re.compile(
        rf"(?:^|\| )[^|]*{re.escape(cell.header)}[^|]*: [^|]*{re.escape(cell.cell)}"
    )
    return any(
        cell.neighbour in block.text and written.search(block.text)
        for block in blocks
        if block.page == cell.page
    )


def contiguous(blocks: list[Block], words: ColumnProbe) -> bool:
    return any(words.words in block.text for block in blocks if block.page == words.page)


def answered(blocks: list[Block], page: int, answers: list[str]) -> bool:
    text = " ".join(block.text for block in blocks if block.page == page)
    return any(_flat(answer) in text for answer in answers)


def left(blocks: list[Block], line: RunningProbe) -> int:
    return sum(line.line.format(page=block.page) == block.text for block in blocks)


if __name__ == "__main__":
    sys.exit(main())
