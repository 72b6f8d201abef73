"""Lines that fit the terminal: broken between words, and between Chinese characters where their
writing allows it; what follows a break is indented. Nothing is changed where output is no
terminal.
"""

from __future__ import annotations

import re
import shutil
import sys
import unicodedata

_NEVER_FIRST = "。，、；：！？）」』》】”’,.;:!?)]}%"
_WIDE = "\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60"
_TOKEN = re.compile(
    rf"[ \t]+|[{_WIDE}][{re.escape(_NEVER_FIRST)}]*|[^\s{_WIDE}]+[{re.escape(_NEVER_FIRST)}]*"
)
_NARROWEST = 20  # columns; below that broken words are no better


def columns(*, err: bool = False) -> int:
    """The width of the terminal that standard output (or error) is; 0 where it is none."""
    stream = sys.stderr if err else sys.stdout
    if stream is None or not stream.isatty():
        return 0
    width = shutil.get_terminal_size().columns
    return width if width >= _NARROWEST else 0


def fitted(text: str, hang: str = "", *, err: bool = False) -> str:
    """The text as it is written to the terminal. `hang` begins every line after a break."""
    width = columns(err=err)
    return "\n".join(_fill(line, width, hang) for line in text.split("\n")) if width else text


def cells(text: str) -> int:
    """The columns that a text takes: a Chinese character two (UAX 11), a combining mark none."""
    return sum(
        0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1
        for one in text
    )


def _fill(line: str, width: int, hang: str) -> str:
    flow = Flow(width, hang)
    return flow.feed(line) + flow.end()


class Flow:
    """Text that comes in pieces. What may still grow (half a word) waits for the next piece."""

    def __init__(self, width: int, hang: str = "") -> None:
        """`width` in columns; 0 changes nothing."""
        self._width = width
        self._hang = hang
        self._column = 0
        self._space = ""
        self._waiting = ""

    def feed(self, piece: str) -> str:
        """What can be written of it by now."""
        if not self._width:
            return piece
        text = self._waiting + piece
        *whole, rest = text.split("\n")
        written = "".join(f"{self._line(line)}{self._broken()}" for line in whole)
        tokens = _TOKEN.findall(rest)
        self._waiting = "".join(tokens[-1:])
        return written + self._line("".join(tokens[:-1]))

    def end(self) -> str:
        """What still waited."""
        waiting, self._waiting = self._waiting, ""
        return self._line(waiting) + self._space

    def _line(self, text: str) -> str:
        out = ""
        for found in _TOKEN.finditer(text):
            token = found[0]
            if token.isspace():
                self._space += token
                continue
            size = cells(token)
            if self._column > len(self._hang) and (
                self._column + len(self._space) + size > self._width
            ):
                out += f"\n{self._hang}"
                self._column, self._space = len(self._hang), ""
            out += self._space + token
            self._column += len(self._space) + size
            self._space = ""
        return out

    def _broken(self) -> str:
        space, self._space, self._column = self._space, "", 0
        return f"{space}\n"
