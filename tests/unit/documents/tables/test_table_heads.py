"""Which rows of a table name its columns, and how the others are written."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb.documents.tables.heads import continues, read_head, render_rows
from tests.unit.documents.samples import parsed


def lines(*rows: str) -> list[str]:
    """A table given as rows of cells between bars."""
    table = [[cell.strip() for cell in row.split("|")] for row in rows]
    return [line for _, line in render_rows(table)]


def test_a_caption_over_all_columns_is_a_line_of_its_own() -> None:
    assert lines("二月排班|二月排班|二月排班", "姓名|班次|工位", "林克|早|3号") == [
        "二月排班",
        "姓名: 林克 | 班次: 早 | 工位: 3号",
    ]


def test_names_over_two_rows_are_joined() -> None:
    found = lines("项目|期末余额|期末余额|备注", "项目|账面|净值|备注", "存货|80|75|无")
    assert found == ["项目: 存货 | 期末余额 账面: 80 | 期末余额 净值: 75 | 备注: 无"]


def test_a_second_row_of_data_is_no_second_row_of_names() -> None:
    found = lines("姓名|电话|电话", "林克|13800001111|13800002222", "蒋帆|13800003333|")
    assert found[0] == "姓名: 林克 | 电话: 13800001111 | 电话: 13800002222"


@pytest.mark.parametrize(
    "head",
    [
        "班组|2025-03-01|2025-03-02",
        "班组|3月1日|3月2日",
        "班组|3/1|3/2",
        "班组|2025年3月|2025年4月",
        "|2025-01|2025-02",
    ],
)
def test_dates_and_months_name_columns(head: str) -> None:
    _, first, second = head.split("|")
    prefix = "班组: " if head.startswith("班组") else ""
    assert lines(head, "甲班|早|休", "乙班|休|早") == [
        f"{prefix}甲班 | {first}: 早 | {second}: 休",
        f"{prefix}乙班 | {first}: 休 | {second}: 早",
    ]


def test_dates_below_a_first_row_of_dates_are_data_as_it_is() -> None:
    found = lines("林克|2020-01-02|2024-05-06", "蒋帆|2021-03-04|2025-07-08")
    assert found == ["林克 | 2020-01-02 | 2024-05-06", "蒋帆 | 2021-03-04 | 2025-07-08"]


def test_rising_numbers_name_columns_where_those_below_do_not_rise() -> None:
    assert lines("型号|10|20|50", "X2|3.5|3.2|2.9")[0] == "型号: X2 | 10: 3.5 | 20: 3.2 | 50: 2.9"
    assert lines("X2|10|20|50", "X3|12|24|60") == ["X2 | 10 | 20 | 50", "X3 | 12 | 24 | 60"]


def test_a_form_is_read_as_pairs() -> None:
    found = lines("姓名|韩梅|性别|女", "电话|13766668888|入职|2020-03-01", "住址|三江路|学历|本科")
    assert found == ["姓名: 韩梅 | 性别: 女", "电话: 13766668888 | 入职: 2020-03-01",
                     "住址: 三江路 | 学历: 本科"]  # fmt: skip


def test_a_form_with_values_over_several_columns_is_read_as_pairs() -> None:
    found = lines(
        "会员登记|会员登记|会员登记|会员登记", "姓名|罗一鸣|性别|男", "电话|8812|入会|2021-05-01",
        "住址|三江路 8 号|三江路 8 号|三江路 8 号", "备注|无|无|无",
    )  # fmt: skip
    assert found == ["会员登记", "姓名: 罗一鸣 | 性别: 男", "电话: 8812 | 入会: 2021-05-01",
                     "住址: 三江路 8 号", "备注: 无"]  # fmt: skip


def test_below_a_title_a_form_goes_on_with_a_table_of_its_own() -> None:
    def title(text: str) -> str:
        return "|".join([text] * 4)

    found = lines(
        title("Applicant"), "Name|Lin Mo|Born|1990", "Phone|555-0142|Sex|F",
        "Town|Aton|Room|7", title("Schools"),
        "From|To|School|Degree", "2008|2012|North College|BSc", "2012|2014|South College|MSc",
        title("Family"), "Kin|Name|Firm|Phone", "Father|Lin Bo|Rail|555-0143",
        "Mother|Rao Ying|Post|555-0144",
    )  # fmt: skip
    assert found == [
        "Applicant", "Name: Lin Mo | Born: 1990", "Phone: 555-0142 | Sex: F",
        "Town: Aton | Room: 7", "Schools",
        "From: 2008 | To: 2012 | School: North College | Degree: BSc",
        "From: 2012 | To: 2014 | School: South College | Degree: MSc", "Family",
        "Kin: Father | Name: Lin Bo | Firm: Rail | Phone: 555-0143",
        "Kin: Mother | Name: Rao Ying | Firm: Post | Phone: 555-0144",
    ]  # fmt: skip


def test_titles_between_the_rows_of_one_table_leave_it_its_names() -> None:
    found = lines("Shop|Town|Staff", "East|East|East", "A|Aton|4", "West|West|West", "B|Bton|5")
    assert found[1] == "Shop: A | Town: Aton | Staff: 4"
    assert found[3] == "Shop: B | Town: Bton | Staff: 5"


def test_two_rows_that_may_be_a_form_or_a_record_are_given_no_names() -> None:
    assert lines("Name|Dept|City|Ext", "Ann|Sales|Paris|5512") == [
        "Name | Dept | City | Ext",
        "Ann | Sales | Paris | 5512",
    ]


def test_colons_make_a_form_of_two_columns() -> None:
    assert lines("甲方：|林海公司", "乙方：|启元公司", "金额：|80 万元") == [
        "甲方: 林海公司",
        "乙方: 启元公司",
        "金额: 80 万元",
    ]


def test_two_columns_without_colons_keep_the_names_of_the_first_row() -> None:
    assert lines("部件|周期", "滤芯|2000", "皮带|一年") == [
        "部件: 滤芯 | 周期: 2000",
        "部件: 皮带 | 周期: 一年",
    ]


def test_a_table_goes_on_behind_a_gap_where_its_numbers_go_on() -> None:
    above = [["姓名", "电话"], ["林克", "13800001111"]]
    head = read_head(above)
    assert continues(head, above[1:], ["蒋帆", "13800002222"])
    assert not continues(head, above[1:], ["品名", "单价"])
    assert not continues(head, above[1:], ["蒋帆", "13800002222", "早班"])


def test_excels_line_about_the_separator_is_no_row(tmp_path: Path) -> None:
    document = parsed(tmp_path / "a.csv", "sep=;\r\n姓名;电话\r\n林克;13800001111\r\n")
    assert document.text == "姓名: 林克 | 电话: 13800001111"
    assert document.elements[0].line == 3


def test_the_months_of_a_csv_file_keep_their_names(tmp_path: Path) -> None:
    document = parsed(tmp_path / "a.csv", "型号,2024-01,2024-02\nX2,31,32\nX3,40,44\n")
    assert document.text.splitlines()[0] == "型号: X2 | 2024-01: 31 | 2024-02: 32"


def test_a_code_at_the_top_of_two_columns_is_no_name_of_one() -> None:
    assert lines("文件编号|QP-07", "版本|B/2", "编制|质量部") == [
        "文件编号: QP-07", "版本: B/2", "编制: 质量部",
    ]  # fmt: skip
    assert lines("文件编号|QP-07", "版本|B/2") == ["文件编号 | QP-07", "版本 | B/2"]
    assert lines("流量|PX-9", "一月|12", "二月|14") == [
        "流量: 一月 | PX-9: 12", "流量: 二月 | PX-9: 14",
    ]  # fmt: skip
    assert lines("城市|Q3", "宁波|多云") == ["城市: 宁波 | Q3: 多云"]


def test_of_two_columns_one_with_days_and_sums_is_a_form() -> None:
    assert lines("甲方|恒远公司", "乙方|巨力公司", "金额|50万元", "签订|2024-05-01") == [
        "甲方: 恒远公司", "乙方: 巨力公司", "金额: 50万元", "签订: 2024-05-01",
    ]  # fmt: skip
    headed = lines("项目|内容", "金额|50万元", "签订|2024-05-01")
    assert headed == ["项目: 金额 | 内容: 50万元", "项目: 签订 | 内容: 2024-05-01"]


def test_what_is_said_above_a_head_with_colons_is_no_head() -> None:
    assert lines("编制单位：三江厂|||单位：元", "序号|姓名|应发|实发", "1|林克|5000|4200") == [
        "编制单位：三江厂 单位：元",
        "序号: 1 | 姓名: 林克 | 应发: 5000 | 实发: 4200",
    ]


def test_a_form_whose_only_number_is_a_day_is_read_as_pairs() -> None:
    assert lines("姓名|王芳|性别|女", "出生年月|1990年3月|民族|汉", "学历|本科|专业|会计") == [
        "姓名: 王芳 | 性别: 女", "出生年月: 1990年3月 | 民族: 汉", "学历: 本科 | 专业: 会计",
    ]  # fmt: skip
    listed = lines(
        "姓名|生日|部门|入职", "王芳|1990年3月|财务|2012年5月", "林克|1988年7月|生产|2010年1月"
    )
    assert listed[1] == "姓名: 林克 | 生日: 1988年7月 | 部门: 生产 | 入职: 2010年1月"


def test_a_long_value_over_all_other_columns_is_one_of_a_form() -> None:
    long = "恒远公司会计四年"
    found = lines("姓名|王芳|性别|女", "部门|财务|民族|汉", f"经历|{long}|{long}|{long}")
    assert found == ["姓名: 王芳 | 性别: 女", "部门: 财务 | 民族: 汉", f"经历: {long}"]
