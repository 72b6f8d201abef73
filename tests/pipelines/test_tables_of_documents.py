"""Documents as a table: made with each commit, and it goes wherever the generation goes."""

from __future__ import annotations

import sqlite3

import pytest

from kb.index.checks import compare
from kb.index.table_search import TableSearch
from kb.pipelines.computing import Computed, computed
from kb.pipelines.purge import purge
from kb.pipelines.remove import remove
from kb.table_types import DOCUMENTS, StoredTable
from kb.types import Query
from kb.versions.choosing import NO_VERSIONS
from tests.pipelines.repairs import live_folder, mend
from tests.pipelines.workspace import Workspace

LEASE = "# {name}租赁合同\n\n承租方：{who}\n\n月租金：{rent}元\n"


def rents(workspace: Workspace) -> dict[str, object]:
    """The rents that the leases state, by the paths of the documents."""
    with workspace.tools.collection.reader() as live:
        store = live.catalog.table_store
        found: dict[str, object] = {}
        for table in store.tables():
            names = [column.name for column in table.columns]
            if table.of_documents and "月租金" in names:
                at = names.index("月租金")
                found |= {row.texts[0]: row.values[at] for row in store.rows(table.id)}
        return found


def asked(workspace: Workspace, text: str) -> Computed | None:
    with workspace.tools.collection.reader() as live:
        return computed(Query(text, 5), TableSearch(live.catalog), NO_VERSIONS)


def root_hash(workspace: Workspace) -> str:
    return workspace.tools.collection.generations()[-1].root_hash


@pytest.fixture
def leases(workspace: Workspace) -> Workspace:
    workspace.write("a.md", LEASE.format(name="仓库", who="祝英台", rent="9,000"))
    workspace.write("b.md", LEASE.format(name="商铺", who="梁山伯", rent="7,000"))
    workspace.ingest()
    return workspace


def test_what_documents_state_crosses_from_the_workers_into_the_generation(
    leases: Workspace,
) -> None:
    assert rents(leases) == {"a.md": 9000, "b.md": 7000}


def test_an_edited_document_states_what_it_does_now_and_a_rollback_what_it_did(
    leases: Workspace,
) -> None:
    leases.write("b.md", LEASE.format(name="商铺", who="梁山伯", rent="8,000"))
    leases.ingest()
    assert rents(leases) == {"a.md": 9000, "b.md": 8000}
    leases.tools.collection.rollback()
    assert rents(leases) == {"a.md": 9000, "b.md": 7000}


def test_a_removed_document_is_in_no_table(leases: Workspace) -> None:
    leases.write("c.md", LEASE.format(name="车库", who="马文才", rent="500"))
    leases.ingest()
    remove(leases.tools.collection, [leases.docs / "a.md"], wait=0)
    assert rents(leases) == {"b.md": 7000, "c.md": 500}


def test_nothing_of_a_purged_document_is_left_in_the_tables(leases: Workspace) -> None:
    (leases.docs / "b.md").unlink()
    report = purge(leases.tools.collection, [leases.docs / "b.md"], wait=0)
    assert report.remaining == 0
    for file in leases.tools.collection.folder.rglob("catalog.sqlite"):
        assert "梁山伯".encode() not in file.read_bytes()


def test_two_runs_in_another_order_give_the_same_tables(
    leases: Workspace,
) -> None:
    def heads() -> list[StoredTable]:
        with leases.tools.collection.reader() as live:
            return [one for one in live.catalog.table_store.tables() if one.of_documents]

    before, hashed = heads(), root_hash(leases)
    remove(leases.tools.collection, [leases.docs / "a.md"], wait=0)
    leases.ingest()
    assert (heads(), root_hash(leases)) == (before, hashed)


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE table_ SET caption = 'x' WHERE doc_id = '{DOCUMENTS}' AND place = 1",
        "UPDATE table_row_8 SET t5 = '1元' WHERE t5 IS NOT NULL",
        f"UPDATE table_value SET count = 7 WHERE table_id IN (SELECT id FROM table_"
        f" WHERE doc_id = '{DOCUMENTS}')",
    ],
    ids=["a head", "a row", "a value"],
)
def test_damage_is_found_by_a_check_and_mended_by_making_the_tables_anew(
    leases: Workspace, statement: str
) -> None:
    with sqlite3.connect(live_folder(leases.tools.collection) / "catalog.sqlite") as database:
        assert database.execute(statement).rowcount > 0
    database.close()
    with leases.tools.collection.reader() as live:
        assert any("tables of documents" in one for one in compare(live).problems)
    assert mend(leases).after.sound
    assert rents(leases) == {"a.md": 9000, "b.md": 7000}


def test_an_answer_cites_each_document_and_the_line(leases: Workspace) -> None:
    found = asked(leases, "所有租赁合同的月租金一共是多少？")
    assert found is not None
    assert found.text.splitlines() == [
        "16,000 元",
        "计算：2 份合同中的 2 份，标题 ∋ 租赁合同，求和：月租金 [1][2]",
    ]
    assert [(one.source, one.line) for one in found.citations] == [("a.md", 5), ("b.md", 5)]
    assert [(one.source, one.row) for one in found.computation.rows.references] == [
        ("a.md", 3),
        ("b.md", 3),
    ]


def test_a_mention_is_cited_with_the_passage(leases: Workspace) -> None:
    found = asked(leases, "哪些文件提到了祝英台？")
    assert found is not None
    assert [(one.source, one.line) for one in found.citations] == [("a.md", 3)]
    assert "祝英台" in found.citations[0].quote
