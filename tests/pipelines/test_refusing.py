"""pipelines/refusing.py: what is refused before the model, and how that is said."""

from __future__ import annotations

import pytest

from kb.answering.refusal import Threshold
from kb.pipelines.ask import Limits, ask
from kb.types import Answer, ChatPiece, Query
from tests.fakes import FakeGenerator
from tests.pipelines.test_ask import opened
from tests.pipelines.workspace import Workspace

LIMITS = Limits(num_ctx=2048, max_tokens=128)
NOTHING_PASSES = Threshold(within=0.99, across=0.99)


@pytest.fixture
def library(workspace: Workspace) -> Workspace:
    workspace.write("名册.csv", "工号,姓名,电话\nE1339,张飞,5352345\nE1405,关羽,5352346\n")
    workspace.write("pump.txt", "The X200 pump weighs 187 kg. Contract HT-2024-0917 covers it.")
    workspace.ingest()
    return workspace


def answer_to(library: Workspace, question: str, threshold: Threshold | None = None) -> Answer:
    generator = FakeGenerator([ChatPiece("187 kg. [1]")])
    with opened(library, generator, threshold) as tools:
        *_, answer = ask(Query(question, 2), tools, LIMITS, think=False, strict=False)
    assert isinstance(answer, Answer)
    return answer


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("工号E1399的电话是多少？", "知识库中没有提到“E1399”，最接近的是“E1339”。"),
        (
            "Who signed the contract HT-2024-0971?",
            'The knowledge base does not mention "HT-2024-0971"; '
            'the nearest to it is "HT-2024-0917".',
        ),
        ("工号E7777的电话是多少？", "知识库中没有提到“E7777”。"),
    ],
)
def test_an_identifier_that_is_one_character_off_names_the_nearest_that_exists(
    library: Workspace, question: str, text: str
) -> None:
    answer = answer_to(library, question)
    assert (answer.refused_by, answer.text) == ("missing-term", text)


def test_it_is_named_whatever_the_score(library: Workspace) -> None:
    answer = answer_to(library, "工号E1399的电话是多少？", NOTHING_PASSES)
    assert (answer.refused_by, "E1339" in answer.text) == ("missing-term", True)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("X200和X300哪个更重？", "知识库中有“X200”，但没有提到“X300”，无法比较。"),
        (
            "Which is heavier, the X300 or the X200?",
            'The knowledge base mentions "X200" but not "X300", so they cannot be compared.',
        ),
    ],
)
def test_a_comparison_says_which_of_its_subjects_is_missing(
    library: Workspace, question: str, text: str
) -> None:
    assert answer_to(library, question).text == text


def test_what_scores_too_low_is_refused(library: Workspace) -> None:
    answer = answer_to(library, "今天的午餐有什么？", NOTHING_PASSES)
    assert answer.refused_by == "retrieval"


@pytest.mark.parametrize(
    "question",
    [
        "张飞的电话是多少？",  # a name beside the property
        "How much does the pump weigh?",  # all of its rare terms in one passage
    ],
)
def test_but_not_where_a_passage_shows_that_the_answer_may_stand_there(
    library: Workspace, question: str
) -> None:
    answer = answer_to(library, question, NOTHING_PASSES)
    assert answer.refused_by != "retrieval"
