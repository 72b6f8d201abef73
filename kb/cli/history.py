"""`kb history`."""

from __future__ import annotations

from dataclasses import asdict

import click

from kb.cli.app import App, emit, json_option, pass_app, say
from kb.cli.wiring import collection


@click.command("history")
@json_option
@pass_app
def command(app: App, as_json: bool) -> int:
    """The runs, newest first, and the generations that are kept.

    \b
    Example:
      kb history
    """
    place = collection(app.settings)
    runs = place.runs()[::-1]
    generations = place.generations()[::-1]
    if as_json:
        emit(
            {
                "history": [asdict(run) for run in runs],
                "generations": [asdict(manifest) for manifest in generations],
            }
        )
        return 0
    for run in runs:
        say(
            f"{run.started}  {run.command:<8} {run.outcome:<12} generation {run.generation}: "
            f"{run.added} added, {run.updated} updated, {run.moved} moved, {run.removed} removed, "
            f"{run.failed} failed, {run.embedded} embedded, {run.seconds:.1f} s"
        )
    for manifest in generations:
        say(
            f"kept: generation {manifest.generation}, {manifest.documents} documents, "
            f"{manifest.chunks} chunks, root hash {manifest.root_hash[:12]}…"
        )
    return 0
