"""Names beside their values, and heads at the left."""

from __future__ import annotations

from kb.documents.tables.understand import tables_of
from kb.table_types import ColumnType, Grid
from tests.unit.documents.tables.drawn import (
    cells,
    column,
    names,
    table,
    texts,
    totals,
    values,
)


def test_a_form_is_one_row_with_a_column_a_name() -> None:
    found = table("""
    姓名 | 韩梅 | 性别 | 女
    电话 | 13766668888 | 入职日期 | 2020年3月1日
    住址 | 三江路5号 | 三江路5号 | 三江路5号
    """)
    assert names(found) == ["姓名", "性别", "电话", "入职日期", "住址"]
    assert texts(found) == [("韩梅", "女", "13766668888", "2020年3月1日", "三江路5号")]
    assert values(found, "入职日期") == ["2020-03-01"]
    assert column(found, "电话").type is ColumnType.CODE


def test_colons_tell_a_form_in_two_columns_and_in_one_cell() -> None:
    two = table("甲方：|林海公司\n金额：|80万元\n签订日期：|2024-05-06")
    one = table("甲方：林海公司|金额：80万元\n签订日期：2024-05-06|备注：")
    assert names(two) == ["甲方", "金额", "签订日期"]
    assert values(two, "金额") == values(one, "金额") == [800_000]


def test_a_title_within_a_form_heads_what_is_below_it() -> None:
    found = table("""
    买方 | 买方
    名称： | 林海公司
    电话： | 021-6180-2359
    卖方 | 卖方
    名称： | 启元公司
    """)
    assert "卖方 名称" in names(found)


def test_names_beside_values_above_and_below_a_table_of_its_own() -> None:
    above, middle, below = tables_of(
        Grid(
            "申请",
            cells("""
    申请人 | 张飞 | 部门 | 生产部 | 日期 | 2024-05-06
    序号 | 品名 | 规格 | 数量 | 单价(元) | 金额(元)
    1 | 轴承 | 6204 | 10 | 12.5 | 125
    2 | 油封 | 6205 | 4 | 8 | 32
    合计 | | | 14 | | 157
    审批 | 同意 | 同意 | 签字 | 刘备 | 刘备
    """),
        )
    )
    assert texts(above) == [("张飞", "生产部", "2024-05-06")]
    assert names(middle) == ["序号", "品名", "规格", "数量", "单价(元)", "金额(元)"]
    assert values(middle, "金额(元)") == [125, 32, 157]
    assert totals(middle) == ["合计"]
    assert (names(below), texts(below)) == (["审批", "签字"], [("同意", "刘备")])


def test_years_below_group_heads_beside_a_unit_in_the_corner() -> None:
    found = table("""
     | Three months | Three months | Six months | Six months
    (in millions of EUR) | 2024 | 2023 | 2024 | 2023
    Products | 12.5 | 11.0 | 24.0 | 21.0
    Services | 3.5 | 3.0 | 6.0 | 5.5
    Totals (2 lines) | 16.0 | 14.0 | 30.0 | 26.5
    """)
    assert values(found, "Six months 2023") == [21_000_000, 5_500_000, 26_500_000]
    assert totals(found) == ["Totals (2 lines)"]


def test_a_grand_total_belongs_to_no_group() -> None:
    found = table("""
    项目 | 余额 | 准备
    一、单项 | 一、单项 | 一、单项
    甲 | 10 | 1
    二、组合 | 二、组合 | 二、组合
    乙 | 20 | 2
    合计 | 30 | 3
    """)
    assert [row[0] for row in texts(found)] == ["一、单项", "二、组合", ""]


def test_names_beside_values_of_several_kinds_are_a_form_without_colons() -> None:
    found = table("Model | QT-200\nWeight | 4300 kg\nBuilt | 2020-05-01\nPrice | € 80,000")
    assert names(found) == ["Model", "Weight", "Built", "Price"]
    assert values(found, "Price") == [80_000]


def test_two_columns_of_one_kind_have_their_names_on_top() -> None:
    found = table("部件|周期(小时)\n滤芯|2000\n皮带|4000\n油|500")
    assert names(found) == ["部件", "周期(小时)"]
    assert values(found, "周期(小时)") == [2000, 4000, 500]


def test_heads_at_the_left_with_a_unit_each_are_turned() -> None:
    found = table("参数|GA-30|GA-37\n功率(kW)|30|37\n油量(L)|14|16")
    assert names(found) == ["参数", "功率(kW)", "油量(L)"]
    assert values(found, "功率(kW)") == [30, 37]


def test_a_matrix_of_one_kind_is_not_turned() -> None:
    found = table("日期|一号线|二号线\n2024-06-01|张飞|关羽\n2024-06-02|关羽|张飞")
    assert names(found) == ["日期", "一号线", "二号线"]
    assert values(found, "日期") == ["2024-06-01", "2024-06-02"]
