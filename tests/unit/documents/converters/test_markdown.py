"""Markdown."""

from __future__ import annotations

from pathlib import Path

from tests.unit.documents.samples import parsed, texts


def test_markdown_keeps_structure_and_lines(tmp_path: Path) -> None:
    document = parsed(
        tmp_path / "a.md",
        "# 水泵 X300\n\n重量为**35公斤**，见[手册](https://kb.example/m)。\n\n"
        "## 参数\n\n- 电压 220V\n- 功率 `1.5` kW\n\n```sh\nmake demo\n```\n<!-- hidden -->\n",
    )
    assert [(e.kind.value, e.level, e.line) for e in document.elements] == [
        ("heading", 1, 1),
        ("paragraph", 0, 3),
        ("heading", 2, 5),
        ("list-item", 0, 7),
        ("list-item", 0, 8),
        ("code", 0, 11),
    ]
    assert texts(document)[1] == "重量为35公斤，见手册 (https://kb.example/m)。"
    assert "hidden" not in document.text
    assert document.title == "水泵 X300"


def test_a_markdown_table_row_carries_its_header(tmp_path: Path) -> None:
    table = "| 姓名 | 电话 |\n|---|---|\n| 张飞 | u987438274 |\n| 曹操 | 123456 |\n"
    document = parsed(tmp_path / "a.md", table)
    assert texts(document) == ["姓名: 张飞 | 电话: u987438274", "姓名: 曹操 | 电话: 123456"]
    assert [element.line for element in document.elements] == [3, 4]


def test_front_matter_becomes_labels(tmp_path: Path) -> None:
    document = parsed(
        tmp_path / "a.md",
        '---\ntitle: "值班表"\nTags: [a, b]\nauthors:\n  - 张飞\n  - 曹操\n---\n正文。\n',
    )
    assert document.labels == (("authors", "张飞, 曹操"), ("tags", "a, b"), ("title", "值班表"))
    assert document.title == "值班表"
    assert texts(document) == ["Tags: a, b | authors: 张飞, 曹操", "正文。"]
    assert [element.line for element in document.elements] == [2, 8]


def test_html_within_markdown_reads_as_a_page_does(tmp_path: Path) -> None:
    text = (
        "电阻 10<sup>6</sup> Ω，单价 <del>80</del>95 元\n\n"
        "<table><tr><th>项<th>值<tr><td>容积<td>10<sup>3</sup></table>\n\n"
        "5. 押金\n6. 租期\n\n- 水\n"
    )
    assert texts(parsed(tmp_path / "a.md", text)) == [
        "电阻 10^6 Ω，单价 ~~80~~95 元",
        "项: 容积 | 值: 10^3",
        *("5. 押金", "6. 租期", "水"),
    ]


def test_what_a_row_has_beyond_the_columns_of_its_head_goes_with_the_last_cell(
    tmp_path: Path,
) -> None:
    page = "| command | what |\n|---|---|\n| list | `ls | wc -l` counts |\n| a\\|b | c |\n"
    assert texts(parsed(tmp_path / "a.md", page)) == [
        "command: list | what: `ls | wc -l` counts",
        "command: a|b | what: c",
    ]


def test_what_html_hides_within_a_line_is_left_out(tmp_path: Path) -> None:
    text = (
        'Gate 4 <span style="display:none">or <b>gate 9</b> later</span> opens.\n\n'
        "电话 <i hidden>666</i>555，<span style='color:red'>急</span>。\n"
    )
    assert texts(parsed(tmp_path / "a.md", text)) == ["Gate 4  opens.", "电话 555，急。"]
