"""From a table as it stands in a document to a table with names, rows, totals and remarks."""

from __future__ import annotations

import pytest

from kb.documents.tables.understand import MOST_CELLS, tables_of
from kb.table_types import ColumnType, Grid, RowFlag
from tests.unit.documents.tables.drawn import (
    cells,
    column,
    names,
    sheet,
    table,
    texts,
    totals,
    values,
)


def test_a_caption_above_the_names_and_a_group_head_over_two_columns() -> None:
    found = table("""
    员工通讯录 | 员工通讯录 | 员工通讯录
    姓名 | 联系 | 联系
    姓名 | 手机 | 分机
    林克 | 13800138000 | 8801
    """)
    assert found.caption == "员工通讯录"
    assert names(found) == ["姓名", "联系 手机", "联系 分机"]
    assert values(found, "联系 分机") == ["8801"]


def test_group_heads_in_the_first_cell_of_their_group() -> None:
    found = table("""
    产品 | 一季度 | | 二季度 |
    | 收入 | 成本 | 收入 | 成本
    主轴 | 10 | 6 | 12 | 7
    导轨 | 20 | 11 | 22 | 13
    """)
    assert names(found) == ["产品", "一季度 收入", "一季度 成本", "二季度 收入", "二季度 成本"]
    assert values(found, "二季度 成本") == [7, 13]


def test_a_row_of_units_below_the_names() -> None:
    found = table("""
    型号 | 功率 | 单价 | 合格率
    单位 | kW | 万元 | %
    X2 | 30 | 1.2 | 98.5
    X3 | 37 | 1.5 | 97
    """)
    assert values(found, "单价 (万元)") == [12_000, 15_000]
    assert column(found, "功率 (kW)").unit == "kW"
    assert values(found, "合格率 (%)") == [0.985, 0.97]


def test_a_row_that_numbers_the_columns_is_no_row() -> None:
    found = table("""
    项目 | 行次 | 本期 | 上期
    甲 | 1 | 2 | 3
    收入 | 1 | 800 | 700
    成本 | 2 | 500 | 450
    """)
    assert values(found, "本期") == [800, 500]


def test_a_units_caption_above_holds_for_the_amounts() -> None:
    found = table(
        """
        项目 | 期末余额 | 期初余额
        存货 | 1,200 | 900
        现金 | 300 | 400
        """,
        above="单位：万元",
    )
    assert values(found, "期末余额") == [12_000_000, 3_000_000]
    assert found.caption == "单位：万元"


def test_totals_and_subtotals_are_marked() -> None:
    found = table("""
    部门 | 人数 | 金额(元)
    销售一部 | 3 | 100
    销售二部 | 4 | 200
    销售小计 | 7 | 300
    生产部 | 5 | 50
    生产小计 | 5 | 50
    合 计 | 12 | 350
    """)
    assert totals(found) == ["销售小计", "生产小计", "合 计"]
    assert found.remarks == ()


def test_a_total_that_is_no_sum_is_marked_and_remarked() -> None:
    found = table("""
    部门 | 金额(元)
    销售部 | 100
    生产部 | 200
    合计 | 350
    """)
    assert totals(found) == ["合计"]
    assert found.remarks == ("row 4 is called a total, and is not the sum of rows above it",)


def test_an_average_is_no_row_of_its_own() -> None:
    found = table("""
    Name | Points
    Ann | 3
    Bob | 5
    Average | 4
    """)
    assert totals(found) == ["Average"]
    assert found.remarks == ()


def test_a_last_row_without_a_name_that_adds_up_all_others() -> None:
    drawn = """
    Item | Qty | Cost
    bolt | 3 | 10
    nut | 4 | 25
    gear | 5 | 40
     | 12 | {}
    """
    assert totals(table(drawn.format(75))) == ["12"]
    assert totals(table(drawn.format(76))) == []


