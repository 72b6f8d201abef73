"""`kb status`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kb.cli.app import App, emit, json_option, pass_app, say
from kb.cli.command import Command
from kb.cli.needs import Needs
from kb.cli.reports import show_failures
from kb.session import Session

if TYPE_CHECKING:
    from kb.session import Status


@click.command("status", cls=Command, needs=Needs(store=True))
@json_option
@pass_app
def command(app: App, as_json: bool) -> int:
    """What is indexed, with which models, and what failed.

    \b
    Example:
      kb status
    """
    with Session(app.settings) as session:
        found = session.status()
    if as_json:
        emit({"status": found})
    else:
        _show(found)
    return 0


def _show(found: Status) -> None:
    say(f"collection   {found.collection} in {found.home}")
    if not found.generation:
        say("documents    0; add some with: kb ingest PATH")
        return
    say(f"generation   {found.generation} of {found.created}")
    say(f"documents    {found.documents} ({found.chunks} chunks, {found.characters} characters)")
    if made := found.fingerprint:
        say(f"embedding    {made.embedding}, {made.dimension} dimensions ({made.digest[:12]}…)")
        say(f"engines      models: {found.models_engine}, vectors: {made.engine}")
    for source in found.sources:
        say(f"source       {source.location}")
    say(f"failed       {len(found.failed)}")
    show_failures(found.failed)
