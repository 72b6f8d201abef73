"""The line on the terminal that says what an answer waits for."""

from __future__ import annotations

import logging

import pytest

from kb.cli import logs, waiting
from kb.cli.waiting import WaitingLine


def test_a_warning_takes_the_line_s_place_and_does_not_stand_behind_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "columns", lambda *, err: 80)
    monkeypatch.delenv("TERM", raising=False)
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        logs.set_up(logging.WARNING, "text")
        line = WaitingLine(quiet=False)
        line.tell("reading")
        logging.getLogger("kb.models").warning("the model server is busy; waiting for it")
        line.tell("reading 5 of 9 tokens")
        line.end()
    finally:
        root.handlers[:], root.level = before, level
    shown = capsys.readouterr().err
    assert shown == (
        "\r\x1b[K  reading\r\x1b[K"
        "WARNING kb.models: the model server is busy; waiting for it\n"
        "\r\x1b[K  reading 5 of 9 tokens\r\x1b[K"
    )
