"""What type a column has, and what its cells are worth."""

from __future__ import annotations

import pytest

from kb.documents.tables.columns import read_column
from kb.documents.tables.units import unit_said
from kb.table_types import Column, ColumnType, Value


def read(name: str, *texts: str, caption: str = "") -> tuple[Column, list[Value]]:
    found = read_column(name, texts, said=unit_said(caption))
    return found.column, found.values


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("工号", ["1001", "1002", "1003"]),
        ("手机", ["13800138000", "13912345678", "15011112222"]),
        ("联系方式", ["138-0013-8000", "139 1234 5678"]),
        ("部门电话", ["021-6180-2359", "021-6180-2100"]),
        ("Phone", ["+49 89 123456", "+49 30 987654"]),
        ("邮编", ["200120", "100080"]),
        ("分机号", ["8840", "8624"]),
        ("No.", ["1", "2", "3"]),
        ("Employee ID", ["20", "21"]),
        ("批次", ["007", "012"]),
        ("凭证", ["310101199001011234", "310101198512120011"]),
        ("物料", ["MT-1200", "MT-1213"]),
        ("型号", ["X2", "X3"]),
    ],
)
def test_identifiers_and_telephone_numbers_are_codes(name: str, texts: list[str]) -> None:
    found, values = read(name, *texts)
    assert found.type is ColumnType.CODE
    assert all(isinstance(value, str) for value in values)


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("人数", ["1001", "1002"]),
        ("No. of employees", ["12", "30"]),
        ("库存", ["120000", "130000"]),
        ("Number of rooms", ["3", "4"]),
    ],
)
def test_counts_are_no_codes(name: str, texts: list[str]) -> None:
    assert read(name, *texts)[0].type is ColumnType.INTEGER


@pytest.mark.parametrize(
    ("name", "text", "unit", "scale", "value"),
    [
        ("单价(元)", "12.50", "元", 1, 12.5),
        ("金额（万元）", "12.5", "元", 10_000, 125_000),
        ("营业收入（单位：亿元）", "1.2", "元", 10**8, 120_000_000),
        ("合同额/千元", "35", "元", 1000, 35_000),
        ("金额", "¥1,234.50", "元", 1, 1234.5),
        ("金额", "12.5万元", "元", 10_000, 125_000),
        ("金额", "￥12.5万", "元", 10_000, 125_000),
        ("金额", "人民币 80元", "元", 1, 80),
        ("Revenue (k€)", "1,250", "€", 1000, 1_250_000),
        ("Umsatz in T€", "35", "€", 1000, 35_000),
        ("Umsatz (Mio. €)", "3,5", "€", 10**6, 3_500_000),
        ("Amount, USD million", "2.5", "$", 10**6, 2_500_000),
        ("Cost", "$1.2M", "$", 10**6, 1_200_000),
        ("Cost", "-$45.00", "$", 1, -45),
        ("Profit", "(1,234)", "", 1, -1234),
        ("Profit", "€ (12)", "€", 1, -12),
        ("住宿标准(元/晚)", "400", "元/晚", 1, 400),
        ("产量(万吨)", "3.2", "吨", 10_000, 32_000),
        ("重量(kg)", "4300", "kg", 1, 4300),
        ("交期", "30天", "天", 1, 30),
        ("工期(个月)", "6", "个月", 1, 6),
        ("比例(%)", "98.5", "%", 0.01, 0.985),
        ("合格率", "98.5%", "%", 0.01, 0.985),
        ("占比", "９８.５％", "%", 0.01, 0.985),
    ],
)
def test_a_number_is_worth_its_base_unit(
    name: str, text: str, unit: str, scale: float, value: float
) -> None:
    found, values = read(name, text)
    assert (found.unit, found.scale, values) == (unit, scale, [value])


