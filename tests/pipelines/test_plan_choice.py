"""A question over tables that may mean several things: passages answer it, or, where the settings
want it, the model chooses between the plans, and the answer is marked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from kb.answering.tagger import cut
from kb.index.table_search import TableSearch
from kb.pipelines import computing
from kb.pipelines.ask_tools import Limits, Tools
from kb.pipelines.computing import Computed
from kb.pipelines.plan_choice import chooser
from kb.tables import choosing
from kb.tables.answering import asked
from kb.tables.results import Result
from kb.tables.wording import value_text
from kb.text.question import Question
from kb.types import Query
from kb.versions.choosing import NO_VERSIONS
from tests.fakes import FakeEmbedder, FakeGenerator
from tests.table_samples import searchable, sheets

LENT = (
    ("编号", "器材", "借出日期", "归还日期", "押金(元)"),
    ("A1", "三脚架", "2024-01-05", "2024-02-01", "100"),
    ("A2", "镜头", "2024-01-09", "2024-03-01", "400"),
    ("A3", "三脚架", "2024-02-10", "2024-03-05", "100"),
)
PRICES = (("项目", "价格(元)"), ("洗印", "8"), ("装裱", "60"))
OTHER_PRICES = (("项目", "价格(元)"), ("洗印", "9"), ("装裱", "75"))
TABLES = {"借用": LENT, "价目-甲": PRICES, "价目-乙": OTHER_PRICES}


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TableSearch]:
    with searchable(tmp_path_factory.mktemp("studio"), sheets(TABLES)) as found:
        yield found


def readings(studio: TableSearch, text: str) -> tuple[Result, ...]:
    rank = lambda doc_id: 0  # noqa: E731
    found = asked(Question.of(text), studio.tables(), studio, rank=rank, cut=cut)
    assert found.result is None
    return found.readings()


@pytest.mark.parametrize(
    ("question", "values"),
    [
        pytest.param("A2是哪天？", ["2024-01-09", "2024-03-01"], id="two columns of days"),
        pytest.param("2024年3月有几次三脚架？", ["0", "1"], id="a month of either"),
        pytest.param("洗印的价格是多少？", ["8 元", "9 元"], id="two tables"),
    ],
)
def test_what_may_be_meant_is_found(
    studio: TableSearch, question: str, values: Sequence[str]
) -> None:
    assert sorted(value_text(one, chinese=True) for one in readings(studio, question)) == values


def test_a_word_that_nothing_explains_leaves_no_reading(studio: TableSearch) -> None:
    assert readings(studio, "A2的折旧是哪天？") == ()


def test_the_model_is_told_what_each_plan_does_and_not_what_comes_out(studio: TableSearch) -> None:
    question = Question.of("A2是哪天？")
    several = readings(studio, question.text)
    _, asked_of = choosing.asking(question, several)
    assert asked_of.content == (
        "问题：A2是哪天？\n读法：\n1. 借用.xlsx; 编号 = a2; 查找 借出日期\n"
        "2. 借用.xlsx; 编号 = a2; 查找 归还日期\n0. 都不是"
    )
    assert choosing.form(several).fields == {"reading": ["0", "1", "2"]}


# --- choosing -------------------------------------------------------------------------


def chosen(
    studio: TableSearch, model: FakeGenerator, question: str, *, wanted: bool = True
) -> Computed | None:
    tools = Tools(
        index=None,  # type: ignore[arg-type]  # not reached
        catalog=None,  # type: ignore[arg-type]
        lexical=lambda text: None,  # type: ignore[arg-type,return-value]
        embedder=FakeEmbedder(),
        generator=lambda: model,
        engine="fake",
        temperature=0.0,
        threshold=None,
        chooses_plans=wanted,
    )
    choose = chooser(tools, Limits(num_ctx=2048, max_tokens=64))
    return computing.computed(Query(question, 5), studio, NO_VERSIONS, choose)


def test_the_plan_that_the_model_chooses_is_computed_and_marked(studio: TableSearch) -> None:
    found = chosen(studio, FakeGenerator(fills='{"reading": "2"}'), "A2是哪天？")
    assert found is not None
    assert found.text == (
        "2024-03-01\n计算：《借用.xlsx》，编号 = a2，3 行中的 1 行，查找 [1]\n"
        "（问题有 2 种读法，这一种由模型选出，请核对）"
    )
    assert found.unsupported == ("2024-03-01",)


@pytest.mark.parametrize("fills", ['{"reading": "0"}', '{"reading": "7"}', "2024-03-01", ""])
def test_what_is_no_choice_of_a_plan_leaves_the_passages(studio: TableSearch, fills: str) -> None:
    assert chosen(studio, FakeGenerator(fills=fills), "A2是哪天？") is None


def test_by_default_no_model_chooses(studio: TableSearch) -> None:
    model = FakeGenerator(fills='{"reading": "2"}')
    assert chosen(studio, model, "A2是哪天？", wanted=False) is None
    assert not model.asked_form


def test_where_one_plan_is_left_no_model_is_asked(studio: TableSearch) -> None:
    model = FakeGenerator(fills='{"reading": "2"}')
    found = chosen(studio, model, "A2是哪天归还的？")
    assert found is not None
    assert found.text.startswith("2024-03-01")
    assert not found.unsupported
    assert not model.asked_form
