"""Workbooks are read as they are shown: formats, merged cells, what is hidden, boxes, comments."""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.comments import Comment

from kb.documents.converters.common.number_formats import date_text, number_text
from tests.unit.documents.samples import parsed, rewritten, saved, texts


def shown(tmp_path: Path, fill: Callable[[Any], None]) -> list[str]:
    """The elements of a workbook that `fill` has filled, without the sheet's heading."""
    workbook = openpyxl.Workbook()
    fill(workbook)
    workbook.save(tmp_path / "a.xlsx")
    return texts(parsed(tmp_path / "a.xlsx"))[1:]


def rows(*cells: tuple[Any, ...]) -> Callable[[Any], None]:
    def fill(workbook: Any) -> None:
        for row in cells:
            workbook.active.append(row)

    return fill


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (1234.5, '"$"#,##0.00', "$1,234.50"),
        (0, '_($* #,##0.00_);_($* (#,##0.00);_($* "-"??_);_(@_)', "$0"),
        (1234.5, "[$¥-804]#,##0.00", "¥1,234.50"),
        (45, '0" 台"', "45 台"),
        (12.5, '0.00"kg"', "12.50kg"),
        (0.125, "0.0%", "12.5%"),
        (7, "000", "007"),
        (123456, "0.00E+00", "1.23E+05"),
        (1234567, "#,##0,", "1,235"),
        (3.1, "0.##", "3.1"),
        (-1234.5, "#,##0.00_);(#,##0.00)", "(1,234.50)"),
        (-5, "0;[Red]0", "-5"),
        (0, '0;-0;"-"', "-"),
        (3.14159, "General", "3.14159"),
        (1205, "[DBNum1][$-804]General", "1205 (一千二百〇五)"),
        (120030, '[DBNum2][$-804]General"元整"', "120030元整 (壹拾贰万零叁拾元整)"),
        (2008, "[DBNum1]0", "2008 (二〇〇八)"),
        (5, "# ?/?", "5"),
        (1.5, "# ?/?", "1 1/2"),
        (0.3333333, "# ??/??", "1/3"),
        (-1.75, "# ?/8", "-1 6/8"),
        (1200, '0.0,"k"', "1.2k"),
        (1234567, '#,##0.0,,"M"', "1.2M"),
        (80, '[>100]"high "0;[<=100]"low "0', "low 80"),
        (150, '[>100]"high "0;[<=100]"low "0', "high 150"),
        (-5, '[>100]0"a";[Red]-0"n";0"b"', "-5n"),
        (5, '[=1]"yes";[=0]"no"', "5"),
        (1234, '[DBNum1][$-804]General"元"', "1234元 (一千二百三十四元)"),
        (110101199003070000.0, "General", "110101199003070000"),
        (13800138000, "0", "13800138000"),
        (5550109, "000-0000", "555-0109"),
        (13912345678, '000" "0000" "0000', "139 1234 5678"),
        (5551234, "[<=9999999]###-####;(###) ###-####", "555-1234"),
        (2125551234, "[<=9999999]###-####;(###) ###-####", "(212) 555-1234"),
        (7, "000-0000", "000-0007"),
        (123456, '0\\.0,"万"', "12.3万"),
        (4567, '0!.0,"万"', "0.5万"),
        (-350, '"盈"0;"亏"0;"平"', "亏350"),
        (350, '"亏"0;"盈"0', "亏350"),
        (-0.2, "↑0.0%;↓0.0%", "↓20.0%"),
        (-12, '0"元";[Red]0"元"', "-12元"),
        (-12, "$0;[Red]$0", "-$12"),
        (2.5, "0", "3"),
        (1.005, "0.00", "1.01"),
        (45725, "aaaa", "2025-03-09 星期日"),
        (45725, "[$-804]aaa;@", "2025-03-09 周日"),
    ],
)
def test_a_number_is_written_as_its_format_shows_it(
    value: float, number_format: str, text: str
) -> None:
    assert number_text(value, number_format) == text


