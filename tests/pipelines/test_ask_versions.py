"""`kb ask` about a document of which there are several versions. The model is a fake that says what
a test needs; documents, chunks, catalog and store are real."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kb.answering.prompt import fence
from kb.index import versions
from kb.pipelines.ask import ask
from kb.types import Answer, ChatPiece, Context, Query
from kb.versions.choosing import Versions
from tests.fakes import FakeGenerator
from tests.pipelines.test_ask import LIMITS, opened
from tests.pipelines.workspace import Workspace

OLD = "# 借阅规则（2019版）\n\n自2019年3月1日起施行。\n\n每人最多可借图书五册。\n"
NEW = "# 借阅规则（2022版）\n\n自2022年9月1日起施行，2019版同时废止。\n\n每人最多可借图书八册。\n"


@pytest.fixture
def library(workspace: Workspace) -> Workspace:
    workspace.write("规则-2019版.md", OLD)
    workspace.write("规则-2022版.md", NEW)
    workspace.write("pump.txt", "The X200 pump weighs 187 kg.")
    workspace.ingest()
    return workspace


def answered(
    library: Workspace,
    question: str,
    says: str,
    *,
    top_k: int = 3,
) -> tuple[Answer, list[object]]:
    with (
        opened(library, FakeGenerator([ChatPiece(says)])) as tools,
        library.tools.collection.reader() as live,
    ):
        known = Versions(versions.stored(live.catalog.database), live.catalog.document_chunks)
        tools = replace(tools, versions=known)
        *before, answer = ask(Query(question, top_k), tools, LIMITS, think=False, strict=False)
    assert isinstance(answer, Answer)
    return answer, [*before]


def handed(events: list[object]) -> list[str]:
    [context] = [event for event in events if isinstance(event, Context)]
    return [one.source for one in context.passages if one.source.endswith(".md")]


def test_the_passage_of_the_version_in_force_stands_in_for_the_older_ones(
    library: Workspace,
) -> None:
    answer, events = answered(library, "每人最多可借图书几册？", "每人最多可借图书八册。[1]")
    assert handed(events) == ["规则-2022版.md"]
    assert answer.version is not None
    assert (answer.version.source, answer.version.since) == ("规则-2022版.md", "2022-09-01")
    assert answer.version.in_force
    assert "依据：规则-2022版.md（现行，2022-09-01 起施行）" in answer.text.splitlines()


def test_a_version_that_is_named_is_answered_from(library: Workspace) -> None:
    answer, events = answered(library, "2019版里每人最多可借图书几册？", "最多可借图书五册。[1]")
    assert handed(events) == ["规则-2019版.md"]
    assert answer.version is not None
    assert (answer.version.in_force, answer.version.replaced_by) == (False, "规则-2022版.md")
    assert "依据：规则-2019版.md（已由 规则-2022版.md 取代" in answer.text


def test_the_day_that_is_asked_about_need_not_stand_in_the_version_that_held_then(
    library: Workspace,
) -> None:
    _, events = answered(library, "2022年8月每人能借图书几册？", "五册。[1]")
    assert handed(events) == ["规则-2019版.md"]


def test_what_changed_is_asked_of_both(library: Workspace) -> None:
    answer, events = answered(library, "借阅规则有哪些变化？每人最多可借图书几册？", "八册。[1]")
    assert sorted(handed(events)) == ["规则-2019版.md", "规则-2022版.md"]
    assert answer.version is None


def test_what_is_streamed_is_the_answer_with_what_is_told(library: Workspace) -> None:
    answer, events = answered(library, "每人最多可借图书几册？", "每人最多可借图书八册。[1]")
    shown = [event.content for event in events if isinstance(event, ChatPiece)]
    assert "".join(shown) == answer.text


def test_a_document_without_versions_is_answered_as_before(library: Workspace) -> None:
    answer, _ = answered(library, "How heavy is the X200 pump?", "The X200 pump weighs 187 kg. [1]")
    assert answer.version is None
    assert "Based on" not in answer.text


def test_what_the_replaced_version_states_is_told(library: Workspace) -> None:
    answer, _ = answered(library, "每人最多可借图书几册？", "每人最多可借图书八册。[1]")
    [conflict] = answer.conflicts
    assert (conflict.value, conflict.source) == ("五册", "规则-2019版.md")
    assert (conflict.quote, conflict.replaced) == ("每人最多可借图书五册。", True)
    assert "另有说法：规则-2019版.md（2019-03-01，已被取代）：五册" in answer.text


def test_a_contradiction_between_other_documents_is_told(workspace: Workspace) -> None:
    workspace.write("manual.md", "# Pump manual\n\nThe X200 pump weighs 187 kg.\n")
    workspace.write("flyer.md", "# Flyer\n\nThe X200 pump weighs only 150 kg.\n")
    workspace.ingest()
    answer, _ = answered(
        workspace, "How many kg does the X200 pump weigh?", "The X200 pump weighs 187 kg."
    )
    [conflict] = answer.conflicts
    assert (conflict.value, conflict.source, conflict.dated) == ("150 kg", "flyer.md", "")
    assert answer.text.endswith("Another passage says: flyer.md (undated): 150 kg")


def test_passages_that_agree_are_not_told(workspace: Workspace) -> None:
    workspace.write("manual.md", "# Pump manual\n\nThe X200 pump weighs 187 kg.\n")
    workspace.write("flyer.md", "# Flyer\n\nThe X200 pump weighs 187 kilograms.\n")
    workspace.ingest()
    answer, _ = answered(
        workspace, "How many kg does the X200 pump weigh?", "The X200 pump weighs 187 kg."
    )
    assert answer.conflicts == ()


def test_a_decision_that_later_minutes_void_is_told(workspace: Workspace) -> None:
    workspace.write("minutes-2024-02-20.md", "# 例会纪要\n\n- 仓库软件决定采用鸿图系统。\n")
    workspace.write("minutes-2024-05-21.md", "# 例会纪要\n\n- 关于仓库软件采用鸿图的决定作废。\n")
    workspace.ingest()
    answer, _ = answered(workspace, "仓库软件决定采用什么系统？", "决定采用鸿图系统。")
    [conflict] = answer.conflicts
    assert (conflict.source, conflict.dated) == ("minutes-2024-05-21.md", "2024-05-21")
    assert answer.text.endswith(
        "另有说法：minutes-2024-05-21.md（2024-05-21）：关于仓库软件采用鸿图的决定作废"
    )


def test_what_an_earlier_document_voided_is_not_told(workspace: Workspace) -> None:
    workspace.write("minutes-2024-05-20.md", "# 例会纪要\n\n- 仓库软件决定采用鸿图系统。\n")
    workspace.write("minutes-2024-02-21.md", "# 例会纪要\n\n- 关于仓库软件采用鸿图的决定作废。\n")
    workspace.ingest()
    answer, _ = answered(workspace, "仓库软件决定采用什么系统？", "决定采用鸿图系统。")
    assert answer.conflicts == ()


def test_a_contradiction_below_the_hits_that_are_answered_from_is_told(
    workspace: Workspace,
) -> None:
    workspace.write("manual.md", "# The X200 pump\n\nThe X200 pump weighs 187 kg.\n")
    workspace.write("flyer.md", "# Flyer\n\nThe X200 pump weighs only 150 kg.\n")
    workspace.ingest()
    asked, says = "How many kg does the X200 pump weigh?", "The X200 pump weighs 150 kg."
    answer, events = answered(workspace, asked, says, top_k=1)
    assert handed(events) == ["flyer.md"]
    assert [one.source for one in answer.conflicts] == ["manual.md"]


def test_of_two_minutes_the_day_that_the_later_ones_moved_is_not_handed_over(
    workspace: Workspace,
) -> None:
    older = "# Steering\n\nAurora goes live on 15 July. Bo Marsh reports.\n"
    newer = "# Steering\n\nThe go-live of Aurora was postponed to 2 August.\n"
    workspace.write("minutes-2025-04-08.md", older)
    workspace.write("minutes-2025-05-13.md", newer)
    workspace.ingest()
    answer, events = answered(workspace, "When does Aurora go live?", "It goes live on 2 August.")
    [context] = [event for event in events if isinstance(event, Context)]
    prompt = "".join(fence(one) for one in context.passages if one.handed != ())
    assert "2 August" in prompt
    assert "Bo Marsh" in prompt
    assert "15 July" not in prompt
    assert context.likely is not None
    assert "2 August" in context.likely.quote
    assert [one.source for one in answer.citations] == ["minutes-2025-05-13.md"]
    assert answer.grounded


def test_what_only_another_version_speaks_of_is_not_answered_from_a_neighbour(
    workspace: Workspace,
) -> None:
    workspace.write("规则-2019版.md", OLD)
    workspace.write("规则-2022版.md", f"{NEW}\n每位读者每月可以免费听有声书三部。\n")
    workspace.ingest()
    answer, _ = answered(workspace, "2019版里每人每月可听有声书几部？", "五部。[1]")
    assert (answer.found, answer.refused_by) == (False, "missing-term")
    assert "有声书 (2019版)" in answer.text


def mail(day: int, subject: str, text: str) -> str:
    return (
        f"From: anna@north.example\nTo: ben@south.example\nSubject: {subject}\n"
        f"Date: {day} May 2025 10:00:00 +0200\nMessage-ID: <{day}@north.example>\n\n{text}\n"
    )


def test_of_two_mails_of_a_thread_the_sum_that_the_later_one_states_is_handed_over(
    workspace: Workspace,
) -> None:
    workspace.write("deposit-1.eml", mail(15, "Deposit", "We will pay 415,000 euros as deposit."))
    corrected = "I swapped two digits, sorry. The deposit is 451,000 euros."
    workspace.write("deposit-2.eml", mail(16, "Re: Deposit", corrected))
    workspace.ingest()
    question = "How much do we pay as deposit, in euros?"
    _, events = answered(workspace, question, "We pay 451,000 euros. [1]")
    [context] = [event for event in events if isinstance(event, Context)]
    told = "\n".join(fence(one) for one in context.passages)
    assert "451,000" in told
    assert "415,000" not in told
