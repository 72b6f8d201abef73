"""`kb eval --calibrate --wording N`: which wording a model bears is found by asking it. The models
are fakes that do what models were seen to do; documents, catalog and store are real."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import pytest

from kb.answering.refusal import Threshold
from kb.errors import EngineFailed
from kb.evaluation.questions import Question
from kb.models.reading_speed import Measured
from kb.pipelines.ask import Limits
from kb.pipelines.calibrate import store_calibration, stored_wording
from kb.pipelines.evaluate import Asking, Bench
from kb.pipelines.wordings import WordingCount, best, choose_wording, draw
from kb.types import ChatPiece, ChatResult, Message, Progress
from kb.wording import Wording
from tests.fakes import FakeGenerator
from tests.pipelines.test_ask import opened
from tests.pipelines.workspace import Workspace

ASKING = Asking(Limits(num_ctx=2048, max_tokens=128), think=False, strict=False)
WAY_OUT = "say only: The passages do not mention it."
NO = "The passages do not mention it."


@dataclass
class FakeModel(FakeGenerator):
    """Answers what it `knows`. Else it takes the way out where one is offered, and makes something
    up where none is; a `timid` one takes it where it could answer."""

    knows: dict[str, str] = field(default_factory=dict)
    timid: bool = False

    def chat(
        self, messages: Sequence[Message], **options: object
    ) -> Iterator[ChatPiece | ChatResult]:
        self.asked.append(messages)
        asked = messages[-1].content
        known = next((reply for question, reply in self.knows.items() if question in asked), "")
        offered = WAY_OUT in asked
        otherwise = NO if offered else "The pump is painted green. [1]"
        yield ChatPiece(NO if offered and self.timid else known or otherwise)
        yield ChatResult("stop", 100, 5, 0.0, 0.001, 0.0)


KNOWN = {
    "What does the pump weigh?": "The pump weighs 187 kg. [1]",
    "What is the rated head of the pump?": "The rated head of the pump is 38 m. [1]",
    "Where does the pump stand?": "The pump stands in the basement. [1]",
}
ANSWERS = ("187 kg", "38 m", "basement")
QUESTIONS = (
    *(
        Question(f"a{n}", text, (answer,), "pump.txt", True, "en")
        for n, (text, answer) in enumerate(zip(KNOWN, ANSWERS, strict=True))
    ),
    *(
        Question(f"u{n}", text, (), "", False, "en")
        for n, text in enumerate(
            ("Which colour is the pump?", "How old is the pump?", "Who painted the pump?")
        )
    ),
)


@pytest.fixture
def library(workspace: Workspace) -> Workspace:
    workspace.write(
        "pump.txt",
        "The pump weighs 187 kg. The rated head of the pump is 38 m. "
        "The pump stands in the basement.",
    )
    workspace.ingest()
    return workspace


@contextmanager
def bench(library: Workspace, model: FakeModel, wording: Wording) -> Iterator[Bench]:
    with opened(library, model) as tools, library.tools.collection.reader() as live:
        yield Bench(replace(tools, wording=wording), live.catalog)


def hears_nothing(progress: Progress) -> None: ...


def test_a_way_out_taken_where_a_sentence_speaks_of_it_costs_nothing(
    library: Workspace,
) -> None:
    model = FakeModel(knows=KNOWN, timid=True)
    with bench(library, model, Wording.WAY_OUT) as one:
        found = choose_wording(
            QUESTIONS[:4], one, ASKING, most=20, top_k=2, seed=0, listen=hears_nothing
        )
    assert (found.before, found.chosen) == (Wording.WAY_OUT, Wording.WAY_OUT)
    assert (found.answerable, found.unanswerable) == (3, 1)
    driven, offered = found.counts[Wording.EXTRACTIVE], found.counts[Wording.WAY_OUT]
    assert (driven.right, driven.wrongly_refused) == (3, 0)
    assert (offered.right, offered.wrongly_refused, offered.rightly_refused) == (3, 0, 1)


def test_a_model_that_bears_it_is_offered_a_way_out(library: Workspace) -> None:
    with bench(library, FakeModel(knows=KNOWN), Wording.EXTRACTIVE) as one:
        found = choose_wording(
            QUESTIONS, one, ASKING, most=20, top_k=2, seed=0, listen=hears_nothing
        )
    assert (found.before, found.chosen) == (Wording.EXTRACTIVE, Wording.WAY_OUT)
    assert found.counts[Wording.WAY_OUT].expected == len(QUESTIONS)
    assert found.counts[Wording.EXTRACTIVE].rightly_refused < 3


def test_each_question_is_asked_in_every_wording_before_the_next_one(library: Workspace) -> None:
    model = FakeModel(knows=KNOWN)
    with bench(library, model, Wording.WAY_OUT) as one:
        choose_wording(QUESTIONS, one, ASKING, most=2, top_k=2, seed=1, listen=hears_nothing)
        assert one.tools.gauge.measured == Measured(), "a prefix from the cache teaches no speed"
    asked = [messages[-1].content for messages in model.asked]
    assert [WAY_OUT in text for text in asked] == [True, False] * 2
    assert asked[0].partition("Question: ")[0] == asked[1].partition("Question: ")[0]


class FakeBrokenModel(FakeModel):
    """Breaks off at once."""

    def chat(self, *arguments: object, **options: object) -> Iterator[ChatPiece | ChatResult]:
        raise EngineFailed("broke off", why="it was told to", hint="ask again")


def test_a_question_that_breaks_the_engine_is_counted_and_the_rest_goes_on(
    library: Workspace,
) -> None:
    with bench(library, FakeBrokenModel(), Wording.EXTRACTIVE) as one:
        found = choose_wording(
            QUESTIONS, one, ASKING, most=20, top_k=2, seed=0, listen=hears_nothing
        )
    assert found.chosen is Wording.EXTRACTIVE
    assert {count.failed for count in found.counts.values()} == {len(QUESTIONS)}


def test_half_of_the_questions_drawn_are_unanswerable_where_there_are_as_many() -> None:
    def kinds(most: int, questions: Sequence[Question] = QUESTIONS) -> list[bool]:
        return sorted(question.answerable for question in draw(questions, most, 0))

    assert kinds(4) == [False, False, True, True]
    assert kinds(5) == [False, False, True, True, True]
    assert kinds(99) == [False] * 3 + [True] * 3
    assert kinds(3, QUESTIONS[:4]) == [False, True, True]
    assert kinds(3, QUESTIONS[2:]) == [False, False, True]
    assert draw(QUESTIONS, 4, 0) == draw(QUESTIONS, 4, 0)


@pytest.mark.parametrize(
    ("other", "chosen"),
    [(21, Wording.EXTRACTIVE), (22, Wording.WAY_OUT), (19, Wording.EXTRACTIVE)],
)
def test_one_question_more_is_no_reason_to_change(other: int, chosen: Wording) -> None:
    counts = {
        Wording.EXTRACTIVE: WordingCount(right=12, rightly_refused=8),
        Wording.WAY_OUT: WordingCount(right=other - 10, rightly_refused=10),
    }
    assert best(counts, Wording.EXTRACTIVE) is chosen


def test_the_choice_is_stored_with_the_index_for_this_chat_model_alone(library: Workspace) -> None:
    collection, digest = library.tools.collection, library.embedder.digest
    chosen = {"qwen2.5:7b": Wording.EXTRACTIVE}
    store_calibration(collection, Threshold(0.1, 0.1), digest, chosen)
    store_calibration(collection, Threshold(0.2, 0.1), digest)
    with collection.reader() as live:
        assert stored_wording(live.catalog, "qwen2.5:7b") is Wording.EXTRACTIVE
        assert stored_wording(live.catalog, "deepseek-r1:7b") is None
