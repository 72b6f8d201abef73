"""`kb ask` takes the model's verdict before the answer. The model is a fake whose first token has
the log-probabilities that a test needs; documents and store are real."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from kb.answering.refusal import Reach, Threshold
from kb.answering.verdict import Bounds, Rule, Rules, Ruling
from kb.errors import EngineFailed
from kb.model_types import FirstToken
from kb.pipelines.ask import Limits, ask, retrieve
from kb.pipelines.verdict import Verdict
from kb.text.language import Language
from kb.text.question import Question
from kb.types import Answer, ChatPiece, Context, Message, Passage, Progress, Query
from kb.wording import Inquiry
from tests.fakes import FakeGenerator
from tests.pipelines.test_ask import FakeHesitantModel, opened
from tests.pipelines.test_ask import library as library  # the fixture
from tests.pipelines.workspace import Workspace

LIMITS = Limits(num_ctx=2048, max_tokens=128)
RULE = Rule(Inquiry.WHICH, Bounds(refuse=-2.0, flag=0.0))
RULES: Rules = {Language.ZH: RULE, Language.EN: RULE}
SURE = {"1": -0.1, "0": -3.0}
DOUBTFUL = {"0": -0.5, "1": -1.5}
DENYING = {"0": -0.1, "1": -3.5}
WEIGHT = "How heavy is the X200 pump?"
SAYS = "The X200 pump weighs 187 kg. [1]"


def asked(
    library: Workspace,
    question: str,
    generator: FakeGenerator,
    *,
    rules: Rules | None = RULES,
    strict: bool = False,
    threshold: Threshold | None = None,
) -> tuple[Answer, list[object]]:
    with opened(library, generator) as tools:
        tools = replace(tools, verdict=rules, threshold=threshold or tools.threshold)
        *before, answer = ask(Query(question, 2), tools, LIMITS, think=False, strict=strict)
    assert isinstance(answer, Answer)
    return answer, [*before]


def test_where_no_passage_states_the_answer_the_model_is_not_asked_for_one(
    library: Workspace,
) -> None:
    generator = FakeGenerator([ChatPiece("It is 5 dB. [1]")], begins=DENYING)
    answer, before = asked(library, "What is the noise level of the X200 pump?", generator)
    assert (answer.found, answer.refused_by, answer.citations) == (False, "verdict", ())
    assert answer.text == "The knowledge base does not hold an answer to this question."
    assert answer.verdict == pytest.approx(-3.4)
    assert answer.model == "fake-chat"
    assert [type(one) for one in before] == [Context, Progress], "the nearest passages are a hint"
    assert generator.asked == []


def test_where_the_name_stands_beside_what_is_asked_for_a_no_marks_and_refuses_nothing(
    library: Workspace,
) -> None:
    says = "张飞的电话号码是u987438274。[1]"
    generator = FakeGenerator([ChatPiece(says)], begins=DENYING)
    answer, _ = asked(library, "张飞的电话是多少？", generator)
    assert (answer.found, answer.grounded) == (True, False)
    assert answer.verdict == pytest.approx(-3.4)
    assert "u987438274" in answer.text


def test_a_passage_that_states_it_is_answered_from_and_the_margin_is_told(
    library: Workspace,
) -> None:
    answer, _ = asked(library, WEIGHT, FakeGenerator([ChatPiece(SAYS)], begins=SURE))
    assert answer.verdict == pytest.approx(2.9)
    assert (answer.found, answer.grounded) == (True, True)
    assert "187 kg" in answer.text


def test_a_margin_between_the_bounds_marks_the_answer_and_says_for_which_word(
    library: Workspace,
) -> None:
    question = "What is the colour of the X200 pump?"
    says = "The X200 pump is 187 kg. [1]"
    answer, _ = asked(library, question, FakeGenerator([ChatPiece(says)], begins=DOUBTFUL))
    assert (answer.found, answer.grounded) == (True, False)
    assert answer.unsupported == ("colour",)


def test_a_figure_for_a_property_that_no_passage_names_is_marked_unless_the_verdict_is_sure(
    library: Workspace,
) -> None:
    question, says = "What is the warranty of the X200 pump?", "The X200 pump has 187 kg. [1]"
    unsure = FakeGenerator([ChatPiece(says)], begins={"1": -0.5, "0": -1.0})
    answer, _ = asked(library, question, unsure)
    assert (answer.found, answer.unsupported) == (True, ("warranty",))
    answer, _ = asked(library, question, FakeGenerator([ChatPiece(says)], begins=SURE))
    assert answer.unsupported == ()


def test_a_strict_answer_is_withheld_where_others_are_marked(library: Workspace) -> None:
    generator = FakeGenerator([ChatPiece(SAYS)], begins=DOUBTFUL)
    answer, _ = asked(library, WEIGHT, generator, strict=True)
    assert (answer.found, answer.refused_by) == (False, "grounding")


def test_across_languages_a_margin_that_would_refuse_marks(library: Workspace) -> None:
    begins = {"0": -0.1, "1": -2.5}
    answer, _ = asked(library, "X200泵有多重？", FakeGenerator([ChatPiece(SAYS)], begins=begins))
    assert (answer.found, answer.grounded) == (True, False)
    answer, _ = asked(library, WEIGHT, FakeGenerator([ChatPiece(SAYS)], begins=begins))
    assert answer.refused_by == "verdict"


def test_across_languages_an_answer_without_a_mark_takes_more(library: Workspace) -> None:
    begins = {"1": -0.6, "0": -0.8}
    answer, _ = asked(library, "X200泵有多重？", FakeGenerator([ChatPiece(SAYS)], begins=begins))
    assert (answer.found, answer.grounded) == (True, False)
    answer, _ = asked(library, WEIGHT, FakeGenerator([ChatPiece(SAYS)], begins=begins))
    assert (answer.found, answer.grounded) == (True, True)


def test_without_rules_it_is_not_asked(library: Workspace) -> None:
    generator = FakeGenerator([ChatPiece(SAYS)], begins=DENYING)
    answer, _ = asked(library, WEIGHT, generator, rules=None)
    assert (answer.found, answer.verdict) == (True, None)
    assert generator.asked_first == []


def test_a_model_that_says_neither_is_believed_as_before(library: Workspace) -> None:
    generator = FakeGenerator([ChatPiece(SAYS)], begins={"<think>": -0.01})
    answer, _ = asked(library, WEIGHT, generator)
    assert (answer.found, answer.grounded, answer.verdict) == (True, True, None)


def test_what_is_refused_before_the_model_costs_no_verdict(library: Workspace) -> None:
    generator = FakeGenerator(begins=SURE)
    answer, _ = asked(library, "刘备的电话号码", generator)
    assert (answer.refused_by, generator.asked_first) == ("missing-term", [])


def test_a_small_model_that_is_sure_is_offered_no_way_out(library: Workspace) -> None:
    way_out = "资料里没有提到"
    for begins, offered in ((SURE, False), ({"1": -0.5, "0": -1.0}, True)):
        generator = FakeGenerator([ChatPiece("张飞的电话号码是u987438274。[1]")], begins=begins)
        asked(library, "张飞的电话是多少？", generator)
        assert (way_out in generator.asked[0][-1].content) is offered


QUOTES: Rules = {spoken: replace(RULE, quotes=True) for spoken in Language}
PHONE = "张飞的电话号码是u987438274。"


def test_a_small_model_that_is_sure_goes_on_from_the_passage_that_it_named(
    library: Workspace,
) -> None:
    generator = FakeGenerator([ChatPiece(PHONE)], begins=SURE, continues=True)
    answer, before = asked(library, "张飞的电话是多少？", generator, rules=QUOTES)
    assert generator.asked[0][:-1] == generator.asked_first[0]
    assert generator.asked[0][-1] == Message("assistant", "1。\n\n资料1中的原句：")
    assert answer.text == f"{PHONE}[1]"
    assert "".join(one.content for one in before if isinstance(one, ChatPiece)) == answer.text


@pytest.mark.parametrize(
    ("question", "continues", "begins"),
    [
        ("张飞的电话是多少？", False, SURE),
        ("张飞的电话是多少？", True, {"1": -0.5, "0": -1.0}),
        ("张飞的电话和关羽的电话是多少？", True, SURE),
        ("How heavy is the X200 pump?", True, SURE),
    ],
    ids=["the engine cannot", "it is not sure", "two things", "in English"],
)
def test_it_is_asked_for_a_sentence_where_it_cannot_or_one_sentence_need_not_do(
    library: Workspace, question: str, continues: bool, begins: dict[str, float]
) -> None:
    generator = FakeGenerator([ChatPiece(PHONE)], begins=begins, continues=continues)
    asked(library, question, generator, rules=QUOTES)
    assert {one.role for messages in generator.asked for one in messages} == {"system", "user"}


def test_a_figure_of_another_kind_is_withheld_though_the_verdict_is_sure(
    library: Workspace,
) -> None:
    begins = {"1": -0.5, "0": -1.4}
    question = "How many litres does the red lid of the big machine hold?"
    generator = FakeGenerator([ChatPiece("It holds 187 kg. [1]")], begins=begins)
    answer, _ = asked(library, question, generator)
    assert (answer.found, answer.refused_by) == (False, "grounding")


IN_OTHER_WORDS = "What does it weigh, that big thing?"
ACROSS = "水泵有多重？"


@pytest.mark.parametrize(
    ("margin", "least", "found"),
    [(0.35, 1.05, True), (0.2, 1.05, False), (0.35, 2.0, False), (0.8, 2.0, True)],
    ids=["just below", "just below, unsure", "half of it", "half of it, surer"],
)
def test_below_the_threshold_the_verdict_must_speak_the_more_for_an_answer_the_lower_the_score(
    library: Workspace, margin: float, least: float, found: bool
) -> None:
    says = "That thing, the pump, weighs much. [1]"
    generator = FakeGenerator([ChatPiece(says)], begins={"1": -1.0, "0": -1.0 - margin})
    answer, _ = asked(library, IN_OTHER_WORDS, generator, threshold=above(library, least))
    assert (answer.found, answer.refused_by) == (found, "" if found else "retrieval")


@pytest.mark.parametrize(
    ("margin", "above_it", "found"),
    [(0.4, 1.05, False), (0.55, 1.05, True), (0.4, 1.2, True), (-0.5, 1.7, True)],
    ids=["just above, unsure", "just above", "further above", "far above"],
)
def test_across_languages_a_score_just_above_the_threshold_is_a_doubt_too(
    library: Workspace, margin: float, above_it: float, found: bool
) -> None:
    generator = FakeGenerator([ChatPiece(SAYS)], begins={"1": -1.0, "0": -1.0 - margin})
    threshold = across(library, above_it)
    answer, _ = asked(library, ACROSS, generator, threshold=threshold)
    assert (answer.found, answer.refused_by) == (found, "" if found else "retrieval")


def test_without_log_probabilities_a_score_across_languages_decides_alone(
    library: Workspace,
) -> None:
    generator = FakeGenerator([ChatPiece(SAYS)], begins={})
    answer, _ = asked(library, ACROSS, generator, threshold=across(library, 1.05))
    assert answer.found


def test_an_answer_from_passages_in_the_other_language_alone_takes_as_much_as_across(
    library: Workspace,
) -> None:
    """The nearest passage is in the question's language, and is not what the answer cites."""
    begins = {"1": -0.6, "0": -0.8}
    question = "关羽的水泵有多重？"
    answer, _ = asked(library, question, FakeGenerator([ChatPiece("187 kg [2]")], begins=begins))
    assert [one.source for one in answer.citations] == ["pump.txt"]
    assert not answer.grounded
    answer, _ = asked(library, question, FakeGenerator([ChatPiece("187 kg [2]")], begins=SURE))
    assert answer.grounded


