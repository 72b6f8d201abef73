"""Characters that nobody types are read as those that are meant, and none is shown unseen."""

from __future__ import annotations

import json

import pytest

from kb.text.readable import readable, shown, shown_in_json


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("⾦⼯⻋间⻓", "金工车间长"),
        ("war\u00adranty", "warranty"),
        ("电\u200b话\ufeff", "电话"),
        ("\x1b[33mE503\x1b[0m", "E503"),
        ("\x1b]0;title\x07E503", "E503"),
        ("１２ Ω ﬁ", "１２ Ω ﬁ"),
        ("👩\u200d🔧", "👩\u200d🔧"),
    ],
)
def test_what_cannot_be_seen_is_not_read(text: str, read: str) -> None:
    assert readable(text) == read


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a\x1b[2Kb", "a\\x1b[2Kb"),
        ("555\r666", "555\\x0d666"),
        ("\u202e555", "\\u202e555"),
        ("\x9b1A", "\\x9b1A"),
        ("\U000e0041", "\\U000e0041"),
        ("\ud83d", "\\ud83d"),
        ("两行\n一栏\t字", "两行\n一栏\t字"),
    ],
)
def test_a_character_that_acts_on_a_terminal_is_a_mark(text: str, written: str) -> None:
    assert shown(text) == written


@pytest.mark.parametrize("value", ["\u202e555", "\x9b1A", "\ud83d", "\U000e0041", "a\u200bb"])
def test_json_has_escapes_for_it_and_the_same_value(value: str) -> None:
    written = shown_in_json(json.dumps({"text": value}, ensure_ascii=False))
    assert written.encode("utf-8").isascii()
    assert json.loads(written) == {"text": value}
