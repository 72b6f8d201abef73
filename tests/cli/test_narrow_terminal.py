"""What a narrow terminal shows: lines end between words, and what follows is indented."""

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


def shown(kb: Kb, *arguments: str, columns: int) -> list[str]:
    """The lines of a command on a terminal of so many columns, what was overwritten left out."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    environment = {**kb.environment(), "TERM": "xterm"}
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
    lines = seen.decode().replace("\r\n", "\n").split("\n")
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
