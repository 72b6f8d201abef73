"""What the doctor says of servers, asked over real sockets on loopback."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from kb.doctor import CheckResult, DoctorContext
from kb.doctor.findings import Status
from tests.contract.ollama_transcripts import read
from tests.unit.doctor.samples import (
    CHAT,
    EMBEDDING,
    Answers,
    check,
    checks,
    context_of,
    filled,
    ollama,
    stub_server,
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@contextmanager
def served(home: Path, answers: Answers, engine: str = "ollama") -> Iterator[DoctorContext]:
    with stub_server(answers) as host:
        yield context_of(home, models__engine=engine, models__host=[host])


def nobody() -> str:
    """An address at which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


# --- Ollama ---------------------------------------------------------------------------


def test_a_server_with_both_models_is_well(home: Path) -> None:
    filled(home)
    with served(home, ollama()) as context:
        assert check(context, "model-server").detail.startswith(
            "Ollama 0.17.4 at http://127.0.0.1:"
        )
        embedding = check(context, "embedding-model")
        assert embedding.status is Status.OK
        assert "the index's own" in embedding.detail
        assert check(context, "chat-model").status is Status.OK


def test_what_a_real_server_answered_is_understood(home: Path, shared: Path) -> None:
    recorded = read(shared / "ollama")

    def show(request: dict[str, str]) -> bytes:
        names = {"plain:1.5b": "show-plain"}
        return recorded[names.get(request["model"], "show-no-tag")].body

    answers: dict[str, object] = {
        "/api/version": recorded["version"].body,
        "/api/ps": recorded["ps-one"].body,
        "/api/show": show,
    }
    with stub_server(answers) as host:
        context = context_of(
            home,
            models__engine="ollama",
            models__host=[host],
            models__embedding="multilingual-e5-small",
            models__chat="plain:1.5b",
        )
        assert "384 dimensions, 512 tokens" in check(context, "embedding-model").detail
        assert "32768 tokens at most" in check(context, "chat-model").detail
        assert [one.detail.split(": ")[1] for one in checks(context, "processor")] == [
            "on the processor alone, context 512",
            "on the processor alone, context 4096",
        ]


def test_nobody_answering_is_a_failure_that_says_how_to_start_it(home: Path) -> None:
    context = context_of(home, models__engine="ollama", models__host=[nobody()])
    found = check(context, "model-server")
    assert (found.status, found.exit_code) == (Status.FAILED, 8)
    assert "ollama serve" in found.fix
    assert {check(context, name).status for name in ("embedding-model", "processor", "cloud")} == {
        Status.SKIPPED
    }


def test_of_several_servers_one_that_is_away_is_a_warning(home: Path) -> None:
    with ExitStack() as stack:
        hosts = [stack.enter_context(stub_server(ollama())), nobody()]
        context = context_of(home, models__engine="ollama", models__host=hosts)
        assert [one.status for one in checks(context, "model-server")] == [
            Status.OK,
            Status.WARNING,
        ]
        assert hosts[1] in checks(context, "model-server")[1].detail


def test_of_several_servers_each_is_asked_for_the_models(home: Path) -> None:
    with ExitStack() as stack:
        whole, without = ollama(), ollama(models=(EMBEDDING,))
        hosts = [stack.enter_context(stub_server(it)) for it in (whole, without)]
        context = context_of(home, models__engine="ollama", models__host=hosts)
        found = checks(context, "chat-model")
        assert [one.status for one in found] == [Status.OK, Status.FAILED]
        assert hosts[1] in found[1].detail
        assert f"ollama pull {CHAT}" in found[1].fix


def test_with_auto_and_no_server_the_embedded_engine_is_examined(home: Path) -> None:
    context = context_of(home, models__engine="auto", models__host=[nobody()])
    assert check(context, "model-server").status is Status.SKIPPED
    assert "kb models add" in check(context, "embedding-model").fix