@pytest.mark.parametrize(
    ("margin", "reached", "marks"),
    [(0.6, 0.9, True), (0.9, 0.9, False), (0.6, 1.1, False)],
    ids=["below", "below, sure", "above"],
)
def test_below_the_threshold_an_answer_goes_without_a_mark_where_the_verdict_is_sure_alone(
    margin: float, reached: float, marks: bool
) -> None:
    passage = Passage(1, "a.md", "The pump weighs 187 kg.", None, None, "", "", ("c",))
    verdict = Verdict(Ruling.ANSWER, margin, None, RULE.bounds)
    asked = Question.of("How heavy is it?")
    assert verdict.marks(asked, [passage], Reach(own=reached)) is marks


def test_far_below_or_without_a_verdict_no_model_is_asked(library: Workspace) -> None:
    for least, rules in ((5.0, RULES), (1.05, None)):
        generator = FakeGenerator([ChatPiece(SAYS)], begins=SURE)
        threshold = above(library, least)
        answer, _ = asked(library, IN_OTHER_WORDS, generator, rules=rules, threshold=threshold)
        assert (answer.refused_by, generator.asked_first) == ("retrieval", [])


def test_a_name_that_stands_nowhere_is_refused_whatever_a_verdict_would_say(
    library: Workspace,
) -> None:
    generator = FakeGenerator(begins=SURE)
    answer, _ = asked(library, "刘备的电话号码", generator, threshold=above(library, 1.05))
    assert (answer.refused_by, generator.asked_first) == ("missing-term", [])


