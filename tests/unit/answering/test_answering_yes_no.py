"""Which questions want a yes or a no, and when an answer begins with one."""

from __future__ import annotations

import pytest

from kb.answering.yes_no import Choice, Concluded, choice, concluded, leaning
from kb.model_types import FirstToken
from kb.text.question import Question
from kb.types import ChatResult


@pytest.mark.parametrize(
    ("question", "yes", "no"),
    [
        ("留宿外人要不要批准？", "要", "不要"),
        ("古籍能不能外借？", "能", "不能"),
        ("夜里可不可以做实验？", "可以", "不可以"),
        ("有没有班车？", "有", "没有"),
        ("押金退不退？", "退", "不退"),
        ("进实验室是否必须戴护目镜？", "是", "否"),
        ("外地医保卡能否报销？", "能", "不能"),
        ("馆内可以吃东西吗？", "可以", "不可以"),
        ("买办公用品要招标吗？", "要", "不要"),
        ("开会议室的门要求登记吗？", "是", "否"),
        ("周末有班车吗?", "有", "没有"),
        ("图书借出后续借过吗", "是", "否"),
        ("Is water included in the rent?", "Yes", "No"),
        ("Can I transfer my membership?", "Yes", "No"),
    ],
)
def test_the_words_are_those_of_the_question(question: str, yes: str, no: str) -> None:
    assert choice(Question.of(question)) == Choice(yes, no)


@pytest.mark.parametrize(
    "question",
    [
        "押金退多少？",
        "两份制度写的一样吗？各是多少天？",
        "押金退现金还是退到卡里？",
        "复诊不用重新建卡吗？",
        "是不是不能外借？",
        "没有证件能不能进馆？",
        "What is included in the rent?",
        "Is water or electricity included in the rent?",
        "Isn't water included in the rent?",
        "Can you list the documents about the gym?",
        "How long is the notice period?",
        "馆内吃东西",
    ],
)
def test_a_question_that_asks_for_more_or_in_the_negative_has_none(question: str) -> None:
    assert choice(Question.of(question)) is None


def token(text: str, **logprobs: float) -> FirstToken:
    return FirstToken(text, logprobs, ChatResult("stop", 1, 1, 0.0, 0.0, 0.0))


def test_the_margin_is_that_of_the_likelier_spelling_of_each_word() -> None:
    first = token("No", No=-0.1, no=-4.0, Yes=-2.1, Maybe=-3.0)
    assert leaning(first) == pytest.approx(-2.0)
    assert leaning(token("也许", 也许=-0.1, 可能=-1.0)) is None


TO_WANT = Choice("要", "不要")
INCLUDED = Choice("是", "否")
CONSENT = "让步接收须经客户书面同意。[1]"


def said(answer: str, both: Choice, margin: float | None, quote: str = "") -> str:
    return concluded(answer, {1: quote} if quote else {}, both, margin).text


def test_the_word_stands_in_front_where_the_model_and_the_sentence_agree() -> None:
    assert said(CONSENT, TO_WANT, 1.2) == f"要。{CONSENT}"
    assert said("复诊无须重新建卡。[1]", TO_WANT, -0.9) == "不要。复诊无须重新建卡。[1]"
    sublet = "Subletting is not permitted. [1]"
    assert said(sublet, Choice("Yes", "No"), -3.0) == f"No. {sublet}"


@pytest.mark.parametrize(
    ("answer", "margin"),
    [
        (CONSENT, 0.2),  # not sure
        (CONSENT, None),
        ("要经客户书面同意。[1]", 2.0),  # it says so itself
        ("不需要客户同意。[1]", -2.0),
        ("", 2.0),
    ],
)
def test_the_answer_stays_as_it_is_where_nothing_is_to_be_added(
    answer: str, margin: float | None
) -> None:
    assert concluded(answer, {}, TO_WANT, margin).text == answer


def test_a_word_that_its_own_sentence_denies_is_put_right() -> None:
    both = Choice("Yes", "No")
    slip = "Yes, candles are forbidden in guest rooms. [1]"
    assert said(slip, both, -0.2) == "No. Candles are forbidden in guest rooms. [1]"
    assert said("是，馆内禁止饮食。[1]", INCLUDED, -1.5) == "否。馆内禁止饮食。[1]"


def test_a_statement_made_of_the_question_gives_way_to_the_sentence_that_is_cited() -> None:
    answer, quote = "物业费里包括车位租金。[1]", "车位租金不含在物业费中。"
    found = concluded(answer, {1: quote}, INCLUDED, -1.0)
    assert found == Concluded(f"否。{quote}[1]", agrees=True)


def test_a_statement_that_the_model_contradicts_itself_is_contested() -> None:
    quote = "物业费按季度交纳，车位租金另计。"
    answer = "物业费里包括车位租金。[1]"
    assert concluded(answer, {1: quote}, INCLUDED, -1.0) == Concluded(answer, is_contested=True)
    taxi = "Taxis are reimbursed only after 10 pm. [1]"
    quoted = concluded(taxi, {1: "Taxis are reimbursed only after 10 pm."}, Choice("Yes", "No"), -2)
    assert quoted == Concluded(taxi), "a passage's own words are shown for what they are"


def test_a_word_without_probabilities_is_taken_as_sure() -> None:
    margin = leaning(FirstToken("是", {}, ChatResult("stop", 1, 1, 0.0, 0.0, 0.0)))
    assert said(CONSENT, TO_WANT, margin) == f"要。{CONSENT}"


@pytest.mark.parametrize("part", ["不合格品由质量部处置。", "不少于三人在场。", "未来三年有效。"])
def test_a_negative_inside_a_word_denies_nothing(part: str) -> None:
    assert said(part, TO_WANT, 1.0) == f"要。{part}"


SMOKING = "Smoking is prohibited in the flat and on the balcony."


def test_an_answer_that_its_own_citation_denies_gives_way_to_it_or_is_contested() -> None:
    both, asked = Choice("Yes", "No"), ("allowed", "smoke", "balcony")
    answer = "Yes, you are allowed to smoke on the balcony. [1]"
    found = concluded(answer, {1: SMOKING}, both, -0.1, asked)
    assert found == Concluded(f"No. {SMOKING} [1]", agrees=True), "however little it leans that way"
    assert concluded(answer, {1: SMOKING}, both, 0.1, asked).is_contested


def test_a_sentence_on_another_thing_is_not_put_in_an_answer_s_place() -> None:
    answer = "Yes, you can sublet the flat. [1]"
    found = concluded(
        answer, {1: SMOKING}, Choice("Yes", "No"), -1.0, ("sublet", "tenants", "flat")
    )
    assert found == Concluded(answer, is_contested=True)
