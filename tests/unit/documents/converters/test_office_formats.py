"""HTML, office documents and workbooks: headings, tables, slides, notes."""

from __future__ import annotations

import datetime
import importlib
import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from kb.types import ElementKind
from tests.unit.documents.samples import (
    PHONES,
    parsed,
    slides,
    texts,
    word,
    workbook,
)

PAGE = """<!doctype html><html><head><title>网站</title><style>p{}</style></head><body>
<nav><a href="/">首页</a></nav><h1>水泵 X300</h1><p>本产品用于供水</p>
<script>alert(1)</script><p style="display:none">hidden</p>
<h2>参数</h2><ul><li>电压 220V</li><li>功率 1.5 kW</li></ul>
<dl><dt>保修</dt><dd>两年</dd></dl>
<table><tr><th>项目</th><th colspan="2">值</th></tr><tr><td rowspan="2">流量</td><td>5</td>
<td>m³/h</td></tr><tr><td>83</td><td>l/min</td></tr></table></body></html>"""


def test_html_headings_are_titles_and_chinese_paragraphs_are_not(tmp_path: Path) -> None:
    document = parsed(tmp_path / "a.html", PAGE)
    headings = [e for e in document.elements if e.kind is ElementKind.HEADING]
    assert texts(document, ElementKind.HEADING) == ["水泵 X300", "参数"]
    assert [heading.level for heading in headings] == [1, 2]
    assert "本产品用于供水" in texts(document, ElementKind.PARAGRAPH)
    assert document.title == "水泵 X300"


def test_html_keeps_what_is_read_and_drops_what_is_not(tmp_path: Path) -> None:
    text = parsed(tmp_path / "a.html", PAGE).text
    for kept in ("电压 220V", "功率 1.5 kW", "保修", "两年"):
        assert kept in text
    for dropped in ("alert", "hidden", "首页"):
        assert dropped not in text


def test_cells_that_span_rows_and_columns_are_repeated(tmp_path: Path) -> None:
    document = parsed(tmp_path / "a.html", PAGE)
    assert texts(document, ElementKind.TABLE_ROW) == [
        "项目: 流量 | 值: 5 | 值: m³/h",
        "项目: 流量 | 值: 83 | 值: l/min",
    ]


def test_html_in_gb2312_is_read_as_it_declares(tmp_path: Path) -> None:
    page = '<html><head><meta charset="gb2312"><title>电话簿</title></head><p>张飞 123</p></html>'
    document = parsed(tmp_path / "a.htm", page.encode("gb18030"))
    assert (document.title, document.text) == ("电话簿", "张飞 123")


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


def test_slides_are_pages_and_notes_are_kept(tmp_path: Path) -> None:
    document = parsed(
        tmp_path / "a.pptx",
        slides(("季度总结", "收入增长 12%", ""), ("计划", "招聘三人", "预算另行申请")),
    )
    assert texts(document, ElementKind.HEADING) == ["季度总结", "计划"]
    pages = {
        text: element.page for text, element in zip(texts(document), document.elements, strict=True)
    }
    assert pages["收入增长 12%"] == 1
    assert pages["招聘三人"] == pages["预算另行申请"] == 2


def test_sheets_are_headings_and_cells_look_as_on_the_screen(tmp_path: Path) -> None:
    day = datetime.datetime(2024, 9, 17)
    rows = [
        ("姓名", "电话", "入职", "比例"),
        ("张飞", 13800138000, day, 0.5),
        ("曹操", None, None, 2.0),
    ]
    document = parsed(tmp_path / "a.xlsx", workbook(花名册=rows, 空=[]))
    assert texts(document) == [
        "花名册",
        "姓名: 张飞 | 电话: 13800138000 | 入职: 2024-09-17 | 比例: 0.5",
        "姓名: 曹操 | 比例: 2",
    ]


def test_number_formats_are_followed(tmp_path: Path) -> None:
    book: Any = openpyxl.load_workbook(
        io.BytesIO(workbook(s=[("率", "编号", "价"), (0.125, 42, 3)]))
    )
    for cell, number_format in (("A2", "0.0%"), ("B2", "00000"), ("C2", "0.00")):
        book["s"][cell].number_format = number_format
    book.save(tmp_path / "a.xlsx")
    assert texts(parsed(tmp_path / "a.xlsx"))[1] == "率: 12.5% | 编号: 00042 | 价: 3.00"


def test_one_sheet_may_hold_several_tables_with_captions(tmp_path: Path) -> None:
    rows = [("电话簿",), ("姓名", "电话"), ("张飞", 1), (), ("件", "数"), ("泵", 2)]
    assert texts(parsed(tmp_path / "a.xlsx", workbook(s=rows))) == [
        "s",
        "电话簿",
        "姓名: 张飞 | 电话: 1",
        "件: 泵 | 数: 2",
    ]


@pytest.mark.process
def test_rtf_org_and_rst_are_read(tmp_path: Path) -> None:
    assert parsed(tmp_path / "a.rtf", r"{\rtf1\ansi The pump weighs 35 kg.\par}").text == (
        "The pump weighs 35 kg."
    )
    org = parsed(tmp_path / "a.org", "* 水泵\n** 参数\n重量为35公斤。\n")
    assert [(e.kind.value, e.level) for e in org.elements] == [
        ("heading", 1),
        ("heading", 2),
        ("paragraph", 0),
    ]
    rst = parsed(tmp_path / "a.rst", "水泵手册\n========\n\n重量为35公斤。\n")
    assert texts(rst) == ["水泵手册", "重量为35公斤。"]


@pytest.mark.process
def test_rst_cannot_include_other_files(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("the secret")
    document = parsed(tmp_path / "a.rst", f"Text.\n\n.. include:: {tmp_path}/secret.txt\n")
    assert "the secret" not in document.text


@pytest.mark.process
def test_odt_and_epub_are_read(tmp_path: Path) -> None:
    pypandoc: Any = importlib.import_module("pypandoc")
    for name in ("a.odt", "a.epub"):
        pypandoc.convert_text(
            "# 水泵\n\n重量为35公斤。\n",
            name.split(".")[1],
            format="md",
            outputfile=str(tmp_path / name),
            extra_args=["--metadata", "title=手册"],
        )
        document = parsed(tmp_path / name)
        assert "水泵" in texts(document, ElementKind.HEADING)
        assert "重量为35公斤。" in texts(document)


def test_content_decides_where_the_name_is_wrong(tmp_path: Path) -> None:
    assert parsed(tmp_path / "a.txt", word([("Normal", "正文")])).text == "正文"
    assert parsed(tmp_path / "b.docx", "plain text").text == "plain text"
    assert texts(parsed(tmp_path / "c.pdf", workbook(s=[("a", "b"), (1, 2)])))[1] == "a: 1 | b: 2"
    assert parsed(tmp_path / "d.md", "<!DOCTYPE html><p>a page</p>").text == "a page"
