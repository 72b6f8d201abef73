"""`kb ask` computes a day that follows from another one where the model's own has no support. The
model is a fake that says what a test needs; documents and store are real."""

from __future__ import annotations

from kb.pipelines.ask import Limits, ask
from kb.types import Answer, ChatPiece, Query
from tests.fakes import FakeGenerator
from tests.pipelines.test_ask import opened
from tests.pipelines.workspace import Workspace


def answer_to(workspace: Workspace, question: str, says: str) -> Answer:
    with opened(workspace, FakeGenerator([ChatPiece(says)])) as tools:
        limits = Limits(num_ctx=2048, max_tokens=128)
        *_, answer = ask(Query(question, 1), tools, limits, think=False, strict=False)
    assert isinstance(answer, Answer)
    return answer


def test_a_day_that_the_model_makes_up_gives_way_to_the_computed_one(workspace: Workspace) -> None:
    workspace.write("电梯维保合同.txt", "电梯维保合同自2024年2月1日起生效，为期18个月。")
    workspace.ingest()
    answer = answer_to(
        workspace, "电梯维保合同什么时候到期？", "电梯维保合同到期时间为2025年10月1日。[1]"
    )
    assert answer.text == "2025年7月31日（按2024年2月1日起18个月推算）。[1]"
    assert (answer.found, answer.grounded) == (True, True)
    assert answer.citations[0].quote == "电梯维保合同自2024年2月1日起生效，为期18个月。"


def test_the_beginning_is_not_told_where_the_end_is_asked_for(workspace: Workspace) -> None:
    workspace.write(
        "roof.txt",
        "## Roof\n\nThe work begins on 1 March 2024 and takes 15 months.\n\n## End\n\nWho wants "
        "to end it early says so.",
    )
    workspace.ingest()
    told = "The work on the roof ends on 1 March 2024. [1]"
    ends = answer_to(workspace, "When does the work on the roof end?", told)
    assert ends.text == "2025-05-31 (reckoned: 15 months from 1 March 2024). [1]"
    told = "The work on the roof begins on 1 March 2024. [1]"
    begins = answer_to(workspace, "When does the work on the roof begin?", told)
    assert begins.text == told


def test_another_made_up_number_is_treated_as_before(workspace: Workspace) -> None:
    workspace.write("电梯维保合同.txt", "电梯维保合同自2024年2月1日起生效，为期18个月。")
    workspace.ingest()
    answer = answer_to(workspace, "电梯维保合同有几台电梯？", "电梯维保合同有6台电梯。[1]")
    assert not answer.grounded
