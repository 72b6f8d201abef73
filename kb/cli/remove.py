"""`kb remove`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from kb.cli.app import App, emit, json_option, note, pass_app, say, show_error
from kb.cli.command import Command
from kb.cli.needs import Needs
from kb.errors import LockHeld, UsageError
from kb.session.wiring import collection

if TYPE_CHECKING:
    from kb.pipelines.purge import PurgeReport
    from kb.pipelines.remove import RemovalReport

_FILES_SHOWN = 5


@click.command(
    "remove",
    cls=Command,
    needs=Needs(home="writes", store=True, wipes=True),
    output="report",
)
@click.argument("paths", nargs=-1, metavar="PATH…")
@click.option("--purge", is_flag=True, help="Also from caches, earlier generations and chats.")
@click.option(
    "--wait", type=float, default=0.0, metavar="SECONDS", help="How long to wait for another run."
)
@json_option
@pass_app
def command(app: App, paths: tuple[str, ...], purge: bool, wait: float, as_json: bool) -> int:
    """Remove documents, and prove that none of their chunks is left.

    PATH is a file or folder that was ingested, or a document's path as `kb sources` shows it.
    With --purge nothing of them stays in the home folder, and this cannot be undone; without a
    PATH it wipes what earlier removals left. See docs/privacy.md.

    \b
    Example:
      kb remove ./docs/old
      kb remove --purge ./docs/letter.docx
    """
    if not (paths or purge):
        raise UsageError(
            "nothing to remove was named",
            why="PATH is missing",
            hint="name files or folders, or wipe what earlier removals left: kb remove --purge",
        )
    places = [Path(path) for path in paths]
    if purge:
        return _purge(app, places, wait, as_json)
    from kb.pipelines.remove import remove

    report = remove(collection(app.settings), places, wait=wait)
    if as_json:
        emit({"removed": report.removed, "remaining": report.remaining})
    else:
        _show(report)
    return 7 if report.remaining else 0


def _show(report: RemovalReport) -> None:
    say(
        f"{report.removed} documents removed, remaining {report.remaining}: generation "
        f"{report.generation} was searched, its catalog, its vectors and the catalog's bytes"
    )
    older = ", ".join(map(str, report.kept))
    say(
        (
            f"older generations kept for kb rollback ({older}) and the embedding cache still "
            "hold them"
            if older
            else "the embedding cache still holds their vectors"
        )
        + "; kb remove --purge wipes those, too"
    )
    _show_on_disk(report.on_disk)


def _show_on_disk(paths: Sequence[str]) -> None:
    for path in paths[:_FILES_SHOWN]:
        note(f"still on disk, and added again by the next kb ingest: {path}")
    if len(paths) > _FILES_SHOWN:
        note(f"… and {len(paths) - _FILES_SHOWN} more; .kbignore keeps files out")


# --- purge ----------------------------------------------------------------------------


def _purge(app: App, paths: Sequence[Path], wait: float, as_json: bool) -> int:
    """6 while readers hold an earlier generation, 7 where the collection still holds something,
    3 where other files of the home folder do."""
    from kb.pipelines.purge import purge

    settings = app.settings
    report = purge(collection(settings), paths, wait=wait)
    if as_json:
        emit(_purge_fields(report))
    else:
        _show_purge(report)
    if report.held:
        show_error(_being_read(report))
        return LockHeld.exit_code
    for path in report.elsewhere:
        note(f"still contains some of it, and does not belong to kb: {path}")
    if report.remaining > len(report.elsewhere):
        return 7
    return 3 if report.elsewhere else 0


def _purge_fields(report: PurgeReport) -> dict[str, object]:
    return {
        "removed": report.removed,
        "remaining": report.remaining,
        "purged": {
            "generations": list(report.generations),
            "vectors": report.vectors,
            "conversations": list(report.conversations),
            "files": list(report.files),
        },
        "held": [
            {"generation": one.generation, "readers": list(one.readers)} for one in report.held
        ],
        "elsewhere": list(report.elsewhere),
    }


def _show_purge(report: PurgeReport) -> None:
    say(
        f"{report.removed} documents removed, remaining {report.remaining}: every file of the home "
        "folder was searched"
    )
    say(
        f"rewritten: generation {report.generation} and the embedding cache; deleted: "
        f"{len(report.generations)} earlier generations, {report.vectors} cached vectors, "
        f"{len(report.conversations)} conversations, {len(report.files)} evaluations"
    )
    for path in (*report.conversations, *report.files):
        note(f"deleted, because it mentioned them: {path}")
    _show_on_disk(report.on_disk)


def _being_read(report: PurgeReport) -> LockHeld:
    numbers = ", ".join(str(one.generation) for one in report.held)
    readers = sorted({reader for one in report.held for reader in one.readers})
    process_ids = ", ".join(map(str, readers)) or "unknown"
    return LockHeld(
        f"generation {numbers} is being read, and still holds what was removed",
        why=f"process id {process_ids} has it open",
        hint="end that process, then run the same command again; or let it wait: "
        "kb remove --purge --wait 600 PATH",
    )
