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
from kb.errors import UsageError
from kb.session.wiring import collection

if TYPE_CHECKING:
    from kb.index.checks import CheckReport
    from kb.pipelines.repair import RepairReport


@click.command("check", cls=Command, needs=Needs(home="writes", models="runs", store=True))
@click.option("--repair", is_flag=True, help="Repair what can be repaired, as a new generation.")
@click.option(
    "--quick", is_flag=True, help="Only compare every file with its checksum; load nothing."
)
@click.option(
    "--wait", type=float, default=0.0, metavar="SECONDS", help="How long to wait for another run."
)
@json_option
@pass_app
def command(app: App, repair: bool, quick: bool, wait: float, as_json: bool) -> int:
    """Compare the live generation with what was written. Exit code 7 where something differs.

    Every file and every row of a document is compared with its checksum, every text with its id,
    and the catalog with the vectors. With --quick only the files are: it reads each of them once.

    With --repair, documents whose rows are damaged are restored from an earlier generation, or
    taken out, so that the next run reads them again; vectors that are missing or damaged are
    restored from the embedding cache or computed again, vectors without a chunk are deleted, and
    where the catalog is damaged otherwise, the newest intact generation becomes live.

    \b
    Example:
      kb check --repair
    """
    if repair and quick:
        raise UsageError(
            "--quick does not repair",
            why="what it looks at is not enough to mend by",
            hint="leave one of them out: kb check --repair",
        )
    if repair:
        report = _repaired(app.settings, wait, quiet=app.quiet)
        if as_json:
            emit({"check": _fields(report.after), "repaired": _repair_fields(report)})
        else:
            _show_repair(report)
        return _finish(report.after, as_json=as_json, hint=False)
    from kb.index.checks import compare, look_over

    with collection(app.settings).reader() as live:
        found = look_over(live) if quick else compare(live)
    if as_json:
        emit({"check": _fields(found)})
    return _finish(found, as_json=as_json, hint=True, quick=quick)


def _finish(report: CheckReport, *, as_json: bool, hint: bool, quick: bool = False) -> int:
    if not as_json:
        _show(report, quick=quick)
        if not report.sound:
            say(
                "repair it with: kb check --repair"
                if hint
                else "go back with kb rollback, or rebuild it with kb ingest PATH --rebuild"
            )
    return 0 if report.sound else 7


def _show(report: CheckReport, *, quick: bool = False) -> None:
    if not report.checksums:
        say("no checksums yet: an earlier version of kb wrote this; the next change adds them")
    elif report.sound and quick:
        say(f"{report.chunks} chunks, every file as it was written")
    if report.sound and not quick:
        say(f"sound: {report.chunks} chunks in the catalog, each with its vectors, no others")
    if report.sound:
        return
    if not quick:
        say(
            f"{len(report.missing)} chunks have no vectors, {len(report.orphaned)} vectors no chunk"
        )
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
    for place in report.sources:
        say(f"this source is known again, and read by the next kb reindex: {place}")
    if not report.found.sound:
        say("found:")
        _show(report.found)
        say(
            f"repaired: {report.vectors_added} vectors added ({report.reused} from the cache, "
            f"{report.embedded} embedded), {report.vectors_removed} removed, "
            f"generation {report.generation}"
        )
    for name in report.documents.restored:
        say(f"restored from an earlier generation: {name}")
    for name in report.documents.taken_out:
        say(f"taken out: {name}; ingest it again with: kb reindex")
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
        "documents_restored": list(report.documents.restored),
        "documents_taken_out": list(report.documents.taken_out),
        "sources_restored": list(report.sources),
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