@pytest.mark.parametrize(
    "other", [ollama(dimension=384), ollama(digest="cd" * 32)], ids=["dimension", "digest"]
)
def test_another_model_than_the_indexs_is_a_failure(home: Path, other: Answers) -> None:
    filled(home)
    with served(home, other) as context:
        found = check(context, "embedding-model")
    assert (found.status, found.exit_code) == (Status.FAILED, 8)
    assert f"set models.embedding = {EMBEDDING}" in found.fix


def test_a_host_that_is_not_allowed_is_a_failure_of_its_own(home: Path) -> None:
    context = context_of(home, models__engine="ollama", models__host=["192.0.2.7"])
    found = check(context, "model-server")
    assert (found.status, found.exit_code) == (Status.FAILED, 9)
    assert "[egress] allow" in found.fix


def test_a_host_that_is_no_address_is_a_failure_of_the_configuration(home: Path) -> None:
    context = context_of(home, models__engine="ollama", models__host=["ftp://x"])
    assert check(context, "model-server").exit_code == 2


# --- processor and context ------------------------------------------------------------


def loaded(name: str, *, on_gpu: int = 0, context: int = 4096) -> dict[str, object]:
    return {"model": name, "size": 1000, "size_vram": on_gpu, "context_length": context}


def test_what_a_model_runs_on_is_unknown_until_it_is_loaded(home: Path) -> None:
    with served(home, ollama(loaded=(loaded(CHAT, on_gpu=750),))) as context:
        embedding, chat = checks(context, "processor")
    assert embedding.detail.endswith("unknown until it is loaded")
    assert chat.detail.endswith("on a graphics card, 75% of it, context 4096")


def test_an_embedder_that_another_program_loads_otherwise_is_a_warning(home: Path) -> None:
    with served(home, ollama(loaded=(loaded(EMBEDDING, context=4096),))) as context:
        embedding, _ = checks(context, "processor")
    assert embedding.status is Status.WARNING
    assert "num_ctx = 2048" in embedding.fix
    with served(home, ollama(loaded=(loaded(EMBEDDING, context=2048),))) as context:
        assert checks(context, "processor")[0].status is Status.OK


def test_a_model_loaded_with_less_context_is_a_warning(home: Path) -> None:
    with served(home, ollama(loaded=(loaded(CHAT, context=2048),))) as context:
        _, chat = checks(context, "processor")
    assert chat.status is Status.WARNING
    assert "OLLAMA_CONTEXT_LENGTH=4096" in chat.fix


# --- the cloud ------------------------------------------------------------------------


def test_a_server_that_says_its_cloud_is_off_is_well(home: Path) -> None:
    off = {"cloud": {"disabled": True, "source": "env"}}
    with served(home, ollama(status=off)) as context:
        assert check(context, "cloud").status is Status.OK


@pytest.mark.parametrize("status", [None, {"cloud": {"disabled": False}}, {"no": "cloud"}])
def test_a_server_whose_cloud_is_or_may_be_on_is_a_warning(home: Path, status: object) -> None:
    with served(home, ollama(status=status)) as context:
        found = check(context, "cloud")
    assert found.status is Status.WARNING
    assert "OLLAMA_NO_CLOUD=1" in found.fix


def test_a_model_that_runs_in_the_cloud_is_a_failure(home: Path) -> None:
    with stub_server(ollama()) as host:
        context = context_of(
            home, models__engine="ollama", models__host=[host], models__chat="gpt-oss:120b-cloud"
        )
        assert (check(context, "cloud").status, check(context, "cloud").exit_code) == (
            Status.FAILED,
            9,
        )
        assert check(context, "chat-model").exit_code == 9


# --- a reranker -----------------------------------------------------------------------


def test_a_rerankers_server_is_asked_to_score_one_text(home: Path) -> None:
    answers = {"/rerank": {"results": [{"index": 0, "relevance_score": 0.5}]}}
    with stub_server(answers) as host:
        context = context_of(home, models__rerank="bge", models__rerank_host=host)
        assert check(context, "rerank-model").status is Status.OK
    with stub_server({}) as host:
        context = context_of(home, models__rerank="bge", models__rerank_host=host)
        assert check(context, "rerank-model").exit_code == 8


