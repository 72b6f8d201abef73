"""Slides: notes, charts, tables, groups."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Any

import pptx
import pytest
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from kb.types import ElementKind
from tests.unit.documents.samples import (
    parsed,
    rewritten,
    saved,
    slides,
    texts,
)


def test_slides_are_pages_and_notes_are_kept(tmp_path: Path) -> None:
    document = parsed(
        tmp_path / "a.pptx",
        slides(("季度总结", "收入增长 12%", ""), ("计划", "招聘三人", "预算另行申请")),
    )
    assert texts(document, ElementKind.HEADING) == ["季度总结", "计划"]
    pages = {
        text: element.page for text, element in zip(texts(document), document.elements, strict=True)
    }
    assert pages["收入增长 12%"] == 1
    assert pages["招聘三人"] == pages["预算另行申请"] == 2


def slide() -> tuple[Any, Any]:
    deck: Any = pptx.Presentation()
    page = deck.slides.add_slide(deck.slide_layouts[5])
    page.shapes.title.text = "销售"
    return deck, page


@pytest.mark.parametrize("kind", ["COLUMN_CLUSTERED", "LINE", "PIE"])
def test_a_chart_is_a_table_of_its_numbers(tmp_path: Path, kind: str) -> None:
    deck, page = slide()
    data: Any = CategoryChartData()
    data.categories = ["一季度", "二季度"]
    data.add_series("收入", (19.2, 21.4))
    frame = page.shapes.add_chart(
        XL_CHART_TYPE[kind], Inches(1), Inches(1), Inches(5), Inches(4), data
    )
    frame.chart.has_title = True
    frame.chart.chart_title.text_frame.text = "季度收入"
    flat = saved(deck)
    spatial = re.compile("c:(bar|line|pie)Chart")
    in_space = rewritten(flat, lambda _, part: spatial.sub(r"c:\g<1>3DChart", part))
    expected = [
        "季度收入",
        "一季度 | 收入: 19.2",
        "二季度 | 收入: 21.4",
    ]
    assert texts(parsed(tmp_path / "a.pptx", flat))[1:] == expected
    assert texts(parsed(tmp_path / "b.pptx", in_space))[1:] == expected


def test_a_charts_numbers_are_those_that_it_shows(tmp_path: Path) -> None:
    deck, page = slide()
    data: Any = CategoryChartData(number_format="0.0%")
    data.categories = [datetime.date(2024, 3, 1), datetime.date(2024, 4, 1)]
    data.add_series("合格率", (0.985, 0.9))
    page.shapes.add_chart(XL_CHART_TYPE.LINE, Inches(1), Inches(1), Inches(5), Inches(4), data)
    assert texts(parsed(tmp_path / "a.pptx", saved(deck)))[1:] == [
        "2024-03-01 | 合格率: 98.5%",
        "2024-04-01 | 合格率: 90.0%",
    ]


def test_tables_and_groups_on_a_slide_are_read_from_top_to_bottom(tmp_path: Path) -> None:
    deck, page = slide()
    low = page.shapes.add_textbox(Inches(1), Inches(5), Inches(2), Inches(1))
    low.text_frame.text = "低"
    group = page.shapes.add_group_shape()
    group.shapes.add_textbox(Inches(1), Inches(4), Inches(2), Inches(1)).text_frame.text = "中"
    table = page.shapes.add_table(2, 2, Inches(1), Inches(2), Inches(4), Inches(1)).table
    for place, text in enumerate(["姓名", "电话", "张飞", "u987438274"]):
        table.cell(place // 2, place % 2).text = text
    assert texts(parsed(tmp_path / "a.pptx", saved(deck))) == [
        "销售",
        "姓名: 张飞 | 电话: u987438274",
        "中",
        "低",
    ]


def test_a_shape_that_is_wrapped_for_compatibility_is_read(tmp_path: Path) -> None:
    deck: Any = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    slide.shapes.add_textbox(0, 0, Inches(2), Inches(1)).text_frame.text = "年产六万件"
    space = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    wrapped = rewritten(
        saved(deck),
        lambda _, part: re.sub(
            r"(<p:sp>.*</p:sp>)",
            rf'<mc:AlternateContent xmlns:mc="{space}"><mc:Choice Requires="a14">\1</mc:Choice>'
            r"</mc:AlternateContent>",
            part,
            flags=re.S,
        ),
    )
    assert texts(parsed(tmp_path / "a.pptx", wrapped)) == ["年产六万件"]


def test_what_the_master_writes_on_every_slide_comes_once(tmp_path: Path) -> None:
    deck: Any = pptx.Presentation()
    for text in ("第一页", "第二页"):
        slide = deck.slides.add_slide(deck.slide_layouts[6])
        slide.shapes.add_textbox(0, 0, Inches(2), Inches(1)).text_frame.text = text
    stamp = (
        "<p:sp><p:nvSpPr><p:cNvPr id='90' name='s'/><p:cNvSpPr/><p:nvPr/></p:nvSpPr><p:spPr/>"
        "<p:txBody><a:bodyPr/><a:p><a:r><a:t>内部资料</a:t></a:r></a:p></p:txBody></p:sp>"
    )
    tree = "</p:spTree>"

    def stamped(name: str, part: str) -> str:
        return part.replace(tree, stamp + tree) if "slideMasters/slideM" in name else part

    marked = rewritten(saved(deck), stamped)
    assert texts(parsed(tmp_path / "a.pptx", marked)) == ["第一页", "第二页", "内部资料"]


def test_what_no_audience_sees_is_marked(tmp_path: Path) -> None:
    deck, page = slide()
    for left, top in ((Inches(1), Inches(2)), (Inches(-9), Inches(2)), (Inches(1), Inches(40))):
        box = page.shapes.add_textbox(left, top, Inches(3), Inches(1))
        box.text_frame.text = "总机555" if left > 0 and top < Inches(9) else "总机666"
    off = page.shapes.add_textbox(Inches(1), Inches(3), Inches(3), Inches(1))
    off.text_frame.text = "总机777"
    off._element.nvSpPr.cNvPr.set("hidden", "1")
    skipped = deck.slides.add_slide(deck.slide_layouts[5])
    skipped.shapes.title.text = "旧号码"
    skipped._element.set("show", "0")
    deck.save(tmp_path / "a.pptx")
    found = texts(parsed(tmp_path / "a.pptx"))
    assert "总机555" in found
    assert found.count("[hidden] 总机666") == 2
    assert "[hidden] 总机777" in found
    assert "[hidden] 旧号码" in found


def run(box: Any, text: str, color: str = "", **looks: str) -> None:
    """A run at the end of a text box, in a colour."""
    one = box.text_frame.paragraphs[0].add_run()
    one.text = text
    if color:
        one.font.color.rgb = RGBColor.from_string(color)
    for name, value in looks.items():
        one._r.get_or_add_rPr().set(name, value)


def test_text_in_the_colour_of_the_slide_is_marked(tmp_path: Path) -> None:
    deck, page = slide()
    boxes = [
        page.shapes.add_textbox(Inches(1), Inches(top), Inches(4), Inches(0.5))
        for top in (2, 3, 4, 5, 6)
    ]
    run(boxes[0], "值班 8811 ")
    run(boxes[0], "旧号 8822", "FEFEFE")
    run(boxes[1], "whole line 8833", "FFFFFF")
    run(boxes[2], "on blue 8844", "FFFFFF")
    boxes[2].fill.solid()
    boxes[2].fill.fore_color.rgb = RGBColor(0, 0, 96)
    bar = page.shapes.add_shape(1, Inches(0), Inches(4.9), Inches(9), Inches(0.8))
    page.shapes._spTree.remove(bar._element)
    page.shapes._spTree.insert(2, bar._element)
    run(boxes[3], "on a bar 8855", "FFFFFF")
    run(boxes[4], "tiny 8866", sz="100")
    assert texts(parsed(tmp_path / "a.pptx", saved(deck)))[1:] == [
        "值班 8811", "[hidden] 旧号 8822", "[hidden] whole line 8833", "on blue 8844",
        "on a bar 8855", "[hidden] tiny 8866",
    ]  # fmt: skip


def test_white_text_on_a_dark_slide_is_seen_and_dark_text_is_not(tmp_path: Path) -> None:
    deck, page = slide()
    page.background.fill.solid()
    page.background.fill.fore_color.rgb = RGBColor(10, 10, 40)
    box = page.shapes.add_textbox(Inches(1), Inches(2), Inches(4), Inches(0.5))
    run(box, "gate 7 ", "FFFFFF")
    run(box, "gate 9", "000000")
    found = texts(parsed(tmp_path / "a.pptx", saved(deck)))
    assert found[1:] == ["gate 7", "[hidden] gate 9"]


def test_white_text_of_a_placeholder_is_marked(tmp_path: Path) -> None:
    deck: Any = pptx.Presentation()
    page = deck.slides.add_slide(deck.slide_layouts[1])
    page.shapes.title.text = "Plan"
    run(page.placeholders[1], "open until 18:00 ")
    run(page.placeholders[1], "open until 22:00", "FFFFFF")
    found = texts(parsed(tmp_path / "a.pptx", saved(deck)))
    assert found == ["Plan", "open until 18:00", "[hidden] open until 22:00"]


def test_exponents_and_struck_text_of_a_slide_are_told_from_the_rest(tmp_path: Path) -> None:
    deck, page = slide()
    box = page.shapes.add_textbox(Inches(1), Inches(1), Inches(4), Inches(1)).text_frame
    box.text = "10"
    raised = box.paragraphs[0].add_run()
    raised.text = "6"
    raised._r.get_or_add_rPr().set("baseline", "30000")
    struck = box.add_paragraph().add_run()
    struck.text = "900 yuan"
    struck._r.get_or_add_rPr().set("strike", "sngStrike")
    shown = texts(parsed(tmp_path / "a.pptx", saved(deck)))
    assert shown[1:] == ["10^6", "~~900 yuan~~"]
