"""Which encoding a file is in."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from kb.documents.text.encoding import decode, is_text
from kb.errors import DamagedDocument

SIMPLIFIED = "张飞的电话号码是u987438274，曹操的电话号码是123456。"
TRADITIONAL = "張飛的電話號碼是u987438274，曹操的電話號碼是123456。"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (SIMPLIFIED, "utf-8"),
        (SIMPLIFIED, "utf-8-sig"),
        (SIMPLIFIED, "gb18030"),
        (SIMPLIFIED, "gbk"),
        (TRADITIONAL, "big5"),
        (TRADITIONAL, "gb18030"),
        (SIMPLIFIED, "utf-16"),
        (SIMPLIFIED, "utf-16-le"),
        (SIMPLIFIED, "utf-16-be"),
        (SIMPLIFIED, "utf-32"),
        (SIMPLIFIED, "utf-32-le"),
        ("The pump weighs 35 kg.", "utf-16-le"),
        ("The pump weighs 35 kg.", "ascii"),
        ("L'été dernier, la société a déménagé à Genève.", "cp1252"),
        ("これは日本語の文章です。東京は日本の首都であり、カタカナも使います。", "euc_jp"),
        ("Привет, как дела? Сегодня мы поговорим о погоде и новостях.", "cp1251"),
    ],
)
def test_text_is_read_in_its_encoding(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding))[0] == text


@pytest.mark.parametrize(
    "text", ["姓名,电话", "第一章 总则", "联系人：张三", "合同编号：HT-2024-0917"]
)
def test_one_short_line_of_gbk_is_enough(text: str) -> None:
    assert decode(text.encode("gbk")) == (text, "gb18030")


@pytest.mark.parametrize(
    "text", ["姓名,電話", "第一章 總則", "聯絡人：張三", "合約編號：HT-2024-0917"]
)
def test_one_short_line_of_big5_is_enough(text: str) -> None:
    assert decode(text.encode("big5"))[0] == text


def test_line_ends_become_newlines() -> None:
    assert decode(b"a\r\nb\rc\n")[0] == "a\nb\nc\n"


def test_a_few_invalid_bytes_do_not_change_the_encoding() -> None:
    data = ("中文文本，用于测试。" * 5).encode()
    text, encoding = decode(data[:30] + b"\xff" + data[30:-1])
    assert encoding == "utf-8"
    assert text.startswith("中文文本，用于测试。")
    assert "\ufffd" in text


def test_gbk_that_was_cut_within_a_character_is_still_gbk() -> None:
    text, encoding = decode(("中文文本，用于测试。" * 5).encode("gbk")[:-1])
    assert encoding == "gb18030"
    assert text.startswith("中文文本")


def test_a_few_nul_bytes_do_not_make_a_text_binary() -> None:
    text, _ = decode("电话簿\n".encode() + b"\0" + "张飞 123\n".encode() * 20)
    assert "张飞 123" in text


def test_bytes_that_are_no_text_are_refused() -> None:
    noise = random.Random(1)
    for size in (64, 1000, 10_000):
        with pytest.raises(DamagedDocument, match="not text"):
            decode(noise.randbytes(size))


def test_the_head_of_a_file_may_end_within_a_character() -> None:
    assert is_text("中文".encode()[:-1])
    assert not is_text(bytes(range(256)))


@pytest.mark.parametrize("length", [12, 30, 100])
def test_chinese_articles_survive_every_encoding(shared: Path, length: int) -> None:
    """Measured on random pieces: at least 99 of 100 in each encoding, 12 characters long."""
    choice = random.Random(length)
    files = sorted((shared / "eval/cmrc2018-trial/docs").glob("*.txt"))
    for encoding in ("gbk", "gb18030", "utf-16-le", "utf-16-be", "utf-8"):
        right = tried = 0
        while tried < 100:
            article = choice.choice(files).read_text(encoding="utf-8")
            start = choice.randrange(max(1, len(article) - length))
            piece = article[start : start + length].strip()
            try:
                data = piece.encode(encoding)
            except UnicodeEncodeError:
                continue
            tried += 1
            right += is_text(data) and decode(data)[0] == piece
        assert right >= 99, encoding


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("議事録です。内線は 4410 です。\n", "iso2022_jp"),
        ("내선 번호는 4411 입니다.\n", "iso2022_kr"),
        ("分机号码是 4412。\n", "hz"),
    ],
)
def test_encodings_of_seven_bits_are_read(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding))[0] == text


def test_braces_behind_tildes_are_no_encoding() -> None:
    script = "command <<< echo ~{name}~{suffix} > ~{out}~ >>>\n"
    assert decode(script.encode()) == (script, "utf-8")


def test_a_line_of_gbk_in_a_text_of_utf_8_is_read() -> None:
    data = (SIMPLIFIED + "\n").encode() * 20 + "第二段是国标编码\n".encode("gbk")
    assert decode(data)[0].endswith("\n第二段是国标编码\n")
