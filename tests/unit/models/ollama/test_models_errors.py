"""What goes wrong on the way to a model server, in kb's own errors."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import httpx
import ollama
import pytest

from kb.errors import (
    EngineFailed,
    InputTooLong,
    KbError,
    ModelError,
    ModelMissing,
    ServerUnreachable,
    UsageError,
)
from kb.http import FirstThatAnswers
from kb.models.ollama.calls import CAUGHT, ERRORS, Client, Engine


class RaisingTransport(httpx.BaseTransport):
    def __init__(self, error: Exception) -> None:
        self.error = error

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        raise self.error


class FakeServers(httpx.BaseTransport):
    """Servers of which only those named here are up."""

    def __init__(self, up: set[str]) -> None:
        self.up = up

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        host = f"{request.url.host}:{request.url.port}"
        if host not in self.up:
            raise httpx.ConnectError("refused")
        return httpx.Response(200, text=host)


def client(error: Exception) -> Client:
    engine = Engine("Ollama", "http://127.0.0.1:11434", "ollama pull {}")
    return Client(RaisingTransport(error), "http://server", engine, lambda seconds: None)


def exceptions_of(module: object) -> Iterator[type[Exception]]:
    for _, found in inspect.getmembers(module, inspect.isclass):
        if issubclass(found, Exception):
            yield found


@pytest.mark.parametrize("kind", [*exceptions_of(httpx), *exceptions_of(ollama)])
def test_every_exception_of_the_client_library_has_a_meaning(kind: type[Exception]) -> None:
    assert issubclass(kind, CAUGHT), f"{kind.__name__} is missing from ERRORS"


def test_no_entry_of_the_map_is_hidden_by_one_above_it() -> None:
    for place, (kind, _) in enumerate(ERRORS):
        assert not any(issubclass(kind, above) for above, _ in ERRORS[:place]), kind


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (httpx.ConnectError("refused"), ServerUnreachable),
        (httpx.ConnectTimeout("slow"), ServerUnreachable),
        (httpx.ReadTimeout("slow"), EngineFailed),
        (httpx.RemoteProtocolError("peer closed"), EngineFailed),
        (httpx.UnsupportedProtocol("what"), UsageError),
        (httpx.InvalidURL("what"), UsageError),
    ],
)
def test_a_failure_on_the_way_is_named(error: Exception, meaning: type[KbError]) -> None:
    with pytest.raises(meaning) as raised:
        client(error).show("bge-m3")
    assert raised.value.hint


@pytest.mark.parametrize(
    ("status", "text", "meaning"),
    [
        (404, "model 'x' not found", ModelMissing),
        (404, 'model "x" not found, try pulling it first', ModelMissing),
        (400, "the input length exceeds the context length", InputTooLong),
        (500, "input exceeds maximum context length", InputTooLong),
        (400, '"x" does not support chat', ModelError),
        (400, 'do embedding request: Post "http://127.0.0.1:1/embedding": EOF', EngineFailed),
        (500, 'option "num_ctx" must be of type integer', EngineFailed),
        (503, "server busy, please try again.", EngineFailed),
    ],
)
def test_an_answer_that_is_an_error_is_named(
    status: int, text: str, meaning: type[KbError]
) -> None:
    found = client(ValueError()).explain(ollama.ResponseError(text, status), "x")
    assert type(found) is meaning


def test_an_answer_that_is_not_ollamas_is_a_failure_of_the_engine() -> None:
    class FakeShop(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            return httpx.Response(200, html="<html>welcome</html>")

    shop = Client(FakeShop(), "http://shop", Engine("Ollama", "http://shop", ""))
    with pytest.raises(EngineFailed):
        shop.show("bge-m3")


def test_a_server_that_is_not_there_is_named_with_the_three_ways_out() -> None:
    with pytest.raises(ServerUnreachable) as raised:
        client(httpx.ConnectError("[Errno 111] Connection refused")).names()
    what, why, fix = raised.value.lines()
    assert "http://127.0.0.1:11434" in what
    assert "refused" in why or "connect" in why.lower()
    assert all(way in fix for way in ("ollama serve", "OLLAMA_HOST", 'models.engine = "embedded"'))


def test_the_next_server_takes_over_when_one_is_gone_and_keeps_the_work() -> None:
    up = {"b:11434"}
    servers = FirstThatAnswers(["http://a:11434", "http://b:11434"], FakeServers(up))
    with httpx.Client(transport=servers, base_url="http://a:11434") as http:
        assert http.get("/").text == "b:11434"
        up.add("a:11434")
        assert http.get("/").text == "b:11434"
        up.remove("b:11434")
        assert http.get("/").text == "a:11434"
        up.clear()
        with pytest.raises(httpx.ConnectError):
            http.get("/")
