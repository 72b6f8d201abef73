"""`kb ask` where the question names a month: documents, chunks, catalog and store are real, the
model is a fake that says what a test needs."""

from __future__ import annotations

from kb.pipelines.ask import ask
from kb.types import Answer, ChatPiece, Context, Query
from tests.fakes import FakeGenerator
from tests.pipelines.test_ask import LIMITS, opened
from tests.pipelines.workspace import Workspace

CHAIRS = {"03": "Ann Lee", "04": "Bo Marsh", "05": "Cy Rudd"}


def answered(workspace: Workspace, question: str, says: str, top_k: int) -> tuple[Answer, Context]:
    with opened(workspace, FakeGenerator([ChatPiece(says)])) as tools:
        steps = [*ask(Query(question, top_k), tools, LIMITS, think=False, strict=False)]
    answer = steps[-1]
    assert isinstance(answer, Answer)
    return answer, next(one for one in steps if isinstance(one, Context))


def minutes(workspace: Workspace) -> None:
    for month, chair in CHAIRS.items():
        workspace.write(f"minutes-2025-{month}-06.md", f"# Committee\n\nChair: {chair}.\n")
    workspace.ingest()


def test_the_minutes_of_the_month_are_handed_over_though_others_are_as_near(
    workspace: Workspace,
) -> None:
    minutes(workspace)
    for name, chair in (("March", "Ann Lee"), ("April", "Bo Marsh"), ("May", "Cy Rudd")):
        question = f"Who chairs the committee in {name}?"
        answer, context = answered(workspace, question, f"{chair} chairs it. [1]", 1)
        assert [chair in one.text for one in context.passages] == [True]
        assert (answer.found, answer.unsupported) == (True, ())


def test_where_all_are_of_other_months_nothing_is_answered(workspace: Workspace) -> None:
    minutes(workspace)
    answer, _ = answered(workspace, "Who chairs the committee in June?", "Cy Rudd. [1]", 3)
    assert (answer.found, answer.refused_by) == (False, "missing-term")
    assert answer.text == 'The knowledge base does not mention "june".'


def test_a_text_about_something_else_does_not_stand_in_for_them(workspace: Workspace) -> None:
    minutes(workspace)
    workspace.write("canteen.md", "# Canteen\n\nThe canteen opens at noon.\n")
    workspace.ingest()
    answer, _ = answered(workspace, "Who chairs the committee in June?", "Cy Rudd. [1]", 4)
    assert (answer.found, answer.refused_by) == (False, "missing-term")


def test_a_rule_may_still_answer(workspace: Workspace) -> None:
    minutes(workspace)
    workspace.write("rules.md", "# Rules\n\nIn even months Di Voss chairs the committee.\n")
    workspace.ingest()
    answer, context = answered(
        workspace, "Who chairs the committee in June?", "Di Voss chairs it. [1]", 4
    )
    assert [one.source for one in context.passages] == ["rules.md"]
    assert answer.found


def test_what_held_then_is_answered_from_what_was_decided_before(workspace: Workspace) -> None:
    minutes(workspace)
    for month, chair in (("May", "Cy Rudd"), ("September", "Cy Rudd"), ("April", "Bo Marsh")):
        question = f"Who chaired the committee as of {month} 2025?"
        answer, context = answered(workspace, question, f"{chair} chaired it. [1]", 3)
        assert any(chair in one.text for one in context.passages)
        assert ("Cy Rudd" in str(context.passages)) is (chair == "Cy Rudd")
        assert answer.found
