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


def test_struck_text_is_marked_and_runs_into_nothing(tmp_path: Path) -> None:
    page = (
        "<p>Fee <del>900</del><ins>750</ins>, <s>due in May</s></p>"
        '<p style="text-decoration:line-through">cancelled</p><p>A<u>17</u></p>'
    )
    assert texts(parsed(tmp_path / "a.html", page)) == [
        "Fee ~~900~~750, ~~due in May~~",
        "~~cancelled~~",
        "A17",
    ]


def test_what_is_filled_into_a_form_is_read_and_what_is_offered_is_not(tmp_path: Path) -> None:
    page = (
        "<form><p>Name <input value='Zhao Yun'></p><p>Paid <input type=checkbox checked></p>"
        "<p>Colour <select><option>red<option selected>blue</select></p>"
        "<p>Memo <textarea>gate 7</textarea></p><p>Late <input type=radio></p><p>End"
        "<input type=hidden value=h1><input type=password value=h2><input type=submit value=Go>"
        "</p></form>"
    )
    assert texts(parsed(tmp_path / "a.html", page)) == [
        "Name Zhao Yun",
        "Paid ☑",
        "Colour blue",
        "Memo gate 7",
        "Late ☐",
        "End",
    ]


def test_the_reading_of_ruby_does_not_part_a_word(tmp_path: Path) -> None:
    page = "<p>请到<ruby>锅<rp>(</rp><rt>guō</rt><rp>)</rp>炉<rt>lú</rt></ruby>房值班</p>"
    assert texts(parsed(tmp_path / "a.html", page)) == ["请到锅炉房值班"]


def test_the_caption_of_a_table_stands_above_its_rows(tmp_path: Path) -> None:
    page = "<table><caption>Loads in kN</caption><tr><th>Beam<th>Load<tr><td>B1<td>12</table>"
    assert texts(parsed(tmp_path / "a.html", page)) == ["Loads in kN", "Beam: B1 | Load: 12"]


def test_a_formula_in_mathml_is_read_in_a_line(tmp_path: Path) -> None:
    page = (
        "<p>绝缘电阻不低于 "
        "<math><semantics><mrow><msup><mn>10</mn><mn>6</mn></msup><mo>&#x2062;</mo>"
        "<mi>Ω</mi></mrow><annotation encoding='application/x-tex'>10^{6} \\Omega</annotation>"
        "</semantics></math>，取 <math><mfrac><mn>1</mn><mrow><mn>2</mn><mi>n</mi></mrow></mfrac>"
        "</math>。</p>"
        "<p>即 <span><span class=katex-mathml><math><msup><mn>10</mn><mrow><mo>-</mo><mn>3</mn>"
        "</mrow></msup></math></span>"
        "<span class=katex-html aria-hidden=true>10−3</span></span> 米</p>"
    )
    assert texts(parsed(tmp_path / "a.html", page)) == [
        "绝缘电阻不低于 10^6Ω，取 1/2n。",
        "即 10^-3 米",
    ]


def test_items_of_a_list_have_the_numbers_that_it_gives_them(tmp_path: Path) -> None:
    page = (
        "<ol start=5><li>押金两个月<li value=9>租期三年<li>水电自理</ol>"
        "<ol type=I><li>总则</ol><ol><li>首先<li>其次</ol><ol reversed><li>末项<li>首项</ol>"
    )
    assert texts(parsed(tmp_path / "a.html", page)) == [
        *("5. 押金两个月", "9. 租期三年", "10. 水电自理", "I. 总则"),
        *("首先", "其次", "2. 末项", "1. 首项"),
    ]


def test_a_cell_that_spans_down_to_the_last_row_stands_in_each(tmp_path: Path) -> None:
    page = "<table><tr><th>班次<th>人<tr><td rowspan=0>早<td>甲<tr><td>乙<tr><td>丙</table>"
    rows = [f"班次: 早 | 人: {name}" for name in "甲乙丙"]
    assert texts(parsed(tmp_path / "a.html", page)) == rows


def test_what_stands_behind_the_end_of_a_page_is_read(tmp_path: Path) -> None:
    page = "<html><body><p>The first mail.</p></body></html>\n"
    second = (
        "<html><head><style>p { margin: 0 }</style></head><body><p>The second.</p></body></html>"
    )
    assert texts(parsed(tmp_path / "a.html", page + second + "<p>An appendix.</p>")) == [
        "The first mail.",
        "The second.",
        "An appendix.",
    ]


def test_a_text_of_one_character_is_read(tmp_path: Path) -> None:
    page = "<p>Number of exits:</p><p>7</p><div>等级</div><div>甲</div><p>|</p><p>A</p>"
    assert texts(parsed(tmp_path / "a.html", f"<html><body>{page}</body></html>")) == [
        "Number of exits:", "7", "等级", "甲", "A",
    ]  # fmt: skip


def test_what_stands_on_a_button_is_read(tmp_path: Path) -> None:
    page = (
        "<h2><button>押金是多少？</button></h2><div>三百元。</div>"
        "<button>When do you open?</button><div>At nine.</div>"
        "<p>Press <button>Save</button>, then leave.</p>"
    )
    document = parsed(tmp_path / "a.html", page)
    assert texts(document) == [
        "押金是多少？", "三百元。", "When do you open?", "At nine.", "Press Save , then leave.",
    ]  # fmt: skip
    assert document.title == "押金是多少？"


def test_the_texts_of_a_drawing_in_a_page_are_read(tmp_path: Path) -> None:
    page = (
        "<p>Staff</p><svg><title>tree</title><g><text x='1'>Head: <tspan>Lin Mo</tspan></text>"
        "<text display='none'>draft</text><foreignObject><p>Deputy: Rao</p></foreignObject></g>"
        "</svg><p>Next <svg><path d='M0 0'/></svg> line</p>"
    )
    found = texts(parsed(tmp_path / "a.html", page))
    assert found == ["Staff", "Head: Lin Mo", "Deputy: Rao", "Next line"]


def test_a_page_that_is_written_out_in_a_frame_is_read(tmp_path: Path) -> None:
    inner = "<style>.x{display:none}</style><p class='x'>no</p><p>Gate 4 opens at six.</p>"
    page = f'<p>Outside.</p><iframe srcdoc="{inner}"></iframe><iframe src="b.html"></iframe>'
    assert texts(parsed(tmp_path / "a.html", page)) == ["Outside.", "Gate 4 opens at six."]


def test_the_mark_of_a_note_is_no_digit_of_a_number(tmp_path: Path) -> None:
    page = (
        "<p>押金 350<a href='#n1'>2</a> 元，长 88<sup><a href='#n2'>4</a></sup> m，"
        "10<sup>4</sup> 次，見<b>65<a href='x.html#n'>7</a></b>。</p>"
        "<p>Go to page <a href='#p3'>3</a> or <a href='y.html'>12</a>.</p>"
    )
    assert texts(parsed(tmp_path / "a.html", page)) == [
        "押金 350[2] 元，长 88[4] m，10^4 次，見65[7]。", "Go to page 3 or 12.",
    ]  # fmt: skip
