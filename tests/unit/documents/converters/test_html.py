"""HTML."""

from __future__ import annotations

from pathlib import Path

from kb.types import ElementKind
from tests.unit.documents.samples import (
    parsed,
    texts,
)

PAGE = """<!doctype html><html><head><title>网站</title><style>p{}</style></head><body>
<nav><a href="/">首页</a></nav><h1>水泵 X300</h1><p>本产品用于供水</p>
<script>alert(1)</script><p style="display:none">hidden</p>
<h2>参数</h2><ul><li>电压 220V</li><li>功率 1.5 kW</li></ul>
<dl><dt>保修</dt><dd>两年</dd></dl>
<table><tr><th>项目</th><th colspan="2">值</th></tr><tr><td rowspan="2">流量</td><td>5</td>
<td>m³/h</td></tr><tr><td>83</td><td>l/min</td></tr></table></body></html>"""


def test_html_headings_are_titles_and_chinese_paragraphs_are_not(tmp_path: Path) -> None:
    document = parsed(tmp_path / "a.html", PAGE)
    headings = [e for e in document.elements if e.kind is ElementKind.HEADING]
    assert texts(document, ElementKind.HEADING) == ["水泵 X300", "参数"]
    assert [heading.level for heading in headings] == [1, 2]
    assert "本产品用于供水" in texts(document, ElementKind.PARAGRAPH)
    assert document.title == "水泵 X300"


def test_html_keeps_what_is_read_and_drops_what_is_not(tmp_path: Path) -> None:
    text = parsed(tmp_path / "a.html", PAGE).text
    for kept in ("电压 220V", "功率 1.5 kW", "保修", "两年"):
        assert kept in text
    for dropped in ("alert", "hidden", "首页"):
        assert dropped not in text


def test_cells_that_span_rows_and_columns_are_repeated(tmp_path: Path) -> None:
    document = parsed(tmp_path / "a.html", PAGE)
    assert texts(document, ElementKind.TABLE_ROW) == [
        "项目: 流量 | 值: 5 | 值: m³/h",
        "项目: 流量 | 值: 83 | 值: l/min",
    ]


def test_html_in_gb2312_is_read_as_it_declares(tmp_path: Path) -> None:
    page = '<html><head><meta charset="gb2312"><title>电话簿</title></head><p>张飞 123</p></html>'
    document = parsed(tmp_path / "a.htm", page.encode("gb18030"))
    assert (document.title, document.text) == ("电话簿", "张飞 123")


def test_a_page_within_a_form_or_in_articles_is_read_whole(tmp_path: Path) -> None:
    page = (
        "<!doctype html><p>one</p><form><p>two</p></form><article><p>three</p></article>"
        "<article><section><p>four</p></section></article><main><p>five</p></main>"
        "<figure><figcaption>six</figcaption></figure><details><summary>seven</summary></details>"
    )
    assert parsed(tmp_path / "a.html", page).text.split() == [
        "one", "two", "three", "four", "five", "six", "seven",
    ]  # fmt: skip
