"""`kb ask` where a later notice changes words of a rule. The model is a fake; documents, search and
store are real."""

from __future__ import annotations

from kb.pipelines.ask import Limits, ask
from kb.types import Answer, ChatPiece, Query
from tests.fakes import FakeGenerator
from tests.pipelines.test_ask import opened
from tests.pipelines.workspace import Workspace

LIMITS = Limits(num_ctx=2048, max_tokens=128)
RULE = "客房预订取消规定（2024版）\n\n散客不来的，应在入住前一日20时以前告知，过时收取首晚房费。"
NOTICE = (
    "关于修改前厅制度的通知\n\n2024年9月18日\n\n《客房预订取消规定（2024版）》第二条里的"
    "“入住前一日20时”改成“入住当日12时”，自2024年10月8日起执行。停车场夜间关门，请走北门。"
)


def answered(workspace: Workspace, question: str) -> Answer:
    workspace.write("制度/客房预订取消规定（2024版）.md", RULE)
    workspace.write("通知/2024-09-18 关于修改前厅制度的通知.md", NOTICE)
    for number in range(4):
        workspace.write(f"其他/{number}.md", f"打印机的墨盒放在{number}号柜。")
    workspace.ingest()
    says = "散客不来的，应在入住前一日20时以前告知。[1]"
    with opened(workspace, FakeGenerator([ChatPiece(says)])) as tools:
        *_, answer = ask(Query(question, 1), tools, LIMITS, think=False, strict=False)
    assert isinstance(answer, Answer)
    return answer


def test_the_answer_has_the_words_of_the_notice_and_cites_the_rule_and_the_notice(
    workspace: Workspace,
) -> None:
    answer = answered(workspace, "散客不来的，应在几时以前告知，过时收多少？")
    assert answer.text.startswith(
        "散客不来的，应在入住当日12时以前告知。[2]修改前为“入住前一日20时”。[1]"
    )
    assert {one.n: one.source for one in answer.citations} == {
        1: "制度/客房预订取消规定（2024版）.md",
        2: "通知/2024-09-18 关于修改前厅制度的通知.md",
    }
