"""JSON and JSON Lines."""

from __future__ import annotations

import json
from pathlib import Path

from tests.unit.documents.samples import parsed, texts


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


def test_numbers_are_read_as_they_are_written(tmp_path: Path) -> None:
    value = (
        '{"version": 1.10, "sum": 1234567890.123456789012, "id": 123456789012345678901234567890}'
    )
    assert texts(parsed(tmp_path / "a.json", value)) == [
        "version: 1.10 | sum: 1234567890.123456789012 | id: 123456789012345678901234567890"
    ]
    assert texts(parsed(tmp_path / "b.json", '{"small": 1e5, "endless": 1e400, "no": NaN}')) == [
        "small: 100000.0 | endless: 1e400 | no: NaN"
    ]


def test_a_key_that_stands_there_twice_keeps_both_values(tmp_path: Path) -> None:
    value = '{"phone": "5550101", "name": "Zhao", "phone": "5550102"}'
    assert texts(parsed(tmp_path / "a.json", value)) == ["phone: 5550101, 5550102 | name: Zhao"]
