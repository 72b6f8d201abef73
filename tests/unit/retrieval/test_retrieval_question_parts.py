"""Which questions are several, and into what they are divided."""

from __future__ import annotations

import pytest

from kb.retrieval.question_parts import asks_for_several, parts


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("X300的价格和Y200的重量？", ("X300的价格", "Y200的重量")),
        ("水泵的扬程与合同HT-2024的金额分别是多少？", ("水泵的扬程", "合同HT-2024的金额")),
        ("张飞和关羽的电话号码分别是多少？", ("张飞的电话号码", "关羽的电话号码")),
        ("张飞的电话是多少？合同的金额是多少？", ("张飞的电话是多少？", "合同的金额是多少？")),
        ("谁签了合同，水泵的扬程是多少", ("谁签了合同", "水泵的扬程是多少")),
        ("What is an impeller, and who wrote the manual?", None),
        ("Who signed the lease and when does the pump need oil?", None),
        ("What is the price of the pump and the term of the lease?", None),
    ],
)
def test_a_question_in_several_parts_is_divided(
    question: str, expected: tuple[str, ...] | None
) -> None:
    found = parts(question)

    assert len(found) == 2
    assert expected is None or found == expected


def test_two_english_questions_are_divided_before_the_second_question_word() -> None:
    found = parts("What is an impeller, and who wrote the manual?")

    assert found == ("What is an impeller", "who wrote the manual?")


def test_two_properties_of_two_things_are_divided_in_english() -> None:
    found = parts("What is the price of the pump and the term of the lease?")

    assert found == ("the price of the pump", "the term of the lease?")


@pytest.mark.parametrize(
    "question",
    [
        "张飞的电话号码是多少？",
        "为确保道路和城的据点，伊达政宗做了什么？",
        "中华人民共和国的首都是哪里",
        "冰冻的底土和扩展的高山冰川开始发生什么变化？",
        "When did the company, which was founded in 1990, close?",
        "Research and development costs how much?",
        "What did the ECDC and WHO ask the countries?",
        "",
        "？？",
    ],
)
def test_one_question_stays_whole(question: str) -> None:
    assert parts(question) == ()


@pytest.mark.parametrize(
    "question",
    [
        "X300和Y200的区别是什么，哪个更重？",
        "the difference between the price of A and the price of B",
        "曹操的儿子和刘备的关系是什么",
    ],
)
def test_a_comparison_needs_both_at_once_and_stays_whole(question: str) -> None:
    assert parts(question) == ()


@pytest.mark.parametrize(
    "question",
    [
        "Who founded the company, and when was it sold?",
        "X300的价格是多少？它有多重？",
        "关羽的电话是多少？邮箱呢？",
    ],
)
def test_a_part_that_leans_on_the_one_before_it_stays_with_it(question: str) -> None:
    assert parts(question) == ()


@pytest.mark.parametrize(
    ("question", "several"),
    [
        ("公司地址和电话是什么？", True),
        ("卖方是哪家公司，质保期多少个月？", True),
        ("What are the opening hours and the number?", True),
        ("员工结婚可以休几天婚假？", False),
        ("How heavy is the pump?", False),
    ],
)
def test_whatever_may_be_after_more_than_one_thing_is_told(question: str, several: bool) -> None:
    assert asks_for_several(question) is several


def test_a_part_that_leans_is_kept_with_the_right_one() -> None:
    found = parts("谁签了合同？张飞的电话是多少？他住在哪里？")

    assert found == ("谁签了合同？", "张飞的电话是多少？ 他住在哪里？")


def test_four_questions_are_four_parts_and_a_mark_alone_is_none() -> None:
    four = [f"第{n}条的内容是什么？" for n in range(4)]

    assert parts("".join(four)) == tuple(four)
    assert parts(f"{four[0]}{four[1]} ？") == tuple(four[:2])


def test_three_words_are_enough_to_be_searched_for_and_two_are_not() -> None:
    assert parts("甲的价和乙的价") == ("甲的价", "乙的价")
    assert parts("甲价？乙的价？") == ()


def test_a_long_list_is_searched_as_it_stands() -> None:
    assert parts("？".join(f"第{n}条的内容是什么" for n in range(5))) == ()
