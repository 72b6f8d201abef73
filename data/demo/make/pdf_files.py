"""Two PDF files with text: an English pump manual and Chinese rules on data classes.

The text and the tables are in pdf_texts.py. `invariant` makes reportlab leave out dates and
random identifiers.
"""

from __future__ import annotations

import os
from pathlib import Path
from xml.sax.saxutils import escape

from common import AUTHOR, DOCS
from pdf_texts import MANUAL, RULES
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import cm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

FONT_FILE = Path(os.environ.get("KB_DEMO_FONT", "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc"))
"""Any TrueType font with Chinese glyphs; from the Debian package fonts-wqy-microhei."""


class Styles:
    def __init__(self, font: str, bold: str, wrap: str | None, size: float) -> None:
        def style(name: str, face: str, points: float, before: float, after: float) -> ParagraphStyle:
            return ParagraphStyle(
                name, fontName=face, fontSize=points, leading=points * 1.45,
                spaceBefore=before, spaceAfter=after, wordWrap=wrap,
            )

        self.font = font
        self.body = style("body", font, size, 0, 5)
        self.cell = style("cell", font, size - 1.5, 0, 0)
        self.title = style("title", bold, size + 9, 0, 10)
        self.section = style("section", bold, size + 3.5, 10, 5)
        self.part = style("part", bold, size + 1.5, 7, 4)


def flowables(text: str, styles: Styles) -> list[Flowable]:
    """One line a paragraph; `#` marks a heading, `|` a row of a table, `-` a list item."""
    kinds = {1: styles.title, 2: styles.section, 3: styles.part}
    parts: list[Flowable] = []
    rows: list[list[str]] = []
    for line in [*text.splitlines(), ""]:
        if line.startswith("|"):
            rows.append([cell.strip() for cell in line.strip("|").split("|")])
            continue
        if rows:
            parts += [grid(rows, styles), Spacer(1, 8)]
            rows = []
        if line.startswith("#"):
            marks, _, heading = line.partition(" ")
            parts.append(Paragraph(escape(heading), kinds[len(marks)]))
        elif line.startswith("- "):
            parts.append(Paragraph(escape(line[2:]), styles.body, bulletText="-"))
        elif line:
            parts.append(Paragraph(escape(line), styles.body))
    return parts


def grid(rows: list[list[str]], styles: Styles) -> Table:
    cells = [[Paragraph(escape(value), styles.cell) for value in row] for row in rows]
    table = Table(cells, colWidths=[16.5 * cm / len(rows[0])] * len(rows[0]), repeatRows=1)
    table.setStyle(
        TableStyle(
            [
                ("GRID", (0, 0), (-1, -1), 0.5, colors.grey),
                ("BACKGROUND", (0, 0), (-1, 0), colors.whitesmoke),
                ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ]
        )
    )
    return table


def build(name: str, title: str, text: str, styles: Styles, header: str, footer: str) -> None:
    def decorate(canvas: Canvas, document: SimpleDocTemplate) -> None:
        canvas.setFont(styles.font, 8)
        canvas.drawString(2.2 * cm, A4[1] - 1.3 * cm, header)
        canvas.drawRightString(A4[0] - 2.2 * cm, 1.2 * cm, footer.format(document.page))

    document = SimpleDocTemplate(
        str(DOCS / name), pagesize=A4, title=title, author=AUTHOR, invariant=1,
        leftMargin=2.2 * cm, rightMargin=2.2 * cm, topMargin=2.2 * cm, bottomMargin=2.2 * cm,
    )
    document.build(flowables(text, styles), onFirstPage=decorate, onLaterPages=decorate)


def make() -> None:
    pdfmetrics.registerFont(TTFont("Hei", str(FONT_FILE), subfontIndex=0))
    build(
        "factory/X200-pump-manual.pdf",
        "X200 Heavy-Duty Centrifugal Pump: Operating and Maintenance Manual",
        MANUAL,
        Styles("Helvetica", "Helvetica-Bold", None, 10),
        "X200 manual, document QM-X200-EN, edition 4",
        "Page {}",
    )
    build(
        "ministry/数据分类分级管理办法.pdf",
        "临溪市政务数据分类分级管理办法",
        RULES,
        Styles("Hei", "Hei", "CJK", 10.5),
        "临溪市数据管理局文件",
        "第 {} 页",
    )
