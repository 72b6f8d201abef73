"""`kb reindex`."""

from __future__ import annotations

import click

from kb.cli.app import App, json_option, pass_app
from kb.cli.reports import finish_ingest


@click.command("reindex")
@click.option("--wait", type=float, default=0.0, metavar="SECONDS", help="Wait for another run.")
@json_option
@pass_app
def command(app: App, wait: float, as_json: bool) -> int:
    """Bring every known source up to date, and drop what is gone. Made for cron.

    \b
    Example (crontab):
      15 2 * * * kb -q reindex --wait 600
    """
    from kb.cli import wiring
    from kb.cli.progress import listening
    from pipelines import reindex

    with wiring.ingest_tools(app.settings) as tools, listening(app.quiet) as listen:
        report = reindex.reindex(tools, listen, wait=wait)
    return finish_ingest(report, as_json=as_json)
