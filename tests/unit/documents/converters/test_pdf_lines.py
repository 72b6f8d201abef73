"""PDF: what the ends of lines and pages divide is whole again, above all numbers."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb.documents.converters.pdf.elements import paragraphs
from kb.documents.converters.pdf.hyphens import Words
from kb.documents.converters.pdf.layout import join
from tests.unit.documents.converters.pages import Sheet, drawn
from tests.unit.documents.samples import parsed, texts


def joined(before: str, after: str, *, document: str = "") -> str:
    return Words([document, before, after]).whole(join(before, after))


@pytest.mark.parametrize(
    ("before", "after", "whole"),
    [
        ("the main-", "tenance plan", "the maintenance plan"),
        ("the X-", "ray room", "the X-ray room"),
        ("a state-of-the-", "art unit", "a state-of-the-art unit"),
        ("about twenty-", "five beds", "about twenty-five beds"),
        ("a well-", "known maker", "a well-known maker"),
        ("they re-", "elected her", "they re-elected her"),
        ("a long-", "term lease and", "a long-term lease and"),
        ("at long-", "itude 12", "at longitude 12"),
        ("for in-", "and outpatients", "for in- and outpatients"),
        ("on 2024-03-", "17 it was", "on 2024-03-17 it was"),
        ("call 555-", "0199 for it", "call 555-0199 for it"),
        ("by Smith-", "Jones Ltd", "by Smith-Jones Ltd"),
    ],
)
def test_a_hyphen_at_the_end_of_a_line_is_the_words_or_the_lines(
    before: str, after: str, whole: str
) -> None:
    assert joined(before, after) == whole


def test_the_rest_of_the_document_tells_how_a_word_is_written() -> None:
    assert joined("the day-", "care unit", document="Our daycare unit") == "the daycare unit"
    assert joined("the day-", "care unit", document="Our day-care unit") == "the day-care unit"
    assert joined("the bed-", "side lamp", document="the side of a bed") == "the bed-side lamp"
    assert joined("goes with-", "out him", document="with them, out of it") == "goes without him"


def test_a_decimal_at_the_start_of_a_line_is_no_item_of_a_list() -> None:
    assert list(paragraphs(["The pumps are stopped as soon as they reach", "4.5 bar."])) == [
        "The pumps are stopped as soon as they reach 4.5 bar."
    ]
    clauses = [
        "4.4 The pumps are stopped by the warden of the day.",
        "4.5 They are started by him.",
    ]
    assert list(paragraphs(clauses)) == clauses


def test_a_number_with_a_stop_ends_a_sentence_where_it_counts_no_items(tmp_path: Path) -> None:
    lines = ["The station was closed by the board of the district in the week of June", "17. It"]
    items = [
        "1. Close the valve at the left of the pump and wait until there is no pressure on",
        "2. It",
    ]
    assert len(texts(parsed(tmp_path / "a.pdf", drawn(Sheet().lines(72, 100, lines))))) == 1
    assert len(texts(parsed(tmp_path / "b.pdf", drawn(Sheet().lines(72, 100, items))))) == 2


def test_a_stop_that_cannot_begin_a_line_takes_a_character_along(tmp_path: Path) -> None:
    lines = [
        "甲方应当在每月五日以前支付上月的租金及管理费",
        "乙方收到款项以后应当在三个工作日内开具发",
        "票，并寄给甲方。",
    ]
    assert texts(parsed(tmp_path / "a.pdf", drawn(Sheet().lines(72, 100, lines)))) == [
        "".join(lines)
    ]


def page(number: int, *lines: str) -> Sheet:
    sheet = Sheet().text(72, 40, "管理制度汇编").lines(72, 100, lines)
    return sheet.text(280, 740, f"第 {number} 页 共 2 页")


def test_a_sentence_goes_on_over_a_page_past_its_number_and_the_head(tmp_path: Path) -> None:
    first = page(
        1, "第一条 为了规范管理，制定本制度。", "第二条 逾期未报告的，扣减当月绩效工资人民币"
    )
    second = page(
        2, "500元，并在全院通报批评。", "第三条 本制度自2024年1月1日起施行。", "由院办负责解释。"
    )
    document = parsed(tmp_path / "a.pdf", drawn(first, second))
    assert texts(document) == [
        "管理制度汇编",
        "第一条 为了规范管理，制定本制度。",
        "第二条 逾期未报告的，扣减当月绩效工资人民币 500元，并在全院通报批评。",
        "第三条 本制度自2024年1月1日起施行。由院办负责解释。",
    ]
    assert [element.page for element in document.elements] == [1, 1, 1, 2]


def test_a_line_that_ends_early_at_the_end_of_a_page_ends_a_paragraph(tmp_path: Path) -> None:
    first = page(
        1,
        "一、关于加强药品管理保障用药安全的若干规定及其施行办法的通知和说明",
        "二、药品采购验收储存和盘点管理办法的修订稿",
    )
    second = page(2, "药剂科每月盘点一次。", "差异率不得超过千分之三。")
    found = texts(parsed(tmp_path / "a.pdf", drawn(first, second)))
    assert found[-3:] == [
        "二、药品采购验收储存和盘点管理办法的修订稿",
        "药剂科每月盘点一次。",
        "差异率不得超过千分之三。",
    ]


def test_a_footer_that_is_kept_stands_behind_the_sentence_that_goes_on(tmp_path: Path) -> None:
    body = [
        "The stations were counted in the spring, and all of them were found to be sound and",
        "in good order by the committee. It had been asked to do so by the board of the works,",
        "and so it came to each of the stations in May and spent there, as agreed, exactly",
    ]
    rest = [
        "1740 euros in the first year. The second year was quiet, and little was spent in it on",
        "any of the stations, for no one came to see them and nothing was in need of any",
        "repair. The third year was as quiet as the second one, and nothing was spent.",
    ]
    sheets = [
        Sheet().lines(72, 100, part).text(72, 740, "Confidential") for part in (body, rest, rest)
    ]
    found = texts(parsed(tmp_path / "a.pdf", drawn(*sheets)))
    assert "as agreed, exactly 1740 euros in the first year." in found[0]
    assert found[1] == "Confidential"
    assert "Confidential" not in found[2:]


def test_footnotes_stand_behind_the_sentence_that_goes_on_over_them(tmp_path: Path) -> None:
    body = [
        "The fee for the use of the hall is set by the board of the district in the spring of a",
        "year and is paid before the first day of the use; it is not paid back where the use ends",
    ]
    notes = ["1 As amended in 2021, and again in the autumn", "of 2022.", "2 See section 5."]
    first = Sheet().lines(72, 100, body).lines(72, 700, notes, size=8)
    second = Sheet().lines(
        72, 100, ["2 weeks before its time, or later than that. It is 40 euros."]
    )
    assert texts(parsed(tmp_path / "a.pdf", drawn(first, second))) == [
        " ".join(body) + " 2 weeks before its time, or later than that. It is 40 euros.",
        "1 As amended in 2021, and again in the autumn of 2022.",
        "2 See section 5.",
    ]


def test_lines_that_end_anywhere_divide_numbers_too(tmp_path: Path) -> None:
    lines = [
        "第六号设备于一九九七年投入使用，累计运行12",
        "22小时，由机修班负责",
        "，第七号设备停用至今",
        "，由总务科负责保管它",
    ]
    whole = parsed(tmp_path / "a.pdf", drawn(Sheet().lines(72, 100, lines))).text
    assert "累计运行1222小时" in whole
    lines[2:] = ["第七号设备停用至今，", "由总务科负责保管它，"]
    apart = parsed(tmp_path / "b.pdf", drawn(Sheet().lines(72, 100, lines))).text
    assert "累计运行12 22小时" in apart
