"""Versions of one document: found at ingestion, kept in the generation, told by `kb sources`."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from kb.index import versions
from kb.index.checks import compare
from kb.pipelines.purge import purge
from kb.pipelines.remove import remove
from kb.pipelines.repair import Tools as RepairTools
from kb.pipelines.repair import repair
from kb.version_types import Families
from kb.versions.corrections import corrected
from tests.pipelines.workspace import Workspace

OLD = "# 借阅规则（2019版）\n\n自2019年3月1日起施行。\n\n每人可借图书五册，借期三十天。\n"
NEW = (
    "# 借阅规则（2022版）\n\n自2022年9月1日起施行，2019版同时废止。\n\n"
    "每人可借图书八册，借期四十天。\n"
)


def families(workspace: Workspace) -> list[list[str]]:
    with workspace.tools.collection.reader() as live:
        found = versions.stored(live.catalog.database).all
    return [[member.source for member in family.members] for family in found]


def both(workspace: Workspace) -> None:
    workspace.write("规则-2019版.md", OLD)
    workspace.write("规则-2022版.md", NEW)
    workspace.write("食堂.md", "# 食堂\n\n午餐十一点半开始。\n")
    workspace.ingest()


def test_a_run_finds_the_versions_of_a_document(workspace: Workspace) -> None:
    both(workspace)
    assert families(workspace) == [["规则-2019版.md", "规则-2022版.md"]]


def test_a_version_that_comes_later_joins_the_family(workspace: Workspace) -> None:
    workspace.write("规则-2019版.md", OLD)
    workspace.ingest()
    assert families(workspace) == []
    workspace.write("规则-2022版.md", NEW)
    workspace.ingest()
    assert families(workspace) == [["规则-2019版.md", "规则-2022版.md"]]


def test_only_what_changed_is_read_again(workspace: Workspace) -> None:
    both(workspace)
    workspace.write("食堂.md", "# 食堂\n\n午餐十二点开始。\n")
    with workspace.tools.collection.writer() as draft:
        draft.begin()
        assert not versions.outdated(draft.catalog.database)
    workspace.ingest()
    assert families(workspace) == [["规则-2019版.md", "规则-2022版.md"]]


def test_with_a_document_its_family_goes(workspace: Workspace) -> None:
    both(workspace)
    remove(workspace.tools.collection, [Path("规则-2019版.md")], wait=0)
    assert families(workspace) == []


def test_a_rollback_brings_the_family_back(workspace: Workspace) -> None:
    both(workspace)
    remove(workspace.tools.collection, [Path("规则-2019版.md")], wait=0)
    workspace.tools.collection.rollback()
    assert families(workspace) == [["规则-2019版.md", "规则-2022版.md"]]


def test_a_purge_leaves_no_row_of_what_went(workspace: Workspace) -> None:
    both(workspace)
    report = purge(workspace.tools.collection, [Path("规则-2019版.md")], wait=0)
    assert report.remaining == 0
    [catalog] = (workspace.tools.collection.folder / "generations").glob("*/catalog.sqlite")
    assert "2019版".encode() not in catalog.read_bytes().replace("2019版同时废止".encode(), b"")


def test_what_an_earlier_kb_committed_has_no_families_until_the_next_run(
    workspace: Workspace,
) -> None:
    both(workspace)
    with workspace.tools.collection.writer() as draft:
        draft.begin()
        draft.catalog.database.run("DROP TABLE version")
        draft.commit()
    assert families(workspace) == []
    workspace.write("新.md", "# 新\n\n一份新文件。\n")
    workspace.ingest()
    assert families(workspace) == [["规则-2019版.md", "规则-2022版.md"]]


@pytest.mark.parametrize(
    "statement",
    ["UPDATE version SET place = 7 WHERE place = 0", "UPDATE version_key SET key = key - 1"],
    ids=["a document", "a key"],
)
def test_a_check_finds_a_row_that_nobody_wrote_and_a_repair_mends_it(
    workspace: Workspace, statement: str
) -> None:
    both(workspace)
    [catalog] = (workspace.tools.collection.folder / "generations").glob("*/catalog.sqlite")
    with sqlite3.connect(catalog) as damaged:
        damaged.execute(statement)
    with workspace.tools.collection.reader() as live:
        found = compare(live)
    assert found.versions
    assert any("versions are not what was written" in one for one in found.problems)
    tools = RepairTools(
        workspace.tools.collection, workspace.tools.embedder, workspace.tools.sparse, 0.0
    )
    assert repair(tools).after.sound
    assert families(workspace) == [["规则-2019版.md", "规则-2022版.md"]]


def test_the_configuration_sets_families_right(workspace: Workspace) -> None:
    both(workspace)
    with workspace.tools.collection.reader() as live:
        found = versions.stored(live.catalog.database)
        paths = {record.doc_id: record.path for record in live.catalog.documents()}
    apart = corrected(found, paths, versions=[], not_versions=["规则-2019*"])
    assert apart == Families()
    given = corrected(found, paths, versions=["食堂.md > 规则-2022版.md"], not_versions=[])
    [family] = given.all
    assert [one.source for one in family.members] == ["规则-2022版.md", "食堂.md"]
