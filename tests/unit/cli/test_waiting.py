"""What a terminal shows while an answer is waited for."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator

import pytest

from kb.cli.answer_output import AnswerOutput
from kb.session import Answer, Answering, Event, Passages, Piece, Progress
from kb.types import Timings

ANSWER = Answer(
    *("How long?", "Ten days.", "", True, "", True, (), (), "m", 12, 512, False),
    Timings(0, 0, 0, 0, 0),
)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, *, term: str = "xterm") -> str:
    """Standard error while an answer is made."""

    def events() -> Iterator[Event]:
        yield Passages(())
        yield Progress("loading", 0, 0, "")
        yield Progress("reading", 640, 1200, "tokens")
        yield Piece("Ten days.")
        yield ANSWER

    monkeypatch.setenv("TERM", term)
    monkeypatch.setattr("shutil.get_terminal_size", lambda: os.terminal_size((80, 24)))
    monkeypatch.setattr("sys.stderr", stream)
    output = AnswerOutput(as_json=False, quiet=False, show_thinking=False, streams=False)
    output.show(Answering(events()))  # type: ignore[arg-type]  # a generator, as the session's is
    return stream.getvalue()


def test_one_line_says_what_the_answer_waits_for_and_is_gone_when_it_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = shown(monkeypatch, Terminal()).split("\r\x1b[K")
    assert [one.strip() for one in told] == [
        *("", "searching", "", "loading the model", "reading 640 of 1,200 tokens", ""),
    ]


def test_what_cannot_rewrite_a_line_is_told_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shown(monkeypatch, io.StringIO()) == ""
    assert shown(monkeypatch, Terminal(), term="dumb") == ""
