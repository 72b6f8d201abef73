"""What a terminal shows: on a narrow one lines end between words, and what follows is indented; one
that knows no colours, or no escapes at all, gets none."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from pathlib import Path

import pytest

from kb.cli.wrapping import cells
from tests.commands import Kb
from tests.meanwhile import ended

TEXT = (
    "The annual leave of everybody in the workshop is twenty days. Up to five days of it may be "
    "carried over, and must be taken by the end of March of the year that follows."
)


@pytest.fixture(scope="module")
def kb(tmp_path_factory: pytest.TempPathFactory, models_folder: Path) -> Kb:
    kb = Kb(tmp_path_factory.mktemp("home"), models_folder)
    folder = tmp_path_factory.mktemp("docs")
    (folder / "leave.txt").write_text(TEXT, encoding="utf-8")
    assert kb("ingest", str(folder)).code == 0
    return kb


def written(kb: Kb, *arguments: str, columns: int = 80, **variables: str) -> str:
    """What a command writes to a terminal of so many columns."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    environment = {**kb.environment(), "TERM": "xterm", **variables}
    environment.pop("COLUMNS", None)
    started = subprocess.Popen(
        kb.command(*arguments), env=environment, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    seen = b""
    with ended(started):
        try:
            while block := os.read(ours, 4096):
                seen += block
        except OSError:
            pass  # how a terminal says that the other end was closed
        started.wait(60)
    os.close(ours)
    return seen.decode().replace("\r\n", "\n")


def shown(kb: Kb, *arguments: str, columns: int) -> list[str]:
    """The lines that are seen, what was overwritten left out."""
    lines = written(kb, *arguments, columns=columns).split("\n")
    return [re.sub(r".*\r|\x1b\[[0-9;?]*[a-zA-Z]", "", line) for line in lines]


@pytest.mark.parametrize(
    ("arguments", "columns"),
    [
        (("search", "annual leave"), 60),
        (("ask", "How long is the notice of Mr Pemberton?"), 24),
    ],
    ids=["a passage", "the line below an answer"],
)
def test_no_line_is_wider_than_the_terminal(
    kb: Kb, arguments: tuple[str, ...], columns: int
) -> None:
    lines = shown(kb, *arguments, columns=columns)
    assert [line for line in lines if cells(line) > columns] == []


def test_a_passage_is_broken_between_words_and_stays_indented(kb: Kb) -> None:
    first, *lines = shown(kb, "search", "annual leave", columns=60)
    assert first.endswith("leave.txt · line 1")
    text = [line for line in lines if line]
    assert all(line.startswith("   ") for line in text)
    assert len(text) > 1
    assert " ".join(line.strip() for line in text) == TEXT


COLOUR = re.compile(r"\x1b\[[\d;]*m")
REFUSED = ("ask", "How long is the notice of Mr Pemberton?")


def test_there_is_colour_but_for_those_who_want_none(kb: Kb) -> None:
    question = "How long is the annual leave of everybody in the workshop?"
    assert COLOUR.search(written(kb, "ask", question))
    without = written(kb, "ask", question, NO_COLOR="1")
    assert not COLOUR.search(without)
    assert "searching" in without, "what is waited for is told all the same"


def test_a_dumb_terminal_gets_no_escapes(kb: Kb) -> None:
    assert "\x1b" not in written(kb, *REFUSED, TERM="dumb")
