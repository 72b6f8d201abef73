"""What is easily lost in office documents: charts, notes, equations, styles, code pages."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
import pptx
import pytest
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from kb.errors import ProtectedDocument, UnsupportedFormat
from kb.types import ElementKind
from tests.unit.documents.samples import parsed, saved, slides, texts, word, workbook


def rewritten(data: bytes, change: Callable[[str, str], str]) -> bytes:
    """An office file with its XML parts changed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if name.endswith((".xml", ".rels")):
                part = change(name, part.decode()).encode()
            new.writestr(name, part)
    return buffer.getvalue()


def strict(data: bytes) -> bytes:
    """The same document in the strict variant of ISO 29500."""
    names = re.compile(
        r"http://schemas\.openxmlformats\.org/"
        r"(officeDocument|wordprocessingml|presentationml|spreadsheetml|drawingml)/2006/"
    )
    return rewritten(data, lambda _, part: names.sub(r"http://purl.oclc.org/ooxml/\1/", part))


# --- slides ---------------------------------------------------------------------------


def slide() -> tuple[Any, Any]:
    deck: Any = pptx.Presentation()
    page = deck.slides.add_slide(deck.slide_layouts[5])
    page.shapes.title.text = "销售"
    return deck, page


@pytest.mark.parametrize("kind", ["COLUMN_CLUSTERED", "LINE", "PIE"])
def test_a_chart_is_a_table_of_its_numbers(tmp_path: Path, kind: str) -> None:
    deck, page = slide()
    data: Any = CategoryChartData()
    data.categories = ["一季度", "二季度"]
    data.add_series("收入", (19.2, 21.4))
    frame = page.shapes.add_chart(
        XL_CHART_TYPE[kind], Inches(1), Inches(1), Inches(5), Inches(4), data
    )
    frame.chart.has_title = True
    frame.chart.chart_title.text_frame.text = "季度收入"
    flat = saved(deck)
    spatial = re.compile("c:(bar|line|pie)Chart")
    in_space = rewritten(flat, lambda _, part: spatial.sub(r"c:\g<1>3DChart", part))
    expected = [
        "季度收入",
        "一季度 | 收入: 19.2",
        "二季度 | 收入: 21.4",
    ]
    assert texts(parsed(tmp_path / "a.pptx", flat))[1:] == expected
    assert texts(parsed(tmp_path / "b.pptx", in_space))[1:] == expected


