"""A computed answer names the version of its document, and what other versions state."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kb.index import versions
from kb.index.table_search import TableSearch
from kb.pipelines.ask import ask
from kb.types import Answer, Query
from kb.versions.choosing import Versions
from tests.fakes import FakeGenerator
from tests.pipelines.test_ask import LIMITS, opened
from tests.pipelines.workspace import Workspace

ITEMS = ("帐篷", "睡袋", "炉具", "头灯", "登山杖")


def prices(*numbers: int) -> str:
    rows = (f"{item},{price}" for item, price in zip(ITEMS, numbers, strict=True))
    return "\n".join(["品名,租金(元)", *rows])


@pytest.fixture
def library(workspace: Workspace) -> Workspace:
    workspace.write("装备租金表-2021版.csv", prices(80, 30, 25, 10, 12))
    workspace.write("装备租金表-2023版.csv", prices(95, 30, 25, 10, 12))
    workspace.write("会员.csv", "卡号,会员\nR2001,祝英台\nR2002,梁山伯\n")
    workspace.ingest()
    return workspace


def answered(library: Workspace, question: str) -> Answer:
    with library.tools.collection.reader() as live, opened(library, FakeGenerator()) as tools:
        known = Versions(versions.stored(live.catalog.database), live.catalog.document_chunks)
        tools = replace(tools, versions=known, tables=TableSearch(live.catalog))
        *_, answer = ask(Query(question, 3), tools, LIMITS, think=False, strict=False)
    assert isinstance(answer, Answer)
    assert answer.computation is not None
    return answer


def test_a_look_up_names_the_version_in_force_and_what_the_older_one_states(
    library: Workspace,
) -> None:
    answer = answered(library, "帐篷的租金是多少？")
    assert answer.text.startswith("95")
    assert answer.version is not None
    assert (answer.version.source, answer.version.in_force) == ("装备租金表-2023版.csv", True)
    [conflict] = answer.conflicts
    assert (conflict.value, conflict.source, conflict.replaced) == (
        "80",
        "装备租金表-2021版.csv",
        True,
    )
    assert conflict.quote == "品名: 帐篷 | 租金(元): 80"
    assert "依据：装备租金表-2023版.csv（现行" in answer.text
    assert "另有说法：装备租金表-2021版.csv" in answer.text


def test_versions_that_state_the_same_are_no_conflict(library: Workspace) -> None:
    answer = answered(library, "睡袋的租金是多少？")
    assert answer.version is not None
    assert answer.conflicts == ()
    assert "另有说法" not in answer.text


def test_a_sum_names_its_version_alone(library: Workspace) -> None:
    answer = answered(library, "装备租金表里租金一共是多少元？")
    assert answer.text.startswith("172")
    assert answer.version is not None
    assert answer.conflicts == ()


def test_a_document_without_versions_is_answered_as_before(library: Workspace) -> None:
    answer = answered(library, "梁山伯的卡号是多少？")
    assert (answer.version, answer.conflicts) == (None, ())
    assert "依据" not in answer.text
