"""`kb serve` with people: each sees the collections given to them, and no trace of others."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kb import sandbox
from tests.commands import Kb
from tests.serving import Client, Got, Server, serving

TEXTS = {"law": "The lease ends in 2031.", "hr": "The bonus is 731 a month."}


@pytest.fixture(scope="module")
def kb(tmp_path_factory: pytest.TempPathFactory, models_folder: Path) -> Kb:
    kb = Kb(tmp_path_factory.mktemp("home"), models_folder)
    for name, text in TEXTS.items():
        folder = tmp_path_factory.mktemp(name)
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
        assert kb("--collection", name, "ingest", str(folder)).code == 0
    return kb


@pytest.fixture(scope="module")
def server(kb: Kb, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("log") / "log"
    with serving(kb, log, before=("-v", "--collection", ",".join(TEXTS))) as server:
        yield server


def of(server: Server, token: str) -> Client:
    return replace(server.client, announced={**server.client.announced, "token": token})


@pytest.fixture(scope="module")
def anna(kb: Kb, server: Server) -> Client:
    """Added while the server runs."""
    added = kb("users", "add", "anna", "--collection", "law", "--json").json
    assert added["users"] == [{"name": "anna", "role": "reader", "collections": ["law"]}]
    return of(server, added["token"])


def sources(found: Got) -> list[str]:
    return [hit["source"] for hit in found.json["hits"]]


def test_without_a_collection_a_question_goes_to_those_of_its_caller(
    server: Server, anna: Client
) -> None:
    assert {*sources(server.client("/api/search?q=bonus+lease"))} == {
        "law:law.txt",
        "hr:hr.txt",
    }
    assert sources(anna("/api/search?q=bonus+lease")) == ["law.txt"]
    answer = anna("/api/ask", {"question": "How high is the bonus?"}).json
    assert answer["found"] is False
    assert "731" not in answer["answer"]


def test_another_collection_is_answered_like_one_that_does_not_exist(anna: Client) -> None:
    hidden, none = (anna(f"/api/search?q=bonus&collection={name}") for name in ("hr", "no"))
    assert hidden.status == none.status == 404
    assert hidden.text.replace("'hr'", "'no'") == none.text
    assert anna("/api/status").json["collections"] == ["law"]


def test_paths_of_the_server_are_for_admins(server: Server, anna: Client, kb: Kb) -> None:
    assert str(kb.home) in server.client("/api/status").text
    assert str(kb.home) not in anna("/api/status").text


def test_the_server_s_state_is_for_admins(server: Server, anna: Client, kb: Kb) -> None:
    found = server.client("/api/admin?collection=law").json
    assert (found["status"]["home"], found["runs"][0]["outcome"]) == (str(kb.home), "done")
    assert found["failures"] == []
    assert found["bytes"]["index"] > 0 < found["bytes"]["free"]
    assert found["waiting"] == {"answering": 0, "answers": 0, "uploads": None}
    in_force = {one["name"] for one in found["walls"] if one["in_force"]}
    assert in_force == {one.name for one in sandbox.available() if one.in_force}
    assert anna("/api/admin?collection=law").status == 403


def test_a_grant_and_its_end_are_known_at_once(kb: Kb, anna: Client) -> None:
    assert kb("users", "grant", "anna", "hr").code == 0
    assert sources(anna("/api/search?q=bonus&collection=hr")) == ["hr.txt"]
    assert kb("users", "grant", "anna", "hr", "--revoke").code == 0
    assert anna("/api/search?q=bonus&collection=hr").status == 404


def test_who_did_what_is_kept_and_the_questions_are_not(
    kb: Kb, server: Server, anna: Client
) -> None:
    anna("/api/search?q=zz-secret-4711&collection=law")
    audit = kb.home / "serve" / "audit.jsonl"

    def last() -> tuple[str, str, str]:
        entry = json.loads(audit.read_text(encoding="utf-8").splitlines()[-1])
        return entry["user"], entry["action"], entry["collection"]

    # The line is written once it is known how the answer came out: when its reader has it.
    until = time.monotonic() + 10
    while last() != ("anna", "search", "law"):
        assert time.monotonic() < until, last()
        time.sleep(0.05)
    assert "zz-secret" not in audit.read_text(encoding="utf-8")
    log = server.log.read_text(encoding="utf-8")
    assert "/api/search 200" in log
    assert "zz-secret" not in log


def test_a_new_token_ends_the_old_one(kb: Kb, server: Server) -> None:
    first = kb("users", "add", "bob", "--collection", "law", "--json").json["token"]
    second = kb("users", "token", "bob", "--json").json["token"]
    assert of(server, first)("/api/status").status == 401
    assert of(server, second)("/api/status").status == 200
    assert kb("users", "remove", "bob").code == 0
    assert of(server, second)("/api/status").status == 401


def test_those_who_watch_it_need_no_token(server: Server) -> None:
    for path in ("/healthz", "/readyz", "/metrics"):
        assert server.client(path, Authorization="").status == 200


def test_examples_are_made_of_what_their_reader_may_see(server: Server, anna: Client) -> None:
    assert anna("/api/examples").json["examples"] == ["What does “law” say?"]
    assert len(server.client("/api/examples").json["examples"]) == 2
