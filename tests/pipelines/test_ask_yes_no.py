"""`kb ask` begins the answer to a yes/no question with yes or no. The model is a fake that says and
concludes what a test needs; documents and store are real."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kb.answering.verdict import Rules
from kb.pipelines.ask import Limits, ask
from kb.types import Answer, ChatPiece, Query
from tests.fakes import FakeGenerator
from tests.pipelines.test_ask import FakeHesitantModel, opened
from tests.pipelines.test_verdict import RULES
from tests.pipelines.workspace import Workspace

LIMITS = Limits(num_ctx=2048, max_tokens=128)
QUESTION = "Is parking included in the rent?"
RENT = "Parking is not included in the rent; it costs 60 euros a month."
YES = {"Yes": -0.1, "No": -2.5}
NO = {"No": -0.1, "Yes": -2.5}


@pytest.fixture
def flat(workspace: Workspace) -> Workspace:
    workspace.write("rent.txt", f"{RENT} Water is included. Pets need the landlord's consent.")
    workspace.ingest()
    return workspace


def asked(
    flat: Workspace, question: str, generator: FakeGenerator, *, rules: Rules | None = None
) -> tuple[Answer, str]:
    """The answer, and what was shown of it while it came."""
    with opened(flat, generator) as tools:
        tools = replace(tools, verdict=rules)
        *before, answer = ask(Query(question, 1), tools, LIMITS, think=False, strict=False)
    assert isinstance(answer, Answer)
    shown = "".join(one.content for one in before if isinstance(one, ChatPiece))
    return answer, shown


def test_the_answer_begins_with_the_word_and_so_does_what_is_shown(flat: Workspace) -> None:
    says = "Pets need the landlord's consent. [1]"
    model = FakeGenerator([ChatPiece(says)], concludes=YES)
    answer, shown = asked(flat, "Do pets need the landlord's consent?", model)
    assert answer.text == shown == f"Yes. {says}"
    assert answer.grounded


def test_the_passage_s_own_sentence_stands_where_the_model_s_words_deny_it(flat: Workspace) -> None:
    model = FakeGenerator([ChatPiece("Parking is included in the rent. [1]")], concludes=NO)
    answer, shown = asked(flat, QUESTION, model)
    assert answer.text == shown == f"No. {RENT} [1]"


def test_a_statement_that_the_model_contradicts_itself_is_marked(flat: Workspace) -> None:
    model = FakeGenerator([ChatPiece("Water is not included in the rent. [1]")], concludes=YES)
    answer, _ = asked(flat, "Is water included in the rent?", model)
    assert (answer.found, answer.grounded) == (True, False)


@pytest.mark.parametrize(
    ("concludes", "found"), [(NO, True), (YES, False)], ids=["agreeing", "disagreeing"]
)
def test_a_no_of_the_verdict_marks_where_word_and_sentence_agree_else_refuses(
    flat: Workspace, concludes: dict[str, float], found: bool
) -> None:
    denying = {"0": -0.1, "1": -3.5}
    model = FakeGenerator([ChatPiece(f"{RENT} [1]")], begins=denying, concludes=concludes)
    answer, shown = asked(flat, QUESTION, model, rules=RULES)
    assert (answer.found, answer.grounded, bool(shown)) == (found, not found, found)
    assert answer.refused_by == ("" if found else "verdict")


def test_another_question_streams_as_before_and_is_not_asked_for_a_word(flat: Workspace) -> None:
    model = FakeGenerator([ChatPiece("Parking costs "), ChatPiece("60 euros a month. [1]")])
    _, shown = asked(flat, "What does parking cost a month?", model)
    assert shown.startswith("Parking costs 60 euros")
    assert model.asked_first == []


def test_who_declines_is_asked_again_and_believed_if_word_and_sentence_agree(
    flat: Workspace,
) -> None:
    flat.write("宿舍.txt", "宿舍内不得使用电热毯。")
    flat.ingest()
    model = FakeHesitantModel("宿舍内不得使用电热毯。[1]")
    model.concludes = {"否": -0.1, "是": -2.0}
    answer, shown = asked(flat, "宿舍里能用电热毯吗？", model)
    assert answer.text == shown == "不能。宿舍内不得使用电热毯。[1]"


def test_a_second_try_with_which_the_word_disagrees_is_not_believed(flat: Workspace) -> None:
    flat.write("宿舍.txt", "宿舍晚上十点半熄灯。")
    flat.ingest()
    model = FakeHesitantModel("宿舍晚上十点半熄灯。[1]")
    model.concludes = {"否": -0.1, "是": -2.0}
    answer, _ = asked(flat, "宿舍后面的门开吗？", model)
    assert (answer.found, answer.refused_by) == (False, "model")


def test_whether_two_documents_say_the_same_is_told_by_their_sentences(
    workspace: Workspace,
) -> None:
    workspace.write("rules.txt", "Loans of books\n\nA book may be kept for 21 days.")
    workspace.write("faq.txt", "How long may I keep a book?\n\nA book may be kept for 30 days.")
    workspace.ingest()
    model = FakeGenerator([ChatPiece("Yes, both say 21 days. [1]")])
    with opened(workspace, model) as tools:
        asking = Query("Do the FAQ and the rules agree on how long a book may be kept?", 2)
        *_, answer = ask(asking, tools, LIMITS, think=False, strict=False)
    assert isinstance(answer, Answer)
    assert answer.text.startswith("They do not say the same. A book may be kept for")
    assert {one.source for one in answer.citations} == {"rules.txt", "faq.txt"}
    assert model.asked == []
