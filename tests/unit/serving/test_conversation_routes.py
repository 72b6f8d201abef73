"""/api/conversations and /api/document: what is kept of a question, and who may see it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from kb.serving.app import Service
from kb.serving.conversations import Conversations
from tests.serving import Got
from tests.unit.serving.calls import GUARD, FakeBackend, call


@pytest.fixture
def backend() -> FakeBackend:
    return FakeBackend()


@pytest.fixture
def service(tmp_path: Path, backend: FakeBackend) -> Iterator[Service]:
    service = Service(backend, GUARD, Conversations(tmp_path, days=30))
    yield service
    service.stop()


def ask(service: Service, question: str, **more: object) -> Got:
    body = {"question": question, "collection": "law", **more}
    return call(service, "POST", "/api/conversations", body)


def begun(service: Service, question: str = "When is it due?") -> tuple[str, str]:
    """A conversation's id, and its turn's."""
    first = next(line for line in ask(service, question).lines if "conversation" in line)
    return first["conversation"]["id"], first["turn"]


def test_a_turn_is_kept_with_what_it_was_understood_as_and_without_the_thought(
    service: Service,
) -> None:
    said = ask(service, "When is it due?").lines
    assert [*map(next, map(iter, said))] == [
        *("answering", "conversation", "question", "piece", "answer")
    ]
    name = said[1]["conversation"]["id"]
    kept = call(service, "GET", f"/api/conversations/{name}").json
    [turn] = kept["turns"]
    assert (kept["title"], turn["question"]) == ("When is it due?", "When is it due?")
    assert turn["rewritten"] == "When is the rent due?"
    assert turn["answer"]["citations"][0]["source"] == "lease.md"


def test_a_follow_up_leans_on_the_turns_before_it(service: Service, backend: FakeBackend) -> None:
    name, _ = begun(service)
    ask(service, "And in June?", conversation=name)
    assert [[one.question for one in turns] for turns in backend.leant_on] == [
        [],
        ["When is it due?"],
    ]
    assert len(call(service, "GET", f"/api/conversations/{name}").json["turns"]) == 2


def test_where_nothing_is_kept_there_is_an_answer_and_no_conversation(tmp_path: Path) -> None:
    service = Service(FakeBackend(), GUARD, Conversations(tmp_path, days=0))
    said = ask(service, "When is it due?").lines
    service.stop()
    assert said[-1]["answer"] == "Due on 1 May. [1]"
    assert not any("conversation" in line for line in said)
    assert [*tmp_path.iterdir()] == []


def test_conversations_are_listed_found_renamed_exported_and_deleted(service: Service) -> None:
    name, _ = begun(service)
    begun(service, "Who signed it?")
    one = f"/api/conversations/{name}"

    def titles(**query: str) -> list[str]:
        found = call(service, "GET", "/api/conversations", query=query).json["conversations"]
        return sorted(each["title"] for each in found)

    assert titles() == ["When is it due?", "Who signed it?"]
    assert titles(q="SIGNED") == ["Who signed it?"]
    assert call(service, "PATCH", one, {"title": " The  rent "}).json["title"] == "The rent"
    assert titles() == ["The rent", "Who signed it?"]
    exported = call(service, "GET", f"{one}/export").json["markdown"]
    assert exported.startswith("# The rent\n\n## When is it due?")
    assert call(service, "DELETE", one).status == 200
    assert titles() == ["Who signed it?"]
    assert call(service, "GET", one).status == 404


def test_a_conversation_is_nobody_else_s(service: Service) -> None:
    name, turn = begun(service)
    one = f"/api/conversations/{name}"
    judged = {"turn": turn, "good": False}
    tried = [
        call(service, "GET", one, token="rita"),
        call(service, "PATCH", one, {"title": "mine"}, token="rita"),
        call(service, "GET", f"{one}/export", token="rita"),
        call(service, "POST", f"{one}/feedback", judged, token="rita"),
        call(service, "DELETE", one, token="rita"),
    ]
    assert [got.status for got in tried] == [404] * 5
    assert call(service, "GET", one).json["title"] == "When is it due?"


def test_what_somebody_thinks_of_an_answer_stands_with_its_turn(service: Service) -> None:
    name, turn = begun(service)
    path = f"/api/conversations/{name}/feedback"
    judged: dict[str, Any] = {"turn": turn, "good": False, "reason": "it was April"}
    assert call(service, "POST", path, judged).status == 200
    [kept] = call(service, "GET", f"/api/conversations/{name}").json["turns"]
    assert kept["feedback"] == {"good": False, "reason": "it was April"}
    assert call(service, "POST", path, {"turn": turn}).status == 400
    assert call(service, "POST", path, {**judged, "reason": "x" * 2001}).status == 400
    assert call(service, "POST", path, {**judged, "turn": "another"}).status == 404


def test_a_document_is_shown_as_text_as_a_table_and_as_a_page(
    service: Service, backend: FakeBackend
) -> None:
    cited = {"collection": "law", "source": "a.xlsx"}
    shown = call(service, "GET", "/api/document", query=cited).json
    assert shown == {"source": "a.xlsx", "collection": "law"}
    more = {"section": "Prices", "quote": "part: A"}
    assert (
        call(service, "GET", "/api/document/sheet", query={**cited, **more, "row": "7"}).status
        == 200
    )
    assert call(service, "GET", "/api/document/page", query={**cited, "quote": "q"}).json == {
        "page": 1
    }
    assert call(service, "GET", "/api/document/page", query={**cited, "page": "3"}).json == {
        "page": 3
    }
    assert backend.shown == [
        ("law", "a.xlsx", "Prices", "part: A", 7),
        ("law", "a.xlsx", 1, "q"),
        ("law", "a.xlsx", 3, ""),
    ]


@pytest.mark.parametrize(
    ("path", "query", "reason"),
    [
        ("", {}, "'source' is missing"),
        ("/sheet", {"source": "a.xlsx", "row": "-1"}, "'row' is no number"),
        ("/page", {"source": "a.pdf", "page": "x"}, "'page' is no number"),
        ("/page", {"source": "a.pdf", "page": "9" * 8}, "'page' is no number"),
    ],
)
def test_a_place_that_is_none_is_refused(
    service: Service, path: str, query: dict[str, str], reason: str
) -> None:
    got = call(service, "GET", f"/api/document{path}", query=query)
    assert (got.status, got.reason) == (400, reason)


@pytest.mark.parametrize("path", ["/api/ask", "/api/conversations"])
def test_what_is_wrong_with_a_question_has_its_own_status_before_a_stream_begins(
    service: Service, backend: FakeBackend, path: str
) -> None:
    streamed = {"stream": True, "progress": True} if path == "/api/ask" else {}
    got = call(service, "POST", path, {"question": "x", "collection": "hr", **streamed})
    assert (got.status, got.reason) == (404, "it is not served")
    assert backend.leant_on == []
    assert call(service, "GET", "/api/conversations").json["conversations"] == []


def test_questions_to_begin_with_are_the_backend_s(service: Service) -> None:
    assert call(service, "GET", "/api/examples").json == {"examples": ["What does “Lease” say?"]}
