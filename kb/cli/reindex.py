"""`kb reindex`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kb.cli.app import App, emit, json_option, note, pass_app, say
from kb.cli.command import Command, enforce_needs
from kb.cli.needs import Needs
from kb.cli.reports import finish_ingest, ingest_fields
from kb.cli.signals import interrupted, stop_requested_by_signal
from kb.config import Settings
from kb.errors import KbError, LockHeld, UsageError
from kb.reporting.summary import FAILURES_LISTED, Index, ReportedError, Reporter, Reporting, Summary
from kb.run_types import IngestReport, RunCounts
from kb.types import SearchMode

if TYPE_CHECKING:
    from kb.evaluation.gates import Gate
    from kb.evaluation.questions import Question
    from kb.index.snapshot import Snapshot
    from kb.models.connect import Models
    from kb.pipelines.evaluate import Bench
    from kb.pipelines.gate import GateJob, GateReport
    from kb.pipelines.reindex import Gated

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command(
    "reindex",
    cls=Command,
    needs=Needs(home="writes", sources=True, models="runs", store=True, enforced="within"),
    output="report",
)
@click.option(
    "--wait", type=float, default=0.0, metavar="SECONDS", help="How long to wait for another run."
)
@click.option("--skip-if-locked", is_flag=True, help="Exit 0 if another run is in progress.")
@click.option("--gate", type=_FILE, metavar="QUESTIONS.jsonl", help="Commit only what passes.")
@click.option("--min", "least", multiple=True, metavar="METRIC=VALUE", help="A bound of the gate.")
@click.option("--max", "most", multiple=True, metavar="METRIC=VALUE", help="A bound of the gate.")
@json_option
@pass_app
def command(
    app: App,
    wait: float,
    skip_if_locked: bool,
    gate: Path | None,
    least: tuple[str, ...],
    most: tuple[str, ...],
    as_json: bool,
) -> int:
    """Bring every known source up to date, and drop what is gone. Made for cron.

    With --gate the new generation is tested with the questions before it goes live; if it
    fails, the old one stays (exit 10). See docs/unattended.md.

    \b
    Example (crontab):
      15 2 * * * kb -q reindex --wait 600
      15 3 * * 0 kb -q reindex --gate questions.jsonl --min recall@5=0.95
    """
    with _reported(app.read_settings()) as run:
        settings = enforce_needs(app)
        questions, wanted = _gate(settings, gate, least, most)
        try:
            run.done = _reindex(app, questions, wanted, wait)
        except LockHeld as error:
            if not skip_if_locked:
                raise
            run.skipped = error
            return _skip(error, as_json)
        run.exit_code = _finish(run.done, as_json)
        return run.exit_code


def _reindex(app: App, questions: tuple[Question, ...], wanted: list[Gate], wait: float) -> Gated:
    from kb.cli.progress import listening
    from kb.pipelines import reindex
    from kb.session import wiring

    settings = app.settings
    with ExitStack() as stack:
        engines = cache(lambda: stack.enter_context(wiring.models(settings)))
        stop = stack.enter_context(stop_requested_by_signal())
        tools = stack.enter_context(wiring.ingest_tools(settings, engines, stop=stop))
        listen = stack.enter_context(listening(app.quiet))
        if not questions:
            report = reindex.reindex(tools, listen, wait=wait)
            return reindex.Gated(report, None, rolled_back=False)
        from kb.pipelines.gate import reindex_gated

        job = _job(settings, questions, wanted, engines)
        return reindex_gated(tools, listen, job, wait=wait)


def _finish(done: Gated, as_json: bool) -> int:
    more: dict[str, object] = {}
    if done.gate:
        more = {"gate": _gate_fields(done.gate), "rolled_back": done.rolled_back}
    code = finish_ingest(done.report, as_json=as_json, more=more)
    if done.gate and not as_json:
        for metric, value in done.gate.metrics.items():
            before = done.gate.before.get(metric)
            was = f" (before: {before:.4g})" if before is not None else ""
            measured = "not measured" if value is None else f"{value:.4g}"
            say(f"gate: {metric} {measured}{was}, {done.gate.questions} questions")
    if done.rolled_back:
        note(
            f"rolled back: generation {done.report.generation} is live, as before; "
            "nothing of the above was kept"
        )
    return code


def _skip(error: LockHeld, as_json: bool) -> int:
    if as_json:
        nothing = ingest_fields(IngestReport(RunCounts(), (), 0, 0.0))
        emit({**nothing, "generation": None, "skipped": True})
    else:
        say(f"skipped: {error.what}")
    return 0


# --- the gate -------------------------------------------------------------------------


def _gate(
    settings: Settings, file: Path | None, least: tuple[str, ...], most: tuple[str, ...]
) -> tuple[tuple[Question, ...], list[Gate]]:
    """The questions and the bounds; what is wrong with them is found before the run.

    Raises:
        UsageError: bounds without questions, a file without questions for this collection, a
            bound that is none, or no question that retrieval could answer.
    """
    if file is None:
        if least or most:
            raise UsageError(
                "--min and --max need --gate",
                why="they are bounds for what its questions measure",
                hint="kb reindex --gate questions.jsonl --min recall@5=0.95",
            )
        return (), []
    from kb.evaluation.gates import parse_gate
    from kb.evaluation.questions import read_questions

    wanted = [parse_gate(text, most=False, answers=True) for text in least]
    wanted += [parse_gate(text, most=True, answers=True) for text in most]
    questions = tuple(
        question
        for question in read_questions(file)
        if question.collection in ("", settings.collection)
    )
    if not any(question.answerable for question in questions):
        raise UsageError(
            f"{file} has no answerable question for the collection '{settings.collection}'",
            why="without one it is not known whether documents are found",
            hint="draft some with: kb eval --generate 20 OUT.jsonl",
        )
    return tuple(replace(question, collection="") for question in questions), wanted


def _job(
    settings: Settings,
    questions: tuple[Question, ...],
    wanted: list[Gate],
    engines: Callable[[], Models],
) -> GateJob:
    from kb.pipelines.evaluate import Bench
    from kb.pipelines.gate import GateJob, asks
    from kb.session import wiring

    @contextmanager
    def opened(snapshot: Snapshot) -> Iterator[Bench]:
        with wiring.tools_on({settings.collection: snapshot}, settings, engines()) as tools:
            yield Bench(tools, snapshot.catalog)

    return GateJob(
        questions=questions,
        gates=wanted,
        top_k=settings.retrieval.top_k,
        mode=SearchMode(settings.retrieval.mode),
        asking=wiring.asking(settings) if asks(wanted) else None,
        opened=opened,
    )


def _gate_fields(gate: GateReport) -> dict[str, object]:
    return {
        "questions": gate.questions,
        "metrics": dict(gate.metrics),
        "before": dict(gate.before),
        "gates": [str(one) for one in gate.gates],
        "failed_gates": [str(one) for one in gate.failed],
        "wrong": [*gate.wrong],
    }


# --- the report -----------------------------------------------------------------------


@dataclass
class _Run:
    """What becomes known of the run while it lasts."""

    exit_code: int = 0
    done: Gated | None = None
    skipped: LockHeld | None = None
    error: KbError | None = None
    started: float = field(default_factory=time.monotonic)


@contextmanager
def _reported(settings: Settings) -> Iterator[_Run]:
    """Within the block the run's end is reported, however it comes: also when it is not allowed
    to begin. The reporter may do what the run may not, so it starts before that is enforced."""
    run = _Run()
    report = settings.report
    reporting = Reporting(report.summary_file, report.metrics_file, report.on_failure)
    began = datetime.now(UTC).isoformat(timespec="seconds")
    known = Summary("reindex", settings.collection, began)
    reporter = Reporter(reporting, known)
    try:
        yield run
    except KbError as error:
        run.error, run.exit_code = error, error.exit_code
        raise
    except KeyboardInterrupt:
        run.error, run.exit_code = interrupted(), 130
        raise
    except BaseException as error:
        run.error = KbError(
            "an unexpected error",
            why=type(error).__name__,
            hint="run kb --debug reindex, and report what it prints",
        )
        run.exit_code = 1
        raise
    finally:
        reporter.report(_summary(settings, run, known))


def _summary(settings: Settings, run: _Run, known: Summary) -> Summary:
    summary = replace(
        known,
        finished=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=round(time.monotonic() - run.started, 3),
        exit_code=run.exit_code,
        outcome="done",
        index=_index(settings),
    )
    error = run.error
    if run.done:
        report = run.done.report
        error = error or report.ended_by
        summary = replace(
            summary,
            generation=report.generation,
            counts=report.counts,
            outcome="failures" if report.failed else "done",
            failed=report.failed[:FAILURES_LISTED],
            gate=_gate_fields(run.done.gate) if run.done.gate else None,
            rolled_back=run.done.rolled_back,
        )
    if run.skipped:
        return replace(summary, outcome="skipped", error=ReportedError.of(run.skipped))
    if error:
        return replace(summary, outcome=error.reference, error=ReportedError.of(error))
    return summary


def _index(settings: Settings) -> Index | None:
    from kb.session import wiring

    try:
        with wiring.collection(settings).reader() as live:
            manifest = live.manifest
            return Index(manifest.documents, manifest.chunks, manifest.failures)
    except KbError:
        return None  # the summary has its own word on what is wrong
