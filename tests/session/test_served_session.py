"""What `kb serve` hands out of a session: to each caller what they may see, and no path."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kb.access.callers import OWNING, Caller, Role
from kb.errors import RequestRejected, UsageError
from kb.serving.backend import ApiQuestion, SessionBackend
from kb.session import Session
from kb.types import Turn

ANNA = Caller("anna", Role.READER, frozenset({"default"}))
NOBODY = Caller("ben", Role.READER, frozenset())


@pytest.fixture(scope="module")
def backend(session: Session) -> SessionBackend:
    return SessionBackend(session)


def test_an_admin_sees_where_things_lie_and_a_reader_how_much_there_is(
    backend: SessionBackend,
) -> None:
    mine, theirs = (json.loads(backend.status(one, "")) for one in (ANNA, OWNING))
    assert mine["collections"] == ["default"]
    assert mine["status"]["documents"] == theirs["status"]["documents"] == 3
    assert {"home", "sources", "failed"} == theirs["status"].keys() - mine["status"].keys()
    seen = json.loads(backend.overview(OWNING, ""))
    assert seen["runs"][0]["command"] == "ingest"
    assert seen["bytes"]["index"] > 0
    assert seen["failures"] == []


def test_whoever_may_see_no_collection_is_told_so(backend: SessionBackend) -> None:
    with pytest.raises(RequestRejected, match="no collection may be read") as caught:
        backend.search(NOBODY, ApiQuestion("X200"))
    assert caught.value.status == 403
    with pytest.raises(RequestRejected, match="'hr' is not served") as caught:
        backend.document(ANNA, "hr", "pump.md")
    assert caught.value.status == 404
    assert backend.collections(NOBODY) == ()
    assert backend.collection(ANNA, "") == "default"


def test_a_document_is_its_text_and_makes_a_question_to_begin_with(
    backend: SessionBackend,
) -> None:
    shown = json.loads(backend.document(ANNA, "default", "pump.md"))
    assert shown["source"] == "pump.md"
    assert "187 kg" in shown["text"]
    assert shown["title"] == "Pump"
    assert "What does “Pump” say?" in json.loads(backend.examples(ANNA))["examples"]


def test_texts_are_embedded_as_passages_are(backend: SessionBackend, session: Session) -> None:
    made: dict[str, Any] = json.loads(backend.embed(["X200", "张飞"]))
    assert made["model"] == session.models.embedder().info().name
    assert [len(one) for one in made["vectors"]] == [len(made["vectors"][0])] * 2


def test_a_question_is_searched_and_asked_within_what_its_caller_may_see(
    backend: SessionBackend,
) -> None:
    question = ApiQuestion("X200", top_k=1, where=("type=md",))
    [hit] = json.loads(backend.search(ANNA, question))["hits"]
    assert hit["source"] == "pump.md"
    *before, last = [json.loads(line) for line in backend.ask(ANNA, ApiQuestion("刘备的电话号码"))]
    assert [next(iter(one)) for one in before] == ["sources"]
    assert (last["found"], last["refused_by"]) == (False, "missing-term")


def test_a_follow_up_is_understood_by_the_turns_before_it(backend: SessionBackend) -> None:
    turns = (Turn("张飞的电话号码是多少？", "", "u987438274"),)
    lines = backend.chat(ANNA, turns, ApiQuestion("那刘备的呢？"))
    first = json.loads(next(lines))
    lines.close()
    assert first["rewritten"] == "刘备的电话号码是多少？"


def test_a_document_without_tables_or_pages_says_so(backend: SessionBackend) -> None:
    with pytest.raises(UsageError, match="has no table"):
        backend.sheet(ANNA, "", "pump.md", "", "", 0)
    with pytest.raises(UsageError, match="there is no picture"):
        backend.page(ANNA, "", "pump.md", 1, "")
