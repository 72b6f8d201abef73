"""The turns of `kb chat` on this machine: KB_HOME/chats/<UTC time>.jsonl, one turn a line.

Question, rewritten question, answer and citations, and nothing else: no thought, no passage.
Readable by its owner alone.
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from kb.index.faults import store_faults
from kb.index.layout import private_files
from kb.types import Citation, Turn

log = logging.getLogger(__name__)


class History:
    """One conversation's file; it is created by the first turn.

    Raises:
        StoreError: the folder or the file cannot be used.
    """

    def __init__(self, home: Path) -> None:
        self._folder = home / "chats"
        self._path: Path | None = None

    def append(self, turn: Turn) -> None:
        line = json.dumps(asdict(turn), ensure_ascii=False) + "\n"
        with store_faults(self._folder), private_files():
            if self._path is None:
                self._folder.mkdir(parents=True, exist_ok=True)
                self._path = self._folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}.jsonl"
            with self._path.open("a", encoding="utf-8") as file:
                file.write(line)

    def start_new(self) -> None:
        """The next turn starts another conversation."""
        self._path = None

    def resume_last(self) -> list[Turn]:
        """The turns of the newest conversation, which continues; none if there is none.

        A line that a crash cut off is left out.
        """
        turns: list[Turn] = []
        with store_faults(self._folder):
            if paths := sorted(self._folder.glob("*.jsonl")):
                self._path = paths[-1]
                lines = self._path.read_text(encoding="utf-8", errors="replace").splitlines()
                turns = [turn for line in lines if (turn := _turn(line))]
                if lines and len(turns) < len(lines):
                    self._rewrite(turns)
        return turns

    def _rewrite(self, turns: list[Turn]) -> None:
        """A cut line would swallow the next one: continue in a new file with the whole ones."""
        self.start_new()
        for turn in turns:
            self.append(turn)


def _turn(line: str) -> Turn | None:
    try:
        found = json.loads(line)
        citations = tuple(Citation(**one) for one in found.pop("citations"))
        return Turn(**found, citations=citations)
    except (json.JSONDecodeError, AttributeError, KeyError, TypeError) as error:
        log.warning("a line of the last conversation is left out: %s", error)
        return None
