"""Plain text: what is kept of it, and what is a title or a heading."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb.types import ElementKind
from tests.unit.documents.samples import parsed, texts


def test_plain_text_is_kept_exactly_with_lines_and_headings(tmp_path: Path) -> None:
    text = "第一章 总则\n\n本手册适用于 X300。\n请先阅读。\n\n第二章 安装\n\n切断电源。\n"
    document = parsed(tmp_path / "手册.txt", text)
    assert document.text == text
    assert texts(document, ElementKind.HEADING) == ["第一章 总则", "第二章 安装"]
    assert [(e.line, e.level) for e in document.elements] == [
        (1, 2),
        (3, 0),
        (4, 0),
        (6, 2),
        (8, 0),
    ]
    assert document.title == "手册"


def test_a_text_is_called_like_its_first_line_when_that_stands_alone(tmp_path: Path) -> None:
    document = parsed(tmp_path / "a.txt", "\n吕志兴\n\n吕志兴生于香港，司职防守中场。\n")
    assert document.title == "吕志兴"


@pytest.mark.parametrize(
    "first",
    [
        "张飞的电话号码是13800138000",
        "电话：u987438274",
        "本手册适用于各车间。",
        "第一章 总则",
        "2024-10-12",
        "a line of text that goes on and on and on, too long to be what anything is ever called",
    ],
)
def test_a_first_line_that_says_something_is_no_title(tmp_path: Path, first: str) -> None:
    assert parsed(tmp_path / "备忘.txt", f"{first}\n\n另一段。\n").title == "备忘"


def test_wrapped_lines_are_one_paragraph(tmp_path: Path) -> None:
    text = (
        "The quick brown fox jumps over the lazy dog and then goes on to\n"
        "sleep in the sun for the rest of the day, which was a long one, and\n"
        "dreams.\nThe next paragraph.\n"
    )
    assert len(parsed(tmp_path / "a.txt", text).elements) == 2


def test_a_document_knows_the_hash_of_the_bytes_it_was_made_of(tmp_path: Path) -> None:
    document = parsed(tmp_path / "a.txt", "abc")
    assert document.source.sha256.startswith("ba7816bf")
    assert document.source.size == 3


def test_an_unknown_extension_with_text_in_it_is_text(tmp_path: Path) -> None:
    assert parsed(tmp_path / "NOTES.xyz", "some notes").text == "some notes"
    assert parsed(tmp_path / "README", "no extension").title == "README"
