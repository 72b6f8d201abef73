"""From a table as it stands in a document to a table with names, rows, totals and remarks."""

from __future__ import annotations

import pytest

from kb.documents.tables.understand import tables_of
from kb.table_types import ColumnType, Grid
from tests.unit.documents.tables.drawn import (
    column,
    names,
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


def test_words_in_brackets_above_numbers_are_units_and_no_row() -> None:
    """A word that is no known unit is one there: else each count would have a row too many."""
    rows = (
        ("Club", "Room", "Members", "Fee"),
        ("", "", "(members)", "(pounds)"),
        ("Chess", "H1", "13", "50"),
        ("Choir", "H2", "36", "90"),
    )
    [table] = tables_of(Grid("clubs", rows))
    assert [row.texts[0] for row in table.rows] == ["Chess", "Choir"]
    assert {column.type for column in table.columns[2:]} == {ColumnType.INTEGER}


def test_numbers_in_brackets_are_values() -> None:
    rows = (("Item", "Change"), ("Rent", "(120)"), ("Sales", "300"), ("Tax", "40"))
    [table] = tables_of(Grid("changes", rows))
    assert [row.values[1] for row in table.rows] == [-120, 300, 40]
