"""Names that documents define: which forms define one, and what a question becomes."""

from __future__ import annotations

import pytest

from kb.retrieval.definitions import definitions, expanded
from kb.types import SearchMode
from tests.unit.retrieval.corpus import Corpus


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("MRB（物料评审委员会）每周三开会。", ("MRB", "物料评审委员会")),
        ("不合格品交由物料评审委员会（MRB）处置。", ("MRB", "物料评审委员会")),
        ("MRB = 物料评审委员会", ("MRB", "物料评审委员会")),
        ("SOP是指标准作业程序。", ("SOP", "标准作业程序")),
        ("标准作业程序（简称SOP）须每年复审。", ("标准作业程序", "SOP")),
        ("苏州远航机械有限公司（以下简称“远航”）", ("苏州远航机械有限公司", "远航")),
        ("代号“Falcon”的猎鹰项目", ("Falcon", "猎鹰项目")),
        ("“Falcon” = 猎鹰项目", ("Falcon", "猎鹰项目")),
        ('Northern Pump Works (hereinafter "the Supplier")', ("Northern Pump Works", "Supplier")),
        ("MRB stands for Material Review Board.", ("MRB", "Material Review Board")),
        ("It goes to the Material Review Board (MRB).", ("MRB", "Material Review Board")),
        ("Ask the Northern Material Review Board (MRB).", ("MRB", "Material Review Board")),
        ("The Board of Material Review (BMR) meets.", ("BMR", "Board of Material Review")),
        ("See the Quality Team (QT-2).", ("QT-2", "Quality Team")),
        ("质量小组（QT）每周开会。", ("QT", "质量小组")),
        ("缩写: MRB | 全称: 物料评审委员会 | 部门: 质量部", ("MRB", "物料评审委员会")),
        ("# Project Falcon (猎鹰项目): charter", ("Project Falcon", "猎鹰项目")),
        ("由猎鹰项目（Project Falcon）承担。", ("猎鹰项目", "Project Falcon")),
        ("Abbreviation: MRB | Meaning: Material Review Board", ("MRB", "Material Review Board")),
    ],
)
def test_these_forms_define_a_name(text: str, pair: tuple[str, str]) -> None:
    assert pair in list(definitions(text))


@pytest.mark.parametrize(
    "text",
    [
        "会议由张敏（质量部）主持。",
        "额定扬程为38米（见表2）。",
        "X200（不锈钢）价格为3200元。",
        "A = 长度",
        "会上介绍了V1（五轴加工中心采购合同）。",
        "五轴加工中心采购合同（V1）",
        "Ask Grace Holloway (运营总监).",
        "项目经理（Project Manager）",
        "本周猎鹰项目的组长（Team Lead）",
        "The board meets on Mondays (see section 4).",
        "The Annual Report (PDF) is on the server.",
        "部门: 质量部 | 名称: 检验台",
    ],
)
def test_these_do_not(text: str) -> None:
    assert list(definitions(text)) == []


def test_a_question_has_the_other_name_behind_its_own() -> None:
    texts = ["本程序由物料评审委员会（MRB）执行。", "其他。"]

    assert expanded("MRB由谁主持？", texts) == "MRB（物料评审委员会）由谁主持？"
    assert expanded("物料评审委员会由谁主持？", texts) == "物料评审委员会（MRB）由谁主持？"


def test_a_question_that_has_both_names_or_neither_stays_as_it_is() -> None:
    texts = ["物料评审委员会（MRB）"]

    assert expanded("物料评审委员会（MRB）由谁主持？", texts) == ""
    assert expanded("谁主持会议？", texts) == ""


def test_a_name_is_known_in_any_case_and_beside_other_characters() -> None:
    texts = ["本程序由物料评审委员会（MRB）执行。", "质量小组（QT）每周开会。"]

    assert expanded("mrb由谁主持？", texts) == "mrb（物料评审委员会）由谁主持？"
    assert expanded("2024物料评审委员会的名单", texts) == "2024物料评审委员会（MRB）的名单"
    assert expanded("QT是什么？", texts) == "QT（质量小组）是什么？"


def test_of_many_names_the_three_longest_are_expanded() -> None:
    texts = ["A1 = 采购部门", "BB1 = 销售部门", "CCC1 = 质量部门", "DDDD1 = 生产部门"]

    assert expanded("A1、BB1、CCC1、DDDD1", texts) == (
        "A1、BB1（销售部门）、CCC1（质量部门）、DDDD1（生产部门）"
    )


@pytest.mark.parametrize("outside", ["XMRB由谁主持？", "mrb2由谁主持？", "7MRB由谁主持？"])
def test_letters_and_figures_at_its_edge_make_it_another(outside: str) -> None:
    assert expanded(outside, ["物料评审委员会（MRB）"]) == ""


def test_an_abbreviation_within_a_longer_word_is_not_it() -> None:
    assert expanded("MRBX由谁主持？", ["物料评审委员会（MRB）"]) == ""


def test_a_name_that_two_documents_define_differently_stays_as_it_is() -> None:
    texts = ["PM（项目经理）负责进度。", "PM（预防性维护）每季度一次。"]

    assert expanded("PM多久一次？", texts) == ""


# --- in a search ----------------------------------------------------------------------

BOARD = Corpus(
    texts={
        "glossary": "不合格品由物料评审委员会（MRB）处置。",
        "meeting": "物料评审委员会每周三下午开会，由质量部经理主持。",
        "canteen": "食堂每周三供应面食。",
    },
    cosines={"glossary": 0.80, "meeting": 0.80, "canteen": 0.80},
)


def test_a_chunk_that_has_the_other_name_alone_is_found() -> None:
    assert "meeting" in BOARD.order("MRB的例会", mode=SearchMode.SPARSE)


def test_a_question_is_asked_once_more_with_the_other_name_by_words_and_by_meaning() -> None:
    BOARD.embedder.asked.clear()

    BOARD.find("MRB的例会")

    assert BOARD.embedder.asked == ["MRB的例会", "MRB（物料评审委员会）的例会"]


def test_a_question_without_a_defined_name_is_asked_once() -> None:
    BOARD.embedder.asked.clear()

    BOARD.find("食堂周三有什么？")

    assert BOARD.embedder.asked == ["食堂周三有什么？"]


def test_a_definition_that_the_question_does_not_find_is_found_by_the_words_of_defining() -> None:
    """Sixty chunks are nearer to the question than the appendix that defines its abbreviation."""
    near = {f"near-{n:02}": f"MRB会议在星期几开，{n}月的说明。" for n in range(60)}
    texts = near | {
        "appendix": f"附录。{'本手册的各章另行装订。' * 8}MRB = 物料评审委员会。缩写见此。",
        "rule": "物料评审委员会每逢周三聚集。",
    }
    cosines = dict.fromkeys(near, 0.5) | {"appendix": 0.0, "rule": 0.1}

    corpus = Corpus(texts, cosines)
    found = corpus.find("MRB会议在星期几开？", top_k=4)

    assert corpus.embedder.asked[1:] == ["MRB（物料评审委员会）会议在星期几开？"]
    assert "appendix" not in [hit.chunk.id for hit in found.hits]
