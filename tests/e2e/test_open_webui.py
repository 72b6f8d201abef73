"""The real Open WebUI in front of kb, as configs/open-webui sets it up, used in Chromium; in a
network with loopback alone, and nothing of it tries to leave. `make test-open-webui` runs it.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.airgap import tracing
from tests.commands import REPOSITORY, Kb
from tests.e2e import open_webui_browser
from tests.meanwhile import ended
from tests.serving import serving

WEBUI = os.environ.get("KB_TEST_OPEN_WEBUI", "")
"""The environment that Open WebUI and Playwright are installed in."""

HEADER = "X-OpenWebUI-User-Email"
ANNA, BOB, CAROL = (f"{name}@example.org" for name in ("anna", "bob", "carol"))
QUESTIONS = ("张飞的电话号码", "那关羽的呢？", "刘备的电话号码")
START_SECONDS = 400
PORT = "8080"
"""In a network of its own nothing else is there."""

pytestmark = pytest.mark.skipif(not WEBUI, reason="runs in make test-open-webui")


@pytest.fixture(scope="module", autouse=True)
def enclosed() -> None:
    """Without this, that nothing left would be luck."""
    devices = Path("/proc/net/dev").read_text().splitlines()[2:]
    assert [one.split(":")[0].strip() for one in devices] == ["lo"], "make test-open-webui runs it"


@pytest.fixture(scope="module")
def kb(tmp_path_factory: pytest.TempPathFactory, models_folder: Path) -> Kb:
    """Two collections, each with one document; Anna may see one of them, Bob the other. Carol is
    not known."""
    trusting = {"KB_SERVE__IDENTITY_HEADER": HEADER, "KB_SERVE__TRUSTED_PROXIES": "127.0.0.1"}
    kb = Kb(tmp_path_factory.mktemp("home"), models_folder, variables=trusting)
    phones = "张飞的电话号码是u987438274。\n\n关羽的电话号码是5352345。"
    documents = (
        (ANNA, "default", phones),
        (BOB, "hr", "刘备的电话号码是h5551212。\n\n诸葛亮的电话号码是7654321。"),
    )
    for name, collection, text in documents:
        folder = tmp_path_factory.mktemp(collection)
        (folder / "phones.txt").write_text(text, encoding="utf-8")
        assert kb("--collection", collection, "ingest", str(folder)).code == 0
        granted = ("--no-token", "--collection", collection)
        assert kb("users", "add", name, *granted).code == 0
    return kb


def shipped(kb_url: str) -> dict[str, str]:
    """configs/open-webui/open-webui.env, but for the two ports, which are this test's."""
    text = (REPOSITORY / "configs/open-webui/open-webui.env").read_text(encoding="utf-8")
    text = text.replace("http://127.0.0.1:8642/", kb_url).replace(
        "127.0.0.1:8080", f"127.0.0.1:{PORT}"
    )
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


class WebUi:
    """A running Open WebUI. `trace`: every call of the network that it made, from its start."""

    def __init__(self, url: str, trace: Path) -> None:
        self.url = url
        self.trace = trace

    def __call__(self, path: str, body: object = None, token: str = "") -> Any:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(f"{self.url}{path}", data, headers)
        with urllib.request.urlopen(asked, timeout=120) as answer:
            return json.load(answer)

    def account_of(self, email: str) -> str:
        """The token of somebody whose account Anna adds."""
        password = {"password": open_webui_browser.PASSWORD}
        anna = self("/api/v1/auths/signin", {"email": ANNA, **password})["token"]
        person = {"name": email, "email": email, "role": "user", **password}
        return str(self("/api/v1/auths/add", person, anna)["token"])

    def ask(self, question: str, token: str) -> str:
        body = {"model": "kb", "messages": [{"role": "user", "content": question}]}
        answer = self("/api/chat/completions", body, token)
        return str(answer["choices"][0]["message"]["content"])