def test_amounts_may_have_scales_of_their_own() -> None:
    found, values = read("金额", "1.2万元", "800元", "3亿元")
    assert (found.type, found.unit, found.scale) == (ColumnType.MONEY, "元", 1.0)
    assert values == [12_000, 800, 300_000_000]


@pytest.mark.parametrize(
    ("name", "texts", "values"),
    [
        ("金额", ["1.2万元", "2万元", "3万元", "800"], None),  # 800 of what?
        ("金额(元)", ["1.2万", "2万", "800"], [12_000, 20_000, 800]),
        ("金额(万元)", ["1.2", "8000元", "3"], [12_000, 8_000, 30_000]),
        ("市值", ["1.2亿", "3亿"], [120_000_000, 300_000_000]),
        ("价格", ["¥100", "¥20.5", "35"], [100, 20.5, 35]),
        ("占比", ["12%", "3%", "0"], [0.12, 0.03, 0]),
        ("占比", ["12%", "3%", "0.5"], None),
    ],
)
def test_a_number_without_a_unit_among_others(
    name: str, texts: list[str], values: list[Value] | None
) -> None:
    found, worth = read(name, *texts)
    assert (found.type is ColumnType.TEXT) == (values is None)
    assert values is None or worth == values


@pytest.mark.parametrize(
    ("text", "value"),
    [("12,345[a]", 12_345), ("98*", 98), ("3rd", 3), ("↓ 3.9", 3.9), ("(36.4)%", -0.364),
     ("12 m (39 ft)", 12), ("$1.2 million", 1_200_000), ("1.03E+08", 103_000_000)],
)  # fmt: skip
def test_marks_at_a_number_are_none_of_it(text: str, value: float) -> None:
    assert read("Value", text)[1] == [value]


def test_money_of_two_currencies_is_not_compared() -> None:
    assert read("价格", "¥100", "$20")[0].type is ColumnType.TEXT


def test_the_captions_unit_holds_for_amounts_and_for_nothing_else() -> None:
    assert read("期末余额", "1,200.5", caption="单位：万元")[1] == [12_005_000]
    assert read("人数", "12", caption="单位：万元")[1] == [12]
    assert read("毛利率", "12.5%", caption="单位：万元")[1] == [0.125]
    assert read("Revenue", "12", caption="(in thousands of EUR)")[1] == [12_000]


def test_a_decimal_comma_is_told_by_the_whole_column() -> None:
    assert read("Preis", "1.234,50", "12,75", "3.000")[1] == [1234.5, 12.75, 3000]
    assert read("Price", "1,234.50", "12.75", "3,000")[1] == [1234.5, 12.75, 3000]


def test_decimals_are_what_values_need() -> None:
    assert read("金额(万元)", "12.5")[0].decimals == 0
    assert read("率", "98.55%")[0].decimals == 4
    assert read("单价(元)", "3", "2.75")[0].decimals == 2


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2024-03-05", "2024-03-05"),
        ("2024/3/5", "2024-03-05"),
        ("2024.3.5", "2024-03-05"),
        ("2024年3月5日", "2024-03-05"),
        ("2024年3月", "2024-03"),
        ("2024-03", "2024-03"),
        ("3月5日", "03-05"),
        ("2024-03-05 周二", "2024-03-05"),
        ("2024-03-05 08:30:00", "2024-03-05 08:30:00"),
        ("2024-03-05T00:00:00Z", "2024-03-05"),
        ("5 March 2024", "2024-03-05"),
        ("March 5, 2024", "2024-03-05"),
        ("Mar 2024", "2024-03"),
        ("Saturday, May 12, 2024", "2024-05-12"),
        ("2024-03-05[b]", "2024-03-05"),
        ("05.03.2024", "2024-03-05"),
        ("1812-10-19", "1812-10-19"),
        ("２０２４年３月５日", "2024-03-05"),
    ],
)
def test_dates_are_written_one_way(text: str, value: str) -> None:
    assert read("何时", text) == (Column("何时", ColumnType.DATE), [value])


