"""`kb remove`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from kb.cli.app import App, emit, json_option, note, pass_app, say
from kb.cli.wiring import collection

if TYPE_CHECKING:
    from pipelines.remove import RemovalReport

_FILES_SHOWN = 5


@click.command("remove")
@click.argument("paths", nargs=-1, required=True, metavar="PATH…")
@click.option("--wait", type=float, default=0.0, metavar="SECONDS", help="Wait for another run.")
@json_option
@pass_app
def command(app: App, paths: tuple[str, ...], wait: float, as_json: bool) -> int:
    """Take documents out, and prove that none of their chunks is left.

    PATH is a file or folder that was ingested, or a document's path as `kb sources` shows it.

    \b
    Example:
      kb remove ./docs/old
    """
    from pipelines.remove import remove

    report = remove(collection(app.settings), [Path(path) for path in paths], wait=wait)
    if as_json:
        emit({"removed": report.removed, "remaining": report.remaining})
    else:
        _tell(report)
    return 7 if report.remaining else 0


def _tell(report: RemovalReport) -> None:
    say(
        f"{report.removed} documents removed, remaining {report.remaining}: generation "
        f"{report.generation} was searched, its catalog, its vectors and the catalog's bytes"
    )
    older = ", ".join(map(str, report.kept))
    say(
        f"older generations kept for kb rollback ({older}) and the embedding cache still hold them"
        if older
        else "the embedding cache still holds their vectors"
    )
    for path in report.on_disk[:_FILES_SHOWN]:
        note(f"still there, and taken in again by the next kb ingest: {path}")
    if len(report.on_disk) > _FILES_SHOWN:
        note(f"… and {len(report.on_disk) - _FILES_SHOWN} more; .kbignore keeps files out")
