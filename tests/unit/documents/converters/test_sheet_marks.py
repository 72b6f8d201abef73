"""What sets a part of a cell apart: exponents, struck text, what nobody sees. In every kind of
workbook a 10 with a raised 6 is no 106, and a price that was crossed out is no price."""

from __future__ import annotations

import struct
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.formatting.rule import CellIsRule, DataBarRule, FormulaRule
from openpyxl.styles import Font, PatternFill

from kb.documents.tables.numbers import number_of
from tests.unit.documents.converters.test_binary_formats import binary_workbook, record, wide
from tests.unit.documents.converters.test_ods import spreadsheet
from tests.unit.documents.samples import parsed, saved, texts

PALE = InlineFont(color="FFFFFFFF")
RAISED, STRUCK = InlineFont(vertAlign="superscript"), InlineFont(strike=True)
WHITE = Font(color="FFFFFFFF")


def test_an_exponent_and_struck_words_of_a_cell_are_marked(tmp_path: Path) -> None:
    book: Any = openpyxl.Workbook()
    book.active.append(["项目", "数值"])
    book.active.append(["绝缘电阻", CellRichText("≥10", TextBlock(RAISED, "6"), " Ω")])
    book.active.append(["容积", CellRichText("120 m", TextBlock(RAISED, "3"))])
    book.active.append(["单价", CellRichText(TextBlock(STRUCK, "80"), " 95 元")])
    assert texts(parsed(tmp_path / "a.xlsx", saved(book)))[1:] == [
        "项目: 绝缘电阻 | 数值: ≥10^6 Ω",
        "项目: 容积 | 数值: 120 m^3",
        "项目: 单价 | 数值: ~~80~~ 95 元",
    ]


def test_a_struck_cell_is_marked_and_not_computed_with(tmp_path: Path) -> None:
    book: Any = openpyxl.Workbook()
    for row in (["料号", "数量"], ["A1", 30], ["A2", 50], ["A3", 20]):
        book.active.append(row)
    book.active["B3"].font = Font(strike=True)
    document = parsed(tmp_path / "a.xlsx", saved(book))
    assert "料号: A2 | 数量: ~~50~~" in texts(document)
    [table] = document.tables
    assert 50 not in [row.values[1] for row in table.rows]


def test_of_a_cell_in_several_colours_what_nobody_sees_is_left_out(tmp_path: Path) -> None:
    book: Any = openpyxl.Workbook()
    book.active.append(["岗位", CellRichText("值班 ", TextBlock(PALE, "666-1234"), " 张飞")])
    book.active.append(["备用", CellRichText(TextBlock(PALE, "777"), TextBlock(PALE, "-888"))])
    book.active.append(["蓝底", CellRichText(TextBlock(PALE, "555-9876"), " 关羽")])
    book.active["B3"].fill = PatternFill("solid", fgColor="FF003366")
    assert texts(parsed(tmp_path / "a.xlsx", saved(book)))[1:] == [
        "岗位: 备用 | 值班 张飞: [hidden] 777-888",
        "岗位: 蓝底 | 值班 张飞: 555-9876 关羽",
    ]


def test_marked_numbers_are_still_numbers() -> None:
    for text, number, unit in (
        ("3.2×10^6", "3.2E+6", ""),
        ("10^-3", "0.001", ""),
        ("120 m^3", "120", "m3"),
        ("120030元整 (壹拾贰万零叁拾元整)", "120030", "元"),
    ):
        found = number_of(text)
        assert found is not None
        assert (found.shown, found.unit.name) == (Decimal(number), unit)


