"""kb within LlamaIndex: real models, a real store, LlamaIndex's own query engine and evaluator."""

from __future__ import annotations

import asyncio
import math
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import llama_index.core
import pytest
from llama_index.core.base.llms.types import ChatMessage, MessageRole
from llama_index.core.evaluation import RetrieverEvaluator

from kb import config, egress
from kb.errors import InputTooLong, NothingFound, UsageError
from kb.integrations.llamaindex import KbEmbedding, KbLLM, KnowledgeBase
from kb.types import ChatPiece
from tests.commands import REPOSITORY, Kb
from tests.fakes import FakeEmbedder, FakeGenerator

PHONES = "张飞的电话号码是u987438274。关羽的电话号码是5352345。"
PUMP = "# Pump\n\nThe X200 pump weighs 187 kg with its motor.\n"
LEAVE = "# 休假\n\n年假有十天。病假需要医院的证明。\n"
DEMO = REPOSITORY / "configs" / "demo.toml"


@pytest.fixture(autouse=True)
def _event_loop() -> Iterator[None]:
    """LlamaIndex takes the thread's event loop, and where there is none makes one that it leaves
    open."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()


@pytest.fixture(scope="module")
def kb(tmp_path_factory: pytest.TempPathFactory, models_folder: Path) -> Kb:
    folder = tmp_path_factory.mktemp("docs")
    for path, text in {"phones.txt": PHONES, "en/pump.md": PUMP, "leave.md": LEAVE}.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    kb = Kb(tmp_path_factory.mktemp("home"), models_folder)
    done = kb("ingest", str(folder))
    assert done.code == 0, done.err
    return kb


@pytest.fixture(scope="module")
def base(kb: Kb) -> Iterator[KnowledgeBase]:
    """One for all: its models are loaded once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KB_MODELS__FOLDER", str(kb.models_folder))
        patch.setattr(llama_index.core, "global_tokenizer", None)
        with KnowledgeBase(kb.home, config=DEMO) as base:
            yield base


