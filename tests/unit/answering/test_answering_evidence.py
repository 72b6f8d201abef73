"""Whether an answer rests on what speaks of the question."""

from __future__ import annotations

import pytest

from kb.answering.evidence import adds_a_number, doubts, speaks_of
from kb.answering.names import words
from kb.index.sparse import document_vector
from kb.text.question import Question
from kb.types import Passage

PUMP = "The X200 pump delivers 50 m3/h. Its rated head is 38 m. Change the oil every 500 hours."
PHONES = "张飞的电话号码是u987438274。关羽的电话号码是5352345。"


def terms(text: str) -> dict[int, float]:
    """Every term weighs the same."""
    return dict.fromkeys(document_vector(text).indices, 1.0)


def doubted(question: str, answer: str, text: str, *, section: str = "") -> tuple[str, ...]:
    passage = Passage(1, "a.md", text, None, None, section=section, title="", chunk_ids=("c",))
    return doubts(Question.of(question), answer, [passage], terms=terms)


def test_an_answer_from_a_sentence_on_another_thing_is_doubted_by_the_words_that_are_missing() -> (
    None
):
    question = "Which colour of paint protects the housing against corrosion?"
    assert doubted(question, "The paint is the rated head.", PUMP)[:2] == ("colour", "paint")
    question = "关羽的开户银行和支行叫什么名称？"
    assert "支行" in doubted(question, "关羽的开户银行是5352345。", PHONES)


def test_an_answer_from_the_sentence_that_was_asked_about_is_not() -> None:
    assert doubted("How often is the oil changed?", "Every 500 hours.", PUMP) == ()
    assert doubted("关羽的电话号码是多少？", "5352345。", PHONES) == ()


def test_of_sentences_that_hold_as_much_of_the_question_the_one_with_the_property_counts() -> None:
    """Neither holds four tenths of the question; the property has another name in the second."""
    text = "Mira Kolb leads the night crew there. Her locker is 12. Reach Kolb at ext. 4471."
    asked = "What phone extension does Kolb have?"
    assert doubted(asked, "Kolb has 4471.", text) == ()
    assert "passport" in doubted("Which passport number has Kolb been given?", "4471.", text)


def test_that_a_thing_takes_place_need_not_be_said_where_its_day_is() -> None:
    moved = "门店会后清点了货架。原定4月19日的义卖改期到5月10日，地点不变。"
    assert doubted("义卖哪天举行？", "义卖在5月10日举行。", moved) == ()
    assert doubted("义卖哪天结账？", "义卖在5月10日结账。", moved) == ("结账",)


def test_a_cost_is_said_by_an_amount_and_a_limit_by_up_to() -> None:
    text = "Valid from 1 February. Lodging: up to 150 EUR. Meals: 48 km."
    asked = "How much may a lodging cost under which rule?"
    assert doubted(asked, "A lodging costs up to 150 EUR.", text) == ("rule",)
    assert doubted("What is the lodging limit?", "The limit is 150 EUR.", text) == ()
    assert "cost" in doubted("How much may a meal cost per day abroad?", "48 km.", "Meals: 48 km.")


def test_one_rows_number_is_not_what_several_rows_have_in_all() -> None:
    stock = "饲料: 苜蓿 | 批次: F-101 | 存量: 140\n饲料: 苜蓿 | 批次: F-103 | 存量: 60"
    assert doubted("苜蓿一共有多少袋？", "苜蓿一共有140袋。", stock) == ("一共",)


def test_the_section_may_say_what_the_sentence_leaves_out() -> None:
    question = "Which noise emission is allowed near the housing?"
    assert doubted(question, "38 m.", PUMP, section="Noise emission allowed near housing") == ()


def test_an_answer_whose_own_words_stand_nowhere_is_doubted() -> None:
    answer = "The rated head was changed by extinct dinosaurs."
    assert doubted("What changed the rated head of the X200 pump?", answer, PUMP) == (
        "extinct",
        "dinosaurs",
    )


def test_another_form_of_a_word_is_the_same_word() -> None:
    assert doubted("What does the X200 pump deliver?", "It is delivering 50 m3/h.", PUMP) == ()


def test_across_languages_nothing_can_be_compared_and_nothing_is_doubted() -> None:
    assert doubted("X200水泵的额定扬程是多少？", "额定扬程是38米。", PUMP) == ()


def test_only_a_number_that_the_question_lacks_is_added() -> None:
    assert adds_a_number(Question.of("X200的扬程？"), "X200的扬程是38米。[1]")
    assert not adds_a_number(Question.of("X200的材料？"), "X200的材料是铸铁。[1]")


def test_a_code_is_no_answer_where_the_property_that_was_asked_for_is_not_named() -> None:
    assert doubted("张飞的工号是多少？", "张飞的工号是u987438274。", PHONES) == ("工号",)
    text = "The telephone number of Guan Yu is 5352345."
    asked = "What is the passport of Guan Yu?"
    assert doubted(asked, "The passport of Guan Yu is 5352345.", text) == ("passport",)


def test_a_number_is_no_answer_in_a_unit_that_the_passage_does_not_have() -> None:
    question = "What is the rated noise head in decibels of the X200 pump?"
    assert doubted(question, "The rated head is 38.", PUMP) == ("decibels",)
    text = "Hostname: srv-db-01 | Role: database | Operating system: Debian 12"
    question = "How many gigabytes does the database srv-db-01 have?"
    assert doubted(question, "The database srv-db-01 has 12 GB.", text) == ("gigabytes",)