def test_the_key_of_model_servers_belongs_to_its_owner_alone(home: Path, tmp_path: Path) -> None:
    def found(engine: str = "openai") -> CheckResult:
        context = context_of(home, models__engine=engine, models__api_key_file=str(key))
        return check(context, "model-key")

    key = tmp_path / "key"
    assert (found().status, found().exit_code) == (Status.FAILED, 2)
    key.write_text("secret")
    key.chmod(0o640)
    assert (found().status, found().fix) == (Status.WARNING, f'chmod 600 "{key}"')
    key.chmod(0o600)
    assert found().status is Status.OK
    assert found("embedded").status is Status.SKIPPED


# --- Qdrant ---------------------------------------------------------------------------


def qdrant(home: Path, host: str, key: Path | None = None) -> DoctorContext:
    return context_of(
        home, store__engine="server", store__url=host, store__api_key_file=str(key or "")
    )


def test_without_a_qdrant_server_nothing_is_asked_of_one(home: Path) -> None:
    names = ("qdrant-server", "qdrant-telemetry", "qdrant-key")
    assert {check(context_of(home), name).status for name in names} == {Status.SKIPPED}


def test_a_qdrant_server_tells_its_version(home: Path) -> None:
    answers = {
        "/": {"title": "qdrant", "version": "1.17.0"},
        "/collections": {"result": {"collections": []}, "status": "ok", "time": 0.0},
    }
    with stub_server(answers) as host:
        found = check(qdrant(home, host), "qdrant-server")
    assert (found.status, found.detail) == (Status.OK, f"Qdrant 1.17.0 at {host}")


def test_a_node_of_a_cluster_that_is_away_is_a_warning(home: Path) -> None:
    answers = {
        "/": {"title": "qdrant", "version": "1.18.3"},
        "/collections": {"result": {"collections": []}, "status": "ok", "time": 0.0},
    }
    away = nobody()
    with stub_server(answers) as host:
        context = context_of(
            home, store__engine="server", store__url=away, store__other_urls=[host]
        )
        down, up = checks(context, "qdrant-server")
    assert (down.status, up.status) == (Status.WARNING, Status.OK)
    assert away in down.detail


def test_a_server_that_is_not_qdrant_is_no_damage(home: Path) -> None:
    with stub_server({}) as host:
        found = check(qdrant(home, host), "qdrant-server")
    assert (found.status, found.exit_code) == (Status.FAILED, 5)
    assert "not a Qdrant server" in found.detail


def test_a_qdrant_server_that_is_away_is_a_failure(home: Path) -> None:
    found = check(qdrant(home, nobody()), "qdrant-server")
    assert (found.status, found.exit_code) == (Status.FAILED, 5)
    assert "store.url" in found.fix


def test_a_qdrant_server_is_always_reminded_of_its_telemetry(home: Path) -> None:
    found = check(qdrant(home, "http://127.0.0.1:6333"), "qdrant-telemetry")
    assert found.status is Status.WARNING
    assert "QDRANT__TELEMETRY_DISABLED=true" in found.fix


def test_the_key_of_a_qdrant_server_belongs_to_its_owner_alone(home: Path, tmp_path: Path) -> None:
    key = tmp_path / "key"
    missing = check(qdrant(home, "http://127.0.0.1:6333", key), "qdrant-key")
    assert (missing.status, missing.exit_code) == (Status.FAILED, 5)
    key.write_text(json.dumps("secret"))
    key.chmod(0o644)
    open_to_all = check(qdrant(home, "http://127.0.0.1:6333", key), "qdrant-key")
    assert (open_to_all.status, open_to_all.fix) == (Status.WARNING, f'chmod 600 "{key}"')
    key.chmod(0o600)
    assert check(qdrant(home, "http://127.0.0.1:6333", key), "qdrant-key").status is Status.OK
    assert "no key" in check(qdrant(home, "http://127.0.0.1:6333"), "qdrant-key").detail