def test_what_a_conditional_format_hides_is_marked(tmp_path: Path) -> None:
    book: Any = openpyxl.Workbook()
    sheet = book.active
    for row in (["姓名", "奖金", "评分", "底薪"], ["甲", 9000, 4, 11], ["乙", 300, 2, 12]):
        sheet.append(row)
    sheet.conditional_formatting.add("B2:B3", CellIsRule("greaterThan", ["5000"], font=WHITE))
    bar = DataBarRule("min", 0, "max", 9, color="FF638EC6", showValue=False)
    sheet.conditional_formatting.add("C2:C3", bar)
    dark = PatternFill(bgColor="FF003366")
    sheet.conditional_formatting.add("D2:D3", FormulaRule(["TRUE"], font=WHITE, fill=dark))
    assert texts(parsed(tmp_path / "a.xlsx", saved(book)))[1:] == [
        "姓名: 甲 | 奖金: [hidden] 9000 | 评分: [hidden] 4 | 底薪: 11",
        "姓名: 乙 | 奖金: 300 | 评分: [hidden] 2 | 底薪: 12",
    ]


def test_a_conditional_format_that_cannot_be_judged_is_named(tmp_path: Path) -> None:
    book: Any = openpyxl.Workbook()
    book.active.append(["总机", 5550])
    rule = FormulaRule(["COUNTIF($A:$A,A1)>1"], font=WHITE)
    book.active.conditional_formatting.add("A1:B9", rule)
    [loss] = parsed(tmp_path / "a.xlsx", saved(book)).losses
    assert "conditional format" in loss
    assert "A1:B9" in loss


def test_dates_by_a_number_of_the_chinese_excel_are_dates(tmp_path: Path) -> None:
    book: Any = openpyxl.Workbook()
    book.active.append(["签订日", 45352])
    book.active["B1"].number_format = "yyyy/mm"
    path = tmp_path / "a.xlsx"
    path.write_bytes(saved(book))
    _rewrite(path, "xl/styles.xml", b'numFmtId="164" fontId', b'numFmtId="31" fontId')
    assert texts(parsed(path))[1:] == ["签订日 | 2024-03-01"]


def test_formulas_that_are_shared_and_never_computed_are_named_in_each_cell(tmp_path: Path) -> None:
    book: Any = openpyxl.Workbook()
    for row in (["件", "数", "额"], ["甲", 1, "=B2*9"], ["乙", 2, "=B3*9"]):
        book.active.append(row)
    path = tmp_path / "a.xlsx"
    path.write_bytes(saved(book))
    sheet = "xl/worksheets/sheet1.xml"
    _rewrite(path, sheet, b"<f>B2*9</f>", b'<f t="shared" ref="C2:C3" si="0">B2*9</f>')
    _rewrite(path, sheet, b"<f>B3*9</f>", b'<f t="shared" si="0"/>')
    assert texts(parsed(path))[1:] == [
        "件: 甲 | 数: 1 | 额: =B2*9 (not computed)",
        "件: 乙 | 数: 2 | 额: (not computed)",
    ]


def test_what_is_printed_above_and_below_a_sheet_is_read(tmp_path: Path) -> None:
    book: Any = openpyxl.Workbook()
    book.active.append(["设备", "台数"])
    book.active.append(["泵", 3])
    book.active.oddHeader.center.text = "商密二级"
    book.active.oddFooter.left.text = "编制：谢丹 R&&D"
    book.active.oddFooter.right.text = "&P/&N"
    assert texts(parsed(tmp_path / "a.xlsx", saved(book)))[2:] == ["商密二级", "编制：谢丹 R&D"]


STYLES = """<office:automatic-styles xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"
 xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0">
<style:style style:name="T1" style:family="text"><style:text-properties
 style:text-position="super 58%"/></style:style>
<style:style style:name="C1" style:family="table-cell"><style:text-properties
 style:text-line-through-style="solid"/></style:style>
<style:style style:name="C2" style:family="table-cell"><style:text-properties fo:color="#ffffff"/>
</style:style><style:style style:name="T2" style:family="text"><style:text-properties
 fo:color="#ffffff"/></style:style><style:style style:name="C3" style:family="table-cell">
<style:table-cell-properties fo:background-color="#003366"/></style:style>
</office:automatic-styles>"""


