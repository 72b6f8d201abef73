"""Which characters are Chinese."""

from __future__ import annotations

import re

import pytest

from kb.text.han import HAN, KANA, MARKS, WIDE


@pytest.mark.parametrize("char", ["一", "龥", "㐀", "𠮷", "𪚥", "豈", "\ufa0e"])
def test_rare_and_compatibility_forms_are_han_like_the_common_ones(char: str) -> None:
    assert re.fullmatch(f"[{HAN}]", char)


@pytest.mark.parametrize("char", ["a", "7", "。", "，", "Ａ", "ア", "가", "䷀", "é"])
def test_marks_kana_and_other_scripts_are_not(char: str) -> None:
    assert not re.fullmatch(f"[{HAN}]", char)


def test_kana_and_marks_have_classes_of_their_own() -> None:
    assert re.fullmatch(f"[{KANA}]+", "ひらカタ")
    assert re.fullmatch(f"[{MARKS}]+", "。「」，ＡＢ")
    assert re.fullmatch(f"[{WIDE}]+", "⼀张、ア，豈")
    assert not re.search(f"[{KANA}{MARKS}{WIDE}]", "abc é …")
