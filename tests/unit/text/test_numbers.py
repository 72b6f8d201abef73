"""Telephone numbers, plates and Chinese numerals, in the ways they are written."""

from __future__ import annotations

import pytest

from kb.text.numbers import han_value, joined, telephones, with_digits


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("137-2580-1946", "13725801946"),
        ("137 2580 1946", "13725801946"),
        ("137.2580.1946", "13725801946"),
        ("+86 137-2580-1946", "13725801946"),
        ("+86-137 2580 1946", "13725801946"),
        ("+8613725801946", "13725801946"),
        ("0086 137 2580 1946", "13725801946"),
        ("008613725801946", "13725801946"),
        ("8613725801946", "13725801946"),
        ("0571-88776655", "057188776655"),
        ("(0571)8877-6655", "057188776655"),
        ("(0571) 8877 6655", "057188776655"),
        ("+86 571 8877 6655", "057188776655"),
        ("+86-10-6552-9988", "01065529988"),
        ("400-810-5577", "4008105577"),
        ("07700 900456", "07700900456"),
        ("+44 7700 900456", "07700900456"),
        ("+44 (0)20 7946 0321", "02079460321"),
        ("020 7946 0321", "02079460321"),
        ("030/2345678", "0302345678"),
        ("+49 30 2345678", "0302345678"),
        ("06 98 76 54 32", "0698765432"),
        ("(555) 236-9876", "5552369876"),
        ("+1 555.236.9876", "5552369876"),
        ("+39 06 6982 1234", "0669821234"),
        ("+852 2345 6789", "23456789"),
    ],
)
def test_a_telephone_number_is_one_however_it_is_written(written: str, number: str) -> None:
    assert [one.number for one in telephones(written)] == [number]
    assert joined(f"电话{written}，周一") == f"电话{number}，周一"


@pytest.mark.parametrize(
    "written",
    [
        "2024-09-17",
        "17.09.2024",
        "2024-09-17 10:00",
        "17.09.2024 1030",
        "1990-2005",
        "2023-2024-1",
        "5000-8000",
        "192.168.100.200",
        "1 280 000",
        "10.000.000",
        "+10000000",
        "100 200 300",
        "20-30-40-50",
        "3.14159265",
        "HT-2024-0917",
        "A137-2580-1946",
        "13725801946",
        "1/2 3/4 5/6",
        "12",
        "",
    ],
)
def test_what_is_written_like_it_and_is_no_telephone_number_stays(written: str) -> None:
    assert [*telephones(written)] == []
    assert joined(written) == written


def test_a_figure_before_a_number_and_an_extension_behind_it_are_no_part_of_it() -> None:
    assert joined("3 137 2580 1946") == "3 13725801946"
    assert joined("0571-8877 6655-801") == "057188776655-801"
    assert joined("工号12 137 2580 1946 9") == "工号12 13725801946 9"


def test_a_number_knows_where_it_stands_and_how_it_was_grouped() -> None:
    text = "电话：(0571) 8877-6655。"

    [one] = telephones(text)

    assert text[one.start : one.end] == "(0571) 8877-6655"
    assert one.groups == ("0571", "8877", "6655")


def test_a_long_row_of_figures_is_read_in_time_that_grows_with_it() -> None:
    for row in ("1 " * 50_000, "1-" * 50_000, "(1" * 50_000, "1." * 50_000 + "x", "+1" * 50_000):
        assert [*telephones(row)] == []


@pytest.mark.parametrize(
    "written", ["浙B·12345", "浙B 12345", "浙B-12345", "浙B • 12345", "浙B12345"]
)
def test_a_plate_is_one_however_it_is_written(written: str) -> None:
    assert joined(f"车牌{written}，红色") == "车牌浙B12345，红色"


@pytest.mark.parametrize("text", ["浙B 123456789", "甲B 12345", "京A", "沪B 12"])
def test_what_is_no_plate_stays(text: str) -> None:
    assert joined(text) == text


@pytest.mark.parametrize(
    ("numerals", "value"),
    [
        ("十二", 12),
        ("二十四", 24),
        ("一百零五", 105),
        ("三万二千", 32_000),
        ("一九九八", 1998),
        ("十", 10),
    ],
)
def test_chinese_numerals_have_a_value(numerals: str, value: int) -> None:
    assert han_value(numerals) == value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("第十七条规定", "第17条规定"),
        ("第一百零五页", "第105页"),
        ("第17条规定", "第17条规定"),
        ("第三方", "第三方"),
        ("第一", "第一"),
        ("第四季度", "第四季度"),
    ],
)
def test_what_is_counted_has_digits(text: str, expected: str) -> None:
    assert with_digits(text) == expected
