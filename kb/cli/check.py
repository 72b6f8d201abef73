"""`kb check`."""

from __future__ import annotations

from dataclasses import asdict

import click

from kb.cli.app import App, emit, json_option, pass_app, say
from kb.cli.wiring import collection


@click.command("check")
@json_option
@pass_app
def command(app: App, as_json: bool) -> int:
    """Compare the live generation's catalog with its vectors. Exit code 7 where they differ.

    \b
    Example:
      kb check
    """
    from kb.index.checks import compare

    with collection(app.settings).reader() as live:
        report = compare(live)
    if as_json:
        emit({"check": {**asdict(report), "sound": report.sound}})
    elif report.sound:
        say(f"sound: {report.chunks} chunks in the catalog, each with its vectors, and no other")
    else:
        say(
            f"{len(report.missing)} chunks have no vectors, {len(report.orphaned)} vectors no chunk"
        )
        for problem in report.problems:
            say(problem)
        say("go back with kb rollback, or build anew with kb ingest PATH --rebuild")
    return 0 if report.sound else 7
