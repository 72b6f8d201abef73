"""`kb sources`."""

from __future__ import annotations

import click

from kb.cli.app import App, emit, json_option, pass_app, say
from kb.cli.command import Command
from kb.cli.needs import Needs
from kb.session import Listing, Session
from kb.types import MEMBER


@click.command("sources", cls=Command, needs=Needs(store=True))
@click.option("--failed", is_flag=True, help="Only what failed.")
@json_option
@pass_app
def command(app: App, failed: bool, as_json: bool) -> int:
    """Every document with its chunks, and every file that failed with its reason.

    An archive is listed with the number of its members, which follow it.

    \b
    Example:
      kb sources --failed
    """
    with Session(app.settings) as session:
        found = session.sources(failed_only=failed)
    if as_json:
        emit(found)
    else:
        _show(found, only_failed=failed)
    return 0


def _show(found: Listing, *, only_failed: bool) -> None:
    for record in found.documents:
        if record.is_archive:
            say(f"archive of {found.members[record.doc_id]:>3}  {record.root}/{record.path}")
        else:
            indent = "  " * record.path.count(MEMBER)
            say(f"{record.chunks:>6} chunks  {indent}{record.root}/{record.path}")
    for failure in found.failed:
        say(f"failed         {failure.root}/{failure.path}: {failure.message}")
        say(f"               {failure.hint}")
    if only_failed and not found.failed:
        say("nothing failed")
