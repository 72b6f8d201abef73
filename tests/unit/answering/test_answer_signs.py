"""kb/answering/answer_signs.py: signs that an answer may stand there, whatever the score."""

from __future__ import annotations

import pytest

from kb.answering.answer_signs import (
    holds_all,
    holds_name_and_property,
    is_explained,
    rare_terms,
    stands_out,
)
from kb.text.question import Question
from kb.types import Passage

ROWS = "姓名：张飞 | 科室：设备科 | 手机：13511223344\n姓名：关羽 | 科室：财务科 | 分机：8612"


def passages(*texts: str) -> list[Passage]:
    return [Passage(n, "a.md", text, None, None, "", "", ("c",)) for n, text in enumerate(texts, 1)]


def test_a_rare_term_occurs_in_few_chunks_and_in_one_at_least() -> None:
    assert rare_terms({1: 0, 2: 1, 3: 20, 4: 21}, chunks=1000) == {2, 3}
    assert rare_terms({1: 3, 2: 4}, chunks=20) == {1}, "three are few in any collection"


def test_all_rare_terms_must_stand_in_one_passage() -> None:
    assert holds_all({1, 2}, [{1}, {1, 2, 3}])
    assert not holds_all({1, 2}, [{1}, {2}])
    assert not holds_all({1}, [{1}]), "one stands there by chance"


def test_in_a_small_collection_one_document_may_stand_out() -> None:
    hits = [("a", 0.05), ("a", 0.04), ("b", 0.02), ("c", 0.01)]
    assert stands_out(hits, documents=10)
    assert not stands_out(hits, documents=11)
    assert not stands_out([("a", 0.05), ("b", 0.04), ("c", 0.01)], documents=3)
    assert not stands_out([("a", 0.05), ("b", 0.01)], documents=2), "of two any one does"
    assert not stands_out([("a", -0.01), ("b", -0.2), ("c", -0.3)], documents=3)
    assert not stands_out([], documents=3)


@pytest.mark.parametrize("question", ["张飞的手机号是多少？", "张飞的电话是多少？"])
def test_a_name_beside_the_property_that_is_asked_for_is_a_sign(question: str) -> None:
    assert holds_name_and_property(Question.of(question), passages(ROWS))


def test_in_english_too() -> None:
    text = "Alice Porter works in Leeds. Her extension is 8612."
    asked = "What is the extension of Alice Porter?"
    assert holds_name_and_property(Question.of(asked), passages(text))


@pytest.mark.parametrize(
    "question",
    [
        "刘备的手机号是多少？",  # another name
        "张飞的开户银行是什么？",  # another property
        "设备有多少？",  # no name
    ],
)
def test_one_without_the_other_is_none(question: str) -> None:
    assert not holds_name_and_property(Question.of(question), passages(ROWS))


def test_they_must_stand_together() -> None:
    far = "张飞是设备科的班长。" + "今天天气很好。" * 5 + "关羽的手机是13511223344。"
    assert not holds_name_and_property(Question.of("张飞的手机是多少？"), passages(far))


def test_a_cell_that_is_asked_about_stands_for_a_name() -> None:
    rows = passages("姓名: 池月 | 手机: 13511223344\n姓名: 水清 | 手机: 13699887766")

    assert holds_name_and_property(Question.of("池月的电话是多少？"), rows)
    assert not holds_name_and_property(Question.of("池月的开户银行是什么？"), rows)
    assert not holds_name_and_property(Question.of("云开的电话是多少？"), rows)


def test_the_property_itself_is_no_cell_that_is_asked_about() -> None:
    kinds = passages("种类: 电话 | 费用: 200元")

    assert not holds_name_and_property(Question.of("电话是多少？"), kinds)


MANUAL = "## Faults\n- E12: door not locked.\n- E31: pump too hot. Wait 40 minutes.\n"


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("What should I do about E31?", MANUAL),
        ("灭菌器显示E31是什么毛病？", MANUAL),
        ("E31是什么意思？", "代码: E31 | 含义: 泵过热"),
        ("报警E31怎么处理？", "E31 | 泵过热"),
    ],
)
def test_an_entry_explains_the_identifier_that_it_begins_with(question: str, text: str) -> None:
    assert is_explained(Question.of(question), passages(text))


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("E13是什么毛病？", MANUAL),
        ("E31的备件多少钱？", MANUAL),
        ("E31是什么毛病？", "Do not reset after E31: call the service."),
        ("门没关是什么毛病？", MANUAL),
    ],
    ids=["no entry", "a property is asked for", "within a sentence", "no identifier"],
)
def test_nothing_else_does(question: str, text: str) -> None:
    assert not is_explained(Question.of(question), passages(text))
