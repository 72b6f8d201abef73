"""Uploads to `kb serve`: an editor adds a file, the next question finds it, nobody else's is
touched; and what is refused."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.commands import Kb
from tests.serving import Client, Server, serving

PATIENCE = 300.0
LEASE = "The lease of Pine House ends on 3 May 2031. Its number is QX-7741."


@pytest.fixture(scope="module")
def kb(tmp_path_factory: pytest.TempPathFactory, models_folder: Path) -> Kb:
    kb = Kb(tmp_path_factory.mktemp("home"), models_folder)
    assert kb("users", "list").code == 0
    return replace(kb, variables={"KB_SERVE__UPLOAD_MB": "1", "KB_SERVE__UPLOAD_FILES": "3"})


@pytest.fixture(scope="module")
def server(kb: Kb, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    log = tmp_path_factory.mktemp("log") / "log"
    with serving(kb, log, before=("--collection", "law,hr")) as server:
        yield server


def user(kb: Kb, server: Server, name: str, role: str) -> Client:
    added = kb("users", "add", name, "--role", role, "--collection", "law", "--json").json
    announced = {**server.client.announced, "token": added["token"]}
    return replace(server.client, announced=announced)


@pytest.fixture(scope="module")
def anna(kb: Kb, server: Server) -> Client:
    return user(kb, server, "anna", "editor")


@pytest.fixture(scope="module")
def rosa(kb: Kb, server: Server) -> Client:
    return user(kb, server, "rosa", "reader")


def add(client: Client, name: str, content: str, collection: str = "law") -> Any:
    return client(f"/api/uploads?collection={collection}&name={quote(name)}", content)


def settled(client: Client) -> dict[str, Any]:
    """The uploads by name, when nothing of them is under way any more."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        found = client("/api/uploads?collection=law").json["uploads"]
        if all(one["state"] in ("ready", "failed") for one in found):
            return {one["name"]: one for one in found}
        time.sleep(0.2)
    raise AssertionError(found)


def test_what_an_editor_uploads_is_found_by_the_next_question_of_others(
    kb: Kb, server: Server, anna: Client, rosa: Client
) -> None:
    assert rosa("/api/search?q=QX-7741").status == 404, "nothing is there yet"
    assert add(anna, "租约 2031.txt", LEASE).status == 200
    assert settled(anna)["租约 2031.txt"]["state"] == "ready"
    [hit] = rosa("/api/search?q=QX-7741").json["hits"]
    assert (hit["source"], hit["text"]) == ("anna/租约 2031.txt", LEASE)
    source = kb("--collection", "law", "status", "--json").json["status"]["sources"][0]
    assert source["location"] == str(kb.home / "inbox" / "law"), "an ordinary source"
    assert kb("--collection", "law", "reindex", "--json").json["unchanged"] == 1
    last = json.loads((kb.home / "serve" / "audit.jsonl").read_text("utf-8").splitlines()[-1])
    assert "租约" not in json.dumps(last, ensure_ascii=False)


def test_a_file_that_cannot_be_read_says_why_and_ends_nothing(anna: Client) -> None:
    assert add(anna, "plan.pdf", "%PDF-1.7 of nothing").status == 200
    found = settled(anna)
    assert found["plan.pdf"]["state"] == "failed"
    assert found["plan.pdf"]["trouble"]["reference"] == "damaged-document"
    assert found["租约 2031.txt"]["state"] == "ready"
    assert anna("/api/uploads?collection=law&name=plan.pdf", method="DELETE").status == 200
    assert "plan.pdf" not in settled(anna)


def test_it_is_for_editors_within_their_collections(
    server: Server, anna: Client, rosa: Client
) -> None:
    assert add(rosa, "mine.txt", "x").status == 403
    assert rosa("/api/me").json == {
        "name": "rosa", "role": "reader", "collections": ["law"],
        "models": ["qwen2.5-coder:1.5b"], "uploads": None,
    }  # fmt: skip
    assert anna("/api/me").json["uploads"] == {"most_bytes": 1 << 20, "most_files": 3}
    hidden, none = (add(anna, "a.txt", "x", name) for name in ("hr", "no"))
    assert hidden.status == none.status == 404
    assert hidden.text.replace("'hr'", "'no'") == none.text


def test_another_s_upload_is_neither_seen_nor_removed_nor_written_over(
    kb: Kb, server: Server, anna: Client
) -> None:
    otto = user(kb, server, "otto", "editor")
    assert otto("/api/uploads?collection=law").json["uploads"] == []
    for name in ("租约 2031.txt", "../anna/租约 2031.txt"):
        gone = otto(f"/api/uploads?collection=law&name={quote(name)}", method="DELETE")
        assert gone.status == 404
    assert add(otto, "../anna/租约 2031.txt", "The lease ends in 1999.").status == 200
    assert (kb.home / "inbox/law/anna/租约 2031.txt").read_text("utf-8") == LEASE
    [own] = otto("/api/uploads?collection=law").json["uploads"]
    assert own["name"] == "租约 2031.txt"


def test_limits_refuse_and_leave_nothing(kb: Kb, anna: Client) -> None:
    refused = add(anna, "large.txt", "x" * ((1 << 20) + 1))
    assert (refused.status, refused.json["error"]["what"]) == (413, "the file is too large")
    again = add(anna, "租约 2031.txt", "another text")
    assert (again.status, again.json["error"]["why"]) == (409, "an upload is never written over")
    assert add(anna, "empty.txt", "").status == 400
    for number in range(2):
        assert add(anna, f"{number}.txt", f"Note {number} is about lifts.").status == 200
    assert add(anna, "more.txt", "x").status == 413
    assert sorted(one.name for one in (kb.home / "inbox/law/anna").iterdir()) == [
        "0.txt", "1.txt", "租约 2031.txt",
    ]  # fmt: skip
    assert [*(kb.home / "inbox/.incoming").iterdir()] == []


def test_an_editor_s_own_upload_is_taken_out_of_the_index_and_deleted(
    kb: Kb, server: Server, anna: Client
) -> None:
    assert anna("/api/uploads?collection=law&name=0.txt", method="DELETE").status == 200
    assert "0.txt" not in settled(anna)
    assert not (kb.home / "inbox/law/anna/0.txt").exists()
    hits = anna("/api/search?q=note+lifts&collection=law").json["hits"]
    assert "anna/1.txt" in [one["source"] for one in hits]
    assert "anna/0.txt" not in [one["source"] for one in hits]
