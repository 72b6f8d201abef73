"""How results are shown to a person, and the exit code that they lead to."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from kb.cli import logs
from kb.cli.app import emit, note, say, show_error

if TYPE_CHECKING:
    from kb.run_types import IngestPlan, IngestReport
    from kb.types import Failure

_FAILURES_SHOWN = 20


def finish_ingest(
    report: IngestReport, *, as_json: bool, more: Mapping[str, object] | None = None
) -> int:
    """Show what a run did. The code of what ended it early, else 3 when files failed, else 0.

    `more` are fields beside the report's.
    """
    ended = report.ended_by
    counts, found = report.counts, ingest_fields(report)
    if logs.as_json():
        shown = {name: value for name, value in found.items() if name != "failed"}
        logs.line(logging.INFO, "done", **shown, failures=counts.failed)
    if as_json:
        emit({**found, **({"ended_by": ended.reference} if ended else {}), **(more or {})})
    else:
        say(
            f"{counts.added} added, {counts.updated} updated, {counts.moved} moved, "
            f"{counts.unchanged} unchanged, {counts.removed} removed, {counts.failed} failed"
        )
        say(
            f"{counts.chunks} chunks ({counts.embedded} embedded, {counts.reused} reused), "
            f"generation {report.generation}, {report.seconds:.1f} s"
        )
    show_failures(report.failed)
    if ended:
        show_error(ended)
        return ended.exit_code
    return 3 if report.failed else 0


def ingest_fields(report: IngestReport) -> dict[str, Any]:
    return {
        **asdict(report.counts),
        "failed": [asdict(failure) for failure in report.failed],
        "generation": report.generation,
        "seconds": report.seconds,
    }


def finish_plan(plan: IngestPlan, *, prune: bool, as_json: bool) -> int:
    """Show what a run would do."""
    groups = {
        "added": [one.path for one in plan.new],
        "updated": [one.path for one in plan.changed],
        "moved": [f"{before.path} → {after.path}" for before, after in plan.moved],
        "removed": [one.path for one in plan.removed] if prune else [],
    }
    if as_json:
        counts = {name: len(paths) for name, paths in groups.items()}
        nothing = {"failed": [], "chunks": 0, "embedded": 0, "reused": 0, "seconds": 0.0}
        unchanged = len(plan.unchanged)
        emit(
            {
                **counts,
                "unchanged": unchanged,
                **nothing,
                "generation": None,
                "dry_run": True,
                "plan": groups,
            }
        )
        return 0
    for name, paths in groups.items():
        for path in paths:
            say(f"{name:<8} {path}")
    say(f"{len(plan.unchanged)} unchanged; nothing was done")
    return 0


def show_failures(failures: tuple[Failure, ...]) -> None:
    """The first failures, each with its reason, on standard error."""
    for failure in failures[:_FAILURES_SHOWN]:
        if logs.as_json():
            known = asdict(failure)
            shown = ("root", "path", "stage", "reference", "message", "hint")
            logs.line(logging.WARNING, "failed", **{name: known[name] for name in shown})
            continue
        note(f"failed: {failure.path}: {failure.message} [{failure.reference}]")
        note(f"        {failure.hint}")
    if len(failures) > _FAILURES_SHOWN:
        note(f"… and {len(failures) - _FAILURES_SHOWN} more: kb sources --failed")


def place(source: str, page: int | None, line: int | None, section: str) -> str:
    """Where something stands: file, page or line, section."""
    parts = [source]
    if page is not None:
        parts.append(f"p. {page}")
    elif line is not None:
        parts.append(f"line {line}")
    if section:
        parts.append(section)
    return " · ".join(parts)
