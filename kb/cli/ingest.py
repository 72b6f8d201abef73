"""`kb ingest`."""

from __future__ import annotations

from pathlib import Path

import click

from kb.cli.app import App, json_option, pass_app
from kb.cli.command import Command, setting_option
from kb.cli.needs import Needs
from kb.cli.reports import finish_ingest, finish_plan
from kb.cli.signals import stop_requested_by_signal


@click.command(
    "ingest",
    cls=Command,
    needs=Needs(home="writes", sources=True, models="runs", store=True),
    output="report",
)
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH…")
@click.option("--include", multiple=True, metavar="GLOB", help="Only files that match.")
@click.option("--exclude", multiple=True, metavar="GLOB", help="Leave out files that match.")
@click.option("--prune", is_flag=True, help="Drop documents whose files are gone.")
@click.option("--rebuild", is_flag=True, help="Rebuild the index; needed after a change of model.")
@click.option("--dry-run", is_flag=True, help="Show what would be done, and do nothing.")
@setting_option(
    "ingest.workers",
    "--workers",
    type=click.IntRange(1),
    metavar="N",
    help="How many processes read files.",
)
@click.option(
    "--wait", type=float, default=0.0, metavar="SECONDS", help="How long to wait for another run."
)
@json_option
@pass_app
def command(
    app: App,
    paths: tuple[Path, ...],
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    prune: bool,
    rebuild: bool,
    dry_run: bool,
    wait: float,
    as_json: bool,
) -> int:
    """Add or update the files under PATH.

    Unchanged files are not read again. A file that cannot be ingested is listed with
    its reason, and the others are ingested (exit code 3). A .kbignore file follows gitignore's
    rules.

    \b
    Example:
      kb ingest ./docs --prune
    """
    from kb.cli.progress import listening
    from kb.pipelines import ingest
    from kb.session import wiring

    job = ingest.IngestJob(
        paths=paths, include=include, exclude=exclude, prune=prune, rebuild=rebuild, wait=wait
    )
    settings = app.settings
    with (
        stop_requested_by_signal() as stop,
        wiring.ingest_tools(settings, stop=stop) as tools,
        listening(app.quiet) as listen,
    ):
        if dry_run:
            plan = ingest.plan(job, tools)
        else:
            report = ingest.ingest(job, tools, listen)
    if dry_run:
        return finish_plan(plan, prune=prune, as_json=as_json)
    return finish_ingest(report, as_json=as_json)
