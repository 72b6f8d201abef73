"""Sentences, token estimates and headings, in Chinese and English."""

from __future__ import annotations

import pytest

from kb.documents.text.headings import heading_level
from kb.documents.text.sentences import cut_long, estimate_tokens, is_wrapped, sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("今天下雨。明天晴！后天呢？", ["今天下雨。", "明天晴！", "后天呢？"]),
        ("甲方付款；乙方交货；完毕", ["甲方付款；", "乙方交货；", "完毕"]),
        ("他说：“好的。”然后走了。", ["他说：“好的。”", "然后走了。"]),
        ("（见附件。）下一条。", ["（见附件。）", "下一条。"]),
        ("It rains. It pours! Why? Yes.", ["It rains. ", "It pours! ", "Why? ", "Yes."]),
        ('He said "no." She left.', ['He said "no." ', "She left."]),
        ("Dr. Smith weighs 3.5 kg. Good.", ["Dr. Smith weighs 3.5 kg. ", "Good."]),
        (
            "J. R. Tolkien wrote it, e.g. here. End.",
            ["J. R. Tolkien wrote it, e.g. here. ", "End."],
        ),
        ("See example.com/a.html now. Done", ["See example.com/a.html now. ", "Done"]),
        ("1. First item\n2. Second item", ["1. First item\n", "2. Second item"]),
        ("张飞 123\n曹操 456\n", ["张飞 123\n", "曹操 456\n"]),
        ("真的吗？！是的……好", ["真的吗？！", "是的……", "好"]),
        ("段落一\n\n段落二", ["段落一\n\n", "段落二"]),
        ("", []),
        ("   ", ["   "]),
    ],
)
def test_sentences_end_where_a_reader_ends_them(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_sentences_put_together_are_the_text() -> None:
    text = " a. b\n\n c。d\n\t\n e; f;g! “h。” i… \n"
    assert "".join(sentences(text)) == text


def test_a_line_that_was_wrapped_does_not_end_a_sentence() -> None:
    text = (
        "The quick brown fox jumps over the lazy dog and then goes on to\n"
        "sleep in the sun for the rest of the day. It snores."
    )
    assert len(sentences(text)) == 2
    assert not is_wrapped("张飞 123456", "曹操 123456")
    assert not is_wrapped("- " + "a" * 60, "- the next item")


def test_a_sentence_longer_than_a_chunk_is_cut_at_commas() -> None:
    text = "一二三四，" * 30
    pieces = cut_long(text, 47)
    assert "".join(pieces) == text
    assert all(len(piece) <= 47 and piece.endswith("，") for piece in pieces)


def test_a_text_without_any_place_to_cut_is_cut_at_the_limit() -> None:
    pieces = cut_long("字" * 250, 100)
    assert [len(piece) for piece in pieces] == [100, 100, 50]


def test_a_token_estimate_grows_with_the_text() -> None:
    assert estimate_tokens("") == 0
    assert 250 <= estimate_tokens("知识库离线可用" * 50) <= 300
    assert 180 <= estimate_tokens("the knowledge base works offline " * 27) <= 280
    assert estimate_tokens("13800138000") >= 6


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
