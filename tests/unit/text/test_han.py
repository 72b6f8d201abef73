"""Which characters are Chinese."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kb.text import han
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


def test_no_other_file_spells_out_a_range_of_han() -> None:
    package = Path(han.__file__).parents[1]
    ranges = re.compile(r"\\u(?:3400|4e00|9fff)|[一㐀]-[龥鿿]", re.IGNORECASE)
    spelled = {
        file.relative_to(package).as_posix()
        for file in (*package.rglob("*.py"), *(package / "pipelines").glob("*.py"))
        if ranges.search(file.read_text(encoding="utf-8"))
    }

    assert spelled == {"text/han.py", "text/tokens.py"}
