"""The processes of a session: a `kb` started with one of its own, and all that it started."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path


def members(session: int) -> list[int]:
    """Process ids, but for those that ended and wait to be counted."""
    return [pid for pid, state in _states(session) if state not in "ZX"]


def wait_until_gone(session: int, seconds: float) -> list[int]:
    """The process ids that are still there after that time."""
    deadline = time.monotonic() + seconds
    while (left := members(session)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


def peak_megabytes(session: int) -> int:
    """The largest resident set that one of the processes has had so far."""
    return max((_peak(pid) for pid, _ in _states(session)), default=0) >> 10


def _states(session: int) -> Iterator[tuple[int, str]]:
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            try:
                # After the name, which may hold anything: state, parent, group, session.
                fields = (place / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == session:
                yield int(place.name), fields[0]


def _peak(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)
