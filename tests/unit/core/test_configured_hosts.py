"""The servers that are configured: allowed by name, reached directly, followed nowhere.

Real servers on loopback; one of them plays a proxy and writes down who comes.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import click
import pytest

from kb import config, egress_log
from kb.cli.command import Command
from kb.cli.confine import hosts_of
from kb.cli.main import cli, run
from kb.cli.needs import Needs
from kb.config.settings import Store
from kb.errors import EgressBlocked, ServerUnreachable, StoreError, UsageError
from kb.http import FirstThatAnswers
from kb.index.qdrant_server.store import ServerStore
from kb.models.connect import open_models
from kb.models.ollama.calls import Client, Engine
from kb.models.ollama.wire import post, server_version

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


class Server(ThreadingHTTPServer):
    """Answers everything with a redirect to `location`, or, without one, that it is not there."""

    def __init__(self, location: str = "") -> None:
        self.location = location
        self.asked: list[str] = []
        super().__init__(("127.0.0.1", 0), Answer)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answer(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(length)
        self.send_response(307 if self.server.location else 404)
        if self.server.location:
            self.send_header("Location", self.server.location + self.path)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_POST = do_PUT = do_CONNECT = do_GET

    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture
def elsewhere() -> Iterator[Server]:
    with Server() as server:
        yield server
        server.shutdown()


@pytest.fixture
def redirecting(elsewhere: Server) -> Iterator[Server]:
    with Server(elsewhere.url) as server:
        yield server
        server.shutdown()


@pytest.fixture
def proxy(elsewhere: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """A proxy that the environment names for everything, as administrators set it."""
    for name in PROXIES:
        monkeypatch.setenv(name, elsewhere.url)
        monkeypatch.setenv(name.lower(), elsewhere.url)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    return elsewhere


def test_a_redirect_of_a_model_server_is_refused(redirecting: Server, elsewhere: Server) -> None:
    with pytest.raises(EgressBlocked, match=str(elsewhere.server_port)):
        server_version(redirecting.url, 5)
    with pytest.raises(EgressBlocked, match=str(elsewhere.server_port)):
        post(f"{redirecting.url}/rerank", {"query": "secret"}, 5)
    way = FirstThatAnswers([redirecting.url])
    client = Client(way, redirecting.url, Engine("Ollama", redirecting.url, ""))
    with closing(client), pytest.raises(EgressBlocked):
        client.names()
    for engine in ("ollama", "auto"):
        with pytest.raises(EgressBlocked):
            open_models(engine, [redirecting.url], Path("none"), "bge-m3", "deepseek-r1:7b", [])
    assert elsewhere.asked == []


def test_a_redirect_of_a_vector_store_is_refused(redirecting: Server, elsewhere: Server) -> None:
    store = ServerStore(Store(url=redirecting.url))
    with pytest.raises(EgressBlocked, match="elsewhere"):
        store.version()
    assert redirecting.asked
    assert elsewhere.asked == []


@pytest.fixture
def closed() -> str:
    """An address on loopback where nobody listens."""
    with Server() as server:
        url = server.url
        server.shutdown()
    return url


def test_no_request_to_loopback_reaches_a_proxy_of_the_environment(
    proxy: Server, closed: str
) -> None:
    assert server_version(closed, 5) is None
    with pytest.raises(ServerUnreachable):
        post(f"{closed}/rerank", {}, 5)
    with pytest.raises(ServerUnreachable):
        open_models("ollama", [closed], Path("none"), "bge-m3", "deepseek-r1:7b", [])
    with pytest.raises(StoreError):
        ServerStore(Store(url=closed)).version()
    assert proxy.asked == []


def outcome(home: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = run(["--home", str(home), *arguments])
    return code, capsys.readouterr().err


def test_a_proxy_for_a_server_elsewhere_is_refused_before_anything_is_sent(
    proxy: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "10.9.8.7")
    monkeypatch.setenv("KB_EGRESS__ALLOW", "10.9.8.7:11434")
    code, output = outcome(tmp_path, capsys, "search", "x")
    assert code == 9
    assert "a proxy (127.0.0.1) is set for 10.9.8.7" in output
    assert proxy.asked == []
    monkeypatch.setenv("NO_PROXY", "10.9.8.7")
    monkeypatch.delenv("no_proxy", raising=False)
    code, output = outcome(tmp_path, capsys, "search", "x")
    assert code == 4, "it is not used for this server: the collection is empty, and that is all"


def test_a_public_ollama_host_is_refused_and_kept_for_the_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "203.0.113.7")
    code, output = outcome(tmp_path, capsys, "ask", "x")
    assert code == 9
    assert 'allow = ["203.0.113.7:11434"]' in output
    (kept,) = egress_log.read(tmp_path / "state" / egress_log.NAME)
    assert (kept.command, kept.destination) == ("ask", "203.0.113.7:11434")
    # What asks no model is not held up by it.
    assert outcome(tmp_path, capsys, "status")[0] == 0
    monkeypatch.setenv("KB_MODELS__ENGINE", "embedded")
    assert outcome(tmp_path, capsys, "search", "x")[0] == 4


def test_a_public_address_in_allow_is_a_mistake_in_the_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KB_EGRESS__ALLOW", "203.0.113.7:11434")
    code, output = outcome(tmp_path, capsys, "status")
    assert code == 2
    assert "egress.allow_public" in output


def needs_of(name: str) -> Needs:
    command = cli.get_command(click.Context(cli), name)
    assert isinstance(command, Command)
    return command.needs


@pytest.mark.parametrize(
    ("variables", "command", "expected"),
    [
        ({}, "ask", [("models.host", "127.0.0.1", 11434)]),
        ({"KB_MODELS__ENGINE": "embedded"}, "ask", []),
        ({}, "status", []),
        (
            {"KB_STORE__ENGINE": "server", "KB_STORE__URL": "http://[fd00::5]"},
            "status",
            [("store.url", "fd00::5", 6333)],
        ),
        (
            {
                "KB_MODELS__ENGINE": "embedded",
                "KB_MODELS__RERANK": "bge-reranker",
                "KB_MODELS__RERANK_HOST": "https://gpu:8443/v1",
            },
            "search",
            [("models.rerank_host", "gpu", 8443)],
        ),
    ],
)
def test_a_command_talks_to_what_it_needs_and_to_nothing_else(
    variables: dict[str, str], command: str, expected: list[tuple[str, str, int]]
) -> None:
    settings = config.load(environ=variables)
    found = [*hosts_of(settings, needs_of(command))]
    assert [(one.key, one.name, one.port) for one in found] == expected


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("KB_STORE__URL", "http://127.0.0.1:sixthousand"),
        ("KB_MODELS__HOST", "ftp://127.0.0.1"),
        ("KB_MODELS__RERANK_HOST", "127.0.0.1:99999"),
    ],
)
def test_what_is_no_address_is_named_by_its_setting_before_anything_is_asked(
    key: str, value: str
) -> None:
    around = {"KB_STORE__ENGINE": "server", "KB_MODELS__RERANK": "bge", key: value}
    with pytest.raises(UsageError, match=r"is not (an|the) address"):
        [*hosts_of(config.load(environ=around), needs_of("search"))]