@pytest.fixture(scope="module")
def webui(kb: Kb, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebUi]:
    if why := tracing.why_not():
        pytest.skip(why)
    folder = tmp_path_factory.mktemp("webui")
    with serving(kb, folder / "kb.log", before=("--collection", "default,hr")) as server:
        own = {
            **shipped(server.client.announced["url"]),
            "DATA_DIR": str(folder / "data"),
            "HOME": str(folder),
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
        }
        command = [f"{WEBUI}/bin/open-webui", "serve", "--host", "127.0.0.1", "--port", PORT]
        trace, written = folder / "trace", folder / "webui.log"
        with written.open("wb") as log:
            started = subprocess.Popen(
                tracing.traced(command, trace, "%network"),
                env=own,
                cwd=folder,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
            with ended(started, session=True):
                _wait(started, written)
                yield WebUi(f"http://127.0.0.1:{PORT}", trace)


def _wait(started: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and started.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/health", timeout=5):
                return
        except OSError:
            time.sleep(1)
    raise AssertionError(f"Open WebUI did not start: {log.read_text(errors='replace')[-2000:]}")


@pytest.fixture(scope="module")
def seen(webui: WebUi) -> dict[str, Any]:
    """What Anna sees: the first who signs up, and so Open WebUI's administrator."""
    picture = REPOSITORY / "build" / "open-webui.png"
    picture.parent.mkdir(exist_ok=True)
    program = [f"{WEBUI}/bin/python", open_webui_browser.__file__]
    done = subprocess.run(
        [*program, webui.url, ANNA, str(picture), *QUESTIONS],
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_the_knowledge_base_is_chosen_as_a_model(seen: dict[str, Any]) -> None:
    assert seen["model"] == "kb"


def test_the_answer_has_the_number_and_its_source(seen: dict[str, Any]) -> None:
    assert "u987438274" in seen["answers"][0]
    assert "[1] phones.txt" in seen["answers"][0]


def test_a_follow_up_is_understood(seen: dict[str, Any]) -> None:
    assert "5352345" in seen["answers"][1]


def test_what_the_documents_do_not_hold_is_refused(seen: dict[str, Any]) -> None:
    assert "没有" in seen["answers"][2]
    assert not any(digit in seen["answers"][2] for digit in "0123456789")


def test_everybody_is_answered_from_what_kb_lets_them_see(
    seen: dict[str, Any], webui: WebUi
) -> None:
    """By the address of their account: what Anna was refused Bob is told, from his collection.
    Whoever is none of kb's users is told that."""
    assert "h5551212" in webui.ask(QUESTIONS[2], webui.account_of(BOB))
    with pytest.raises(urllib.error.HTTPError) as refused:
        webui.ask(QUESTIONS[0], webui.account_of(CAROL))
    assert f"'{CAROL}' is not known here" in refused.value.read().decode()


def test_nobody_signs_up_with_anothers_address(seen: dict[str, Any], webui: WebUi) -> None:
    person = {"name": "x", "email": "dora@example.org", "password": open_webui_browser.PASSWORD}
    with pytest.raises(urllib.error.HTTPError, match="403"):
        webui("/api/v1/auths/signup", person)


def test_the_audit_log_has_their_names(seen: dict[str, Any], kb: Kb) -> None:
    lines = (kb.home / "serve/audit.jsonl").read_text(encoding="utf-8").splitlines()
    asked = [json.loads(line) for line in lines]
    assert [(one["user"], one["outcome"]) for one in asked if one["action"] == "ask"] == [
        *((ANNA, "found"),) * 2,
        (ANNA, "refused"),
        (BOB, "found"),
    ]


def test_nothing_of_it_tried_to_leave(seen: dict[str, Any], webui: WebUi) -> None:
    """Of the server every call of the network, of its page every request and socket."""
    with webui.trace.open(encoding="utf-8", errors="replace") as lines:
        calls = [*tracing.read(lines)]
    assert any(call.name == "connect" and "htons(" in call.arguments for call in calls)
    assert tracing.leaks(calls) == ()
    assert seen["hosts"] == [f"127.0.0.1:{PORT}"]
