"""`serve.models`: several chat models, of which each question may name one. Both are the demo's,
under two names, as no smaller one is packaged."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import openai
import pytest

from tests.commands import Kb
from tests.serving import Client, Server, serving

USUAL, OTHER = "qwen2.5-coder:1.5b", "twin:1.5b"
QUESTION = "How much is the rent of Pine House a month?"


def two_names(models_folder: Path, folder: Path) -> Path:
    """The demo's models, the one that answers under another name as well: hard links, as kb's
    walls let no link lead out of the folder."""
    for file in models_folder.iterdir():
        for name in {file.name, file.name.replace("qwen2.5-coder", "twin")}:
            try:
                (folder / name).hardlink_to(file)
            except OSError:  # another file system
                shutil.copy2(file, folder / name)
    return folder


@pytest.fixture(scope="module")
def kb(tmp_path_factory: pytest.TempPathFactory, models_folder: Path) -> Kb:
    folder = two_names(models_folder, tmp_path_factory.mktemp("models"))
    kb = Kb(tmp_path_factory.mktemp("home"), folder, variables={"KB_SERVE__MODELS": OTHER})
    docs = tmp_path_factory.mktemp("docs")
    text = "# Pine House\n\nThe rent of Pine House is 1250 euros a month.\n"
    (docs / "lease.md").write_text(text, encoding="utf-8")
    assert kb("ingest", str(docs)).code == 0
    return kb


@pytest.fixture(scope="module")
def server(kb: Kb, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(kb, tmp_path_factory.mktemp("log") / "log") as server:
        yield server


@pytest.fixture(scope="module")
def reader(kb: Kb, server: Server) -> Client:
    arguments = ("users", "add", "rosa", "--collection", "default", "--json")
    return Client({**server.client.announced, "token": kb(*arguments).json["token"]})


def test_a_question_is_answered_by_the_model_that_it_names(reader: Client) -> None:
    assert reader("/api/me").json["models"] == [USUAL, OTHER]
    for named, answers in (({}, USUAL), ({"model": OTHER}, OTHER), ({"model": USUAL}, USUAL)):
        answer = reader("/api/ask", {"question": QUESTION, **named}).json
        assert (answer["model"], "1250" in answer["answer"]) == (answers, True)


def test_a_model_that_is_there_and_not_allowed_is_like_one_that_is_not_there(
    reader: Client,
) -> None:
    names = ("multilingual-e5-small", "nowhere:1b")
    there, not_there = (reader("/api/ask", {"question": QUESTION, "model": name}) for name in names)
    assert (there.status, not_there.status) == (404, 404)
    assert there.text.replace(names[0], names[1]) == not_there.text
    assert there.json["error"]["why"] == f"the models are {USUAL}, {OTHER}"


def test_other_people_s_clients_find_both(reader: Client) -> None:
    told = reader.announced
    with openai.OpenAI(base_url=f"{told['url']}v1", api_key=told["token"]) as client:
        names = [one.id for one in client.models.list()]
        assert names == ["kb:default", f"kb:default@{OTHER}"]
        messages = [{"role": "user", "content": QUESTION}]
        done = client.chat.completions.create(model=names[1], messages=messages)  # type: ignore[arg-type]
    assert (done.model, done.model_extra["kb"]["model"]) == (names[1], OTHER)  # type: ignore[index]


def test_a_conversation_goes_on_with_another_model(reader: Client) -> None:
    first = reader("/api/conversations", {"question": QUESTION}).lines
    asked = {"question": "And whose rent is that?", "conversation": first[1]["conversation"]["id"]}
    *_, last = reader("/api/conversations", {**asked, "model": OTHER}).lines
    turns = reader(f"/api/conversations/{asked['conversation']}").json["turns"]
    assert [one["answer"]["model"] for one in turns] == [USUAL, last["model"]]
    assert last["model"] in (OTHER, None), "or it was refused before the model"
