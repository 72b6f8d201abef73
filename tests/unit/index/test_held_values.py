"""The values of a generation's tables in one text: found by a part of them."""

from __future__ import annotations

from kb.index.held_values import HeldValues
from kb.table_types import ValueHit

ROWS = (
    ("东港泊位", 7, 0, 3),
    ("泊位", 7, 1, 1),
    ("泊位泊位", 7, 1, 2),
    ("northern quay", 9, 0, 1),
    ("east port 泊位", 9, 2, 4),
)


def found(*words: str, most: int = 10) -> list[str]:
    return [hit.folded for hit in HeldValues(ROWS).holding(words, most)]


def test_a_value_that_holds_a_word_and_is_longer_is_found_once() -> None:
    assert found("泊位") == ["东港泊位", "泊位泊位", "east port 泊位"]
    assert found("泊位", "东港") == ["东港泊位", "泊位泊位", "east port 泊位"]


def test_a_hit_says_where_the_value_stands_and_in_how_many_rows() -> None:
    [hit] = HeldValues(ROWS).holding(["quay"], 10)
    assert hit == ValueHit("northern quay", 9, 0, 1)


def test_no_word_is_found_across_two_values() -> None:
    assert found("泊位\0泊位") == []
    assert found("quay east") == []


def test_no_more_are_given_than_are_wanted() -> None:
    assert found("泊位", most=2) == ["东港泊位", "泊位泊位"]


def test_how_many_values_a_column_has_is_known() -> None:
    held = HeldValues(ROWS)
    assert (held.distinct(7, 1), held.distinct(9, 0), held.distinct(9, 1)) == (2, 1, 0)


def test_of_no_values_none_is_found() -> None:
    assert HeldValues(()).holding(["泊位"], 10) == []
