"""The model's verdict before it answers: what its first token's log-probabilities are worth."""

from __future__ import annotations

import math

import pytest

from kb.answering import prompt
from kb.answering.verdict import (
    SIGN,
    Bounds,
    Rule,
    Ruling,
    margin,
    named,
    only_flagging,
    rules_for,
    ruling,
)
from kb.model_types import FirstToken
from kb.text.language import Language
from kb.text.question import Question
from kb.types import ChatResult, Passage
from kb.wording import Inquiry

END = ChatResult("length", 700, 1, 0.0, 1.0, 0.0)


def passage(n: int) -> Passage:
    return Passage(n, f"{n}.txt", f"The pump {n} is red.", None, None, "", "", ())


def test_the_margin_is_the_best_number_less_zero_in_nats() -> None:
    told = FirstToken("1", {"1": -0.5, "2": -1.5, "0": -2.0, "The": -3.0}, END)
    assert margin(told, Inquiry.WHICH, 3) == pytest.approx(1.5)


def test_a_number_that_no_passage_has_is_none() -> None:
    told = FirstToken("5", {"5": -0.1, "2": -3.0, "0": -4.0}, END)
    assert margin(told, Inquiry.WHICH, 3) == pytest.approx(1.0)


def test_full_width_digits_and_blanks_are_the_same_numbers() -> None:
    told = FirstToken(" 1", {" 1": -0.5, "０": -2.0}, END)
    assert margin(told, Inquiry.WHICH, 3) == pytest.approx(1.5)


def test_what_is_not_among_the_likeliest_counts_as_the_last_of_them() -> None:
    told = FirstToken("1", {"1": -0.1, "The": -3.0, "A": -6.0}, END)
    assert margin(told, Inquiry.WHICH, 3) == pytest.approx(5.9)


def test_the_passage_that_is_named_is_the_likeliest_number() -> None:
    told = FirstToken("0", {"0": -0.1, "２": -1.0, "3": -2.0, "7": -0.5}, END)
    assert named(told, 3) == 2
    assert named(FirstToken("3", {}, END), 3) == 3
    assert named(FirstToken("0", {}, END), 3) is None


@pytest.mark.parametrize("said", ["<think>", "Answer", ""])
def test_a_model_that_says_neither_gives_no_verdict(said: str) -> None:
    assert margin(FirstToken(said, {said: -0.1, "So": -3.0}, END), Inquiry.WHICH, 3) is None
    assert margin(FirstToken(said, {}, END), Inquiry.WHICH, 3) is None


@pytest.mark.parametrize(("word", "sign"), [("2", 1), ("0", -1)])
def test_without_log_probabilities_the_word_tells_the_sign_alone(word: str, sign: int) -> None:
    assert margin(FirstToken(word, {}, END), Inquiry.WHICH, 3) == sign * SIGN


@pytest.mark.parametrize(
    ("yes", "no"), [("有", "没有"), ("Yes", "No"), ("有", "没"), ("yes", " no")]
)
def test_whether_it_is_stated_is_a_yes_less_a_no(yes: str, no: str) -> None:
    told = FirstToken(yes, {yes: -0.2, no: -1.2, "The": -4.0}, END)
    assert margin(told, Inquiry.STATED, 3) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (-4.0, Ruling.REFUSE),
        (-3.0, Ruling.FLAG),
        (-1.5, Ruling.FLAG),
        (-1.0, Ruling.ANSWER),
        (None, Ruling.ANSWER),
    ],
)
def test_a_low_margin_refuses_one_between_the_bounds_flags(
    found: float | None, expected: Ruling
) -> None:
    assert ruling(found, Bounds(refuse=-3.0, flag=-1.0)) is expected


def test_where_only_flags_are_wanted_nothing_is_refused() -> None:
    rules = only_flagging({Language.EN: Rule(Inquiry.WHICH, Bounds(-3.0, -1.0))})
    assert ruling(-math.inf, rules[Language.EN].bounds) is Ruling.FLAG


def test_every_model_has_a_rule_in_both_languages_and_an_unknown_one_a_cautious_one() -> None:
    for name in ("qwen2.5-coder:1.5b", "someone/qwen2.5-coder:1.5b", "deepseek-r1:7b", "x"):
        rules = rules_for(name)
        assert rules.keys() == set(Language)
        assert all(rule.bounds.refuse <= rule.bounds.flag for rule in rules.values())
    assert ruling(-SIGN, rules_for("x")[Language.EN].bounds) is not Ruling.REFUSE


@pytest.mark.parametrize("asked", ["水泵是什么颜色？", "What colour is the pump?"])
@pytest.mark.parametrize("kind", Inquiry)
def test_it_is_asked_behind_the_prompt_of_the_answer(asked: str, kind: Inquiry) -> None:
    question, passages = Question.of(asked), [passage(1), passage(2)]
    system, user = prompt.inquiry(question, passages, kind)
    answer_system, answer_user = prompt.messages(question, passages)

    shared = user.content.partition(asked)[0] + asked
    assert system == answer_system
    assert answer_user.content.startswith(shared)
    assert len(user.content) - len(shared) < 120, "what is read for it besides"


@pytest.mark.parametrize(
    ("count", "zh", "en"), [(1, "编号1；", "number, 1;"), (3, "1、2或3", "1, 2 or 3")]
)
def test_the_numbers_of_the_passages_are_named(count: int, zh: str, en: str) -> None:
    passages = [passage(n) for n in range(1, count + 1)]
    for asked, expected in (("水泵是什么颜色？", zh), ("What colour is the pump?", en)):
        _, user = prompt.inquiry(Question.of(asked), passages, Inquiry.WHICH)
        assert expected in user.content.splitlines()[-1]
