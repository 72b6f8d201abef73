"""`kb check`."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from kb.cli.app import App, emit, json_option, note, pass_app, say
from kb.cli.command import Command
from kb.cli.needs import Needs
from kb.config import Settings
from kb.session.wiring import collection

if TYPE_CHECKING:
    from kb.index.checks import CheckReport
    from kb.pipelines.repair import RepairReport


@click.command("check", cls=Command, needs=Needs(home="writes", models="runs", store=True))
@click.option("--repair", is_flag=True, help="Repair what can be repaired, as a new generation.")
@click.option(
    "--wait", type=float, default=0.0, metavar="SECONDS", help="How long to wait for another run."
)
@json_option
@pass_app
def command(app: App, repair: bool, wait: float, as_json: bool) -> int:
    """Compare the live generation's catalog with its vectors. Exit code 7 where they differ.

    With --repair, vectors that are missing or damaged are restored from the embedding cache or
    computed again, vectors without a chunk are deleted, and where the catalog is damaged, the
    newest intact generation becomes live.

    \b
    Example:
      kb check --repair
    """
    if repair:
        report = _repaired(app.settings, wait, quiet=app.quiet)
        if as_json:
            emit({"check": _fields(report.after), "repaired": _repair_fields(report)})
        else:
            _show_repair(report)
        return _finish(report.after, as_json=as_json, hint=False)
    from kb.index.checks import compare

    with collection(app.settings).reader() as live:
        found = compare(live)
    if as_json:
        emit({"check": _fields(found)})
    return _finish(found, as_json=as_json, hint=True)


def _finish(report: CheckReport, *, as_json: bool, hint: bool) -> int:
    if not as_json:
        _show(report)
        if not report.sound:
            say(
                "repair it with: kb check --repair"
                if hint
                else "go back with kb rollback, or rebuild it with kb ingest PATH --rebuild"
            )
    return 0 if report.sound else 7


def _show(report: CheckReport) -> None:
    if report.sound:
        say(f"sound: {report.chunks} chunks in the catalog, each with its vectors, no others")
        return
    say(f"{len(report.missing)} chunks have no vectors, {len(report.orphaned)} vectors no chunk")
    for problem in report.problems:
        say(problem)


def _show_repair(report: RepairReport) -> None:
    if report.fell_back:
        back = report.fell_back
        note(f"warning: {back.why}")
        say(
            f"went back to generation {back.live.generation} of {back.live.created}, "
            f"{back.live.documents} documents"
        )
        if back.lost:
            say("what was ingested after that is lost; ingest it again with: kb reindex")
    if not report.found.sound:
        say("found:")
        _show(report.found)
        say(
            f"repaired: {report.vectors_added} vectors added ({report.reused} from the cache, "
            f"{report.embedded} embedded), {report.vectors_removed} removed, "
            f"generation {report.generation}"
        )
    for refusal in report.refused:
        note(f"warning: {refusal}")
    if report.swept:
        say(f"{report.swept} folders of killed runs deleted")


def _fields(report: CheckReport) -> dict[str, object]:
    return {**asdict(report), "sound": report.sound}


def _repair_fields(report: RepairReport) -> dict[str, object]:
    back = report.fell_back
    return {
        "generation": report.generation,
        "vectors_added": report.vectors_added,
        "vectors_removed": report.vectors_removed,
        "embedded": report.embedded,
        "reused": report.reused,
        "refused": list(report.refused),
        "swept": report.swept,
        "fell_back_to": back.live.generation if back else None,
        "lost_generations": list(back.lost) if back else [],
        "found": _fields(report.found),
    }


def _repaired(settings: Settings, wait: float, *, quiet: bool) -> RepairReport:
    from kb.cli.progress import listening
    from kb.index.sparse import document_vector
    from kb.pipelines.repair import Tools, repair
    from kb.session.wiring import models

    with ExitStack() as stack:
        listen = stack.enter_context(listening(quiet=quiet))
        tools = Tools(
            collection=collection(settings),
            embedder=lambda: stack.enter_context(models(settings)).embedder(),
            sparse=document_vector,
            patience=settings.ingest.patience_seconds,
        )
        return repair(tools, wait=wait, listen=listen)
