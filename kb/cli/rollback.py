"""`kb rollback`."""

from __future__ import annotations

import click

from kb.cli.app import App, emit, json_option, pass_app, say
from kb.cli.command import Command
from kb.cli.needs import Needs
from kb.session.wiring import collection


@click.command("rollback", cls=Command, needs=Needs(home="writes", store=True), output="report")
@click.argument("generation", type=int, required=False)
@json_option
@pass_app
def command(app: App, generation: int | None, as_json: bool) -> int:
    """Make an earlier generation the live one; without a number, the one before.

    \b
    Example:
      kb rollback
    """
    live = collection(app.settings).rollback(generation)
    if as_json:
        emit({"rollback": {"generation": live}})
    else:
        say(f"generation {live} is live")
    return 0