@pytest.mark.parametrize(
    ("value", "number_format", "text"),
    [
        (datetime.datetime(2025, 3, 5), "yyyy/m/d", "2025-03-05"),
        (datetime.datetime(2025, 3, 5), "aaaa", "2025-03-05 星期三"),
        (datetime.datetime(2025, 3, 5), "yyyy-mm-dd dddd", "2025-03-05 Wednesday"),
        (datetime.timedelta(hours=26, minutes=5), "[h]:mm", "26:05"),
        (datetime.time(8, 30), "h:mm", "08:30"),
    ],
)
def test_dates_are_iso_with_their_day_of_the_week_and_hours_beyond_24(
    value: Any, number_format: str, text: str
) -> None:
    assert date_text(value, number_format) == text


def test_a_merged_cell_stands_in_every_place_it_spans(tmp_path: Path) -> None:
    def fill(workbook: Any) -> None:
        rows(("部门", "班次", "组长"), ("铸造", "早", "林克"), (None, "晚", "蒋帆"))(workbook)
        workbook.active.merge_cells("A2:A3")

    assert shown(tmp_path, fill)[-1] == "部门: 铸造 | 班次: 晚 | 组长: 蒋帆"


def test_the_names_hold_behind_a_blank_row(tmp_path: Path) -> None:
    fill = rows(("姓名", "电话"), ("林克", "13800001111"), (None,), ("蒋帆", "13800002222"))
    assert shown(tmp_path, fill)[-1] == "姓名: 蒋帆 | 电话: 13800002222"


def test_a_column_that_holds_nothing_is_named_behind_the_rows(tmp_path: Path) -> None:
    filled = rows(("Part", "Checked by", "Stock"), ("bolt", None, 12), ("nut", None, 40))
    assert shown(tmp_path, filled) == [
        "Part: bolt | Stock: 12",
        "Part: nut | Stock: 40",
        "Checked by:",
    ]


def test_a_formula_that_was_never_computed_is_named(tmp_path: Path) -> None:
    found = shown(tmp_path, rows(("品名", "单价", "小计"), ("螺栓", 3, "=B2*4")))
    assert found == ["品名: 螺栓 | 单价: 3 | 小计: =B2*4 (not computed)"]


def test_zeros_that_a_program_puts_for_results_are_none(tmp_path: Path) -> None:
    """XlsxWriter's way: Excel computes all of it as it opens the workbook."""
    data = with_results("<v>0</v>", ("品名", "小计"), ("螺栓", "=3*4"), ("螺母", "=2*4"))
    assert texts(parsed(tmp_path / "a.xlsx", data))[1:] == [
        "品名: 螺栓 | 小计: =3*4 (not computed)",
        "品名: 螺母 | 小计: =2*4 (not computed)",
    ]
    computed = rewritten(data, lambda _, part: part.replace("fullCalcOnLoad", "fullCalcOnSave"))
    assert texts(parsed(tmp_path / "b.xlsx", computed))[1] == "品名: 螺栓 | 小计: 0"


def test_a_formula_whose_result_is_an_empty_text_shows_nothing(tmp_path: Path) -> None:
    data = with_results("<v></v>", ("品名", "备注"), ("螺栓", '=IF(1=1,"","急")'), kind=' t="str"')
    assert texts(parsed(tmp_path / "a.xlsx", data))[1:] == ["品名: 螺栓", "备注:"]


def with_results(result: str, *cells: tuple[str, ...], kind: str = "") -> bytes:
    """A workbook with one and the same result for all of its formulas."""
    workbook = openpyxl.Workbook()
    rows(*cells)(workbook)
    formula = re.compile(r'<c r="(\w+)"><f>(.*?)</f><v ?/?>(?:</v>)?</c>')
    made = rf'<c r="\1"{kind}><f>\2</f>{result}</c>'
    return rewritten(saved(workbook), lambda _, part: formula.sub(made, part))


