"""Headings in plain text, in Chinese and English."""

from __future__ import annotations

import pytest

from kb.documents.text.headings import heading_level


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("第一章 总则", 2),
        ("第十二条", 0),
        ("第3节 安装", 3),
        ("第二部分 技术要求", 0),
        ("第一编 总论", 1),
        ("一、项目背景", 3),
        ("（二）付款方式", 4),
        ("5、付款期限", 5),
        ("附件一", 2),
        ("Chapter 3 Installation", 2),
        ("SECTION IV", 3),
        ("1.2 安装步骤", 3),
        ("2.1.3 Wiring", 4),
        ("INSTALLATION AND SETUP", 2),
        ("第一章讲的是总则，请注意。", 0),
        ("一、甲方应当在三十日内付款；", 0),
        ("13800138000", 0),
        ("张飞的电话号码是u987438274", 0),
        ("This is an ordinary sentence.", 0),
        ("2024", 0),
        ("", 0),
    ],
)
def test_headings_in_plain_text(line: str, level: int) -> None:
    assert heading_level(line, blank_before=True, blank_after=True) == level


def test_a_numbered_line_within_a_list_is_no_heading() -> None:
    assert heading_level("1 螺丝刀", blank_before=False, blank_after=False) == 0
    assert heading_level("一、螺丝刀", blank_before=False, blank_after=False) == 0
