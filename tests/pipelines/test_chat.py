"""`kb chat`, a turn: how it is understood, by whom, and what is asked of the documents. The models
are fakes that say what a test needs; documents, chunks, catalog and store are real."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from kb.answering.followup import By
from kb.pipelines.ask import Limits
from kb.pipelines.chat import Understood, turn
from kb.types import Answer, ChatPiece, ChatResult, Context, Message, Query, Turn
from tests.fakes import FakeGenerator
from tests.pipelines.test_ask import opened
from tests.pipelines.workspace import Workspace

LIMITS = Limits(num_ctx=2048, max_tokens=128)
PHONE = Turn("张飞的电话号码是多少？", "", "张飞的电话号码是u987438274。[1]")


@dataclass
class FakeConversation(FakeGenerator):
    """Says one thing after the other, one a call."""

    replies: list[Sequence[ChatPiece]] = field(default_factory=list)
    contexts: list[int] = field(default_factory=list)

    def chat(
        self,
        messages: Sequence[Message],
        *,
        num_ctx: int,
        max_tokens: int,
        think: bool,
        temperature: float,
        seed: int = 0,
    ) -> Iterator[ChatPiece | ChatResult]:
        self.contexts.append(num_ctx)
        self.says = self.replies.pop(0)
        return super().chat(
            messages,
            num_ctx=num_ctx,
            max_tokens=max_tokens,
            think=think,
            temperature=temperature,
            seed=seed,
        )


@pytest.fixture
def library(workspace: Workspace) -> Workspace:
    workspace.write("通讯录.txt", "张飞的电话号码是u987438274。关羽的电话号码是5352345。")
    workspace.write("pump.txt", "The X200 pump weighs 187 kg. Its rated head is 38 m.")
    workspace.ingest()
    return workspace


def chatted(
    library: Workspace, question: str, turns: Sequence[Turn], *replies: str | ChatPiece
) -> tuple[list[object], FakeConversation]:
    pieces = [[ChatPiece(one) if isinstance(one, str) else one] for one in replies]
    generator = FakeConversation(replies=[*pieces])
    with opened(library, generator) as tools:
        query = Query(question, 2)
        events = turn(query, turns, tools, LIMITS, think=False, strict=False)
        return [*events], generator


def test_how_the_question_is_understood_comes_first_then_what_asking_yields(
    library: Workspace,
) -> None:
    events, _ = chatted(library, "那关羽的呢？", [PHONE], "关羽的电话号码是5352345。[1]")
    assert events[0] == Understood("那关羽的呢？", "关羽的电话号码是多少？", By.RULE)
    assert isinstance(events[1], Context)
    assert isinstance(events[-1], Answer)
    assert (events[-1].question, events[-1].found) == ("关羽的电话号码是多少？", True)
    assert "5352345" in events[-1].text


def test_where_a_rule_decides_the_model_is_asked_for_the_answer_alone(library: Workspace) -> None:
    _, generator = chatted(library, "那关羽的呢？", [PHONE], "5352345。[1]")
    [asked] = generator.asked
    assert "关羽的电话号码是多少？" in asked[-1].content
    assert "那关羽的呢" not in asked[-1].content


def test_a_question_that_stands_alone_is_asked_as_it_is(library: Workspace) -> None:
    events, _ = chatted(library, "关羽的电话号码", [PHONE], "5352345。[1]")
    understood = events[0]
    assert understood == Understood("关羽的电话号码", "关羽的电话号码", By.ITSELF)
    assert isinstance(understood, Understood)
    assert understood.rewritten == ""


def test_a_follow_up_is_refused_like_any_question(library: Workspace) -> None:
    events, generator = chatted(library, "那刘备的呢？", [PHONE])
    answer = events[-1]
    assert isinstance(answer, Answer)
    assert (answer.found, answer.refused_by) == (False, "missing-term")
    assert "刘备" in answer.text
    assert generator.asked == []


def test_where_no_rule_decides_the_model_says_how_it_stands_alone(library: Workspace) -> None:
    before = Turn("What does the X200 pump weigh?", "", "It weighs 187 kg. [1]")
    rewritten = "Why does the X200 pump weigh 187 kg?"
    events, generator = chatted(library, "Why?", [before], rewritten, "187 kg. [1]")
    assert events[0] == Understood("Why?", rewritten, By.MODEL)
    assert "187 kg" in generator.asked[0][-1].content, "it is shown the turns"
    assert generator.contexts == [2048, 2048], "another context would load the model anew"


@pytest.mark.parametrize(
    "reply",
    [
        "Why does the X300 pump weigh 187 kg?",
        "Why does the pump weigh 190 kg?",
        "",
        ChatPiece(thinking="Why does the X200 pump weigh 187 kg?"),
    ],
    ids=["another identifier", "another number", "nothing", "a thought"],
)
def test_a_rewriting_that_cannot_be_trusted_is_discarded(
    library: Workspace, reply: str | ChatPiece
) -> None:
    before = Turn("What does the X200 pump weigh?", "", "It weighs 187 kg. [1]")
    events, generator = chatted(library, "Why?", [before], reply, "187 kg. [1]")
    assert events[0] == Understood("Why?", "Why?", By.NOBODY)
    assert "Why?" in generator.asked[-1][-1].content


def test_the_answers_thought_is_no_part_of_the_next_prompt(library: Workspace) -> None:
    before = Turn("What does the X200 pump weigh?", "", "It weighs 187 kg. [1]")
    thought = ChatPiece(thinking="Secret musing.", content="187 kg. [1]")
    events, _ = chatted(library, "Why?", [before], "", thought)
    answer = events[-1]
    assert isinstance(answer, Answer)
    again, generator = chatted(library, "Why?", [Turn("Why?", "", answer.text)], "", "187 kg. [1]")
    assert isinstance(again[-1], Answer)
    assert "Secret" not in "".join(m.content for asked in generator.asked for m in asked)
