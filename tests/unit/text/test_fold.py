"""Two spellings of one thing fold to the same text, and two things do not."""

from __future__ import annotations

import pytest

from kb.text.fold import fold, plain, standard


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("電話", "电话"),
        ("Ｘ３００", "x300"),
        ("1,280,000元", "1280000元"),
        ("HT\u20112024\u20110917", "ht-2024-0917"),
        ("QX\u20137731\u2013B", "QX-7731-B"),
        ("QX\u22127731", "QX-7731"),
        ("2020\u20142021", "2020-2021"),
        ("+86 137-2580-1946", "13725801946"),
        ("浙B·12345", "浙b12345"),
        ("第十七条", "第17条"),
        ("列夫·托尔斯泰", "列夫托尔斯泰"),
        ("列夫 • 托尔斯泰", "列夫・托尔斯泰"),
        ("列夫．托尔斯泰", "列夫·托尔斯泰"),
        ("Müller", "Mueller"),
        ("Straße", "strasse"),
        ("café", "cafe"),
        ("e-mail", "email"),
        ("Wi\u2011Fi", "wifi"),
        ("张\u200b飞", "张飞"),
        ("pro\u00adject", "project"),
        ("code=\x1b[33mE50312\x1b[0m", "code=E50312"),
        ("⽤⼾", "用户"),
        ("كَتَبَ الْعَقْدَ", "كتب العقد"),
        ("مـــحـــمد", "محمد"),
        ("שָׁלוֹם", "שלום"),
    ],
)
def test_two_spellings_of_one_thing_meet(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("120³", "1203"),
        ("137-2580-1946", "137-2580-1947"),
        ("5000-8000", "50008000"),
        ("2024-09-17", "20240917"),
        ("第三方", "第3方"),
        ("re-sign", "re-signs"),
        ("ガギ", "カキ"),
        ("x-300", "x300"),
        ("Mueller", "Muller"),
        ("سأل", "سال"),
    ],
)
def test_two_things_stay_two(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_a_power_is_no_digit_more_and_a_unit_stays_one() -> None:
    assert fold("120³") == "120^3"
    assert fold("50 m³/h") == "50 m3/h"


def test_lines_and_blanks_stay() -> None:
    assert fold("一\n二\t三") == "一\n二\t三"


def test_plain_text_keeps_what_only_folding_changes() -> None:
    assert plain("電話 １,２８０") == "電話 1,280"
    assert standard("HT\u20112024 Ａ") == "HT-2024 A"


def test_folding_twice_changes_nothing_more() -> None:
    text = "電話：+86 137-2580-1946，Müller's e-mail，浙B·12345，第十七条，1,280,000"

    assert fold(fold(text)) == fold(text)
