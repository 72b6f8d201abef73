"""Blocked connections, one line of JSON each, in a file that outlives the process.

    {"time": "2026-11-25T02:15:04+00:00", "pid": 812, "command": "reindex",
     "event": "socket.getaddrinfo", "destination": "telemetry.example"}

The file holds neither documents nor questions. It is readable by its owner alone; when it is
full it takes the place of the one before it, so that the two hold half a megabyte at most.
Standard library alone: the guard is installed before anything else is imported.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

NAME = "egress.jsonl"
_FULL = 256 << 10
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
    if not file.parent.is_dir():
        return
    now = datetime.now(UTC).isoformat(timespec="seconds")
    entry = BlockedAttempt(now, os.getpid(), command, event, destination[:_LONGEST])
    line = json.dumps(asdict(entry), ensure_ascii=False) + "\n"
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
    handle = os.open(file, flags, 0o600)
    try:
        os.write(handle, line.encode("utf-8", "replace"))  # one write: lines do not mix
        full = os.fstat(handle).st_size > _FULL
    finally:
        os.close(handle)
    if full:
        file.replace(_before(file))


def read(file: Path) -> tuple[BlockedAttempt, ...]:
    """What is kept, oldest first. A line that a killed process cut off is left out."""
    found: list[BlockedAttempt] = []
    for place in (_before(file), file):
        try:
            lines = place.read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            continue
        for line in lines:
            try:
                found.append(BlockedAttempt(**json.loads(line)))
            except (ValueError, TypeError):
                continue
    return tuple(found)


def _before(file: Path) -> Path:
    return file.with_name(f"{file.name}.1")
