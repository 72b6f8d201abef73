"""`kb remove`."""

from __future__ import annotations

from pathlib import Path

import click

from kb.cli.app import App, emit, json_option, pass_app, say
from kb.cli.wiring import collection


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
        say(f"{report.removed} documents removed, {report.remaining} of their chunks remain")
    return 7 if report.remaining else 0
