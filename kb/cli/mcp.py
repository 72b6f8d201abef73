"""`kb mcp`."""

from __future__ import annotations

import click

from kb.cli.app import App, pass_app
from kb.cli.command import Command
from kb.cli.needs import Needs
from kb.errors import UsageError
from kb.session import Session


@click.command("mcp", cls=Command, needs=Needs(home="watches", models="runs", store=True))
@pass_app
def command(app: App) -> int:
    """The Model Context Protocol on standard input and output, for editors and agents.

    The client starts this command and speaks to it. It reads only, opens no port, and ends when
    its input ends. Tools: search, ask, document, tables, query, sources. docs/clients.md shows how
    clients are told of it.

    \b
    Example:
      kb mcp
      kb --collection law,hr mcp
    """
    try:
        from kb.mcp import stdio
    except ModuleNotFoundError as error:
        raise UsageError(
            "the package 'mcp' is not installed",
            why=str(error),
            hint="install it with kb: pip install 'kb[mcp]' (make setup has it)",
        ) from error

    with Session(app.settings) as session:
        stdio.run(session)
    return 0