def above(library: Workspace, times: float) -> Threshold:
    """So many times what the question in other words scores."""
    with opened(library, FakeGenerator()) as tools:
        best = retrieve(Query(IN_OTHER_WORDS, 2), tools).best_score
    assert best is not None
    assert best > 0
    return Threshold(times * best, times * best)


def across(library: Workspace, share: float) -> Threshold:
    """Of which the hit in the other language reaches this share, and no hit in its own does any."""
    with opened(library, FakeGenerator()) as tools:
        hits = retrieve(Query(ACROSS, 2), tools).hits
    [score] = [one.score for one in hits if one.chunk.text.isascii()]
    return Threshold(within=1e6, across=score / share)


@pytest.mark.parametrize(
    ("says", "margin", "found"),
    [
        ("The X200 pump weighs 187 kg. [1]", 0.9, True),
        ("It brings 187 kg. [1]", 0.9, True),
        ("It brings 187 kg. [1]", 0.7, False),
        ("It brings 187 kg. [1]", 1.3, True),
        ("The X200 pump weighs 187 kg. [1]", 0.1, False),
    ],
    ids=[
        "a sentence, sure",
        "other words, sure",
        "other words, hardly sure",
        "other words, very sure",
        "a sentence, unsure",
    ],
)
def test_a_number_that_would_be_withheld_is_marked_where_the_verdict_is_sure_enough(
    library: Workspace, says: str, margin: float, found: bool
) -> None:
    question = "How much does the giant in the cellar bring on the scales?"
    generator = FakeGenerator([ChatPiece(says)], begins={"1": -0.1, "0": -0.1 - margin})
    answer, _ = asked(library, question, generator)
    assert (answer.found, answer.grounded) == (found, False)


