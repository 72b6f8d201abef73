"""Several tables on one sheet, what is hidden, and the limits."""

from __future__ import annotations

import pytest

from kb.documents.tables.understand import MOST_CELLS, tables_of
from kb.table_types import Grid, RowFlag
from tests.unit.documents.tables.drawn import (
    names,
    sheet,
    table,
    totals,
    values,
)

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


def test_titles_above_a_blank_row_are_the_caption_of_the_table_below() -> None:
    (found,) = sheet("""
    河畔农场 | 河畔农场 | 河畔农场
    截至6月

    地块 | 作物 | 亩数
    甲一 | 小麦 | 12
    甲二 | 玉米 | 9
    """)
    assert names(found) == ["地块", "作物", "亩数"]
    assert "河畔农场" in found.caption


def test_a_group_that_its_first_row_names_is_named_in_all_of_its_rows() -> None:
    found = table("""
    片 | 地块 | 亩数
    东 | 甲一 | 12
     | 甲二 | 9
    东小计 | | 21
    西 | 乙一 | 5
     | 乙二 | 6
    西小计 | | 11
    """)
    assert [row.texts[0] for row in found.rows][:2] == ["东", "东"]
    assert values(found, "片")[3:5] == ["西", "西"]
    assert totals(found) == ["东小计", "西小计"]


def test_a_first_cell_that_some_rows_lack_is_no_group() -> None:
    found = table("""
    片 | 地块 | 亩数
    东 | 甲一 | 12
    西 | 甲二 | 9
     | 乙一 | 5
    南 | 乙二 | 6
    """)
    assert found.rows[2].texts[0] == ""


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


def test_columns_beyond_998_are_left_out_and_said_to_be() -> None:
    rows = tuple(tuple(f"{kind}{n:x}" for n in range(16_384)) for kind in ("列", "a", "b"))
    (found,) = tables_of(Grid("宽", rows))
    assert len(found.columns) == 998
    assert found.remarks == ("columns beyond the first 998 are left out: 16384",)


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
