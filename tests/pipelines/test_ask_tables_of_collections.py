"""kb ask over the tables of several collections: read together, each answer with its collection.
Documents and stores are real, no model is needed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from kb.index import multi_tables
from kb.pipelines import computing
from kb.pipelines.computing import Computed
from kb.tables.index import TableIndex
from kb.types import Query
from kb.versions.choosing import NO_VERSIONS
from tests.pipelines.workspace import Workspace

SHOP = {
    "价格表.csv": "货号,名称,单价(元)\nSK-2040,角磨机,318\nSK-2041,电锤,655\nSK-2042,台钻,1280\n",
    "工具登记.csv": "货号,保管人\nSK-2040,赵敏\nSK-2041,周芷若\nSK-2042,赵敏\n",
}
STAFF = {
    "花名册.csv": "工号,姓名,部门,分机\nE01,赵敏,仓储部,8801\nE02,周芷若,仓储部,8802\n"
    "E03,小昭,财务部,8803\n",
}
BRANCH = {"价格表.csv": "货号,名称,单价(元)\nSK-2040,角磨机,299\nSK-2049,砂轮机,410\n"}


@pytest.fixture
def home(workspace: Workspace) -> Workspace:
    """The collections shop, staff and branch."""
    for name, files in {"shop": SHOP, "staff": STAFF, "branch": BRANCH}.items():
        workspace.fill(name, files)
    return workspace


@contextmanager
def opened(home: Workspace, *names: str) -> Iterator[TableIndex]:
    with ExitStack() as stack:
        live = {name: stack.enter_context(home.named(name).reader()) for name in names}
        catalogs = {name: one.catalog for name, one in live.items()}
        tables = stack.enter_context(multi_tables.opened(catalogs))
        assert tables is not None
        yield tables


def computed(home: Workspace, question: str, *names: str, path: str = "") -> Computed | None:
    with opened(home, *names) as tables:
        where = (("path", path),) if path else ()
        return computing.computed(Query(question, 5, where=where), tables, NO_VERSIONS)


def test_what_one_collection_answers_is_answered_over_several_with_its_name(
    home: Workspace,
) -> None:
    found = computed(home, "SK-2040的单价是多少？", "staff", "shop")
    assert found is not None
    assert found.text == (
        "318 元\n计算：《shop:价格表.csv》，货号 = sk-2040，3 行中的 1 行，查找 [1]"
    )
    assert found.citations[0].source == "shop:价格表.csv"
    assert found.computation.tables == ("shop:价格表.csv",)
    assert found.computation.rows.references[0].source == "shop:价格表.csv"


def test_a_table_of_one_collection_is_joined_with_one_of_another(home: Workspace) -> None:
    found = computed(home, "SK-2041的保管人的分机是多少？", "shop", "staff")
    assert found is not None
    assert found.text.startswith("8802")
    assert [one.source for one in found.citations] == ["shop:工具登记.csv", "staff:花名册.csv"]


def test_two_collections_that_say_different_things_give_no_answer(home: Workspace) -> None:
    assert computed(home, "SK-2040的单价是多少？", "shop", "branch") is None


def test_a_condition_on_the_path_holds_in_every_collection(home: Workspace) -> None:
    question = "SK-2040的单价是多少？"
    assert computed(home, question, "shop", "staff", path="价格*") is not None
    assert computed(home, question, "shop", "staff", path="花名*") is None


def test_tables_of_a_collection_that_is_not_asked_are_not_read(home: Workspace) -> None:
    assert computed(home, "小昭的分机是多少？", "shop", "branch") is None


def test_documents_are_not_counted_over_several_collections(home: Workspace) -> None:
    """The table of documents is each collection's own: its count would be a part."""
    assert computed(home, "一共有多少份文件？", "shop", "staff") is None


def test_a_value_that_exists_nowhere_is_held_against_all_of_them(home: Workspace) -> None:
    with opened(home, "staff", "shop") as tables:
        assert tables.values_like("sk-2043") == ["SK-2040", "SK-2041", "SK-2042"]
        like = tables.alike("sk-9999")
    assert like is not None
    assert (like.source, like.first, like.last) == ("shop:工具登记.csv", "SK-2040", "SK-2042")


def test_more_collections_than_can_be_read_together_have_no_tables(home: Workspace) -> None:
    with ExitStack() as stack:
        live = stack.enter_context(home.named("shop").reader())
        catalogs = {f"c{number}": live.catalog for number in range(11)}
        assert stack.enter_context(multi_tables.opened(catalogs)) is None
