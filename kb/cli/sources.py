"""`kb sources`."""

from __future__ import annotations

from dataclasses import asdict

import click

from kb.cli.app import App, emit, json_option, pass_app, say
from kb.cli.wiring import collection


@click.command("sources")
@click.option("--failed", is_flag=True, help="Only what failed.")
@json_option
@pass_app
def command(app: App, failed: bool, as_json: bool) -> int:
    """Every document, and every file that failed with its reason.

    \b
    Example:
      kb sources --failed
    """
    with collection(app.settings).reader() as live:
        documents = [] if failed else live.catalog.documents()
        failures = live.catalog.failures()
    if as_json:
        emit(
            {
                "sources": [
                    {**asdict(document), "labels": dict(document.labels)} for document in documents
                ],
                "failed": [asdict(failure) for failure in failures],
            }
        )
        return 0
    for document in documents:
        say(f"{document.chunks:>6} chunks  {document.root}/{document.path}")
    for failure in failures:
        say(f"failed         {failure.root}/{failure.path}: {failure.message}")
        say(f"               {failure.hint}")
    return 0
