"""Word: styles, notes, text boxes, equations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import docx
import pytest

from kb.types import ElementKind
from tests.unit.documents.samples import (
    PHONES,
    parsed,
    rewritten,
    saved,
    texts,
    word,
)


def test_word_styles_make_headings_and_tables_keep_headers(tmp_path: Path) -> None:
    data = word(
        [("Title", "采购合同"), ("Heading 1", "付款"), ("Normal", "三十日内付款"),
         ("Heading 2", "方式"), ("List Bullet", "银行转账")],
        PHONES,
    )  # fmt: skip
    document = parsed(tmp_path / "a.docx", data)
    assert [(text, element.kind.value, element.level) for text, element in zip(
        texts(document), document.elements, strict=True)] == [
        ("采购合同", "heading", 1),
        ("付款", "heading", 1),
        ("三十日内付款", "paragraph", 0),
        ("方式", "heading", 2),
        ("银行转账", "list-item", 0),
        ("姓名: 张飞 | 电话: u987438274", "table-row", 0),
        ("姓名: 曹操 | 电话: 123456", "table-row", 0),
        ("姓名: 关羽 | 电话: 5352345", "table-row", 0),
    ]  # fmt: skip
    assert document.title == "采购合同"


def test_a_style_of_any_name_is_a_heading_by_its_outline_level(tmp_path: Path) -> None:
    def renamed(_: str, part: str) -> str:
        return part.replace('w:name w:val="heading 1"', 'w:name w:val="公司标题"')

    data = rewritten(word([("Heading 1", "付款"), ("Normal", "三十日内付款")]), renamed)
    document = parsed(tmp_path / "a.docx", data)
    assert texts(document, ElementKind.HEADING) == ["付款"]


def test_footnotes_comments_and_text_boxes_are_kept(tmp_path: Path) -> None:
    document: Any = docx.Document()
    paragraph = document.add_paragraph("正文")
    document.add_comment(paragraph.runs, text="请核对", author="a", initials="a")
    box = (
        '<w:r><w:pict><v:textbox xmlns:v="urn:schemas-microsoft-com:vml"><w:txbxContent>'
        "<w:p><w:r><w:t>框中文字</w:t></w:r></w:p></w:txbxContent></v:textbox></w:pict></w:r></w:p>"
    )

    def boxed(name: str, part: str) -> str:
        return part.replace("</w:p>", box, 1) if name == "word/document.xml" else part

    found = texts(parsed(tmp_path / "a.docx", rewritten(saved(document), boxed)))
    assert found == ["正文", "框中文字", "请核对"]


def math(text: str) -> str:
    return f"<m:r><m:t>{text}</m:t></m:r>"


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        (f"{math('A=')}{math('πd')}", "A=πd"),
        (
            f"{math('A=π')}<m:sSup><m:e>{math('r')}</m:e><m:sup>{math('2')}</m:sup></m:sSup>",
            "A=πr^2",
        ),
        (
            f"{math('t=')}<m:f><m:num>{math('a+b')}</m:num><m:den>{math('20')}</m:den></m:f>",
            "t=(a+b)/20",
        ),
        (f"<m:rad><m:deg/><m:e>{math('x')}</m:e></m:rad>", "√(x)"),
    ],
)
def test_an_equation_keeps_its_place_and_its_powers(
    tmp_path: Path, formula: str, text: str
) -> None:
    namespace = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
    area = f"<m:oMath {namespace}>{formula}</m:oMath>"

    def with_equation(name: str, part: str) -> str:
        return part.replace("<w:r><w:t>HERE</w:t></w:r>", area)

    document: Any = docx.Document()
    paragraph = document.add_paragraph("The area is ")
    paragraph.add_run("HERE")
    paragraph.add_run(", says the book.")
    data = rewritten(saved(document), with_equation)
    assert parsed(tmp_path / "a.docx", data).text == f"The area is {text}, says the book."
