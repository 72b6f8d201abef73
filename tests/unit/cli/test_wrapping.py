"""Lines on a narrow terminal break where their reader would break them."""

from __future__ import annotations

import pytest

from kb.cli.wrapping import Flow, cells, fitted


def filled(text: str, width: int, hang: str = "") -> str:
    flow = Flow(width, hang)
    return flow.feed(text) + flow.end()


def test_english_breaks_between_words_and_goes_on_indented() -> None:
    assert filled("why:   the server at 10.0.0.7 does not answer", 24, "       ") == (
        "why:   the server at\n       10.0.0.7 does not\n       answer"
    )


def test_a_chinese_character_takes_two_columns() -> None:
    assert cells("张飞 u98") == 8
    assert filled("张飞的电话号码是八位", 10) == "张飞的电话\n号码是八位"


def test_no_line_begins_with_a_full_stop() -> None:
    assert filled("保修期为两年。", 12) == "保修期为两\n年。"


def test_a_word_that_is_longer_than_the_line_stays_whole() -> None:
    assert filled("see https://intranet.example/a/long/path now", 16) == (
        "see\nhttps://intranet.example/a/long/path\nnow"
    )


@pytest.mark.parametrize("size", [1, 2, 5])
def test_however_it_comes_in_pieces_it_is_written_the_same(size: int) -> None:
    text = "The pump X200-65 weighs 187 kg.\n\n  张飞的电话号码是u987438274。 It is his own."
    flow = Flow(24)
    pieces = [flow.feed(text[at : at + size]) for at in range(0, len(text), size)]
    assert "".join(pieces) + flow.end() == filled(text, 24)


def test_nothing_is_lost_and_line_breaks_stay() -> None:
    text = "a  b\n\n    quoted line\nend "
    assert filled(text, 80) == text


def test_what_is_no_terminal_is_left_as_it_is() -> None:
    long = "word " * 50
    assert fitted(long) == long
