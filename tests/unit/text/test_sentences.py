"""Where sentences end, for chunks and for quotes."""

from __future__ import annotations

import pytest

from kb.text.sentences import cut_long, is_wrapped, sentence_spans, sentences


def quoted(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


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


# --- what is quoted -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("甲方付款；乙方交货。完毕", ["甲方付款；乙方交货。", "完毕"]),
        ("真的吗？！是的……好", ["真的吗？！", "是的……好"]),
        ("See https://a.example/?q=1 now. Done", ["See https://a.example/?q=1 now.", " Done"]),
        ("It is 3.5 kg. then 4", ["It is 3.5 kg. then 4"]),
        ("Ask Dr. Smith, e.g. today. Bye.", ["Ask Dr. Smith, e.g. today.", " Bye."]),
        ("See No. 5 and Fig. 3. Next.", ["See No. 5 and Fig. 3.", " Next."]),
        ("It says No. Then it stops.", ["It says No.", " Then it stops."]),
        ('He said "no." She left.', ['He said "no."', " She left."]),
        ("A (see below.) Then C.", ["A (see below.)", " Then C."]),
        ("一\n二\n", ["一\n", "二\n"]),
        ("", []),
    ],
)
def test_a_quote_ends_where_nothing_of_the_same_word_can_follow(
    text: str, expected: list[str]
) -> None:
    assert quoted(text) == expected
    assert "".join(quoted(text)) == text


def test_every_line_of_an_answer_ends_a_sentence_whatever_follows_it() -> None:
    line = "The quick brown fox jumps over the lazy dog and then goes on to\n"

    assert quoted(f"{line}sleep in the sun.") == [line, "sleep in the sun."]