def test_what_is_hidden_is_kept_and_marked(tmp_path: Path) -> None:
    def fill(workbook: Any) -> None:
        rows(("姓名", "电话", "底价"), ("林克", "555", "9"), ("蒋帆", "666", "8"))(workbook)
        sheet = workbook.active
        sheet.row_dimensions[3].hidden = True
        sheet.column_dimensions["C"].hidden = True
        other = workbook.create_sheet("旧价")
        other.append(("型号", "价"))
        other.append(("X2", "70"))
        other.sheet_state = "hidden"

    assert shown(tmp_path, fill) == [
        "姓名: 林克 | 电话: 555 | [hidden] 底价: 9",
        "[hidden] 姓名: 蒋帆 | 电话: 666 | [hidden] 底价: 8",
        "[hidden] 旧价",
        "[hidden] 型号: X2 | 价: 70",
    ]


def test_comments_and_text_boxes_of_a_sheet_are_read(tmp_path: Path) -> None:
    def fill(workbook: Any) -> None:
        rows(("品名", "库存"), ("螺栓", 30))(workbook)
        workbook.active["B2"].comment = Comment("含在途十件", "库管")

    assert "B2: 含在途十件" in shown(tmp_path, fill)[-1]


def test_a_text_box_of_a_sheet_is_read(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    workbook = openpyxl.Workbook()
    rows(("品名", "库存"), ("螺栓", 30))(workbook)
    workbook.save(buffer)
    space = "http://schemas.openxmlformats.org"
    relations = f"{space}/officeDocument/2006/relationships"
    box = (
        f'<d:wsDr xmlns:d="{space}/drawingml/2006/spreadsheetDrawing" '
        f'xmlns:a="{space}/drawingml/2006/main"><d:sp><d:txBody><a:p><a:r><a:t>本表由谢丹核对'
        "</a:t></a:r></a:p></d:txBody></d:sp></d:wsDr>"
    )
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("xl/drawings/drawing1.xml", box)
        archive.writestr(
            "xl/worksheets/_rels/sheet1.xml.rels",
            f'<Relationships xmlns="{space}/package/2006/relationships"><Relationship Id="r1" '
            f'Type="{relations}/drawing" Target="../drawings/drawing1.xml"/></Relationships>',
        )
    assert texts(parsed(tmp_path / "a.xlsx", buffer.getvalue()))[-1] == "本表由谢丹核对"


def test_a_blank_row_between_the_names_and_the_rest_is_none(tmp_path: Path) -> None:
    fill = rows(("姓名", "电话"), (None,), ("林克", "13800001111"))
    assert shown(tmp_path, fill) == ["姓名: 林克 | 电话: 13800001111"]


def test_what_a_format_or_a_colour_leaves_unseen_is_marked(tmp_path: Path) -> None:
    from openpyxl.styles import Color, Font, PatternFill

    def fill(workbook: Any) -> None:
        sheet = workbook.active
        sheet.append(["总机", 555, 666, "666-6666", 777, 888, 999])
        sheet["C1"].number_format = sheet["D1"].number_format = ";;;"
        sheet["E1"].font = Font(color="FFFFFFFF")
        sheet["F1"].font = Font(color=Color(theme=0))
        sheet["G1"].font = Font(color="FFFFFFFF")
        sheet["G1"].fill = PatternFill("solid", fgColor="FF003366")

    [row] = shown(tmp_path, fill)
    for hidden in ("[hidden] 666", "[hidden] 666-6666", "[hidden] 777", "[hidden] 888"):
        assert hidden in row
    assert "[hidden] 555" not in row
    assert "[hidden] 999" not in row


def test_a_format_that_leaves_zeros_empty_hides_no_number(tmp_path: Path) -> None:
    def fill(workbook: Any) -> None:
        workbook.active.append(["总机", 555])
        workbook.active["B1"].number_format = "0;-0;;@"

    [row] = shown(tmp_path, fill)
    assert "[hidden]" not in row


def test_a_text_has_what_its_format_puts_around_it(tmp_path: Path) -> None:
    def fill(workbook: Any) -> None:
        workbook.active.append(["item", "type"])
        for name, number_format in (("a", '"No. "@'), ("b", '0;-0;0;@"台"'), ("c", "@")):
            workbook.active.append([name, "A7"])
            workbook.active.cell(workbook.active.max_row, 2).number_format = number_format

    assert shown(tmp_path, fill) == [
        "item: a | type: No. A7", "item: b | type: A7台", "item: c | type: A7",
    ]  # fmt: skip
