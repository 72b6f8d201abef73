"""kb/tables/literals.py: numbers, days and periods of a question."""

from __future__ import annotations

import pytest

from kb.tables.literals import amounts, periods
from kb.tables.plan import Comparison
from kb.text.fold import fold


@pytest.mark.parametrize(
    ("text", "value", "test"),
    [
        ("超过100万元", 1_000_000, Comparison.MORE),
        ("不少于３０天", 30, Comparison.AT_LEAST),
        ("5000元以上", 5000, Comparison.AT_LEAST),
        ("less than 4,000 yuan", 4000, Comparison.LESS),
        ("at most 12.5%", 0.125, Comparison.AT_MOST),
        ("三个月", 3, Comparison.EQUAL),
    ],
)
def test_an_amount_with_what_compares_it(text: str, value: float, test: Comparison) -> None:
    [found] = amounts(fold(text), [])
    assert (found.value, found.test) == (value, test)


@pytest.mark.parametrize("text", ["100到200元之间", "between 100 and 200 yuan"])
def test_a_range_of_amounts(text: str) -> None:
    [found] = amounts(fold(text), [])
    assert (found.value, found.until, found.test) == (100, 200, Comparison.BETWEEN)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [("3到5万元", 30_000, 50_000), ("between 84.5 and 86.5 percent", 0.845, 0.865)],
)
def test_the_scale_of_a_range_is_that_of_its_end(text: str, low: float, high: float) -> None:
    [found] = amounts(fold(text), [])
    assert (found.value, found.until) == (low, high)


@pytest.mark.parametrize(
    ("text", "first", "last", "test"),
    [
        ("2024年3月", "2024-03-01", "2024-03-31", Comparison.PERIOD),
        ("2023年1月1日以后", "2023-01-01", "2023-01-01", Comparison.MORE),
        ("since 2020", "2020-01-01", "2020-12-31", Comparison.AT_LEAST),
        ("in the first quarter of 2018", "2018-01-01", "2018-03-31", Comparison.PERIOD),
        ("2024年上半年", "2024-01-01", "2024-06-30", Comparison.PERIOD),
        ("从2024年1月到3月", "2024-01-01", "2024-03-31", Comparison.PERIOD),
        ("before 5 May 2021", "2021-05-05", "2021-05-05", Comparison.LESS),
    ],
)
def test_a_period_with_what_stands_beside_it(
    text: str, first: str, last: str, test: Comparison
) -> None:
    [found] = periods(fold(text))
    assert (found.first, found.last, found.test) == (first, last, test)


def test_a_day_without_a_year_has_its_month() -> None:
    [found] = periods("6月6日")
    assert (found.first, found.month, found.day) == ("", 6, 6)