def test_tables_and_groups_on_a_slide_are_read_from_top_to_bottom(tmp_path: Path) -> None:
    deck, page = slide()
    low = page.shapes.add_textbox(Inches(1), Inches(5), Inches(2), Inches(1))
    low.text_frame.text = "低"
    group = page.shapes.add_group_shape()
    group.shapes.add_textbox(Inches(1), Inches(4), Inches(2), Inches(1)).text_frame.text = "中"
    table = page.shapes.add_table(2, 2, Inches(1), Inches(2), Inches(4), Inches(1)).table
    for place, text in enumerate(["姓名", "电话", "张飞", "u987438274"]):
        table.cell(place // 2, place % 2).text = text
    assert texts(parsed(tmp_path / "a.pptx", saved(deck))) == [
        "销售",
        "姓名: 张飞 | 电话: u987438274",
        "中",
        "低",
    ]


# --- Word -----------------------------------------------------------------------------


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


def test_an_equation_keeps_its_characters_and_its_place(tmp_path: Path) -> None:
    math = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
    area = f"<m:oMath {math}><m:r><m:t>A=πr</m:t></m:r><m:r><m:t>2</m:t></m:r></m:oMath>"

    def with_equation(name: str, part: str) -> str:
        return part.replace("<w:r><w:t>HERE</w:t></w:r>", area)

    document: Any = docx.Document()
    paragraph = document.add_paragraph("The area is ")
    paragraph.add_run("HERE")
    paragraph.add_run(", says the book.")
    data = rewritten(saved(document), with_equation)
    assert parsed(tmp_path / "a.docx", data).text == "The area is A=πr 2, says the book."


@pytest.mark.parametrize("ending", ["docx", "pptx", "xlsx"])
def test_the_strict_variant_is_read_as_the_ordinary_one(tmp_path: Path, ending: str) -> None:
    data = {
        "docx": word([("Heading 1", "付款"), ("Normal", "三十日内付款")]),
        "pptx": slides(("付款", "三十日内付款", "附注")),
        "xlsx": workbook(付款=[("件", "价"), ("泵", 350)]),
    }[ending]
    ordinary = parsed(tmp_path / f"a.{ending}", data)
    assert texts(parsed(tmp_path / f"b.{ending}", strict(data))) == texts(ordinary)


# --- OpenDocument ---------------------------------------------------------------------

SHEET = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>
<table:table table:name="花名册">
<table:table-row><table:table-cell><text:p>姓名</text:p></table:table-cell>
<table:table-cell><text:p>电话</text:p></table:table-cell>
<table:table-cell><text:p>入职</text:p></table:table-cell></table:table-row>
<table:table-row><table:table-cell><text:p>张<text:s/>飞</text:p></table:table-cell>
<table:table-cell office:value="13800138000"><text:p>13800138000</text:p></table:table-cell>
<table:table-cell office:date-value="2024-09-17"><text:p>17.09.24</text:p></table:table-cell>
</table:table-row>
<table:table-row table:number-rows-repeated="1048573">
<table:table-cell table:number-columns-repeated="16384"/></table:table-row>
</table:table></office:spreadsheet></office:body></office:document-content>"""


def spreadsheet(manifest: str = "<manifest/>") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        file.writestr("META-INF/manifest.xml", manifest)
        file.writestr("content.xml", SHEET)
    return buffer.getvalue()


def test_an_opendocument_sheet_reads_like_any_other(tmp_path: Path) -> None:
    assert texts(parsed(tmp_path / "a.ods", spreadsheet())) == [
        "花名册",
        "姓名: 张 飞 | 电话: 13800138000 | 入职: 2024-09-17",
    ]


def test_an_encrypted_opendocument_file_needs_a_password(tmp_path: Path) -> None:
    with pytest.raises(ProtectedDocument):
        parsed(tmp_path / "a.ods", spreadsheet("<manifest:encryption-data/>"))


# --- RTF, HTML, images ----------------------------------------------------------------


def escaped(text: str, encoding: str) -> str:
    return "".join(f"\\'{byte:02x}" for byte in text.encode(encoding))


@pytest.mark.process
@pytest.mark.parametrize(
    ("page", "charset", "encoding", "text"),
    [
        (936, 134, "gb18030", "张飞的电话"),
        (950, 136, "big5", "張飛的電話功"),
        (932, 128, "cp932", "電話番号"),
        (1251, 204, "cp1251", "Привет"),
        (1252, 204, "cp1251", "Привет"),
    ],
)
def test_rtf_is_read_in_the_code_page_of_its_font(
    tmp_path: Path, page: int, charset: int, encoding: str, text: str
) -> None:
    rtf = (
        rf"{{\rtf1\ansi\ansicpg{page}{{\fonttbl{{\f0\fcharset{charset} X;}}}}"
        rf"\f0 {escaped(text, encoding)} u987438274\par}}"
    )
    assert parsed(tmp_path / "a.rtf", rtf).text == f"{text} u987438274"


@pytest.mark.process
def test_rtf_in_unicode_loses_no_character(tmp_path: Path) -> None:
    rtf = r"{\rtf1\ansi\ansicpg936 {\uc2\u24352" + escaped("张", "gbk") + r"}ok \u39134?b\par}"
    assert parsed(tmp_path / "a.rtf", rtf).text == "张ok 飞b"


def test_a_page_within_a_form_or_in_articles_is_read_whole(tmp_path: Path) -> None:
    page = (
        "<!doctype html><p>one</p><form><p>two</p></form><article><p>three</p></article>"
        "<article><section><p>four</p></section></article><main><p>five</p></main>"
        "<figure><figcaption>six</figcaption></figure><details><summary>seven</summary></details>"
    )
    assert parsed(tmp_path / "a.html", page).text.split() == [
        "one", "two", "three", "four", "five", "six", "seven",
    ]  # fmt: skip


def test_a_row_may_be_longer_than_its_header(tmp_path: Path) -> None:
    page = "<!doctype html><table><tr><td>a</td></tr><tr><td>1</td><td>2</td><td>2</td></tr>"
    assert texts(parsed(tmp_path / "a.html", page)) == ["a: 1 | 2 | 2"]


def test_a_heic_image_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedFormat) as caught:
        parsed(tmp_path / "a.heic", b"\0\0\0\x24ftypheic" + bytes(100))
    assert "JPEG" in caught.value.hint
