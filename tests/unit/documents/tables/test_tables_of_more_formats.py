"""A table comes through the converters of slides, of OpenDocument and of older workbooks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pptx
from pptx.util import Inches

from kb.table_types import ColumnType
from tests.unit.documents.converters.test_binary_formats import binary_workbook, rows_of_records
from tests.unit.documents.converters.test_ods import spreadsheet
from tests.unit.documents.samples import parsed, saved
from tests.unit.documents.tables.drawn import column, names, values

SHEET_2003 = """<?xml version="1.0"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"
 xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="价目"><Table>
<Row><Cell><Data ss:Type="String">产品</Data></Cell><Cell><Data>单价(元)</Data></Cell></Row>
<Row ss:Index="4"><Cell><Data>螺栓</Data></Cell><Cell><Data>1.5</Data></Cell></Row>
<Row><Cell><Data>螺母</Data></Cell><Cell><Data>2</Data></Cell></Row>
</Table></Worksheet></Workbook>"""


def row(*cells: str) -> str:
    return f"<table:table-row>{''.join(cells)}</table:table-row>"


def cell(text: str, said: str = "") -> str:
    return f"<table:table-cell {said}><text:p>{text}</text:p></table:table-cell>"


def ods(*rows: str) -> bytes:
    content = f"""<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>
<table:table table:name="预算">{"".join(rows)}</table:table>
</office:spreadsheet></office:body></office:document-content>"""
    return spreadsheet(content=content)


def test_slides(tmp_path: Path) -> None:
    deck: Any = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "销售额（万元）"
    box = Inches(1), Inches(2), Inches(6), Inches(2)
    grid = slide.shapes.add_table(3, 2, *box).table
    for y, cells in enumerate((("产品线", "一季度"), ("主轴", "1,620"), ("导轨", "760"))):
        for x, text in enumerate(cells):
            grid.cell(y, x).text = text
    (found,) = parsed(tmp_path / "a.pptx", saved(deck)).tables
    assert (found.name, found.page) == ("销售额（万元）", 1)
    assert values(found, "一季度") == [16_200_000, 7_600_000]


def _deck(*slides: tuple[str, list[list[str]]]) -> Any:
    """A slide a title, with a table below it."""
    deck: Any = pptx.Presentation()
    for title, rows in slides:
        slide = deck.slides.add_slide(deck.slide_layouts[5])
        slide.shapes.title.text = title
        width, height = len(rows[0]), len(rows)
        place = Inches(1), Inches(2), Inches(8), Inches(2)
        table = slide.shapes.add_table(height, width, *place).table
        for y, cells in enumerate(rows):
            for x, text in enumerate(cells):
                table.cell(y, x).text = text
    return deck


def test_a_table_that_goes_on_over_slides_is_one(tmp_path: Path) -> None:
    head = ["姓名", "部门"]
    deck = _deck(
        ("名单（一）", [head, ["周一", "财务部"], ["吴二", "销售部"]]),
        ("名单（续）", [head, ["郑三", "财务部"], ["王四", "研发部"]]),
    )
    [table] = parsed(tmp_path / "list.pptx", saved(deck)).tables
    assert values(table, "姓名") == ["周一", "吴二", "郑三", "王四"]
    assert (table.name, table.page) == ("名单（一）", 1)


def test_tables_of_other_titles_are_not_joined(tmp_path: Path) -> None:
    head = ["Site", "Output"]
    deck = _deck(
        ("Q1", [head, ["North", "5"], ["South", "6"]]),
        ("Q2", [head, ["North", "7"], ["South", "8"]]),
    )
    assert len(parsed(tmp_path / "output.pptx", saved(deck)).tables) == 2


def test_a_form_on_a_slide_is_a_row(tmp_path: Path) -> None:
    rows = [
        ["项目名称", "清河泵站", "负责人", "陆远"],
        ["开工日期", "2024-03-01", "总投资", "320万元"],
    ]
    [table] = parsed(tmp_path / "card.pptx", saved(_deck(("卡片", rows)))).tables
    assert names(table) == ["项目名称", "负责人", "开工日期", "总投资"]
    assert values(table, "总投资") == [3_200_000]


def test_a_slide_that_is_not_shown_has_a_hidden_table(tmp_path: Path) -> None:
    deck: Any = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide._element.set("show", "0")
    box = Inches(1), Inches(2), Inches(6), Inches(2)
    grid = slide.shapes.add_table(2, 2, *box).table
    for y, cells in enumerate((("产品线", "一季度"), ("主轴", "1,620"))):
        for x, text in enumerate(cells):
            grid.cell(y, x).text = text
    (found,) = parsed(tmp_path / "a.pptx", saved(deck)).tables
    assert found.hidden


def test_opendocument_sheets_with_exact_numbers_and_merged_cells(tmp_path: Path) -> None:
    merged = 'table:number-rows-spanned="2" office:value="900"'
    data = ods(
        row(cell("部门"), cell("占比"), cell("奖金(元)")),
        row(cell("甲"), cell("12%", 'office:value="0.12345"'), cell("900", merged)),
        row(cell("乙"), cell("50%", 'office:value="0.5"'), "<table:covered-table-cell/>"),
    )
    (found,) = parsed(tmp_path / "a.ods", data).tables
    assert values(found, "占比") == [0.12345, 0.5]
    assert values(found, "奖金(元)") == [900, None]
    assert column(found, "奖金(元)").type is ColumnType.MONEY


def test_a_workbook_that_excel_2003_saved_as_xml(tmp_path: Path) -> None:
    (found,) = parsed(tmp_path / "a.xls", SHEET_2003).tables
    assert (found.name, names(found)) == ("价目", ["产品", "单价(元)"])
    assert [one.number for one in found.rows] == [4, 5]
    assert values(found, "单价(元)") == [1.5, 2]


def test_a_binary_workbook(tmp_path: Path) -> None:
    rows: list[list[str | float | bool]] = [
        ["姓名", "手机", "值班"],
        ["张飞", 13912345678.0, True],
        ["关羽", 13800138000.0, False],
    ]
    (found,) = parsed(tmp_path / "a.xlsb", binary_workbook(rows_of_records(rows))).tables
    assert column(found, "手机").type is ColumnType.CODE
    assert values(found, "手机") == ["13912345678", "13800138000"]
    assert values(found, "值班") == [1, 0]