@pytest.mark.parametrize("name", ["Total Wine Ltd", "总计公司", "Sum Ting"])
def test_a_firm_that_is_called_like_a_total_is_none(name: str) -> None:
    found = table(f"""
    客户 | 城市 | 销售额
    {name} | 上海 | 30
    乙 | 无锡 | 40
    丙 | 苏州 | 50
    """)
    assert totals(found) == []


def test_total_assets_are_a_total() -> None:
    found = table("""
    Item | 2024 | 2023
    Cash | 10 | 8
    Inventory | 30 | 25
    Total current assets | 40 | 33
    Land | 60 | 60
    Total assets | 100 | 93
    """)
    assert totals(found) == ["Total current assets", "Total assets"]


def test_a_row_above_its_parts_is_a_total_where_they_add_up_to_it() -> None:
    found = table("""
    项目 | 金额(元)
    一、收入 | 100
    主营 | 60
    其他 | 40
    二、支出 | 70
    工资 | 50
    房租 | 30
    """)
    assert totals(found) == ["一、收入"]  # 50 and 30 are no 70


def test_rows_that_head_others_become_a_column_at_the_left() -> None:
    found = table("""
    项目 | 期末余额 | 期初余额
    一、流动资产 | |
    货币资金 | 10 | 8
    存货 | 30 | 25
    流动资产合计 | 40 | 33
    二、非流动资产 | |
    固定资产 | 60 | 60
    """)
    assert names(found) == ["", "项目", "期末余额", "期初余额"]
    assert texts(found)[0] == ("一、流动资产", "货币资金", "10", "8")
    assert texts(found)[-1] == ("二、非流动资产", "固定资产", "60", "60")
    assert totals(found) == ["一、流动资产"]  # the row of 流动资产合计


def test_heads_at_the_left_have_levels() -> None:
    found = table("""
    Item | 2024 | 2023
    Assets: | Assets: | Assets:
    1. Current | |
    Cash | 10 | 8
    2. Other | |
    Land | 60 | 60
    """)
    assert [row[:3] for row in texts(found)] == [
        ("Assets:", "1. Current", "Cash"),
        ("Assets:", "2. Other", "Land"),
    ]


def test_a_row_that_only_lacks_its_values_heads_nothing() -> None:
    found = table("""
    产品 | 库存 | 单价
    螺栓 | 5 | 2
    螺母 | |
    齿轮 | 7 | 9
    """)
    assert values(found, "库存") == [5, None, 7]


def test_what_stands_below_the_rows_is_a_remark() -> None:
    found = table("""
    产品 | 库存 | 单价
    螺栓 | 5 | 2
    齿轮 | 7 | 9
    注：单价含税 | 注：单价含税 | 注：单价含税
    """)
    assert len(found.rows) == 2
    assert found.remarks == ("below the rows stands: 注：单价含税",)


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


def test_the_head_again_is_no_row() -> None:
    found = table("姓名|分机\n张飞|8801\n姓名|分机\n关羽|8802")
    assert texts(found) == [("张飞", "8801"), ("关羽", "8802")]


def test_without_names_the_columns_have_none_and_a_remark_says_so() -> None:
    found = table("张飞|8801|2024-05-06\n关羽|8802|2024-05-07\n曹操|8803|2024-05-08")
    assert names(found) == ["", "", ""]
    assert found.remarks == ("no row names the columns",)


def test_a_head_that_looks_like_a_formula_or_sql_is_a_name() -> None:
    found = table("=SUM(A1)|x'; DROP TABLE t; --\n1|2\n3|4")
    assert names(found) == ["=SUM(A1)", "x'; DROP TABLE t; --"]


def test_names_may_be_equal_or_empty() -> None:
    found = table("姓名|电话|电话|\n林克|13800001111|13800002222|x\n张飞|13800001112||y")
    assert names(found) == ["姓名", "电话", "电话", ""]


def test_a_remark_counts_the_cells_that_do_not_fit() -> None:
    rows = "\n".join(f"M{n:03d}|{n}" for n in range(19))
    found = table(f"物料|数量\n{rows}\nM019|待定")
    assert found.remarks == ("column '数量': 1 of 20 cells are no integer, the first in row 21",)


