"""`kb eval --calibrate --verdict N`: the way of asking and the bounds that a question set gives.
The model is a fake that is right about the questions it knows."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest

from kb.answering.refusal import Threshold
from kb.answering.verdict import UNKNOWN, Bounds, Rule, Rules
from kb.config import load
from kb.evaluation.questions import Question
from kb.index.sparse import query_vector
from kb.model_types import FirstToken
from kb.pipelines.ask import Limits, Tools
from kb.pipelines.calibrate import store_calibration
from kb.pipelines.evaluate import Bench
from kb.pipelines.verdicts import Margins, choose_verdict, kept, stored_rules
from kb.session import wiring
from kb.text.language import Language
from kb.types import Message
from kb.wording import Inquiry
from tests.fakes import FakeGenerator
from tests.pipelines.test_wordings import hears_nothing
from tests.pipelines.workspace import Workspace

LIMITS = Limits(num_ctx=2048, max_tokens=128)
IN_FORCE: Rules = {Language.EN: Rule(Inquiry.STATED, Bounds(-9.0, -8.0))}
THERE = [
    Question(f"a{n}", f"What does pump number {n} weigh?", (f"{n} kg",), "pumps.txt", True, "en")
    for n in range(30, 54)
]
ELSEWHERE = Question("a99", "What does pump number 99 weigh?", ("99 kg",), "pumps.txt", True, "en")
MISSING = [
    Question(f"u{n}", f"What is the price of pump number {n}?", (), "", False, "en")
    for n in range(30, 42)
]


@dataclass
class FakeJudge(FakeGenerator):
    """Says which passage states the answer with a margin that grows with the pump's number, and
    is wrong whenever it is asked whether the answer is stated at all."""

    seen: list[str] = field(default_factory=list)

    def first_token(self, messages: Sequence[Message], *, num_ctx: int) -> Iterator[FirstToken]:
        self.seen.append(messages[-1].content)
        asked = messages[-1].content.rpartition("pump number ")[2]
        number = int(asked[:2])
        there = "weigh" in messages[-1].content.partition("Question:")[2]
        if "0" in asked.splitlines()[-1]:
            self.begins = {"1": -0.1 * (60 - number), "0": -9.0 if there else -0.01}
        else:
            self.begins = {"yes": -0.1, "no": -0.1}
        return super().first_token(messages, num_ctx=num_ctx)


@pytest.fixture
def library(workspace: Workspace) -> Workspace:
    lines = (
        f"The pump number {question.id[1:]} weighs {question.answers[0]}." for question in THERE
    )
    workspace.write("pumps.txt", "\n\n".join(lines))
    workspace.ingest()
    return workspace


@contextmanager
def bench(library: Workspace, model: FakeGenerator) -> Iterator[Bench]:
    with library.tools.collection.reader() as live:
        catalog = live.catalog
        tools = Tools(
            index=live.vectors,
            catalog=catalog,
            lexical=partial(query_vector, df=catalog.df, n=catalog.chunk_count()),
            embedder=library.embedder,
            generator=lambda: model,
            engine="fake",
            temperature=0.0,
            threshold=None,
            verdict=IN_FORCE,
        )
        yield Bench(tools, catalog)


def chosen(library: Workspace, questions: Sequence[Question], most: int = 100) -> Rules:
    with bench(library, FakeJudge()) as one:
        found = choose_verdict(
            questions, one, LIMITS, most=most, top_k=3, seed=0, listen=hears_nothing
        )
    return found.rules


def test_the_way_of_asking_that_tells_the_questions_apart_is_chosen(library: Workspace) -> None:
    rules = chosen(library, [*THERE, *MISSING])
    assert rules[Language.EN].inquiry is Inquiry.WHICH


def test_the_bounds_are_low_percentiles_of_the_answerable_questions(library: Workspace) -> None:
    """The margins are 6.0, 6.1 … 8.3 nats: below the third and the eighth percentile."""
    bounds = chosen(library, [*THERE, *MISSING])[Language.EN].bounds
    assert bounds.refuse == pytest.approx(6.07)
    assert bounds.flag == pytest.approx(6.18)


def test_without_unanswerable_questions_the_way_of_asking_stays(library: Workspace) -> None:
    rule = chosen(library, THERE)[Language.EN]
    assert rule.inquiry is Inquiry.STATED
    assert rule.bounds == Bounds(0.0, 0.0)


def test_a_language_with_too_few_questions_keeps_its_rule(library: Workspace) -> None:
    assert chosen(library, [*THERE[:19], *MISSING]) == {}


def test_a_question_whose_answer_was_not_found_says_nothing_of_the_model(
    library: Workspace,
) -> None:
    with bench(library, FakeJudge()) as one:
        found = choose_verdict(
            [ELSEWHERE, *THERE], one, LIMITS, most=100, top_k=3, seed=0, listen=hears_nothing
        )
    assert found.lost == 1
    assert len(found.margins[Language.EN][Inquiry.WHICH].answerable) == len(THERE)


def test_both_ways_of_asking_follow_each_other_on_the_same_passages(library: Workspace) -> None:
    model = FakeJudge()
    with bench(library, model) as one:
        choose_verdict(THERE[:2], one, LIMITS, most=2, top_k=3, seed=0, listen=hears_nothing)
    which, stated = (text.partition("Question:")[0] for text in model.seen[:2])
    assert which == stated


def test_half_of_the_questions_are_unanswerable_where_there_are_as_many(
    library: Workspace,
) -> None:
    model = FakeJudge()
    with bench(library, model) as one:
        choose_verdict(
            [*THERE, *MISSING], one, LIMITS, most=10, top_k=3, seed=0, listen=hears_nothing
        )
    assert sum("price" in text for text in model.seen) == 5 * len(Inquiry)


def test_what_a_bound_gives_up_is_counted() -> None:
    margins = Margins(answerable=(-1.0, 2.0, 3.0), unanswerable=(-4.0, -2.0, 5.0))
    assert margins.below(-1.5) == (0, 2)
    assert margins.auc == pytest.approx(6 / 9)


def test_the_rules_are_kept_with_the_index_for_this_chat_model(library: Workspace) -> None:
    rules: Rules = {Language.ZH: Rule(Inquiry.WHICH, Bounds(-2.5, -0.75))}
    store_calibration(
        library.tools.collection,
        Threshold(0.1, 0.1),
        library.embedder.digest,
        more=kept("some-chat:7b", rules),
    )
    with library.tools.collection.reader() as live:
        assert stored_rules(live.catalog, "some-chat:7b") == rules
        assert stored_rules(live.catalog, "another:7b") is None


@pytest.mark.parametrize(
    "value",
    [
        "no json",
        "[]",
        '{"fr": {"inquiry": "which", "refuse": 0.0, "flag": 0.0}}',
        '{"zh": {"inquiry": "how", "refuse": 0.0, "flag": 0.0}}',
        '{"zh": {"inquiry": "which", "refuse": "low", "flag": 0.0}}',
        '{"zh": []}',
    ],
)
def test_rules_that_cannot_be_read_are_as_if_nothing_was_calibrated(
    value: str, library: Workspace
) -> None:
    store_calibration(
        library.tools.collection,
        Threshold(0.1, 0.1),
        library.embedder.digest,
        more={"verdict:c": value},
    )
    with library.tools.collection.reader() as live:
        assert stored_rules(live.catalog, "c") is None


def rules_in_use(library: Workspace, setting: str) -> Rules | None:
    """Those that answering works with under a value of `answer.verdict`."""
    settings = load(
        home=library.tools.collection.home,
        flags={"answer.verdict": setting, "models.chat": "some-chat:7b"},
        environ={},
    )
    engines: Any = SimpleNamespace(
        embedder=lambda: library.embedder, generator=FakeGenerator, engine="fake"
    )
    with (
        library.tools.collection.reader() as live,
        wiring.tools_on({"default": live}, settings, engines) as tools,
    ):
        return tools.verdict


def test_the_calibrated_rules_are_used_and_the_model_s_own_for_the_other_language(
    library: Workspace,
) -> None:
    rules: Rules = {Language.ZH: Rule(Inquiry.STATED, Bounds(-2.5, -0.75))}
    store_calibration(
        library.tools.collection,
        Threshold(0.1, 0.1),
        library.embedder.digest,
        more=kept("some-chat:7b", rules),
    )
    found = rules_in_use(library, "refuse")
    assert found == {**UNKNOWN, **rules}


def test_the_setting_turns_refusals_into_marks_or_the_verdict_off(library: Workspace) -> None:
    marking = rules_in_use(library, "flag")
    assert marking is not None
    assert marking[Language.EN].bounds == Bounds(-math.inf, UNKNOWN[Language.EN].bounds.flag)
    assert rules_in_use(library, "off") is None
