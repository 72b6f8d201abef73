"""CSV and TSV."""

from __future__ import annotations

from pathlib import Path

from tests.unit.documents.samples import parsed, texts


def test_every_csv_row_carries_the_header(tmp_path: Path) -> None:
    document = parsed(tmp_path / "a.csv", "姓名,电话,备注\n张飞,13800138000,\n曹操,0123,急\n")
    assert texts(document) == [
        "姓名: 张飞 | 电话: 13800138000",
        "姓名: 曹操 | 电话: 0123 | 备注: 急",
    ]
    assert [element.line for element in document.elements] == [2, 3]


def test_a_first_row_of_values_is_no_header(tmp_path: Path) -> None:
    table = "张飞,u987438274\n曹操,123456\n"
    assert texts(parsed(tmp_path / "a.csv", table)) == ["张飞 | u987438274", "曹操 | 123456"]
    years = "项目,2023,2024\n收入,5,6\n"
    assert texts(parsed(tmp_path / "b.csv", years)) == ["项目: 收入 | 2023: 5 | 2024: 6"]


def test_csv_separators_and_quotes_are_recognised(tmp_path: Path) -> None:
    for name, data in (
        ("a.csv", 'a;b\n"x;y";2\n'),
        ("b.tsv", "a\tb\nx;y\t2\n"),
        ("c.csv", "a|b\nx;y|2\n"),
    ):
        assert texts(parsed(tmp_path / name, data)) == ["a: x;y | b: 2"]
    assert texts(parsed(tmp_path / "one.csv", "only,one,row\n")) == ["only | one | row"]


def test_a_csv_of_a_chinese_spreadsheet_program_is_read(tmp_path: Path) -> None:
    document = parsed(tmp_path / "a.csv", "姓名,电话\r\n张飞,123\r\n".encode("gbk"))
    assert document.text == "姓名: 张飞 | 电话: 123"


def test_a_row_may_be_longer_than_its_header(tmp_path: Path) -> None:
    page = "<!doctype html><table><tr><td>a</td></tr><tr><td>1</td><td>2</td><td>2</td></tr>"
    assert texts(parsed(tmp_path / "a.html", page)) == ["a: 1 | 2 | 2"]


def test_a_quotation_mark_that_nothing_closes_takes_no_rows_with_it(tmp_path: Path) -> None:
    table = 'part,size\npipe,"3, of\nsteel"\nbolt,"7\nnut,8\n'
    document = parsed(tmp_path / "a.csv", table)
    assert texts(document) == [
        "part: pipe | size: 3, of steel",
        'part: bolt | size: "7',
        "part: nut | size: 8",
    ]
    assert [element.line for element in document.elements] == [2, 4, 5]


def test_many_marks_that_nothing_closes_do_not_take_long(tmp_path: Path) -> None:
    rows = "".join(f'{n},"x"y{n}\n{n},"z\n' for n in range(300))
    document = parsed(tmp_path / "a.csv", f"n,v\n{rows}last,1\n")
    assert texts(document)[-1] == "n: last | v: 1"


def test_text_with_tabs_under_the_ending_of_a_workbook_is_a_table(tmp_path: Path) -> None:
    for name, encoding in (("a.xls", "gbk"), ("b.xlsx", "utf-16"), ("c.et", "utf-8")):
        document = parsed(tmp_path / name, "品名\t单价\n油漆\t45\n".encode(encoding))
        assert document.text == "品名: 油漆 | 单价: 45"
    assert parsed(tmp_path / "d.xls", "只有一句话。").text == "只有一句话。"


def test_rows_above_a_table_leave_it_its_names(tmp_path: Path) -> None:
    for rest in ("", ",,"):
        table = f"各店客流{rest}\n导出,2025-03-01\n\n门店,一月,二月\n东门,11,22\n西门,33,44\n"
        document = parsed(tmp_path / "a.csv", table)
        assert texts(document) == [
            "各店客流", "导出 | 2025-03-01",
            "门店: 东门 | 一月: 11 | 二月: 22", "门店: 西门 | 一月: 33 | 二月: 44",
        ]  # fmt: skip
        assert [column.name for column in document.tables[0].columns] == ["门店", "一月", "二月"]


def test_a_file_may_hold_several_tables_with_blank_rows_between_them(tmp_path: Path) -> None:
    content = "表一\n品名,价\n螺栓,1\n\n表二\n姓名,电话\n张三,8101\n\n日期,班次,人数\n3月1日,早,4\n"
    assert texts(parsed(tmp_path / "a.csv", content)) == [
        "表一",
        "品名: 螺栓 | 价: 1",
        "表二",
        "姓名: 张三 | 电话: 8101",
        "日期: 3月1日 | 班次: 早 | 人数: 4",
    ]


def test_the_names_hold_behind_a_blank_row_of_a_csv(tmp_path: Path) -> None:
    content = "品名,价\n螺栓,1\n螺母,2\n\n垫片,3\n销,4\n"
    assert texts(parsed(tmp_path / "a.csv", content))[-1] == "品名: 销 | 价: 4"
    content = "姓名,部门\n张三,采购\n\n李四,放射\n王五,急诊\n"
    assert texts(parsed(tmp_path / "b.csv", content))[-1] == "姓名: 王五 | 部门: 急诊"


def test_a_code_that_is_kept_from_excel_is_the_code(tmp_path: Path) -> None:
    data = 'id,phone,note\n="007","=""0571""",x="1"\n'
    assert texts(parsed(tmp_path / "a.csv", data)) == ['id: 007 | phone: 0571 | note: x="1"']
