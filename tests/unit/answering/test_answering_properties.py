"""A property by its other names, and no other property in its place."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from kb.answering.answer_kind import KindOf, of_another_kind
from kb.answering.properties import Property, answers, by_meaning, labels, least_alike, listed
from kb.text.fold import fold
from kb.text.question import Question

ROSTER = "姓名: 池月 | 手机: 13511228899 | 分机: 88401 | 工号: U20815"
SERVICES = "For the projector call Nora Quist, ext. 40217. The mobile of Omar Reyes is 07700900456."


def missing(question: str, answer: str, text: str, kind_of: KindOf | None = None) -> list[str]:
    return [*of_another_kind(Question.of(question), answer, [text], kind_of=kind_of)]


@pytest.mark.parametrize(
    ("question", "answer", "text"),
    [
        ("管彤的电话是多少？", "13511228899", "姓名: 管彤 | 手机: 13511228899"),
        ("管彤的联系方式是什么？", "13511228899", "姓名: 管彤 | 手机: 13511228899"),
        ("管彤的手机是多少？", "13511228899", "姓名: 管彤 | 联系电话: 13511228899"),
        ("管彤的手机号码是多少？", "13511228899", "管彤的电话：135-1122-8899"),
        ("管彤的座机是多少？", "0571-88776655", "管彤，电话：057188776655"),
        ("What is the phone of Nora Quist?", "It is 40217.", SERVICES),
        ("What is the telephone number of Omar Reyes?", "07700 900456", SERVICES),
        ("What is the mobile of Omar Reyes?", "07700 900456", SERVICES),
        ("What is Nora Quist's phone number?", "40217", SERVICES),
        ("池月的手机是多少？", "13511228899", ROSTER),
        ("池月的分机是多少？", "88401", ROSTER),
        ("张工的车牌是多少？", "浙B12345", "张工的车牌号码：浙B·12345"),
    ],
)
def test_a_property_is_answered_under_its_other_names(
    question: str, answer: str, text: str
) -> None:
    assert missing(question, answer, text) == []


@pytest.mark.parametrize(
    ("question", "answer", "text", "lacking"),
    [
        ("池月的手机是多少？", "88401", ROSTER, ["手机"]),
        ("池月的分机是多少？", "13511228899", ROSTER, ["分机"]),
        ("池月的工号是多少？", "13511228899", ROSTER, ["工号"]),
        ("池月的座机是多少？", "13511228899", ROSTER, ["座机"]),
        ("池月的传真是多少？", "13511228899", ROSTER, ["传真"]),
        ("池月的手机？", "88401", ROSTER, ["手机"]),
        ("池月的护照号是多少？", "U20815", "池月的工号是U20815。", ["护照"]),
        ("What is the mobile of Nora Quist?", "It is 40217.", SERVICES, ["mobile"]),
        ("What is Omar Reyes's extension?", "07700900456", SERVICES, ["extension"]),
    ],
)
def test_another_property_s_value_is_no_answer(
    question: str, answer: str, text: str, lacking: list[str]
) -> None:
    assert missing(question, answer, text) == lacking


def test_a_code_that_bears_the_right_name_in_one_place_is_right() -> None:
    text = "分机: 88401 | 备注\n手机: 88401"

    assert missing("池月的手机是多少？", "88401", text) == []


def test_a_code_without_a_name_of_its_own_is_left_alone() -> None:
    assert missing("池月的手机是多少？", "13511228899", "池月 13511228899 手机见附件") == []


def test_of_two_kinds_in_a_question_no_rule_tells_which_is_asked_for() -> None:
    question = "Which phone number belongs to the contract number HT-2024-0917?"

    assert missing(question, "U20815", "staff number U20815") == []


# --- what no list names ---------------------------------------------------------------


def kinds(**known: Property) -> KindOf:
    return lambda name: known.get(name.replace(" ", "_"), Property.OTHER)


def test_a_name_that_no_list_has_is_known_by_its_meaning() -> None:
    text = "姓名: 管彤 | 手机: 13511228899"
    question = "管彤的行动号码是多少？"

    assert missing(question, "13511228899", text) != []
    assert missing(question, "13511228899", text, kinds(行动号码=Property.MOBILE)) == []
    assert missing(question, "13511228899", text, kinds(行动号码=Property.STAFF)) != []


def test_a_label_that_no_list_has_is_known_by_its_meaning() -> None:
    text = "姓名: 管彤 | 联络号: 13511228899"
    question = "管彤的电话是多少？"

    assert missing(question, "13511228899", text) == ["电话"]
    assert missing(question, "13511228899", text, kinds(联络号=Property.CONTACT)) == []
    assert missing(question, "13511228899", text, kinds(联络号=Property.STAFF)) == ["电话"]


def test_the_nearest_listed_name_gives_the_kind_if_it_is_near_enough() -> None:
    def likeness(name: str, others: Sequence[str]) -> list[float]:
        assert name == "热线"
        return [0.97 if other == "电话" else 0.9 for other in others]

    assert by_meaning("热线", likeness, 0.96) is Property.TELEPHONE
    assert by_meaning("热线", likeness, 0.98) is Property.OTHER


def test_meaning_is_trusted_of_a_model_that_was_measured() -> None:
    assert least_alike("hub/multilingual-e5-small:latest") == least_alike("multilingual-e5-small")
    assert least_alike("bge-m3") is None


# --- the list -------------------------------------------------------------------------


def test_an_extension_is_a_telephone_and_no_mobile() -> None:
    assert answers(Property.TELEPHONE, Property.EXTENSION)
    assert not answers(Property.EXTENSION, Property.TELEPHONE)
    assert not answers(Property.MOBILE, Property.EXTENSION)
    assert not answers(Property.EXTENSION, Property.MOBILE)
    assert not answers(Property.MOBILE, Property.LANDLINE)
    assert not answers(Property.OTHER, Property.OTHER)
    assert all(answers(one, one) for one in Property if one is not Property.OTHER)


def test_the_longest_name_is_taken_and_no_part_of_a_word() -> None:
    assert listed("手机号码和办公电话") == [
        ("手机号码", Property.MOBILE),
        ("办公电话", Property.LANDLINE),
    ]
    assert listed("text of the extension") == [("extension", Property.EXTENSION)]


def test_a_label_stands_before_its_figure_in_the_same_cell_or_clause() -> None:
    text = fold(f"{ROSTER}\n{SERVICES}\n联络号: 13900011122")

    assert [*labels("13511228899", text)] == [(Property.MOBILE, "手机")]
    assert [*labels("40217", text)] == [(Property.EXTENSION, "ext")]
    assert [*labels("07700900456", text)] == [(Property.MOBILE, "mobile")]
    assert [*labels("13900011122", text)] == [(Property.OTHER, "联络号")]
    assert [*labels("88402", text)] == []
