"""What was waited for a turn is a part of the times that are told and kept."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from kb.access.callers import Caller
from kb.serving.app import Service
from kb.serving.backend import ApiQuestion, Lines
from kb.serving.conversations import Conversations
from kb.serving.waiting import Waiting
from kb.types import Turn
from tests.unit.serving.calls import GUARD, FakeBackend, call

WORKS = 0.3
"""Seconds that an answer takes."""


class SlowBackend(FakeBackend):
    def chat(self, caller: Caller, turns: tuple[Turn, ...], question: ApiQuestion) -> Lines:
        time.sleep(WORKS)
        yield from super().chat(caller, turns, question)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    service = Service(SlowBackend(), GUARD, Conversations(tmp_path, days=90))
    yield service
    service.stop()


def test_an_answer_s_times_are_told_with_what_it_waited_and_its_other_lines_as_they_are() -> None:
    def lines() -> Lines:
        yield '{"piece": "the \\"timings\\" of it"}'
        yield json.dumps({"answer": "x", "timings": {"load": 0.5, "total": 3.5}})

    put = Waiting()
    time.sleep(0.05)
    piece, last = put.answered(lines())
    assert piece == '{"piece": "the \\"timings\\" of it"}'
    times = json.loads(last)["timings"]
    assert 0.05 <= times["wait"] < 1
    assert times.keys() == {"load", "wait", "total"}
    assert times["total"] == pytest.approx(3.5 + times["wait"], abs=0.002), "both are rounded"


@pytest.mark.parametrize("path", ["/api/ask", "/api/conversations", "/api/chat"])
def test_who_comes_second_is_told_that_they_waited(service: Service, path: str) -> None:
    messages = [{"role": "user", "content": "x"}]
    asked: dict[str, dict[str, Any]] = {
        "/api/chat": {"model": "kb:law", "messages": messages, "stream": False},
    }

    def times(_: int) -> Any:
        got = call(service, "POST", path, asked.get(path, {"question": "x"}))
        last = got.lines[-1]
        return last.get("kb", last)["timings"]

    with ThreadPoolExecutor(2) as both:
        first, second = sorted(both.map(times, range(2)), key=lambda one: one["wait"])
    assert first["wait"] < WORKS / 2
    assert second["wait"] > WORKS / 2
    assert second["total"] == pytest.approx(3.5 + second["wait"], abs=0.002)


def test_a_conversation_keeps_what_was_told(service: Service) -> None:
    lines = call(service, "POST", "/api/conversations", {"question": "x"}).lines
    name = lines[1]["conversation"]["id"]
    [turn] = call(service, "GET", f"/api/conversations/{name}").json["turns"]
    assert turn["answer"]["timings"] == lines[-1]["timings"]