def test_the_verdict_is_asked_on_the_passages_of_the_answer(library: Workspace) -> None:
    generator = FakeGenerator([ChatPiece(SAYS)], begins=SURE)
    asked(library, WEIGHT, generator)
    [verdict], [answer] = generator.asked_first, generator.asked
    shared = answer[-1].content.partition(WEIGHT)[0]
    assert verdict[0] == answer[0]
    assert verdict[-1].content.startswith(shared + WEIGHT)


UNSPOKEN = "关羽的号码是哪一个？"
"""No sentence holds much of it, so that the model's own word would be believed."""


@pytest.mark.parametrize(
    ("margin", "insisted", "found", "grounded"),
    [
        (2.9, "关羽的电话号码是5352345。[1]", True, True),
        (0.4, "关羽的电话号码是5352345。[1]", False, True),
        (2.9, "关羽的电话号码是7777777。[1]", True, False),
    ],
    ids=["a sure verdict", "a verdict that is not sure", "a number that stands nowhere is marked"],
)
def test_who_would_decline_against_a_verdict_of_its_own_is_offered_no_way_out(
    library: Workspace, margin: float, insisted: str, found: bool, grounded: bool
) -> None:
    model = FakeHesitantModel(insisted)
    model.begins = {"1": -0.1, "0": -0.1 - margin}
    answer, _ = asked(library, UNSPOKEN, model)
    assert (answer.found, answer.grounded) == (found, grounded)
    assert len(model.asked) == 1


class FakeReader(FakeGenerator):
    """Reads its first prompt at 50 tokens a second, and the answer's from a cache."""

    def first_token(self, messages: Any, *, num_ctx: int) -> Iterator[FirstToken]:
        [first] = super().first_token(messages, num_ctx=num_ctx)
        result = replace(first.result, prompt_tokens=300, prompt_seconds=6.0)
        yield replace(first, result=result)


def test_reading_is_timed_where_the_prompt_is_read_first(library: Workspace) -> None:
    generator = FakeReader([ChatPiece(SAYS)], begins=SURE)
    with opened(library, generator) as tools:
        tools = replace(tools, verdict=RULES)
        *_, answer = ask(Query(WEIGHT, 2), tools, LIMITS, think=False, strict=False)
    assert isinstance(answer, Answer)
    assert tools.gauge.measured.tokens_per_second == pytest.approx(39.33), "34, a third nearer 50"
    assert answer.timings.prompt == pytest.approx(6.0)


class FakeBrokenVerdict(FakeGenerator):
    """Breaks off at its first token."""

    def first_token(  # type: ignore[override]
        self, messages: list[Message], *, num_ctx: int
    ) -> Iterator[FirstToken]:
        raise EngineFailed("broke off", why="it was told to", hint="ask again")


def test_an_engine_that_breaks_off_at_the_verdict_has_broken_off(library: Workspace) -> None:
    with pytest.raises(EngineFailed):
        asked(library, WEIGHT, FakeBrokenVerdict())
