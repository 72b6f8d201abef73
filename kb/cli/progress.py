"""Progress on standard error: a bar with rate and time left on a terminal, log lines elsewhere.

The only importer of rich.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from kb.cli import logs
from kb.text.readable import shown
from kb.types import Listener, Progress

_SECONDS_BETWEEN_LINES = 5.0


@contextmanager
def listening(quiet: bool) -> Iterator[Listener]:
    """Give a listener that shows what it hears until the block ends."""
    if quiet:
        yield lambda progress: None
    elif logs.as_json():
        yield _Lines(_as_object)
    elif sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        with _bars() as listener:
            yield listener
    else:
        yield _Lines(_as_words)


class _Lines:
    """One line when a stage begins, every few seconds while it lasts, and when it is done."""

    def __init__(self, write: Listener) -> None:
        self.write = write
        self.stage = ""
        self.spoke = 0.0

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        done = bool(progress.total) and progress.done >= progress.total
        if progress.stage == self.stage and not done and now - self.spoke < _SECONDS_BETWEEN_LINES:
            return
        self.stage, self.spoke = progress.stage, now
        self.write(progress)


def _as_words(progress: Progress) -> None:
    total = f"/{progress.total:.0f}" if progress.total else ""
    count = f"{progress.done:.0f}{total} {progress.unit}" if progress.unit else ""
    words = ", ".join(part for part in (count, progress.detail) if part)
    line = f"{progress.stage}: {words}" if words else progress.stage
    print(shown(line), file=sys.stderr, flush=True)


def _as_object(progress: Progress) -> None:
    fields: dict[str, object] = {}
    if progress.unit:
        fields = {"done": progress.done, "total": progress.total, "unit": progress.unit}
    if progress.detail:
        fields["detail"] = progress.detail
    logs.line(logging.INFO, progress.stage, **fields)


@contextmanager
def _bars() -> Iterator[Listener]:
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        ProgressColumn,
        SpinnerColumn,
        Task,
        TaskID,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Bars
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            speed = task.finished_speed or task.speed
            return Text(f"{speed:.1f}/s" if speed else "", style="progress.data.speed")

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description:<10}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[unit]}"),
        Rate(),
        TimeRemainingColumn(),
        TextColumn("[dim]{task.fields[detail]}"),
    )
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def listener(progress: Progress) -> None:
            if not progress.unit:
                # A step without a count is a line above the bars.
                if progress.detail:
                    bars.console.print(f"[dim]{progress.stage}: {escape(shown(progress.detail))}")
                return
            if progress.stage not in tasks:
                tasks[progress.stage] = bars.add_task(progress.stage, unit="", detail="")
            bars.update(
                tasks[progress.stage],
                completed=progress.done,
                total=progress.total or None,
                unit=progress.unit,
                detail=escape(shown(progress.detail)),
            )

        yield listener
