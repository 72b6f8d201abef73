"""The turns of `kb chat` on this machine: KB_HOME/chats/<UTC time>.jsonl, one turn a line.

Question, rewritten question, answer and citations, and nothing else: no thought, no passage.
Readable by its owner alone.
"""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

from kb.index.faults import store_faults
from kb.index.layout import private_files
from kb.index.owner import require_own
from kb.statefile import append_line, is_file, parsed_json, read_tail, typed
from kb.types import Citation, Turn

log = logging.getLogger(__name__)

_LARGEST = 16 << 20
"""Bytes of a conversation that are read: its end."""


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
                require_own(self._folder.parent, self._folder)
                self._folder.mkdir(parents=True, exist_ok=True)
                self._path = self._folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}.jsonl"
            append_line(self._path, line.encode("utf-8", "replace"), fsync=False)

    def start_new(self) -> None:
        """The next turn starts another conversation."""
        self._path = None

    def resume_last(self) -> list[Turn]:
        """The turns of the newest conversation, which continues; none if there is none.

        A line that a crash cut off is left out.
        """
        turns: list[Turn] = []
        with store_faults(self._folder):
            paths = sorted(path for path in self._folder.glob("*.jsonl") if is_file(path))
            if paths:
                self._path = paths[-1]
                lines = [*filter(None, read_tail(self._path, _LARGEST).split("\n"))]
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
        found = parsed_json(line)
        if not isinstance(found, dict) or not isinstance(found.get("citations"), list):
            raise ValueError("it is no turn")
        citations = tuple(typed(Citation, one) for one in found.pop("citations"))
        return replace(typed(Turn, found), citations=citations)
    except ValueError as error:
        log.warning("a line of the last conversation is left out: %s", error)
        return None
