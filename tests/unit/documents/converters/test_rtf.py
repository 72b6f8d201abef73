"""RTF: code pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.documents.samples import parsed


def escaped(text: str, encoding: str) -> str:
    return "".join(f"\\'{byte:02x}" for byte in text.encode(encoding))


@pytest.mark.parametrize(
    ("page", "charset", "encoding", "text"),
    [
        (936, 134, "gb18030", "张飞的电话"),
        (950, 136, "big5", "張飛的電話功"),
        (932, 128, "cp932", "電話番号"),
        (1251, 204, "cp1251", "Привет"),
        (1252, 204, "cp1251", "Привет"),
    ],
)
@pytest.mark.process
def test_rtf_is_read_in_the_code_page_of_its_font(
    tmp_path: Path, page: int, charset: int, encoding: str, text: str
) -> None:
    rtf = (
        rf"{{\rtf1\ansi\ansicpg{page}{{\fonttbl{{\f0\fcharset{charset} X;}}}}"
        rf"\f0 {escaped(text, encoding)} u987438274\par}}"
    )
    assert parsed(tmp_path / "a.rtf", rtf).text == f"{text} u987438274"


@pytest.mark.process
def test_rtf_in_unicode_loses_no_character(tmp_path: Path) -> None:
    rtf = r"{\rtf1\ansi\ansicpg936 {\uc2\u24352" + escaped("张", "gbk") + r"}ok \u39134?b\par}"
    assert parsed(tmp_path / "a.rtf", rtf).text == "张ok 飞b"


@pytest.mark.process
def test_of_a_text_in_two_versions_the_one_in_unicode_is_read(tmp_path: Path) -> None:
    rtf = (
        r"{\rtf1\ansi\ansicpg1252 To {\upr{?? {\b ext. 1}}{\*\ud{\u24352?\u39134? {\b ext. 2}}}}"
        r" and {\*\generator Word}on.\par}"
    )
    assert parsed(tmp_path / "a.rtf", rtf).text == "To 张飞 ext. 2 and on."


@pytest.mark.process
def test_rare_characters_beyond_sixteen_bits_are_read(tmp_path: Path) -> None:
    units = "𠮷野".encode("utf-16-be")
    codes = [int.from_bytes(units[n : n + 2]) for n in range(0, len(units), 2)]
    text = "".join(f"\\u{code - 0x10000 if code > 0x7FFF else code}?" for code in codes)
    rtf = rf"{{\rtf1\ansi\uc1 {text}, {text}\par}}"
    assert parsed(tmp_path / "a.rtf", rtf).text == "𠮷野, 𠮷野"
