"""Three Word documents: the phone list, a supply contract, an employee handbook."""

from __future__ import annotations

import io

import docx
from common import AUTHOR, DOCS, FIXED, write_zip_document
from docx.document import Document
from docx.oxml.ns import qn
from word_texts import CONTRACT, HANDBOOK

PHONES = """\
# 通讯录
本通讯录由总经理办公室维护，2024年11月更新，仅供内部使用。
张飞的电话号码是u987438274。
曹操的电话号码是123456。
关羽的电话号码是5352345。
号码有变动的，请在变动当日通知总经理办公室。
"""


def new_document(title: str) -> Document:
    document = docx.Document()
    for name in ("Normal", "Heading 1", "Heading 2", "Title"):
        font = document.styles[name].font
        font.name = "Arial"
        document.styles[name].element.get_or_add_rPr().rFonts.set(qn("w:eastAsia"), "SimSun")
    properties = document.core_properties
    properties.title = title
    properties.author = AUTHOR
    properties.comments = ""
    properties.created = properties.modified = FIXED
    return document


def fill(document: Document, text: str) -> None:
    """One line a paragraph; `#` marks a heading, `-` a list item, `|` a row of a table."""
    rows: list[list[str]] = []
    for line in [*text.splitlines(), ""]:
        if line.startswith("|"):
            rows.append([cell.strip() for cell in line.strip("|").split("|")])
            continue
        if rows:
            add_table(document, rows)
            rows = []
        if line.startswith("#"):
            marks, _, heading = line.partition(" ")
            document.add_heading(heading, level=len(marks))
        elif line.startswith("- "):
            document.add_paragraph(line[2:], style="List Bullet")
        elif line:
            document.add_paragraph(line)


def add_table(document: Document, rows: list[list[str]]) -> None:
    table = document.add_table(rows=0, cols=len(rows[0]), style="Table Grid")
    for row in rows:
        for cell, value in zip(table.add_row().cells, row, strict=True):
            cell.text = value


def save(name: str, title: str, text: str) -> None:
    document = new_document(title)
    fill(document, text)
    out = io.BytesIO()
    document.save(out)
    write_zip_document(DOCS / name, out.getvalue())


def make() -> None:
    save("office/通讯录.docx", "通讯录", PHONES)
    save("law/采购合同-HT-2024-0917.docx", "设备采购合同", CONTRACT)
    save("office/employee-handbook.docx", "Employee Handbook", HANDBOOK)
