"""The run reporter: a small process beside a run that reports how it ended, in a summary, in
metrics, and to a command of the operator's.

It is started before the sandbox closes around kb (an operator's mail program needs what kb may not
have), reads two lines of JSON from its standard input, and outlives nothing but its own work:

    first line    what to do: `summary_file`, `metrics_file`, `on_failure`, `seconds`, and a
                  `summary` as far as it is known at the start
    second line   the summary of the run that has ended

Where the second line never comes, the run was killed, and the summary says so. What goes wrong
here is a line on standard output, which kb shows as a warning; it changes no exit code.

It imports the standard library and kb/atomic.py alone, and starts at once.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kb import atomic

_SUCCESS = (0, 3)
"""Exit codes after which the index is up to date: with 3, but for files that are listed."""

METRICS = {
    "kb_last_success_timestamp": "When a run last brought the index up to date (Unix seconds).",
    "kb_last_run_timestamp": "When the last run ended (Unix seconds).",
    "kb_last_run_exit_code": "The last run's exit code; -1 if it was killed.",
    "kb_last_run_seconds": "How long the last run took.",
    "kb_documents": "Documents in the live generation.",
    "kb_chunks": "Chunks in the live generation.",
    "kb_failures": "Files, or places in files, that could not be taken in.",
}
"""In the order of the file; all are gauges with one label, `collection`."""

_SAMPLE = re.compile(r'(\w+)\{collection="((?:[^"\\]|\\.)*)"\} (\S+)')
_OUTPUT_SHOWN = 200

Samples = dict[tuple[str, str], str]
"""(metric, escaped collection) → value."""


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    task = json.loads(sys.stdin.readline() or "{}")
    if not task:
        return
    line = sys.stdin.readline()
    summary = json.loads(line) if line.endswith("\n") else _killed(task["summary"])
    for problem in report(task, summary):
        # Nobody listens any more where kb was killed.
        with contextlib.suppress(OSError):
            print(problem, flush=True)


def report(task: Mapping[str, Any], summary: Mapping[str, Any]) -> Iterator[str]:
    """Do what the task says, in words what did not go well."""
    text = json.dumps(summary, ensure_ascii=False)
    if task["summary_file"]:
        with _problems_with(task["summary_file"]) as problems:
            _replace(Path(task["summary_file"]), text + "\n", mode=0o600)
        yield from problems
    if task["metrics_file"] and summary["outcome"] != "skipped":
        with _problems_with(task["metrics_file"]) as problems:
            update_metrics(Path(task["metrics_file"]), summary, time.time())
        yield from problems
    if task["on_failure"] and summary["exit_code"] != 0:
        yield from run_command(task["on_failure"], text, task["seconds"])


def _killed(known: Mapping[str, Any]) -> dict[str, Any]:
    began = datetime.fromisoformat(known["started"])
    now = datetime.now(UTC)
    return {
        **known,
        "finished": now.isoformat(timespec="seconds"),
        "seconds": round((now - began).total_seconds(), 3),
        "exit_code": -1,
        "outcome": "killed",
        "error": {
            "reference": "killed",
            "what": "the run was killed",
            "why": "it ended without a word: SIGKILL, no memory left, or a crash",
            "fix": "see the system's log, then run it again: kb reindex",
        },
    }


# --- metrics: the text format of Prometheus, for node_exporter's textfile collector ---------


def update_metrics(file: Path, summary: Mapping[str, Any], now: float) -> None:
    """Replace this collection's samples; what was not learnt, and other collections', stay."""
    # Two collections may share the file, and their runs may end at once.
    with _locked(file.parent):
        known = parse(file.read_text(encoding="utf-8")) if file.exists() else {}
        label = _escaped(summary["collection"])
        fresh: dict[str, float] = {
            "kb_last_run_timestamp": round(now, 3),
            "kb_last_run_exit_code": summary["exit_code"],
            "kb_last_run_seconds": summary["seconds"],
        }
        if summary["exit_code"] in _SUCCESS:
            fresh["kb_last_success_timestamp"] = round(now, 3)
        if summary.get("index"):
            fresh |= {f"kb_{name}": count for name, count in summary["index"].items()}
        known |= {(name, label): repr(value) for name, value in fresh.items()}
        # Read by the collector, which is another user; no file name, no text is in it.
        _replace(file, render(known), mode=0o644)


def render(samples: Samples) -> str:
    lines = []
    for metric, words in METRICS.items():
        lines += [f"# HELP {metric} {words}", f"# TYPE {metric} gauge"]
        lines += [
            f'{metric}{{collection="{label}"}} {value}'
            for (name, label), value in sorted(samples.items())
            if name == metric
        ]
    return "\n".join(lines) + "\n"


def parse(text: str) -> Samples:
    """Our own samples; other lines are left out."""
    found = (_SAMPLE.fullmatch(line) for line in text.splitlines())
    return {(m[1], m[2]): m[3] for m in found if m and m[1] in METRICS}


def _escaped(label: str) -> str:
    return label.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


# --- files and the operator's command --------------------------------------------------------


def run_command(command: Sequence[str], text: str, seconds: float) -> Iterator[str]:
    """Run a program without a shell, the summary on its standard input; what went wrong."""
    try:
        with subprocess.Popen(
            [*command],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        ) as process:
            try:
                _, output = process.communicate(text.encode() + b"\n", timeout=seconds)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                yield f"report.on_failure was ended after {seconds:g} s: {command[0]}"
                return
    except OSError as error:
        yield f"report.on_failure could not be run: {command[0]}: {error.strerror}"
        return
    if process.returncode:
        last = output.decode("utf-8", "replace").strip()[-_OUTPUT_SHOWN:]
        yield f"report.on_failure ended with {process.returncode}: {command[0]}: {last}"


def _replace(file: Path, text: str, *, mode: int) -> None:
    # A collector's folder may be one that kb can write to and not list: its name is not synced.
    atomic.replace_text(file, text, fsync=True, fsync_folder=False, mode=mode)


@contextlib.contextmanager
def _problems_with(file: str) -> Iterator[list[str]]:
    problems: list[str] = []
    try:
        yield problems
    except (OSError, ValueError) as error:
        problems.append(f"{file} could not be written: {error}")


if __name__ == "__main__":
    main()
