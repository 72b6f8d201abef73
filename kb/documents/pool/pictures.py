"""Pages as pictures, drawn in a process that can be killed: a file may do anything to what draws
it, so whoever shows the picture never opens the file itself.
"""

from __future__ import annotations

import base64
import json
import math
import pickle
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from kb.documents.converters.pdf.picture import (
    MOST_BOXES,
    PAGES_AHEAD,
    TALLEST,
    WIDEST,
    Picture,
)
from kb.documents.pool import worker
from kb.documents.pool.checks import NotAllowed, list_of, number_of, text_of
from kb.documents.pool.confinement import Confinement, confinement
from kb.documents.pool.processes import Job, NoProcess, Processes
from kb.documents.pool.scratch import Scratch
from kb.errors import DamagedDocument, LimitExceeded
from kb.types import SourceFile

SECONDS = 20.0
_MOST_BYTES = 16 << 20
_MOST_PAGES = 1_000_000
_MARGIN = 2  # pixels that rounding may add
_POLL_SECONDS = 0.2
_LONGEST_REASON = 1000
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class Drawing:
    """What the process is told first. See `worker.Doing`."""

    start: Callable[[int, str], None]
    megabytes: int
    folder: str
    confinement: Confinement

    def do(self, job: bytes) -> bytes:
        from kb.documents.converters.pdf.picture import picture

        try:
            source, page, quote = pickle.loads(job)
            drawn = picture(_file_of(source), page, quote)
        except Exception as error:  # of any kind, in a library that reads a hostile file
            reason = f"{type(error).__name__}: {error}".encode("utf-8", "replace").decode()
            return json.dumps({"error": reason[:_LONGEST_REASON]}).encode()
        return json.dumps({**asdict(drawn), "png": base64.b64encode(drawn.png).decode()}).encode()


def _file_of(source: SourceFile) -> str | bytes:
    """Where it lies; of what lies within another file, its bytes. Raises DocumentError."""
    from kb.documents.archives.opening import read_member

    return read_member(source) if source.member else source.location


class Pictures:
    """Draws pages, one at a time, each in a process of its own. Threads may share it."""

    def __init__(self, *, megabytes: int, sandboxed: bool) -> None:
        """As of `ParsePool`."""
        self._megabytes = megabytes
        self._sandboxed = sandboxed
        self._lock = threading.Lock()

    def draw(self, source: SourceFile, page: int, quote: str) -> Picture:
        """A page of a PDF, from 1, and where a quote stands on it. It may lie in an archive, or
        be a mail's attachment.

        Raises:
            DamagedDocument: it cannot be drawn, or has no such page.
            LimitExceeded: it takes too long.
        """
        with self._lock:
            scratch = Scratch()
            confined = confinement(scratch.path, sandboxed=self._sandboxed)
            first = Drawing(worker.start, self._megabytes, scratch.path, confined)
            processes = Processes(1, pickle.dumps(first), 1, _accepted)
            try:
                return _drawn(processes, (source, page, quote))
            finally:
                processes.close()
                scratch.delete()


def _drawn(processes: Processes, what: tuple[SourceFile, int, str]) -> Picture:
    processes.submit(Job(what[1], pickle.dumps(what), lambda: SECONDS, ahead=False))
    until = time.monotonic() + 2 * SECONDS
    try:
        while time.monotonic() < until:
            for outcome in processes.wait(_POLL_SECONDS):
                if isinstance(outcome.result, Picture):
                    return outcome.result
                if not outcome.late:
                    raise _damaged(outcome.result or outcome.refused or "its process ended")
                until = 0.0
    except NoProcess as error:
        raise _damaged(error) from error
    raise LimitExceeded(
        "the page takes too long to draw",
        why=f"it was not drawn within {SECONDS:g} seconds",
        hint="open the file where it lies",
    )


def _damaged(why: object) -> DamagedDocument:
    return DamagedDocument(
        "the page cannot be drawn", why=str(why), hint="read the text, or open the file itself"
    )


def _accepted(page: int, sent: bytes) -> Picture | str:
    """What a process may send: a picture within its bounds, or why there is none."""
    try:
        fields = json.loads(sent)
    except (ValueError, RecursionError) as error:
        raise NotAllowed("it is no JSON") from error
    if not isinstance(fields, dict):
        raise NotAllowed("it is no object")
    if "error" in fields:
        return text_of(fields["error"], _LONGEST_REASON)
    png = base64.b64decode(text_of(fields.get("png"), 2 * _MOST_BYTES))
    if not png.startswith(_PNG) or len(png) > _MOST_BYTES:
        raise NotAllowed("it is no PNG, or too large a one")
    return Picture(
        number_of(fields.get("page"), page, page + PAGES_AHEAD),
        number_of(fields.get("pages"), page, _MOST_PAGES),
        number_of(fields.get("width"), 1, WIDEST + _MARGIN),
        number_of(fields.get("height"), 1, TALLEST + _MARGIN),
        tuple(map(_box, list_of(fields.get("boxes"), MOST_BOXES))),
        png,
    )


def _box(value: Any) -> tuple[float, float, float, float]:
    sides = list_of(value, 4, exactly=True)
    if not all(isinstance(one, int | float) and math.isfinite(one) for one in sides):
        raise NotAllowed("a box has a side that is no number")
    left, top, width, height = (min(max(float(one), -1.0), 2.0) for one in sides)
    return left, top, width, height