def test_the_example_of_the_page_runs_in_a_query_engine_and_the_evaluator(
    kb: Kb, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (REPOSITORY / "docs" / "llamaindex.md").read_text(encoding="utf-8")
    for variable, value in {"KB_HOME": kb.home, "KB_CONFIG": DEMO}.items():
        monkeypatch.setenv(variable, str(value))
    monkeypatch.setenv("KB_MODELS__FOLDER", str(kb.models_folder))
    monkeypatch.setattr(llama_index.core, "global_tokenizer", None)
    blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert len(blocks) == 2
    exec("\n".join(blocks), {})
    shown = capsys.readouterr().out
    assert "u987438274" in shown
    assert "phones.txt 0" in shown
    assert shown.count("{'hit_rate': 1.0, 'mrr': 1.0}") == 2


def test_a_node_says_where_it_stands(base: KnowledgeBase) -> None:
    [found] = base.retriever(top_k=1).retrieve("关羽的电话号码")
    metadata = found.node.metadata
    assert (metadata["source"], metadata["line"]) == ("phones.txt", 1)
    assert found.node.node_id == metadata["chunk_id"]
    assert PHONES[metadata["start"] : metadata["end"]] == found.node.get_content()
    assert isinstance(found.score, float)


def test_ids_and_offsets_are_no_part_of_a_prompt(base: KnowledgeBase) -> None:
    [found] = base.retriever(top_k=1).retrieve("X200")
    prompt = found.node.get_content(metadata_mode="llm")
    assert "en/pump.md" in prompt
    assert found.node.node_id not in prompt


def test_llamaindex_measures_the_retriever(base: KnowledgeBase) -> None:
    right = {"张飞的电话": "phones.txt", "weight of the X200": "en/pump.md", "年假几天": "leave.md"}
    retriever = base.retriever(top_k=2)
    everything = base.retriever(top_k=10).retrieve("电话")
    ids = {found.metadata["source"]: found.node_id for found in everything}
    evaluator = RetrieverEvaluator.from_metric_names(["hit_rate", "mrr"], retriever=retriever)
    for question, source in right.items():
        result = asyncio.run(evaluator.aevaluate(question, [ids[source]]))
        assert result.metric_vals_dict == {"hit_rate": 1.0, "mrr": 1.0}, question


def test_a_condition_narrows_it(base: KnowledgeBase) -> None:
    found = base.retriever(top_k=10, where=[("path", "en/*")]).retrieve("电话")
    assert {one.metadata["source"] for one in found} == {"en/pump.md"}


def test_a_question_that_is_not_unicode_is_kbs_own_error(base: KnowledgeBase) -> None:
    with pytest.raises(UsageError, match="is not Unicode text"):
        base.retriever().retrieve("电话 \ud83d")


def test_what_is_taken_in_meanwhile_is_found(kb: Kb, base: KnowledgeBase, tmp_path: Path) -> None:
    retriever = base.retriever(top_k=1)
    assert retriever.retrieve("Z9-77")[0].metadata["source"] != "new.txt"
    (tmp_path / "new.txt").write_text("The compressor Z9-77 is in hall 4.", encoding="utf-8")
    assert kb("ingest", str(tmp_path)).code == 0
    assert retriever.retrieve("Z9-77")[0].metadata["source"] == "new.txt"


def test_an_empty_collection_is_kbs_own_error(base: KnowledgeBase, kb: Kb) -> None:
    with (
        KnowledgeBase(kb.home, collection="none", config=DEMO) as none,
        pytest.raises(NothingFound),
    ):
        none.retriever().retrieve("x")


def test_it_allows_what_kb_status_allows(kb: Kb) -> None:
    """A public address, where that is meant."""
    allowed = {"KB_EGRESS__ALLOW": "203.0.113.7:11434", "KB_EGRESS__ALLOW_PUBLIC": "true"}
    trying = replace(kb, variables=allowed)
    assert trying("status").code == 0
    code = (
        "import sys; from kb.integrations.llamaindex import KnowledgeBase\n"
        "with KnowledgeBase(sys.argv[1], config=sys.argv[2]): print('opened')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(kb.home), str(DEMO)],
        env=trying.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.returncode) == ("opened\n", 0), done.stderr


def test_embeddings_have_the_models_prefixes_and_length_one(base: KnowledgeBase) -> None:
    model = base.embedding()
    passage, query = model.get_text_embedding("pump"), model.get_query_embedding("pump")
    assert model.model_name == "multilingual-e5-small"
    assert len(passage) == 384
    assert math.isclose(sum(number**2 for number in passage), 1.0, abs_tol=1e-4)
    assert passage != query
    assert asyncio.run(model.aget_text_embedding_batch(["pump"])) == [passage]


def test_a_text_that_is_too_long_is_an_error() -> None:
    with pytest.raises(InputTooLong):
        KbEmbedding(FakeEmbedder(too_long="x")).get_text_embedding("xx")


def test_tokens_are_counted_by_kb_unless_another_tokenizer_was_set(
    kb: Kb, base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(llama_index.core.Settings.tokenizer("张飞的电话")) >= 5
    own = list
    monkeypatch.setattr(llama_index.core, "global_tokenizer", own)
    KnowledgeBase(kb.home, config=DEMO).close()
    assert llama_index.core.global_tokenizer is own


# --- kb's own answers -----------------------------------------------------------------


def test_the_query_engine_answers_as_kb_ask_does(base: KnowledgeBase) -> None:
    response = base.query_engine().query("张飞的电话号码")
    assert "u987438274" in str(response)
    assert response.metadata["found"]
    assert response.source_nodes[0].metadata["source"] == "phones.txt"
    assert response.source_nodes[0].text in PHONES


def test_the_query_engine_and_the_tool_refuse_as_kb_does(base: KnowledgeBase) -> None:
    response = asyncio.run(base.query_engine().aquery("刘备的电话号码"))
    assert (response.metadata["found"], response.source_nodes) == (False, [])
    assert response.metadata["refused_by"] == "missing-term"
    tool = base.tool()
    assert tool.metadata.name == "ask_documents"
    assert tool(question="刘备的电话号码").raw_output == str(response)


def test_a_public_destination_needs_allow_public_here_too(
    kb: Kb, base: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a process has allowed stays allowed in it, so the guard is told here, and not opened."""
    installed: list[tuple[list[str], bool]] = []
    monkeypatch.setenv("KB_EGRESS__ALLOW", "192.0.2.1:443,8.8.8.8:443")
    with pytest.raises(UsageError):
        KnowledgeBase(kb.home, config=DEMO)
    monkeypatch.setattr(
        egress, "install", lambda allow, *, public: installed.append(([*allow], public))
    )
    monkeypatch.setenv("KB_EGRESS__ALLOW_PUBLIC", "true")
    KnowledgeBase(kb.home, config=DEMO).close()
    assert installed == [(["192.0.2.1:443", "8.8.8.8:443"], True)]


# --- the language model, with a fake behind it ----------------------------------------

THINKS = FakeGenerator([ChatPiece(thinking="Hm."), ChatPiece("It is "), ChatPiece("187 kg.")])


@pytest.fixture
def llm() -> KbLLM:
    return KbLLM(THINKS, config.load(environ={}))


def test_a_thought_is_never_in_an_answer(llm: KbLLM) -> None:
    assert llm.complete("How heavy?").text == "It is 187 kg."
    answer = llm.chat([ChatMessage(content="How heavy?")])
    assert answer.message.content == "It is 187 kg."
    assert answer.message.role is MessageRole.ASSISTANT


def test_an_answer_is_streamed(llm: KbLLM) -> None:
    assert [one.delta for one in llm.stream_complete("How heavy?")] == ["It is ", "187 kg."]
    *_, last = llm.stream_chat([ChatMessage(content="How heavy?")])
    assert last.message.content == "It is 187 kg."


def test_roles_and_limits_reach_the_model(llm: KbLLM) -> None:
    llm.chat([ChatMessage(role=MessageRole.SYSTEM, content="Be brief."), ChatMessage(content="?")])
    assert [message.role for message in THINKS.asked[-1]] == ["system", "user"]
    assert THINKS.options == {"num_ctx": 4096, "max_tokens": 512, "think": False}
    assert (llm.metadata.context_window, llm.metadata.num_output) == (4096, 512)
