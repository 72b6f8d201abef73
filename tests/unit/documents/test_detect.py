"""Which format a file is in."""

from __future__ import annotations

from pathlib import Path

from tests.unit.documents.samples import (
    parsed,
    texts,
    word,
    workbook,
)


def test_content_decides_where_the_name_is_wrong(tmp_path: Path) -> None:
    assert parsed(tmp_path / "a.txt", word([("Normal", "正文")])).text == "正文"
    assert parsed(tmp_path / "b.docx", "plain text").text == "plain text"
    assert texts(parsed(tmp_path / "c.pdf", workbook(s=[("a", "b"), (1, 2)])))[1] == "a: 1 | b: 2"
    assert parsed(tmp_path / "d.md", "<!DOCTYPE html><p>a page</p>").text == "a page"
