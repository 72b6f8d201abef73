"""Takes uploads in, and out again: `kb ingest` and `kb remove` in a process of their own, one
after another.

A process and not a thread, so that the server itself neither reads a document nor writes a
collection (docs/decisions/0016-uploads.md). It stands behind the server's sandbox and its own,
and waits for the lock as every run does.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from kb.config import Settings, to_toml

log = logging.getLogger(__name__)

_PATIENCE = 3600
"""Seconds that a run waits for another one to end."""
_NICENESS = 5
"""Who waits for an answer goes before."""
_FINISHED = (0, 3)
_UNKNOWN = {"reference": "bug"}


@dataclass(frozen=True, slots=True)
class Trouble:
    """What went wrong with a run, or with one file: the error's reference and its lines."""

    reference: str
    why: str
    hint: str


@dataclass(frozen=True, slots=True)
class Run:
    """A collection's run: the last one, or the next. `state`: `waiting`, `running`, `done` or
    `failed`. `stage`, `done` and `total` are as its progress says, `began` is in seconds since
    1970, 0 before it began."""

    state: str
    stage: str = ""
    done: int = 0
    total: int = 0
    began: float = 0.0
    trouble: Trouble | None = None


class Ingestion:
    """What is to be taken in and out, in order. Threads may share it; it has one of its own from
    the first task on."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._changed = threading.Condition()
        self._waiting: dict[str, Path] = {}
        self._removing: dict[Path, tuple[str, Callable[[], bool]]] = {}
        self._not_removed: dict[Path, Trouble] = {}
        self._runs: dict[str, Run] = {}
        self._process: subprocess.Popen[str] | None = None
        self._thread: threading.Thread | None = None
        self._ends = False

    def take_in(self, collection: str, folder: Path) -> None:
        """Have what is new in a folder taken in; once, however often it is asked meanwhile."""
        with self._changed:
            self._waiting[collection] = folder
            if self._runs.get(collection, Run("done")).state != "running":
                self._runs[collection] = Run("waiting")
            self._awake()

    def remove(self, collection: str, path: Path, known: Callable[[], bool]) -> None:
        """Have a file taken out, and then deleted. `known`: whether the index knows of it."""
        with self._changed:
            self._not_removed.pop(path, None)
            self._removing[path] = (collection, known)
            self._awake()

    def state(self, collection: str) -> Run | None:
        """None where nothing was to be taken in since the server began."""
        return self._runs.get(collection)

    def removes(self, path: Path) -> bool:
        return path in self._removing

    def not_removed(self, path: Path) -> Trouble | None:
        """Why a file that was to be removed is still there."""
        return self._not_removed.get(path)

    def stop(self) -> None:
        """Begin nothing more. A run that goes on commits what is whole, and ends by itself."""
        with self._changed:
            self._ends = True
            if self._process:
                self._process.send_signal(signal.SIGTERM)
            self._changed.notify_all()

    # --- the thread -------------------------------------------------------------------

    def _awake(self) -> None:
        if self._thread is None and not self._ends:
            self._thread = threading.Thread(target=self._work, name="kb-uploads", daemon=True)
            self._thread.start()
        self._changed.notify_all()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._ends or self._waiting or self._removing)
                if self._ends:
                    return
                removing = next(iter(self._removing.items()), None)
                collection = "" if removing else next(iter(self._waiting))
                folder = self._waiting.pop(collection, Path())
            try:
                if removing:
                    self._take_out(removing[0], *removing[1])
                else:
                    self._ingest(collection, folder)
            except Exception as error:
                log.error("uploads were not taken in or out", exc_info=error)
                self._note(collection, state="failed", trouble=_trouble(_UNKNOWN))
            finally:
                if removing:
                    self._removing.pop(removing[0], None)

    def _ingest(self, collection: str, folder: Path) -> None:
        self._note(collection, state="running", began=time.time(), trouble=None)
        code, trouble = self._command(collection, "ingest", folder)
        if code in _FINISHED:
            self._note(collection, state="done")
        else:
            self._note(collection, state="failed", trouble=trouble)

    def _take_out(self, path: Path, collection: str, known: Callable[[], bool]) -> None:
        if known():
            code, trouble = self._command(collection, "remove", path)
            if code:
                self._not_removed[path] = trouble
                return
        path.unlink(missing_ok=True)

    def _note(self, collection: str, **changed: Any) -> None:
        if collection:
            self._runs[collection] = replace(self._runs.get(collection, Run("")), **changed)

    def _command(self, collection: str, name: str, path: Path) -> tuple[int, Trouble]:
        """Run `kb NAME PATH` to its end: its exit code, and what it says went wrong."""
        with self._changed:
            if self._ends:
                return 130, _trouble(_UNKNOWN)
            process = self._process = self._started(collection, name, path)
        assert process.stdin is not None
        assert process.stderr is not None
        error = _UNKNOWN
        with process:
            with contextlib.suppress(BrokenPipeError), process.stdin as given:
                given.write(to_toml(self._settings))
            for line in _objects(process.stderr):
                if line.get("step") == "error":
                    error = line
                    log.warning("kb %s: %s (%s)", name, line.get("message"), line.get("why"))
                elif line.get("level") == "info":
                    count = {one: int(line.get(one) or 0) for one in ("done", "total")}
                    self._note(collection, stage=str(line.get("step")), **count)
                elif line.get("step") != "failed":  # of a file: its name is for its person
                    log.warning("kb %s: %s", name, line)
        with self._changed:
            self._process = None
        return process.returncode, _trouble(error)

    def _started(self, collection: str, name: str, path: Path) -> subprocess.Popen[str]:
        """With this server's configuration, whose file it may not read any more, on its input."""
        command: Sequence[str] = (
            *(sys.executable, "-P", "-m", "kb.cli"),
            *("--home", str(self._settings.home), "--config", "/dev/stdin"),
            *("--collection", collection, "--log-format", "json"),
            *(name, "--json", "--wait", str(_PATIENCE), "--", str(path)),
        )
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        )
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, process.pid, _NICENESS)
        return process


def _objects(lines: Iterable[str]) -> Iterable[dict[str, Any]]:
    for line in lines:
        try:
            found = json.loads(line)
        except ValueError:
            found = None
        if isinstance(found, dict):
            yield found
        else:
            log.warning("a run for uploads says: %s", line.rstrip())


def _trouble(error: dict[str, Any]) -> Trouble:
    """Of a run; its lines name paths of the server, and are in its log."""
    return Trouble(
        str(error.get("reference", "error")),
        "the run that was to do it failed",
        "tell whoever runs the server: its log, and kb history, say why",
    )
