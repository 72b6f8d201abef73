"""Text, Markdown, CSV, JSON, XML and mail: what is kept of each."""

from __future__ import annotations

import email.message
import json
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


def test_source_code_keeps_its_lines_and_has_no_headings(tmp_path: Path) -> None:
    document = parsed(tmp_path / "a.py", "import os\n\n\ndef one():\n    return 1\n")
    assert texts(document) == ["import os", "def one():\n    return 1"]
    assert [element.line for element in document.elements] == [1, 4]


def test_an_unknown_extension_with_text_in_it_is_text(tmp_path: Path) -> None:
    assert parsed(tmp_path / "NOTES.xyz", "some notes").text == "some notes"
    assert parsed(tmp_path / "README", "no extension").title == "README"


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
    assert (document.title, document.text) == ("值班表", "正文。")
    assert document.elements[0].line == 8


def test_every_csv_row_carries_the_header(tmp_path: Path) -> None:
    document = parsed(tmp_path / "a.csv", "姓名,电话,备注\n张飞,13800138000,\n曹操,0123,急\n")
    assert texts(document) == [
        "姓名: 张飞 | 电话: 13800138000",
        "姓名: 曹操 | 电话: 0123 | 备注: 急",
    ]
    assert [element.line for element in document.elements] == [2, 3]


def test_a_first_row_of_values_is_no_header(tmp_path: Path) -> None:
    table = "张飞,u987438274\n曹操,123456\n"
    assert texts(parsed(tmp_path / "a.csv", table)) == ["张飞 | u987438274", "曹操 | 123456"]
    years = "项目,2023,2024\n收入,5,6\n"
    assert texts(parsed(tmp_path / "b.csv", years)) == ["项目: 收入 | 2023: 5 | 2024: 6"]


def test_csv_separators_and_quotes_are_recognised(tmp_path: Path) -> None:
    for name, data in (
        ("a.csv", 'a;b\n"x;y";2\n'),
        ("b.tsv", "a\tb\nx;y\t2\n"),
        ("c.csv", "a|b\nx;y|2\n"),
    ):
        assert texts(parsed(tmp_path / name, data)) == ["a: x;y | b: 2"]
    assert texts(parsed(tmp_path / "one.csv", "only,one,row\n")) == ["only | one | row"]


def test_a_csv_of_a_chinese_spreadsheet_program_is_read(tmp_path: Path) -> None:
    document = parsed(tmp_path / "a.csv", "姓名,电话\r\n张飞,123\r\n".encode("gbk"))
    assert document.text == "姓名: 张飞 | 电话: 123"


def test_json_objects_become_rows_with_their_keys(tmp_path: Path) -> None:
    value = {
        "部门": "仓库",
        "人员": [{"姓名": "张飞", "电话": "123", "在职": True}],
        "组": {"a": 1},
    }
    document = parsed(tmp_path / "a.json", json.dumps(value, ensure_ascii=False))
    assert texts(document) == [
        "部门: 仓库",
        "人员 | 姓名: 张飞 | 电话: 123 | 在职: true",
        "组 | a: 1",
    ]


def test_json_lines_know_their_line_and_broken_ones_are_text(tmp_path: Path) -> None:
    document = parsed(tmp_path / "a.jsonl", '{"a": 1}\n\n{"a": 2}\n')
    assert [(texts(document)[n], e.line) for n, e in enumerate(document.elements)] == [
        ("a: 1", 1),
        ("a: 2", 3),
    ]
    assert parsed(tmp_path / "b.json", '{"a": 1,\n broken').text == '{"a": 1,\n broken'
    deep = "[" * 100_000 + "]" * 100_000
    assert parsed(tmp_path / "c.json", deep).text == deep


def test_xml_rows_carry_their_tags(tmp_path: Path) -> None:
    document = parsed(
        tmp_path / "a.xml",
        "<?xml version='1.0'?><staff><person><name>张飞</name><phone>123</phone></person>"
        "<note>See <b>page</b> 3.</note></staff>",
    )
    assert texts(document) == ["name: 张飞 | phone: 123", "See page 3."]


def test_xml_entities_are_not_resolved(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("the secret")
    document = parsed(
        tmp_path / "a.xml",
        f'<!DOCTYPE a [<!ENTITY e SYSTEM "file://{tmp_path}/secret">]><a><b>x</b><c>&e;</c></a>',
    )
    assert document.text == "b: x"


def test_xml_entities_do_not_explode(tmp_path: Path) -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<!DOCTYPE a [<!ENTITY e0 "lol">{entities}]><a><b>x</b><c>&e9;</c></a>'
    assert len(parsed(tmp_path / "a.xml", bomb).text) < 1000


def mail(**options: str) -> email.message.EmailMessage:
    message = email.message.EmailMessage()
    message["From"] = "张飞 <zhangfei@kb.example>"
    message["To"] = "关羽 <guanyu@kb.example>"
    message["Subject"] = "巡检安排"
    message["Date"] = "Mon, 16 Sep 2024 09:30:00 +0800"
    message.set_content(options.get("text", "请周五前完成巡检。"), charset="gb18030")
    return message


def test_mail_headers_are_text_and_labels(tmp_path: Path) -> None:
    message = mail()
    message.add_attachment(b"x", "application", "pdf", filename="计划.pdf")
    document = parsed(tmp_path / "a.eml", message.as_bytes())
    assert document.title == "巡检安排"
    assert dict(document.labels) == {
        "from": "张飞 <zhangfei@kb.example>",
        "to": "关羽 <guanyu@kb.example>",
        "subject": "巡检安排",
        "date": "2024-09-16 09:30:00+08:00",
    }
    assert texts(document)[1:] == ["请周五前完成巡检。", "Attachments: 计划.pdf"]
    assert "Date: 2024-09-16 09:30:00+08:00" in texts(document)[0]


def test_a_mail_without_plain_text_is_read_from_its_page(tmp_path: Path) -> None:
    message = mail()
    message.set_content("<p>请<b>周五</b>前完成。</p><script>x()</script>", subtype="html")
    assert texts(parsed(tmp_path / "a.eml", message.as_bytes()))[1:] == ["请周五前完成。"]


def test_a_mail_whose_character_set_lies_is_still_read(tmp_path: Path) -> None:
    data = (
        "Subject: =?gb2312?B?0bK87A==?=\nFrom: a@kb.example\nDate: nonsense\n"
        "Content-Type: text/plain; charset=us-ascii\n\n请周五前完成巡检，谢谢。\n"
    )
    document = parsed(tmp_path / "a.eml", data.encode("gbk"))
    assert document.title == "巡检"
    assert texts(document)[-1] == "请周五前完成巡检，谢谢。"
