"""In every format a table comes through the whole converter: names, types, values."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from kb.table_types import ColumnType, RowFlag, Table
from kb.types import ElementKind
from tests.unit.documents.samples import parsed, texts, word
from tests.unit.documents.tables.drawn import column, names, totals, values

ROWS = (
    ("工号", "姓名", "入职日期", "月薪(元)"),
    ("0017", "张飞", "2024-03-05", "8,500.50"),
    ("0018", "关羽", "2023-12-01", "9,200.00"),
)


def assert_roster(found: Table) -> None:
    assert names(found) == [*ROWS[0]]
    kinds = [one.type for one in found.columns]
    assert kinds == [ColumnType.CODE, ColumnType.TEXT, ColumnType.DATE, ColumnType.MONEY]
    assert [row.values for row in found.rows] == [
        ("0017", "张飞", "2024-03-05", 8500.5),
        ("0018", "关羽", "2023-12-01", 9200),
    ]


def drawn(rows: Any, cell: str, row: str) -> str:
    return "".join(row.format("".join(cell.format(text) for text in one)) for one in rows)


HTML = f"<h1>花名册</h1><table>{drawn(ROWS, '<td>{}</td>', '<tr>{}</tr>')}</table>"
MARKDOWN = "# 花名册\n\n" + "\n".join(
    ["|".join(ROWS[0]), "|".join(["---"] * 4), *("|".join(row) for row in ROWS[1:])]
)
CSV = "\n".join(";".join(row) for row in ROWS)
JSON = json.dumps({"花名册": [dict(zip(ROWS[0], row, strict=True)) for row in ROWS[1:]]})
JSONL = "\n".join(json.dumps(dict(zip(ROWS[0], row, strict=True))) for row in ROWS[1:])
MAIL = f"Subject: x\nContent-Type: text/html; charset=utf-8\n\n{HTML}"


@pytest.mark.parametrize(
    ("name", "content", "called", "numbers"),
    [
        ("a.csv", CSV, "a", [2, 3]),
        ("a.tsv", CSV.replace(";", "\t"), "a", [2, 3]),
        ("a.md", MARKDOWN, "花名册", [5, 6]),
        ("a.html", HTML, "花名册", [2, 3]),
        ("a.eml", MAIL, "花名册", [2, 3]),
        ("a.json", JSON, "花名册", [1, 2]),
        ("a.jsonl", JSONL, "a", [1, 2]),
        ("a.docx", word([("Heading 1", "花名册")], ROWS), "花名册", [2, 3]),
    ],
)
def test_a_table_comes_through(
    tmp_path: Path, name: str, content: bytes | str, called: str, numbers: list[int]
) -> None:
    document = parsed(tmp_path / name, content)
    (found,) = document.tables
    assert_roster(found)
    assert (found.name, found.place) == (called, 0)
    assert [row.number for row in found.rows] == numbers
    assert len(texts(document, ElementKind.TABLE_ROW)) >= 2  # the passages stay what they were


def test_a_caption_and_a_unit_above_a_table_speak_of_it(tmp_path: Path) -> None:
    page = "<h1>年报</h1><p>表3 存货</p><p>单位：万元</p><table><tr><td>项目</td><td>期末</td></tr>"
    page += "<tr><td>原料</td><td>12.5</td></tr><tr><td>成品</td><td>8</td></tr></table>"
    (found,) = parsed(tmp_path / "a.html", page).tables
    assert found.caption == "表3 存货 单位：万元"
    assert values(found, "期末") == [125_000, 80_000]


def test_a_caption_that_html_marks_up_is_one_whatever_it_says(tmp_path: Path) -> None:
    page = "<h1>Ilse Brandt</h1><p>She played.</p><table><caption>Doubles finals</caption>"
    page += (
        "<tr><th>Year</th><th>Partner</th></tr><tr><td>1993</td><td>Dana Kolar</td></tr></table>"
    )
    document = parsed(tmp_path / "a.html", page)
    assert document.tables[0].caption == "Doubles finals"
    assert "Doubles finals" in texts(document, ElementKind.PARAGRAPH)


def test_tables_of_a_document_are_counted(tmp_path: Path) -> None:
    found = parsed(tmp_path / "a.md", f"{MARKDOWN}\n\n# 又一个\n\n{MARKDOWN}").tables
    assert [one.place for one in found] == [0, 1]


def workbook(fill: Any) -> bytes:
    book = openpyxl.Workbook()
    fill(book.active, book)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def test_a_sheet_has_what_its_cells_are_worth_not_what_they_show(tmp_path: Path) -> None:
    def fill(sheet: Any, _: Any) -> None:
        sheet.title = "预算"
        sheet.append(["部门", "金额(万元)", "占比", "价格"])
        for name, amount, share, price in (("甲", 12.3456, 0.12345, 3.5), ("乙", 1, 0.5, 1.005)):
            sheet.append([name, amount, share, price])
        for row in (2, 3):
            sheet.cell(row, 2).number_format = "0.0"
            sheet.cell(row, 3).number_format = "0%"
            sheet.cell(row, 4).number_format = '"¥"0.00'

    (found,) = parsed(tmp_path / "a.xlsx", workbook(fill)).tables
    assert found.rows[0].texts == ("甲", "12.3", "12%", "¥3.50")
    assert values(found, "金额(万元)") == [123_456, 10_000]
    assert values(found, "占比") == [0.12345, 0.5]
    assert values(found, "价格") == [3.5, 1.005]
    assert column(found, "价格").type is ColumnType.MONEY


def test_hidden_sheets_rows_and_columns_are_marked(tmp_path: Path) -> None:
    def fill(sheet: Any, book: Any) -> None:
        for row in (["姓名", "工资(元)"], ["甲", 5], ["乙", 6]):
            sheet.append(row)
        sheet.row_dimensions[3].hidden = True
        sheet.column_dimensions["B"].hidden = True
        other = book.create_sheet("旧")
        other.append(["姓名", "分机"])
        other.append(["丙", 8801])
        other.sheet_state = "hidden"

    shown, hidden = parsed(tmp_path / "a.xlsx", workbook(fill)).tables
    assert [row.flags for row in shown.rows] == [RowFlag.PLAIN, RowFlag.HIDDEN]
    assert [one.hidden for one in shown.columns] == [False, True]
    assert (shown.hidden, hidden.hidden) == (False, True)


def test_a_merged_amount_counts_once_and_a_merged_name_stands_in_each_row(tmp_path: Path) -> None:
    def fill(sheet: Any, _: Any) -> None:
        for row in (
            ["部门", "姓名", "奖金(元)"],
            ["甲部", "a", 900],
            ["", "b", None],
            ["乙部", "c", 80],
        ):
            sheet.append(row)
        sheet.merge_cells("A2:A3")
        sheet.merge_cells("C2:C3")

    (found,) = parsed(tmp_path / "a.xlsx", workbook(fill)).tables
    assert values(found, "部门") == ["甲部", "甲部", "乙部"]
    assert values(found, "奖金(元)") == [900, None, 80]
    assert found.remarks == ("column '奖金(元)': places that merged cells span, counted once: 1",)


def test_indented_rows_of_a_sheet_belong_to_the_one_above_them(tmp_path: Path) -> None:
    def fill(sheet: Any, _: Any) -> None:
        for row in (["项目", "金额(元)"], ["收入", 100], ["主营", 60], ["  其他", 40], ["费用", 7]):
            sheet.append(row)
        sheet["A3"].alignment = openpyxl.styles.Alignment(indent=1)

    (found,) = parsed(tmp_path / "a.xlsx", workbook(fill)).tables
    assert [row.texts[:2] for row in found.rows] == [
        ("", "收入"),
        ("收入", "主营"),
        ("收入", "其他"),
        ("", "费用"),
    ]
    assert [bool(row.flags) for row in found.rows] == [True, False, False, False]


def test_dates_of_the_1904_system_and_before_1900(tmp_path: Path) -> None:
    import datetime

    def fill(sheet: Any, book: Any) -> None:
        book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
        sheet.append(["事件", "日期"])
        sheet.append(["建厂", datetime.date(2024, 3, 5)])
        sheet.append(["立约", "1898-06-09"])

    (found,) = parsed(tmp_path / "a.xlsx", workbook(fill)).tables
    assert values(found, "日期") == ["2024-03-05", "1898-06-09"]


def test_formulas_with_errors_and_without_results_are_remarked(tmp_path: Path) -> None:
    def fill(sheet: Any, _: Any) -> None:
        sheet.append(["物料", "数量"])
        for number in range(18):
            sheet.append([f"M{number}", number])
        sheet.append(["M18", "=A1+B1"])
        sheet.append(["M19", "#DIV/0!"])

    (found,) = parsed(tmp_path / "a.xlsx", workbook(fill)).tables
    assert column(found, "数量").type is ColumnType.INTEGER
    assert values(found, "数量")[-2:] == [None, None]
    assert found.remarks == ("column '数量': 2 of 20 cells are no integer, the first in row 20",)


def test_a_row_at_the_end_of_a_sheet_of_a_million_is_soon_read(tmp_path: Path) -> None:
    def fill(sheet: Any, _: Any) -> None:
        sheet.append(["姓名", "分机"])
        sheet.append(["甲", 8801])
        sheet.cell(1_048_576, 1, "乙")
        sheet.cell(1_048_576, 2, 8802)

    (found,) = parsed(tmp_path / "a.xlsx", workbook(fill)).tables
    assert [row.number for row in found.rows] == [2, 1_048_576]


def test_more_merged_cells_than_are_kept_change_no_number_and_are_told(tmp_path: Path) -> None:
    def fill(sheet: Any, _: Any) -> None:
        sheet.append(["部门", "人数"])
        for number in range(4):
            sheet.append([None if number % 2 else f"部{number // 2}", number + 1])

    ranges = ["A2:A3", "A4:A5", *(f"D{row}:E{row}" for row in range(10, 60_010))]
    merged = "".join(f'<mergeCell ref="{one}"/>' for one in ranges)
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook(fill))) as book,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as fresh,
    ):
        for name in book.namelist():
            data = book.read(name)
            if name.endswith("sheet1.xml"):
                end = f"</sheetData><mergeCells>{merged}</mergeCells>".encode()
                data = data.replace(b"</sheetData>", end)
            fresh.writestr(name, data)
    document = parsed(tmp_path / "a.xlsx", packed.getvalue())
    (found,) = document.tables
    assert values(found, "部门") == ["部0", "部0", "部1", "部1"]
    assert values(found, "人数") == [1, 2, 3, 4]
    (loss,) = document.losses
    assert loss.startswith("what merged cells span beyond 100,000 places of the sheet")


def test_csv_with_other_numbers_of_fields_says_so(tmp_path: Path) -> None:
    (found,) = parsed(tmp_path / "a.csv", "姓名,分机\n甲,8801\n乙,8802,x\n丙\n丁,8803").tables
    assert values(found, "姓名") == ["甲", "乙", "丙", "丁"]
    assert found.remarks == ("rows with another number of fields than 2: 2, first line 3",)


def test_a_blank_line_parts_two_tables_of_a_csv_and_none_of_one(tmp_path: Path) -> None:
    two = parsed(
        tmp_path / "a.csv", "姓名,城市\n甲,上海\n乙,无锡\n\n产品,颜色\n螺栓,黑\n螺母,白"
    ).tables
    one = parsed(tmp_path / "b.csv", "姓名,城市\n甲,上海\n乙,无锡\n\n丙,上海\n丁,苏州").tables
    assert [names(found) for found in two] == [["姓名", "城市"], ["产品", "颜色"]]
    assert [values(found, "姓名") for found in one] == [["甲", "乙", "丙", "丁"]]


def test_cells_beyond_what_is_kept_are_left_out_and_said_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kb.documents.tables.kept.MOST_PLACES", 6)
    document = parsed(tmp_path / "a.csv", "姓名,分机\n甲,8801\n乙,8802\n丙,8803")
    (found,) = document.tables
    assert values(found, "姓名") == ["甲", "乙"]
    assert found.remarks == ("rows from 4 on are left out: more than 6 cells",)
    assert "8803" in document.text  # the passages have all of it


def test_totals_of_a_csv_are_marked(tmp_path: Path) -> None:
    (found,) = parsed(tmp_path / "a.csv", "部门,金额\n甲,5\n乙,6\n合计,11").tables
    assert totals(found) == ["合计"]
