"""Blocked connections, one line of JSON each, in a file that outlives the process.

    {"time": "2026-11-25T02:15:04+00:00", "pid": 812, "command": "reindex",
     "event": "socket.getaddrinfo", "destination": "telemetry.example"}

The file holds neither documents nor questions. It is readable by its owner alone; when it is
full it takes the place of the one before it, so that the two hold half a megabyte at most.
Standard library alone: the guard is installed before anything else is imported.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from kb.atomic import keep_owner
from kb.statefile import parsed_json, read_tail, typed

NAME = "egress.jsonl"
_FULL = 256 << 10
_MOST_FOLLOWED = 300
_LONGEST = 255  # characters of a destination; a name in the DNS has no more


@dataclass(frozen=True, slots=True)
class BlockedAttempt:
    """An attempt to reach the network that was blocked. `time` is UTC in ISO 8601; `event` is
    Python's audit event."""

    time: str
    pid: int
    command: str
    event: str
    destination: str


def append(file: Path, command: str, event: str, destination: str) -> None:
    """Add a line. A folder that is not there is not made: there is no home yet to keep it in.

    Raises:
        OSError: the file cannot be written, or is a link.
    """
    now = datetime.now(UTC).isoformat(timespec="seconds")
    add(file, BlockedAttempt(now, os.getpid(), command, event, destination[:_LONGEST]))


def add(file: Path, entry: BlockedAttempt) -> None:
    """The same for an attempt that another process had blocked. Raises OSError as `append`."""
    if not file.parent.is_dir():
        return
    line = json.dumps(asdict(entry), ensure_ascii=False) + "\n"
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK | os.O_NOFOLLOW
    handle = os.open(file, flags, 0o600)
    try:
        os.write(handle, line.encode("utf-8", "replace"))  # one write: lines do not mix
        full = os.fstat(handle).st_size > _FULL
    finally:
        os.close(handle)
    keep_owner(file)
    if full:
        file.replace(_before(file))


def read(file: Path) -> tuple[BlockedAttempt, ...]:
    """What is kept, oldest first. A line that a killed process cut off is left out, and so is
    what cannot be read."""
    found: list[BlockedAttempt] = []
    for place in (_before(file), file):
        try:
            lines = read_tail(place, 2 * _FULL).split("\n")
        except OSError:  # not there, or something else is
            continue
        for line in lines:
            with contextlib.suppress(ValueError):
                found.append(typed(BlockedAttempt, parsed_json(line)))
    return tuple(found)


class Follower:
    """Reads a file of attempts as it grows. Whoever writes it may be anybody: it may be no file
    at all, and what is in it is no more than text."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._offset = 0
        self._left = _MOST_FOLLOWED

    def new(self) -> Iterator[BlockedAttempt]:
        """What came since the last call; a few hundred in all, so that nobody floods the log."""
        if not self._left:
            return
        for line in self._lines():
            try:
                found = BlockedAttempt(**json.loads(line))
            except (ValueError, TypeError, RecursionError):
                continue
            texts = (found.time, found.command, found.event, found.destination)
            if self._left and type(found.pid) is int and all(type(one) is str for one in texts):
                self._left -= 1
                time, command, event, destination = (one[:_LONGEST] for one in texts)
                yield BlockedAttempt(time, found.pid, command, event, destination)

    def _lines(self) -> list[str]:
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        try:
            handle = os.open(self._file, flags)
        except OSError:
            return []
        with os.fdopen(handle, "rb") as open_file:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode) or status.st_size <= self._offset:
                return []
            open_file.seek(self._offset)
            text = open_file.read(2 * _FULL)
        self._offset += len(text)
        return text.decode("utf-8", "replace").splitlines()


def _before(file: Path) -> Path:
    return file.with_name(f"{file.name}.1")
