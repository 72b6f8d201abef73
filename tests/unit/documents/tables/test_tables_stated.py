"""What a document states about itself: names with their values, typed as tables are."""

from __future__ import annotations

import json
from pathlib import Path

import docx
import pytest

from kb.documents.tables.stated import MOST_FIELDS, stated_of
from kb.table_types import STATED, Table, Value
from tests.unit.documents.samples import parsed


def stated(path: Path, text: str) -> Table | None:
    return stated_of(parsed(path, text))


def fields(table: Table | None) -> dict[str, Value]:
    if table is None:
        return {}
    names = [column.name for column in table.columns]
    return dict(zip(names[:-1], table.rows[0].values[:-1], strict=True))


def test_the_head_of_a_contract_is_fields_wherever_its_clauses_put_them(tmp_path: Path) -> None:
    text = (
        "# 养护合同\n\n合同编号：YH-07\n\n甲方：北园　乙方：南山园艺\n\n"
        "一、养护费：人民币12.5万元整。\n\n二、期限：自2024年3月1日起至2025年2月28日止。\n"
    )
    assert fields(stated(tmp_path / "a.md", text)) == {
        "合同编号": "yh-07",
        "甲方": "北园",
        "乙方": "南山园艺",
        "养护费": 125_000,
        "期限": "自2024年3月1日起至2025年2月28日止",
        "期限开始日期": "2024-03-01",
        "期限到期日期": "2025-02-28",
    }


def test_english_heads_and_front_matter_are_fields_of_the_same_kind(tmp_path: Path) -> None:
    text = (
        "---\nauthor: Ada King\nstatus: draft\n---\n# Lease\n\n"
        "Tenant: Rosa Lind\nMonthly rent: EUR 1,250.50\nTerm: 1 May 2024 to 30 April 2026\n"
    )
    found = fields(stated(tmp_path / "a.md", text))
    assert found["author"] == "ada king"
    assert found["Monthly rent"] == 1250.5
    assert (found["Term start date"], found["Term end date"]) == ("2024-05-01", "2026-04-30")


def test_a_mail_states_who_wrote_it_to_whom_and_when(tmp_path: Path) -> None:
    text = (
        "From: Ada King <ada@x.example>\nTo: bo@x.example\nSubject: Seeds\n"
        "Date: Tue, 07 May 2024 10:00:00 +0200\n\nThe seeds came.\n"
    )
    found = fields(stated(tmp_path / "a.eml", text))
    assert found["sender"] == "ada king <ada@x.example>"
    assert found["recipient"] == "bo@x.example"
    assert str(found["date"]).startswith("2024-05-07")


def test_a_form_with_names_at_the_left_is_fields(tmp_path: Path) -> None:
    document = docx.Document()
    table = document.add_table(rows=0, cols=2)
    for name, value in (("单号", "WX01"), ("报修日期", "2024-05-06"), ("费用", "450元")):
        cells = table.add_row().cells
        cells[0].text, cells[1].text = name, value
    document.save(str(tmp_path / "a.docx"))
    found = fields(stated_of(parsed(tmp_path / "a.docx")))
    assert found == {"单号": "wx01", "报修日期": "2024-05-06", "费用": 450}


@pytest.mark.parametrize(
    ("said", "worth"),
    [
        ("人民币壹拾贰万元整（¥120,000.00）", 120_000),
        ("¥8,000元（大写：人民币捌仟元整）", 8_000),
        ("USD 45,000 (excl. VAT)", 45_000),
        ("人民币壹万元整（¥20,000.00）", "人民币壹万元整(¥20000.00)"),
        ("不超过50万元", "不超过50万元"),
        ("5万元，另付运费", "5万元,另付运费"),
    ],
    ids=["in words and digits", "the other way round", "with tax", "unlike", "a limit", "and more"],
)
def test_an_amount_is_worth_something_if_it_is_one_amount(
    tmp_path: Path, said: str, worth: Value
) -> None:
    assert fields(stated(tmp_path / "a.md", f"# 合同\n\n总价：{said}\n"))["总价"] == worth


def test_a_name_that_is_said_of_two_values_is_of_neither(tmp_path: Path) -> None:
    text = "# 合同\n\n甲方：北园\n电话：88001\n\n乙方：南山\n电话：88002\n\n币种：元\n币种：元\n"
    assert [*fields(stated(tmp_path / "a.md", text))] == ["甲方", "乙方", "币种"]


@pytest.mark.parametrize(
    "text",
    [
        "会议于10:30开始，比分3:2。",
        "See http://x.example:80/a for more.",
        "The rule is simple: nobody enters.",
        "他在会上反复强调了下面这样一句很长的话：安全第一。",
        "The mayor of Alden said: the bridge opens in May.",
        "What the meter says: 4711",
    ],
)
def test_prose_with_a_colon_states_nothing(tmp_path: Path, text: str) -> None:
    assert stated(tmp_path / "a.md", f"# Note\n\n{text}\n") is None


def test_each_field_says_in_which_line_it_stands(tmp_path: Path) -> None:
    table = stated(tmp_path / "a.md", "# 纪要\n\n时间：2024-05-06\n地点：北楼\n")
    assert table is not None
    assert (table.place, table.columns[-1].hidden, table.rows[0].values[-1]) == (STATED, True, None)
    assert json.loads(table.rows[0].texts[-1]) == [[None, 3], [None, 4]]


def test_a_document_of_nothing_but_fields_has_so_many_and_no_more(tmp_path: Path) -> None:
    lines = "".join(f"\n项目{number}：第{number}项\n" for number in range(MOST_FIELDS + 9))
    assert len(fields(stated(tmp_path / "a.md", f"# 表\n{lines}"))) == MOST_FIELDS