# --- several tables on one sheet ------------------------------------------------------


def test_tables_below_each_other_and_side_by_side() -> None:
    found = sheet("""
    姓名 | 分机 | | 部门 | 人数
    张飞 | 8801 | | 生产部 | 5
    关羽 | 8802 | | 销售部 | 6
    曹操 | 8803

    产品 | 库存
    螺栓 | 5
    """)
    assert [names(one) for one in found] == [["姓名", "分机"], ["部门", "人数"], ["产品", "库存"]]
    assert [len(one.rows) for one in found] == [3, 2, 1]
    assert found[2].rows[0].number == 7


def test_a_title_over_two_tables_side_by_side_belongs_to_each() -> None:
    found = sheet("""
    月报 | 月报 | 月报 | 月报 | 月报
    姓名 | 分机 | | 部门 | 人数
    张飞 | 8801 | | 生产部 | 5
    """)
    assert [one.caption for one in found] == ["月报", "月报"]


def test_an_empty_column_in_a_table_cuts_nothing_off() -> None:
    (found,) = sheet("姓名|分机||备注\n张飞|8801||x\n关羽|8802||y")
    assert names(found) == ["姓名", "分机", "备注"]


def test_rows_behind_a_gap_go_on_with_the_table_and_so_does_its_total() -> None:
    (found,) = sheet("""
    产品 | 数量
    螺栓 | 5
    螺母 | 6

    齿轮 | 7

    合计 | 18
    """)
    assert [row.number for row in found.rows] == [2, 3, 5, 7]
    assert totals(found) == ["合计"]


def test_the_units_of_two_blocks_are_their_own() -> None:
    found = sheet("""
    单位：万元 | 单位：万元
    项目 | 金额
    收入 | 8

    单位：元 | 单位：元
    项目 | 金额
    工资 | 9
    """)
    assert [values(one, "金额") for one in found] == [[80_000], [9]]


# --- hidden ---------------------------------------------------------------------------


def test_what_is_hidden_is_marked() -> None:
    grid = Grid(
        "表",
        (("姓名", "工资(元)"), ("张飞", "100"), ("关羽", "200")),
        (1, 2, 9),
        hidden_rows=frozenset({9}),
        hidden_columns=frozenset({1}),
    )
    (found,) = tables_of(grid)
    assert [row.flags for row in found.rows] == [RowFlag.PLAIN, RowFlag.HIDDEN]
    assert [one.hidden for one in found.columns] == [False, True]


# --- limits ---------------------------------------------------------------------------


def test_columns_beyond_999_are_left_out_and_said_to_be() -> None:
    rows = tuple(tuple(f"{kind}{n:x}" for n in range(16_384)) for kind in ("列", "a", "b"))
    (found,) = tables_of(Grid("宽", rows))
    assert len(found.columns) == 999
    assert found.remarks == ("columns beyond the first 999 are left out: 16384",)


def test_rows_beyond_what_is_kept_are_left_out_and_said_to_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("kb.documents.tables.understand.MOST_CELLS", 6)
    found = table("a|b\n1|2\n3|4\n5|6\n7|8\n9|10")
    assert len(found.rows) == 3
    assert found.remarks == ("rows beyond the first 3 are left out: 5",)
    assert MOST_CELLS > 100_000 * 12


@pytest.mark.parametrize("drawn", ["", "a", "a|b", "只有一段话|只有一段话"])
def test_a_single_row_is_no_table(drawn: str) -> None:
    assert tables_of(Grid("", tuple(tuple(r.split("|")) for r in drawn.split("\n")))) == []


def test_a_frame_around_text_is_no_table() -> None:
    prose = "这一段文字很长。" * 60
    assert tables_of(Grid("", ((prose, prose + "乙"), (prose + "丙", prose + "丁")))) == []


def test_half_a_surrogate_pair_is_replaced() -> None:
    (found,) = tables_of(Grid("", (("名", "值"), ("a\ud83d", "1"), ("b", "2"))))
    assert found.rows[0].texts[0] == "a\ufffd"
