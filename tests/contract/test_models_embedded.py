"""The embedded engine beside the recorded server: the same requests, the same kind of answers.

Status, content type, shape and the wording of errors are compared for every transcript that can
apply; figures and words where the same weights must give the same ones.
"""

from __future__ import annotations

import json
import math
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from kb.errors import Interrupted
from kb.models.demo.fetch import DEMO_MODELS
from kb.models.engine.embedded import EmbeddedEngine
from kb.models.engine.store import ModelStore
from kb.models.engine.transport import EmbeddedTransport
from tests.contract.ollama_store import add_model
from tests.contract.ollama_transcripts import Transcript, read, shape
from tests.contract.test_models_replay import CHAT, EMBED, NEVER_ASKED, SHOW

EXCEPTIONS = {
    "version": "its own version; tested below",
    "ps-empty": "recorded with models loaded by what ran before; tested below",
    "ps-one": "as ps-empty",
    "ps-after": "as ps-empty",
    "chat-huge-num-ctx": "such a context takes 7 s and 2 GB; tested below without a load",
    "runner-killed-mid-stream": "the engine is this process: it cannot die alone",
    "runner-killed-while-embedding": "as above",
    "chat-after-kill": "as above",
    "embed-after-kill": "as above",
    "busy": "there is no queue: a request waits until the model is free",
    "root": "no client of kb asks for it",
    "embeddings-old": "as root: /api/embed came in its place",
}
SMALLER: dict[str, dict[str, object]] = {
    # The same rule at an eighth of the size: a 1.5B model reads 40 tokens a second.
    "chat-over-context": {"num_ctx": 128, "num_predict": 4},
    "chat-over-context-truncate-false": {"num_ctx": 128},
    "chat-over-context-many": {"num_ctx": 256, "num_predict": 4},
    "chat-over-context-many-truncate-false": {"num_ctx": 256},
    "chat-generation-over-context": {"num_ctx": 64, "num_predict": 80},
    "chat-generation-over-context-shift-false": {"num_ctx": 64, "num_predict": 80},
}

OWN_END = {
    "chat-generation-over-context": "an answer ends at the end of the context; nothing is shifted",
    "chat-generation-over-context-shift-false": "the same words, in another prompt's frame",
    "chat-over-context": "cut to four tokens to save time",
    "chat-over-context-many": "cut to four tokens to save time",
}
EMBED_ERRORS = {
    "embed-long-truncate-false",
    "embed-long-in-batch-truncate-false",
    "embed-num-ctx",
    "embed-number",
    "embed-unknown",
}
SHORT: dict[str, object] = {
    "messages": [{"role": "user", "content": "Say yes."}],
    "stream": False,
    "think": False,
    "options": {"num_ctx": 512, "num_predict": 3, "temperature": 0},
}
AT_NIGHT = {
    "chat-over-context-many": "cut as chat-over-context is, refused as its twin is",
    "chat-generation-over-context": "as chat-over-context: what is cut is another part",
    "chat-generation-over-context-shift-false": "as without: nothing is ever shifted",
    "think-tags-in-content": "as think-True-streamed; the words are the model's own affair",
    "think-True": "as think-True-streamed, whole",
    "think-None": "as think-True",
    "chat-whole-again": "as chat-whole",
}
"""What another transcript shows by day."""
LIVE = [name for name in (*SHOW, *EMBED, *CHAT, *NEVER_ASKED, "tags") if name not in EXCEPTIONS]


@pytest.fixture(scope="module")
def transcripts(shared: Path) -> dict[str, Transcript]:
    return read(shared / "ollama")