def test_an_opendocument_sheet_marks_them_alike(tmp_path: Path) -> None:
    cells = (
        "<table:table-cell><office:annotation><text:p>谢丹核对</text:p></office:annotation>"
        '<text:p>10<text:span text:style-name="T1">6</text:span> Ω</text:p>'
        '</table:table-cell><table:table-cell table:style-name="C1"><text:p>80</text:p>'
        '</table:table-cell><table:table-cell table:style-name="C2"><text:p>77</text:p>'
        "</table:table-cell>"
        '<table:table-cell><text:p>值班<text:span text:style-name="T2">666</text:span></text:p>'
        '</table:table-cell><table:table-cell table:style-name="C3"><text:p>'
        '<text:span text:style-name="T2">555</text:span></text:p></table:table-cell>'
    )
    content = f"""<office:document-content
     xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
     xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
     xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">{STYLES}<office:body>
     <office:spreadsheet><table:table table:name="s"><table:table-row>{cells}</table:table-row>
     </table:table></office:spreadsheet></office:body></office:document-content>"""
    document = parsed(tmp_path / "a.ods", spreadsheet(content=content))
    assert texts(document)[1:] == [
        "10^6 Ω | ~~80~~ | [hidden] 77 | 值班 | 555",
        "谢丹核对",
    ]


def font(*, struck: bool = False, raised: bool = False, rgb: bytes = b"\0\0\0") -> bytes:
    head = struct.pack("<HHHHBBBB", 220, 8 * struck, 400, int(raised), 0, 2, 0, 0)
    return record(43, head + b"\x05\xff\0\0" + rgb + b"\xff" + b"\0" + wide("Arial"))


def look(shown_as: int = 0, of_font: int = 0) -> bytes:
    return record(47, struct.pack("<5HBBH", 0, shown_as, of_font, 0, 0, 0, 0, 0))


@pytest.fixture
def binary() -> bytes:
    """A sheet with a row that spans, one with looks, and one that is hidden."""
    fonts = font() + font(struck=True) + font(raised=True) + font(rgb=b"\xff\xff\xff")
    fill = record(45, struct.pack("<I", 0) + bytes(16))
    looks = look() + look(of_font=1) + look(of_font=3) + look(shown_as=10) + look(shown_as=14)
    styles = fonts + fill + record(617, struct.pack("<I", 5)) + looks + record(618)
    runs, pale = struct.pack("<IHH", 1, 2, 2), struct.pack("<IHH", 1, 2, 3)
    sheet = _row(0) + _text(0, "阻值") + _text(1, "旧价") + _text(2, "暗号") + _text(3, "率")
    sheet += _row(1) + record(62, struct.pack("<II", 0, 0) + b"\1" + wide("106") + runs)

    sheet += _number(1, 80, 1) + _number(2, 77, 2) + _number(3, 0.125, 3) + _number(4, 45352, 4)
    sheet += record(62, struct.pack("<II", 5, 0) + b"\1" + wide("值班666") + pale)
    sheet += _row(2, hidden=True) + _text(0, "密")
    sheet += _row(3) + _text(0, "合并") + record(146)
    sheet += record(176, struct.pack("<4I", 3, 3, 0, 2))
    return binary_workbook(sheet, styles)


def _row(number: int, *, hidden: bool = False) -> bytes:
    return record(0, struct.pack("<IIHBBBI", number, 0, 300, 0, 0x10 * hidden, 0, 0))


def _text(column: int, text: str) -> bytes:
    return record(6, struct.pack("<II", column, 0) + wide(text))


def _number(column: int, value: float, style: int) -> bytes:
    return record(5, struct.pack("<IId", column, style, value))


def test_a_binary_workbook_is_read_as_any_other(tmp_path: Path, binary: bytes) -> None:
    assert texts(parsed(tmp_path / "a.xlsb", binary))[1:] == [
        "阻值: 10^6 | 旧价: ~~80~~ | 暗号: [hidden] 77 | 率: 12.50% | 2024-03-01 | 值班",
        "[hidden] 阻值: 密",
        "阻值: 合并 | 旧价: 合并 | 暗号: 合并",
    ]


def _rewrite(path: Path, part: str, old: bytes, new: bytes) -> None:
    with zipfile.ZipFile(path) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    assert old in parts[part]
    parts[part] = parts[part].replace(old, new)
    with zipfile.ZipFile(path, "w") as file:
        for name, data in parts.items():
            file.writestr(name, data)
