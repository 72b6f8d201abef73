"""pipelines/refusing.py: what is refused before the model, and how that is said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kb.answering.refusal import Threshold
from kb.index.table_search import TableSearch
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


@pytest.fixture
def staff(workspace: Workspace) -> Workspace:
    rows = [f"E{n},{who},{5_352_000 + n}" for n, who in enumerate(STAFF, 1001)]
    workspace.write("名册.csv", "\n".join(["工号,姓名,电话", *rows]))
    workspace.write("readers.csv", "Card,Reader\nR2001,Johansson\nR2002,Petrov\nR2003,Silva\n")
    workspace.ingest()
    return workspace


STAFF = ("张飞", "关羽", "赵子龙", "曹孟德", "孙尚香")


def refused_over_tables(library: Workspace, question: str) -> str:
    generator = FakeGenerator([ChatPiece("5352345 [1]")])
    with library.tools.collection.reader() as live, opened(library, generator) as tools:
        tools = replace(tools, tables=TableSearch(live.catalog))
        *_, answer = ask(Query(question, 2), tools, LIMITS, think=False, strict=False)
    assert isinstance(answer, Answer)
    assert (answer.found, answer.refused_by) == (False, "missing-term")
    return answer.text


@pytest.mark.parametrize(
    ("question", "text"),
    [
        (
            "工号E1399的电话是多少？",
            "知识库中没有提到“E1399”。《名册》中的工号为 E1001 至 E1005。",
        ),
        (
            "工号E1006的电话是多少？",
            "知识库中没有提到“E1006”，最接近的是“E1001”、“E1002”、“E1003”。"
            "《名册》中的工号为 E1001 至 E1005。",
        ),
        (
            "Who reads with the card R9377?",
            'The knowledge base does not mention "R9377". '
            "In 'readers', Card runs from R2001 to R2003.",
        ),
    ],
)
def test_an_identifier_that_no_row_has_names_the_range_of_those_that_are_there(
    staff: Workspace, question: str, text: str
) -> None:
    assert refused_over_tables(staff, question) == text


@pytest.mark.parametrize(
    ("question", "near"),
    [
        ("张非的电话是多少？", "最接近的是“张飞”"),
        ("Which card has Petrof?", 'the nearest to it is "Petrov"'),
    ],
)
def test_a_name_with_one_wrong_character_is_a_hint_and_is_never_taken(
    staff: Workspace, question: str, near: str
) -> None:
    text = refused_over_tables(staff, question)
    assert near in text
    assert "535" not in text


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
