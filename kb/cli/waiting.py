"""What an answer waits for, in one line of the terminal that is gone when the answer comes."""

from __future__ import annotations

import os
import sys

from kb.cli import logs
from kb.cli.wrapping import cells, columns

_TO_THE_BEGINNING = "\r\x1b[K"


class WaitingLine:
    """On standard error, where that is a terminal which can rewrite a line; elsewhere nothing. A
    log line, as of a model server that is busy, takes its place."""

    def __init__(self, *, quiet: bool) -> None:
        able = os.environ.get("TERM") != "dumb" and not (quiet or logs.is_quiet() or logs.as_json())
        self._width = columns(err=True) if able else 0
        self._there = False
        logs.before_each_line(self.end)

    def tell(self, words: str) -> None:
        """`words` in place of those before."""
        if self._width > cells(words) + 2:
            self._write(f"{_TO_THE_BEGINNING}  {words}")
            self._there = True

    def end(self) -> None:
        """Before anything else is written."""
        if self._there:
            self._write(_TO_THE_BEGINNING)
            self._there = False

    def _write(self, text: str) -> None:
        sys.stderr.write(text)
        sys.stderr.flush()