@pytest.fixture(scope="module")
def engine(
    transcripts: dict[str, Transcript],
    models_folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[EmbeddedEngine]:
    """The three models of the recording, in a store as Ollama lays it out."""
    e5, chat = (models_folder / model.file for model in DEMO_MODELS)
    store = tmp_path_factory.mktemp("ollama")
    parameters = json.dumps({"stop": ["<|im_end|>"]})
    add_model(store, "multilingual-e5-small:latest", e5, DEMO_MODELS[0].sha256, "{{ .Prompt }}")
    for name in ("plain", "reasoner"):
        template = transcripts[f"show-{name}"].documents[0]["template"]
        add_model(store, f"{name}:1.5b", chat, DEMO_MODELS[1].sha256, template, parameters)
    engine = EmbeddedEngine(ModelStore(store / "no-folder", [store]))
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def http(engine: EmbeddedEngine) -> Iterator[httpx.Client]:
    with httpx.Client(transport=EmbeddedTransport(engine), base_url="http://embedded") as client:
        yield client


def ask(http: httpx.Client, case: Transcript) -> httpx.Response:
    content = case.raw
    if case.name in SMALLER and case.request:
        options = {**case.request["options"], **SMALLER[case.name]}
        content = json.dumps({**case.request, "options": options}).encode()
    return http.request(case.method, case.path, content=content)


def comparable(document: Any) -> Any:
    """The shape of an answer; whether a thought came is the model's own affair."""
    if isinstance(document, dict) and isinstance(document.get("message"), dict):
        document = {**document, "message": {**document["message"]}}
        document["message"].pop("thinking", None)
    return shape(document)


@pytest.mark.parametrize(
    "name",
    [pytest.param(it, marks=pytest.mark.nightly if it in AT_NIGHT else ()) for it in LIVE],
)
def test_answers_as_the_server_did(
    name: str, transcripts: dict[str, Transcript], http: httpx.Client
) -> None:
    case = transcripts[name]
    answer = ask(http, case)

    assert answer.status_code == case.status
    assert answer.headers["content-type"] == case.content_type
    if case.content_type.startswith("text/plain"):
        assert answer.text == case.lines[0]
        return
    lines = [json.loads(line) for line in answer.text.splitlines()]
    if case.status != 200:
        assert lines == case.documents
        return
    assert comparable(lines[0]) == comparable(case.documents[0])
    assert comparable(lines[-1]) == comparable(case.documents[-1])
    assert (len(lines) > 1) == case.streamed
    if "done_reason" in lines[-1] and name not in OWN_END:
        assert lines[-1]["done_reason"] == case.documents[-1]["done_reason"]


@pytest.mark.parametrize("name", [it for it in EMBED if it in LIVE and it not in EMBED_ERRORS])
def test_the_same_weights_give_the_same_figures(
    name: str, transcripts: dict[str, Transcript], http: httpx.Client
) -> None:
    case = transcripts[name]
    found, recorded = ask(http, case).json(), case.documents[0]
    assert len(found["embeddings"]) == len(recorded["embeddings"])
    assert [len(it) for it in found["embeddings"]] == [len(it) for it in recorded["embeddings"]]
    if name == "embed-batch-256":
        return  # recorded without its vectors
    assert found.get("prompt_eval_count") == recorded.get("prompt_eval_count")
    if name != "embed-chat-model":  # its tokens are pooled otherwise; kb refuses such a model
        for ours, theirs in zip(found["embeddings"], recorded["embeddings"], strict=True):
            assert ours[:4] == pytest.approx(theirs[:4], abs=0.01)


def test_vectors_agree_with_the_servers(shared: Path, http: httpx.Client) -> None:
    recorded = json.loads((shared / "ollama/vectors.json").read_text("utf-8"))
    asked = {"model": "multilingual-e5-small", "input": recorded["texts"], "truncate": False}
    found = http.post("/api/embed", json=asked).json()

    assert found["prompt_eval_count"] == recorded["prompt_eval_count"]
    for ours, theirs in zip(found["embeddings"], recorded["embeddings"], strict=True):
        product = sum(a * b for a, b in zip(ours, theirs, strict=True))
        assert product / (math.hypot(*ours) * math.hypot(*theirs)) >= 0.9999


@pytest.mark.parametrize("name", ["show-multilingual-e5-small", "show-plain", "show-reasoner"])
def test_describes_a_model_as_the_server_did(
    name: str, transcripts: dict[str, Transcript], http: httpx.Client
) -> None:
    found, recorded = ask(http, transcripts[name]).json(), transcripts[name].documents[0]
    assert found["capabilities"] == recorded["capabilities"]
    assert found["template"] == recorded["template"]
    assert found["model_info"].keys() == recorded["model_info"].keys()
    for key, value in recorded["model_info"].items():
        told = found["model_info"][key]
        assert told == (pytest.approx(value) if isinstance(value, float) else value)
    assert found.get("parameters") == recorded.get("parameters")
    assert found["tensors"][0] == recorded["tensors"][0]
    assert found["details"] | {"parent_model": ""} == recorded["details"] | {"parent_model": ""}


def test_lists_the_models_of_the_store(
    transcripts: dict[str, Transcript], http: httpx.Client
) -> None:
    found = {entry["name"]: entry for entry in http.get("/api/tags").json()["models"]}
    recorded = {entry["name"]: entry for entry in transcripts["tags"].documents[0]["models"]}
    assert found.keys() == recorded.keys()
    assert all(found[name]["details"] == recorded[name]["details"] for name in found)


def test_tells_what_is_loaded_and_with_which_context(
    transcripts: dict[str, Transcript], http: httpx.Client, engine: EmbeddedEngine
) -> None:
    engine.close()
    assert http.get("/api/ps").json() == {"models": []}

    ask(http, transcripts["embed-one"])
    found = http.get("/api/ps").json()
    assert shape(found) == shape(transcripts["ps-one"].documents[0])
    assert [(it["name"], it["context_length"]) for it in found["models"]] == [
        ("multilingual-e5-small:latest", 512)
    ]


def test_of_the_models_that_answer_one_is_loaded_at_a_time(
    transcripts: dict[str, Transcript], http: httpx.Client, engine: EmbeddedEngine
) -> None:
    def loaded() -> set[str]:
        return {one.facts.stored.name for one in engine.running()}

    ask(http, transcripts["embed-one"])
    said = {}
    for name in ("plain:1.5b", "reasoner:1.5b", "plain:1.5b"):
        body = {**SHORT, "model": name}
        said[name] = http.post("/api/chat", json=body).json()["message"]["content"]
        assert loaded() == {"multilingual-e5-small:latest", name}
    assert all(said.values())


def test_questions_to_two_models_at_once_wait_for_each_other(
    http: httpx.Client, engine: EmbeddedEngine
) -> None:
    one, other = ({**SHORT, "model": name} for name in ("plain:1.5b", "reasoner:1.5b"))
    asks = threading.Thread(target=http.post, args=("/api/chat",), kwargs={"json": other})
    with http.stream("POST", "/api/chat", json={**one, "stream": True}) as first:
        lines = first.iter_lines()
        next(lines)
        asks.start()
        asks.join(2)
        assert asks.is_alive(), "as long as the first one is answered"
        assert [*lines]
    asks.join()
    answering = [it for it in engine.running() if not it.facts.header.embeds]
    assert [it.facts.stored.name for it in answering] == ["reasoner:1.5b"]


def test_a_context_larger_than_the_models_own_is_clamped(engine: EmbeddedEngine) -> None:
    facts = engine.facts("plain:1.5b")
    assert facts is not None
    assert facts.num_ctx(1_000_000) == 32768


def places(answer: httpx.Response) -> list[dict[str, Any]]:
    """Each token's log-probabilities, of all lines of an answer."""
    lines = [json.loads(line) for line in answer.text.splitlines()]
    return [place for line in lines for place in line.get("logprobs", ())]


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_log_probabilities_have_ollamas_form(http: httpx.Client, stream: bool) -> None:
    body = {
        "model": "plain:1.5b",
        "messages": [{"role": "user", "content": "Count from 1 to 9, digits alone."}],
        "options": {"num_predict": 2, "temperature": 0},
        "stream": stream,
        "logprobs": True,
    }
    first, second = places(http.post("/api/chat", json={**body, "top_logprobs": 3}))

    assert first.keys() == {"token", "logprob", "bytes", "top_logprobs"}
    assert bytes(first["bytes"]).decode() == first["token"]
    assert first["logprob"] <= 0
    assert [one.keys() for one in first["top_logprobs"]] == [{"token", "logprob", "bytes"}] * 3
    likely = [one["logprob"] for one in second["top_logprobs"]]
    assert likely == sorted(likely, reverse=True)

    alone, _ = places(http.post("/api/chat", json=body))
    assert alone.keys() == {"token", "logprob", "bytes"}
    assert places(http.post("/api/chat", json={**body, "logprobs": False})) == []


def test_a_thought_that_is_switched_off_leaves_the_answers_own_first_token(
    http: httpx.Client,
) -> None:
    body = {
        "model": "reasoner:1.5b",
        "messages": [{"role": "user", "content": "Is water wet? Answer only yes or no."}],
        "options": {"num_predict": 1, "temperature": 0},
        "think": False,
        "logprobs": True,
        "top_logprobs": 20,
    }
    [first] = places(http.post("/api/chat", json=body))
    assert {"Yes", "No"} <= {one["token"] for one in first["top_logprobs"]}


@pytest.mark.parametrize("count", [21, -1])
def test_more_log_probabilities_than_the_server_gives_are_refused_in_its_words(
    http: httpx.Client, count: int
) -> None:
    body = {"model": "plain:1.5b", "messages": [], "logprobs": True, "top_logprobs": count}
    answer = http.post("/api/chat", json=body)
    assert answer.status_code == 400
    assert answer.json() == {"error": "top_logprobs must be between 0 and 20"}


def test_the_version_is_llama_cpps_own(http: httpx.Client) -> None:
    assert http.get("/api/version").json()["version"].startswith("20")


def test_keep_alive_of_zero_unloads_after_the_answer(http: httpx.Client) -> None:
    asked = {"model": "multilingual-e5-small", "input": "passage: a", "keep_alive": 0}
    assert len(http.post("/api/embed", json=asked).json()["embeddings"]) == 1
    loaded = [entry["name"] for entry in http.get("/api/ps").json()["models"]]
    assert "multilingual-e5-small:latest" not in loaded


def test_nobody_can_connect_to_the_engine(http: httpx.Client) -> None:
    """llama.cpp's own server listens; kb/models/engine/llama.py leaves it no port and no name."""
    http.post("/api/embed", json={"model": "multilingual-e5-small", "input": "passage: a"})
    own = {Path(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd")}
    sockets = {os.readlink(fd) for fd in own if fd.is_symlink()}
    inodes = {link[8:-1] for link in sockets if link.startswith("socket:")}
    listening = "0A"
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/self/net/{table}").read_text("ascii").splitlines()[1:]:
            fields = line.split()
            assert not (fields[9] in inodes and fields[3] == listening)
    for line in Path("/proc/self/net/unix").read_text("ascii").splitlines()[1:]:
        fields = line.split()
        if fields[6] in inodes and len(fields) > 7:
            assert not Path(fields[7]).exists()


def test_nothing_of_llama_cpp_is_seen_by_the_user(
    http: httpx.Client, engine: EmbeddedEngine, capfd: pytest.CaptureFixture[str]
) -> None:
    engine.close()
    http.post("/api/embed", json={"model": "multilingual-e5-small", "input": "passage: a"})
    engine.close()
    assert capfd.readouterr() == ("", "")


def test_ctrl_c_still_belongs_to_python(http: httpx.Client) -> None:
    http.post("/api/embed", json={"model": "multilingual-e5-small", "input": "passage: a"})
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_another_thread_halts_an_answer_while_its_prompt_is_being_read(
    engine: EmbeddedEngine, http: httpx.Client
) -> None:
    """kb serve, when whoever asked has gone. 1,500 tokens are some 40 s of reading; what is read
    before the halt is one batch."""
    body = {"model": "plain:1.5b", "options": {"num_ctx": 2048, "num_predict": 1}}
    http.post("/api/chat", json={**body, "messages": []})  # loads it
    threading.Timer(0.5, engine.halt).start()
    long = [{"role": "user", "content": "seven " * 1500}]
    with pytest.raises(Interrupted):
        http.post("/api/chat", json={**body, "messages": long})
