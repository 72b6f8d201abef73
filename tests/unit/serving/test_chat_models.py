"""Which chat models a question may name, and what other people's clients call them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kb.errors import RequestRejected
from kb.serving.app import Service
from kb.serving.chat_models import Chosen, checked_model, chosen, offered
from kb.serving.conversations import Conversations
from tests.unit.serving.calls import GUARD, FakeBackend, call

SERVED = ("law", "hr")
ONE = ("small:1b",)
TWO = ("small:1b", "large:latest")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("kb:law", Chosen("law")),
        ("kb:hr:latest", Chosen("hr")),
        ("kb", Chosen("")),
        ("kb:latest", Chosen("")),
        ("kb:law@large:latest", Chosen("law", "large:latest")),
        ("kb:law@large", Chosen("law", "large:latest")),
        ("kb@small:1b", Chosen("", "small:1b")),
    ],
)
def test_a_name_is_a_collection_and_may_say_by_which_model(name: str, found: Chosen) -> None:
    assert chosen(name, SERVED, TWO) == found


@pytest.mark.parametrize(
    "name", ["kb:finance", "gpt-4o", "", None, "law", "kb:law@", "kb:law@other", "kb:law@small"]
)
def test_any_other_name_is_not_there(name: object) -> None:
    with pytest.raises(RequestRejected) as rejected:
        chosen(name, SERVED, TWO)
    assert rejected.value.status == 404


def test_a_list_names_models_only_where_there_is_a_choice() -> None:
    assert offered(SERVED, ONE) == ["kb:law", "kb:hr"]
    assert offered(("law",), TWO) == ["kb:law", "kb:law@large:latest"]
    assert all(chosen(name, SERVED, TWO).name == name for name in offered(SERVED, TWO))


def test_a_question_may_name_those_alone_that_are_allowed() -> None:
    assert checked_model("", ONE) == ""
    assert checked_model("large:latest", TWO) == "large:latest"
    with pytest.raises(RequestRejected, match="there is no model 'large:latest'") as rejected:
        checked_model("large:latest", ONE)
    assert (rejected.value.status, rejected.value.why) == (404, "the models are small:1b")


# --- over HTTP ------------------------------------------------------------------------


@pytest.fixture
def backend() -> FakeBackend:
    backend = FakeBackend()
    backend.chat_models = TWO
    return backend


@pytest.fixture
def service(tmp_path: Path, backend: FakeBackend) -> Iterator[Service]:
    service = Service(backend, GUARD, Conversations(tmp_path, days=90))
    yield service
    service.stop()


def test_a_question_is_answered_by_the_model_that_it_names(
    service: Service, backend: FakeBackend
) -> None:
    assert call(service, "GET", "/api/me").json["models"] == [*TWO]
    for path in ("/api/ask", "/api/conversations"):
        assert call(service, "POST", path, {"question": "x", "model": TWO[1]}).status == 200
    call(service, "POST", "/api/ask", {"question": "x"})
    messages = [{"role": "user", "content": "x"}]
    for path in ("/v1/chat/completions", "/api/chat"):
        body = {"model": "kb:law@large", "messages": messages, "stream": False}
        assert call(service, "POST", path, body).status == 200
    assert backend.answered_by == [TWO[1], TWO[1], "", TWO[1], TWO[1]]


@pytest.mark.parametrize("path", ["/api/ask", "/api/conversations"])
def test_another_model_is_refused_before_anything_is_begun(
    service: Service, backend: FakeBackend, path: str
) -> None:
    got = call(service, "POST", path, {"question": "x", "model": "huge:70b"})
    assert (got.status, got.reason) == (404, "there is no model 'huge:70b'")
    assert got.json["error"].keys() == {"reference", "what", "why", "hint"}
    assert call(service, "POST", path, {"question": "x", "model": 7}).status == 400
    assert backend.answered_by == []
    assert call(service, "GET", "/api/conversations").json["conversations"] == []


def test_clients_list_each_collection_with_each_model(service: Service) -> None:
    listed = ["kb:law", "kb:law@large:latest"]
    assert [one["id"] for one in call(service, "GET", "/v1/models").json["data"]] == listed
    assert call(service, "GET", "/v1/models/kb:law@large").json["id"] == listed[1]
    for path in ("/api/tags", "/api/ps"):
        assert [one["name"] for one in call(service, "GET", path).json["models"]] == listed