def test_how_it_is_asked_and_that_it_holds_now_is_nothing_that_a_passage_lacks() -> None:
    text = "退房后35分钟内完成打扫。"
    assert doubted("退房后多长时间内要打扫完？", "退房后35分钟内完成打扫。", text) == ()
    price = "床单每条洗涤费2.1元。"
    assert doubted("洗一条床单现在多少钱？", "床单每条洗涤费2.1元。", price) == ()
    assert doubted("柜子里放几条毛巾？", "柜内放3条毛巾。", "柜内放3条毛巾。") == ()


def test_a_unit_counts_in_every_spelling_and_a_quantity_needs_no_name() -> None:
    text = "储水桶的容量为 25 L，每个病区领取 12000 只。"
    assert doubted("储水桶的容量是多少升？", "储水桶的容量是25升。", text) == ()
    assert doubted("储水桶的数量是多少？", "储水桶共领取12000只。", text) == ()


def test_a_sentence_that_holds_most_of_the_question_speaks_of_it() -> None:
    passage = Passage(1, "a.md", PHONES, None, None, section="", title="", chunk_ids=("c",))
    assert speaks_of(Question.of("关羽的电话号码是多少？"), [passage], terms)
    assert not speaks_of(Question.of("关羽的邮箱地址和出生日期是什么？"), [passage], terms)


def test_a_property_that_stands_there_under_another_name_is_not_missing() -> None:
    assert (
        doubted("池月的电话是多少", "池月的电话是13511223344。", "池月 | 手机：13511223344") == ()
    )
    assert (
        doubted("What is the phone of Chi Yue?", "13511223344.", "Chi Yue. Mobile: 13511223344")
        == ()
    )


def test_an_extension_is_still_no_mobile_number() -> None:
    row = "姓名：池月 | 科室：设备科 | 分机：86120"
    assert "手机" in doubted("池月的手机是多少", "池月的手机是86120。", row)


@pytest.mark.parametrize(
    ("question", "answer", "text"),
    [
        ("池月同事的分机号是多少呢？", "分机是8840。", "姓名: 池月 | 分机: 8840"),
        ("手机号13511228899是哪位同事的？", "池月。", "姓名: 池月 | 手机: 13511228899"),
    ],
)
def test_a_columns_head_and_whoever_is_asked_for_are_no_missing_words(
    question: str, answer: str, text: str
) -> None:
    passage = Passage(1, "a.txt", text, None, None, "", "", ())

    def little_is_held(text: str) -> dict[int, float]:
        """A tenth of the question stands there, so that its words are looked for."""
        return {1: 1.0, 2: 9.0} if text == question else {1: 1.0}

    assert doubts(Question.of(question), answer, [passage], terms=little_is_held) == ()


@pytest.mark.parametrize(
    ("question", "answer", "doubt"),
    [
        ("借书证的有效期是几个月？", "借书证自签发之日起在各馆有效。", ("几个月",)),
        ("借书证的有效期是几个月？", "借书证自签发之日起二十四个月内有效。", ()),
        ("How many months is a card valid?", "A card is valid from its day on.", ("how many",)),
        ("How many months is a card valid?", "A card is valid for twelve months.", ()),
    ],
)
def test_a_count_that_is_asked_for_and_not_given_is_doubted(
    question: str, answer: str, doubt: tuple[str, ...]
) -> None:
    assert doubted(question, answer, f"{question} {answer}") == doubt


@pytest.mark.parametrize(
    ("question", "answer", "doubt"),
    [
        ("停电的员工哪一天补班？", "值班人员按加班计算。", ("哪一天",)),
        ("停电的员工哪一天补班？", "停电的员工下周六补班。", ()),
        ("Which day is the payroll run?", "The payroll is run by finance.", ("which day",)),
        ("Which day is the payroll run?", "The payroll is run on the last Friday.", ()),
    ],
)
def test_a_day_that_is_asked_for_and_not_given_is_doubted(
    question: str, answer: str, doubt: tuple[str, ...]
) -> None:
    assert doubted(question, answer, f"{question} {answer}") == doubt


def test_a_measure_is_no_price() -> None:
    text = "The X200 pump takes 37 kW and its price list is new."
    said = "The price of the X200 pump is 37 kW."
    assert doubted("What is the price of the X200 pump?", said, text) == ("price",)
    assert doubted("X200泵的价格是多少？", "X200泵的价格是200升。", "Chamber: 200 l") == ("价格",)
    euros = "The price of the X200 pump is 37 euros."
    assert doubted("What is the price of the X200 pump?", euros, euros) == ()


@pytest.mark.parametrize(
    ("question", "spoken_of"),
    [
        ("洗一条被套算多少钱？", ("被套",)),
        ("屋顶的工程该找哪个人问？", ("屋顶", "工程")),
        ("哪个人员参加？", ("人员", "参加")),
        ("项目预算多少钱？", ("项目", "预算")),
    ],
)
def test_how_it_is_asked_takes_no_piece_of_what_a_question_speaks_of(
    question: str, spoken_of: tuple[str, ...]
) -> None:
    assert words(question) == spoken_of


def test_a_word_takes_nothing_of_what_stands_between_words() -> None:
    assert "费是" not in words("复印费是每页五角")
    text = "彩色复印每页收费五角，复印费由借阅人付。"
    assert doubted("彩色复印费是多少？", "彩色复印费是五角。", text) == ()
