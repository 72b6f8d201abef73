"""`kb serve` as a process with real models: what it answers, whom it refuses, how it ends."""

from __future__ import annotations

import base64
import json
import re
import signal
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest

from kb import sandbox
from tests.commands import REPOSITORY, Kb
from tests.serving import Server, serving
from tests.unit.documents.samples import pdf

PAGE = REPOSITORY / "kb" / "serving" / "page"
PHONE = "张飞的电话号码"
SCRIPT = "<script>alert('zz-4711')</script><img src=x onerror=alert(1)> is the code of the lift."


@pytest.fixture(scope="module")
def docs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("docs")
    (folder / "phones.txt").write_text("张飞的电话号码是u987438274。", encoding="utf-8")
    (folder / "lift.txt").write_text(SCRIPT, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def kb(tmp_path_factory: pytest.TempPathFactory, models_folder: Path, docs: Path) -> Kb:
    kb = Kb(tmp_path_factory.mktemp("home"), models_folder)
    done = kb("ingest", str(docs))
    assert done.code == 0, done.err
    return kb


@pytest.fixture(scope="module")
def server(kb: Kb, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(kb, tmp_path_factory.mktemp("log") / "log", before=("-v",)) as server:
        yield server


# --- the start, and the end -----------------------------------------------------------


def test_the_start_names_the_address_the_token_and_what_is_served(server: Server) -> None:
    announced = server.client.announced
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", announced["url"])
    assert len(announced["token"]) >= 32
    assert announced["collections"] == [{"collection": "default", "generation": 1, "documents": 2}]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_a_signal_ends_it_and_nothing_more_was_printed(
    kb: Kb, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    with serving(kb, tmp_path / "log") as server:
        assert server.client("/api/status").status == 200
        assert server.stop(number) == (code, "")
    assert server.log.read_text() == ""


def test_a_port_that_is_taken_is_wrong_usage(kb: Kb) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        done = kb("serve", "--port", str(other.getsockname()[1]))
    assert done.code == 2
    assert [line.split(":")[0] for line in done.err.splitlines()] == ["error", "why", "fix"]
    assert "another program listens there" in done.err


# --- what it answers ------------------------------------------------------------------


def test_status_and_search_say_what_the_commands_say(kb: Kb, server: Server) -> None:
    status = server.client("/api/status")
    assert status.json == {**kb("status", "--json").json, "collections": ["default"]}
    found = server.client(f"/api/search?q={quote(PHONE)}&top_k=1&where=type%3Dtxt")
    assert found.json == kb("search", PHONE, "--top-k", "1", "--json").json
    assert server.client(f"/api/search?q={quote(PHONE)}&where=type%3Dpdf").json == {"hits": []}


def test_an_answer_comes_in_lines_sources_then_pieces_then_the_whole(server: Server) -> None:
    """The one question here that the chat model is asked."""
    got = server.client("/api/ask", {"question": PHONE, "top_k": 1, "stream": True})
    assert (got.status, got.headers["content-type"]) == (200, "application/x-ndjson")
    sources, *pieces, answer = got.lines
    place = {"n": 1, "source": "phones.txt", "page": None, "line": 1, "section": ""}
    assert sources["sources"] == [place]
    assert "u987438274" in sources["likely"]["quote"]
    assert all(piece.keys() == {"piece"} for piece in pieces)
    assert "u987438274" in "".join(piece["piece"] for piece in pieces)
    assert "u987438274" in answer["answer"]
    assert set(answer) == {
        *("question", "answer", "found", "refused_by", "grounded", "unsupported", "citations"),
        *("version", "conflicts", "verdict", "computation"),
        *("model", "prompt_tokens", "answer_tokens", "cut", "num_ctx", "truncated", "timings"),
    }
    assert answer["citations"][0]["source"] == "phones.txt"


def test_a_refusal_is_an_answer_and_says_that_nothing_was_found(kb: Kb, server: Server) -> None:
    got = server.client("/api/ask", {"question": "刘备的电话号码"})
    assert (got.status, got.headers["content-type"]) == (200, "application/json")
    command = kb("ask", "刘备的电话号码", "--json").json
    assert {**got.json, "timings": None} == {**command, "timings": None}
    assert (got.json["found"], got.json["refused_by"]) == (False, "missing-term")


def test_it_starts_empty_sees_every_commit_and_holds_no_old_generation(
    tmp_path: Path, models_folder: Path
) -> None:
    kb, docs = Kb(tmp_path / "home", models_folder), tmp_path / "docs"
    docs.mkdir()
    with serving(kb, tmp_path / "log") as server:
        assert server.client.announced["collections"][0]["generation"] == 0
        refused = server.client("/api/search?q=gate")
        assert (refused.status, refused.json["error"]["reference"]) == (404, "nothing-found")
        for number in range(3):
            (docs / f"{number}.txt").write_text(f"The code of gate {number} is QX-77{number}.")
        assert kb("ingest", str(docs)).code == 0
        for number in range(2):
            found = server.client(f"/api/search?q=QX-77{number}&top_k=1").json["hits"]
            assert [hit["source"] for hit in found] == [f"{number}.txt"]
            assert kb("remove", str(docs / f"{number}.txt")).code == 0
            left = server.client(f"/api/search?q=QX-77{number}").json["hits"]
            assert f"{number}.txt" not in [hit["source"] for hit in left]
        assert server.client("/api/status").json["status"]["generation"] == 3
        kept = sorted(one.name for one in kb.home.glob("collections/default/generations/0*"))
        assert kept == ["00000002", "00000003"]
        assert server.stop() == (0, ""), "with models loaded, too"


def test_only_the_collections_that_are_served_can_be_asked(server: Server) -> None:
    assert server.client("/api/search?q=lift&collection=default").status == 200
    refused = server.client("/api/search?q=lift&collection=hr")
    assert (refused.status, refused.json["error"]["why"]) == (
        404,
        "the collections that are served: default",
    )


# --- conversations ------------------------------------------------------------------


def test_a_conversation_is_kept_found_renamed_exported_and_deleted(server: Server) -> None:
    client = server.client
    first = client("/api/conversations", {"question": "刘备的电话号码"}).lines
    name = next(line["conversation"]["id"] for line in first if "conversation" in line)
    asked = {"question": "貂蝉的电话号码", "conversation": name}
    assert client("/api/conversations", asked).lines[-1]["found"] is False
    one = f"/api/conversations/{name}"
    assert [turn["question"] for turn in client(one).json["turns"]] == [
        "刘备的电话号码",
        "貂蝉的电话号码",
    ]
    for text, found in (("貂蝉", 1), ("孙权", 0)):
        assert len(client(f"/api/conversations?q={quote(text)}").json["conversations"]) == found
    assert client(one, {"title": "电话"}, method="PATCH").json["title"] == "电话"
    assert client(f"{one}/export").json["markdown"].startswith("# 电话\n\n## 刘备的电话号码")
    assert client(one, method="DELETE").status == 200
    assert client(one).status == 404
    assert client("/api/conversations", asked).status == 404


def test_what_is_said_of_an_answer_is_a_draft_of_a_question_for_eval(
    kb: Kb, server: Server, tmp_path: Path
) -> None:
    lines = server.client("/api/conversations", {"question": "刘备的电话号码"}).lines
    begun = next(line for line in lines if "conversation" in line)
    one = f"/api/conversations/{begun['conversation']['id']}"
    said = {"turn": begun["turn"], "good": True, "reason": "没有这个人"}
    assert server.client(f"{one}/feedback", {**said, "turn": "0"}).status == 404
    assert server.client(f"{one}/feedback", {"turn": begun["turn"]}).status == 400
    assert server.client(f"{one}/feedback", said).status == 200
    [turn] = server.client(one).json["turns"]
    assert turn["feedback"] == {"good": True, "reason": "没有这个人"}
    file = tmp_path / "drafts.jsonl"
    done = kb("eval", "--from-feedback", str(file), "--json", cold=True)  # in the sandbox
    assert done.json["feedback"] == {"file": str(file), "questions": 1, "unanswered": 0}
    measured = kb("eval", str(file), "--retrieval-only", "--json")
    assert measured.code == 0, measured.err
    taken = server.client(f"{one}/feedback?turn={begun['turn']}", method="DELETE")
    assert (taken.status, server.client(one).json["turns"][0]["feedback"]) == (200, None)
    assert server.client(f"{one}/feedback?turn=0", method="DELETE").status == 404
    audit = (kb.home / "serve/audit.jsonl").read_text(encoding="utf-8").splitlines()
    assert any(json.loads(line)["action"] == "feedback-taken-back" for line in audit)
    server.client(one, method="DELETE")
    assert kb("eval", "--from-feedback", str(tmp_path / "other.jsonl")).code == 4


def test_a_document_is_opened_as_its_text(server: Server) -> None:
    got = server.client("/api/document?source=lift.txt")
    assert (got.json["source"], got.json["text"]) == ("lift.txt", SCRIPT)
    assert got.headers["cache-control"] == "no-store"
    assert server.client("/api/document?source=..%2Fconfig.toml").status == 400
    assert server.client("/api/document?source=lift.txt&collection=hr").status == 404


def test_a_sheet_is_opened_with_its_cited_rows_and_a_page_as_a_picture(
    kb: Kb, server: Server, tmp_path: Path
) -> None:
    """A source that came after the server's start may be out of its reach; uploads never are."""
    (tmp_path / "prices.csv").write_text("part,price\nA-1,120\nA-2,130\n", encoding="utf-8")
    assert kb("ingest", str(tmp_path)).code == 0
    asked = "/api/document/sheet?source=prices.csv&quote=part%3A+A-2+%7C+price%3A+130"
    got = server.client(asked).json
    assert (got["columns"], got["of"]) == (["part", "price"], 2)
    assert [row["texts"] for row in got["rows"] if row["cited"]] == [["A-2", "130"]]
    assert server.client("/api/document/sheet?source=lift.txt").status == 400
    name = "/api/uploads?name=lease.pdf"
    assert server.client(name, pdf("The lease ends in 2031.").decode("latin-1")).status == 200
    source = "/api/document/page?source=owner/lease.pdf"
    for _ in range(1200):
        if server.client(f"{source}&page=1").status == 200:
            break
        time.sleep(0.25)
    page = server.client(f"{source}&page=1&quote=ends+in+2031").json
    assert (page["page"], page["pages"], len(page["boxes"])) == (1, 1, 1)
    assert base64.b64decode(page["png"]).startswith(b"\x89PNG")
    assert server.client(f"{source}&page=2").status == 404
    assert server.client(name, method="DELETE").status == 200
    assert kb("remove", str(tmp_path)).code == 0


# --- what it refuses ------------------------------------------------------------------

ASKED = {"question": "x"}


@pytest.mark.parametrize(
    ("status", "path", "body", "headers"),
    [
        (401, "/api/status", None, {"Authorization": ""}),
        (401, "/api/ask", ASKED, {"Authorization": "Bearer guessed"}),
        (403, "/api/status", None, {"Host": "evil.example"}),
        (403, "/", None, {"Host": "evil.example"}),
        (403, "/api/ask", ASKED, {"Origin": "https://evil.example"}),
        (404, "/api/nothing", None, {}),
        (404, "/../../etc/passwd", None, {}),
        (405, "/api/status", ASKED, {}),
        (405, "/api/ask", None, {}),
        (413, "/api/ask", {"question": "x" * 70_000}, {}),
        (415, "/api/ask", ASKED, {"Content-Type": "text/plain"}),
        (400, "/api/ask", "{", {}),
        (400, "/api/ask", "[" * 60_000, {}),
        (400, "/api/ask", [], {}),
        (400, "/api/ask", {}, {}),
        (400, "/api/ask", {"question": " "}, {}),
        (400, "/api/ask", {"question": 1}, {}),
        (400, "/api/ask", {**ASKED, "topk": 1}, {}),
        (400, "/api/ask", {**ASKED, "top_k": True}, {}),
        (400, "/api/ask", {**ASKED, "top_k": 101}, {}),
        (400, "/api/ask", {**ASKED, "where": [1]}, {}),
        (400, "/api/ask", {**ASKED, "where": ["type"]}, {}),
        (400, "/api/search", None, {}),
        (400, "/api/search?q=x&top_k=many", None, {}),
    ],
)
def test_what_does_not_fit_is_refused_with_what_why_and_hint(
    server: Server, status: int, path: str, body: object, headers: dict[str, str]
) -> None:
    got = server.client(path, body, **headers)
    assert got.status == status
    assert set(got.json["error"]) == {"reference", "what", "why", "hint"}
    assert all(got.json["error"].values())
    assert got.headers["content-security-policy"].startswith("default-src 'none'")


@pytest.mark.parametrize(
    ("arguments", "variables", "says"),
    [
        (("--host", "0.0.0.0"), {}, "every network"),
        (("--host", "8.8.8.8"), {}, "not a private address"),
        (("--host", "10.0.0.7"), {}, "serve.token_file and serve.names"),
        (("--host", "kb.lan"), {}, "not an address to listen on"),
        ((), {"KB_SERVE__TOKEN_FILE": "none"}, "cannot be read"),
    ],
)
def test_it_is_opened_to_others_only_where_that_is_configured(
    kb: Kb, arguments: tuple[str, ...], variables: dict[str, str], says: str
) -> None:
    done = replace(kb, variables=variables)("serve", "--port", "0", *arguments)
    assert (done.code, done.out) == (2, "")
    assert says in done.err


def test_a_token_of_ones_own_is_kept_to_its_owner_and_never_printed(kb: Kb, tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("0123456789abcdef0123456789abcdef\n")
    mine = replace(kb, variables={"KB_SERVE__TOKEN_FILE": str(file)})
    file.chmod(0o644)
    assert "other users may read" in mine("serve", "--port", "0").err
    file.chmod(0o600)
    with serving(mine, tmp_path / "log") as server:
        assert server.client.announced["token"] is None
        assert server.client("/api/status").status == 401
        right = "Bearer 0123456789abcdef0123456789abcdef"
        assert server.client("/api/status", Authorization=right).status == 200


def test_no_question_and_no_document_is_in_the_log(server: Server) -> None:
    asked = server.client("/api/search?q=xylophone&top_k=1")
    assert "zz-4711" in asked.text
    server.client("/api/ask", {"question": "xylophone", "nonsense": 1})
    log = server.log.read_text(encoding="utf-8")
    assert "models: embedded llama.cpp" in log, "-v logs something"
    for text in ("xylophone", "zz-4711", "alert", server.client.announced["token"]):
        assert text not in log


# --- the page -------------------------------------------------------------------------


def test_the_page_and_its_parts_are_served_without_a_token(server: Server) -> None:
    kinds = {"/": "html", "/page.css": "css", "/icon.svg": "svg"}
    kinds |= {f"/{module.name}": "javascript" for module in PAGE.glob("*.js")}
    for path, kind in kinds.items():
        got = server.client(path, Authorization="")
        assert (got.status, kind in got.headers["content-type"]) == (200, True)


def test_a_document_with_a_script_stays_text(server: Server) -> None:
    """Over the wire it is JSON, which no browser may take for a page; on the page it is text."""
    got = server.client("/api/search?q=lift&top_k=1")
    assert got.json["hits"][0]["text"] == SCRIPT
    assert got.headers["content-type"] == "application/json"
    assert got.headers["x-content-type-options"] == "nosniff"
    code = "".join(file.read_text(encoding="utf-8") for file in PAGE.glob("*.js"))
    ways = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|eval|Function\(|srcdoc"
    )
    assert re.findall(ways, code) == []
    assert "textContent" in code


def test_the_page_has_nothing_inline_and_nothing_from_elsewhere() -> None:
    for file in PAGE.iterdir():
        text = file.read_text(encoding="utf-8").replace('xmlns="http://www.w3.org/2000/svg"', "")
        assert re.findall(r"https?:|url\(|@import|[\"'(]//", text) == [], file.name
    page = (PAGE / "index.html").read_text(encoding="utf-8")
    assert re.findall(r"<style|\sstyle=|\son\w+=|<script>", page) == []


def test_the_page_says_everything_in_both_languages() -> None:
    code = (PAGE / "texts.js").read_text(encoding="utf-8")
    texts = (code.split(f"  {name}: {{")[1].split("\n  },")[0] for name in ("en", "zh"))
    english, chinese = (
        set(re.findall(r"(?:^ +|, )(\w+): [\"(]", text, re.MULTILINE)) for text in texts
    )
    assert english == chinese
    page = (PAGE / "index.html").read_text(encoding="utf-8")
    assert set(re.findall(r'data-(?:text|hint|name)="(\w+)"', page)) <= english


# --- the sandbox ----------------------------------------------------------------------


def test_it_serves_behind_the_whole_of_the_kernels_wall(kb: Kb, tmp_path: Path) -> None:
    missing = [part.name for part in sandbox.available() if not part.in_force]
    if missing:
        pytest.skip(f"this kernel lacks {missing}")
    with serving(kb, tmp_path / "log", before=("--require-sandbox",)) as server:
        assert server.client("/api/search?q=lift&top_k=1").json["hits"]
        status = Path(f"/proc/{server.process.pid}/status").read_text()
        assert re.findall(r"^(?:Seccomp|NoNewPrivs):\t(\d)", status, re.MULTILINE) == ["1", "2"]