def test_digits_are_dates_where_the_head_says_so() -> None:
    assert read("入职日期", "20240305", "20231201")[1] == ["2024-03-05", "2023-12-01"]
    assert read("数值", "20240305", "20231201")[0].type is ColumnType.INTEGER
    assert read("日期", "3/5", "12/31")[1] == ["03-05", "12-31"]


def test_months_with_a_point_are_told_by_the_whole_column() -> None:
    assert read("入职", "2020.03", "2021.11")[1] == ["2020-03", "2021-11"]
    assert read("价格", "2020.03", "1999.95")[1] == [2020.03, 1999.95]


@pytest.mark.parametrize("texts", [("1月", "2月"), ("2023年", "2024年"), ("3日", "12日")])
def test_months_and_years_by_name_are_texts(texts: tuple[str, str]) -> None:
    assert read("期间", *texts) == (Column("期间", ColumnType.TEXT), [*texts])


def test_years_of_service_are_a_number() -> None:
    assert read("工龄", "3年", "12年")[1] == [3, 12]


def test_whether_the_day_stands_first_is_told_by_the_whole_column() -> None:
    assert read("Date", "3/5/2024", "25/5/2024")[1] == ["2024-05-03", "2024-05-25"]
    assert read("Date", "3/5/2024", "5/25/2024")[1] == ["2024-03-05", "2024-05-25"]


@pytest.mark.parametrize("text", ["2024-02-30", "2024-13-01", "Martin 5", "1.2.3"])
def test_what_is_no_day_is_no_date(text: str) -> None:
    assert read("何时", text)[0].type is not ColumnType.DATE


@pytest.mark.parametrize(
    ("text", "value"),
    [("8:30", "08:30"), ("08：30", "08:30"), ("8时30分", "08:30"), ("2:05 PM", "14:05"),
     ("下午3:10", "15:10"), ("23:59:59", "23:59:59")],
)  # fmt: skip
def test_times_are_written_one_way(text: str, value: str) -> None:
    assert read("时间", text) == (Column("时间", ColumnType.TIME), [value])


def test_hours_beyond_a_day_are_no_time() -> None:
    assert read("用时", "26:30")[0].type is not ColumnType.TIME


@pytest.mark.parametrize("texts", [("是", "否"), ("TRUE", "FALSE"), ("Yes", "no"), ("√", "×")])
def test_yes_and_no_are_1_and_0(texts: tuple[str, str]) -> None:
    assert read("已付", *texts) == (Column("已付", ColumnType.BOOLEAN), [1, 0])


def test_text_is_folded_and_what_stands_for_nothing_is_nothing() -> None:
    assert read("地点", "上海總部Ａ座", "", "-", "—")[1] == ["上海总部a座", None, None, None]


def test_a_cell_that_does_not_fit_is_worth_nothing() -> None:
    found = read_column("数量", [*(["5"] * 18), "待定", "-"])
    assert found.column.type is ColumnType.INTEGER
    assert found.values == [*([5] * 18), None, None]
    assert found.misfits == [18]


def test_where_more_than_one_in_ten_does_not_fit_it_is_text() -> None:
    assert read("数量", *(["5"] * 8), "待定")[0].type is ColumnType.TEXT


def test_an_exact_number_takes_the_place_of_a_rounded_one() -> None:
    money = read_column("金额(万元)", ["12.35"], worth={0: 12.3456})
    share = read_column("率", ["12.3%"], worth={0: 0.12345})
    assert (money.values, share.values) == ([123_456], [0.12345])


@pytest.mark.parametrize("text", ["#DIV/0!", "=A1+B1 (not computed)", "9" * 32_767, "1e999", "٣"])
def test_no_cell_is_too_odd(text: str) -> None:
    found = read_column("数量", [*(["5"] * 18), text])
    assert found.column.type is ColumnType.INTEGER
    assert found.values[-1] is None or abs(float(found.values[-1])) < float("inf")
