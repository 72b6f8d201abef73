"""`kb search`."""

from __future__ import annotations

import click

from kb.cli.app import App, emit, json_option, pass_app, say
from kb.cli.command import Command
from kb.cli.needs import Needs
from kb.cli.options import mode_option, top_k_option, where_option
from kb.cli.reports import place
from kb.cli.wrapping import fitted
from kb.session import Session, parse_where

_HANG = "   "


@click.command("search", cls=Command, needs=Needs(models="runs", store=True))
@click.argument("query")
@top_k_option
@where_option
@mode_option
@json_option
@pass_app
def command(
    app: App,
    query: str,
    where: tuple[str, ...],
    as_json: bool,
) -> int:
    """Find passages, without a language model.

    \b
    Example:
      kb search "张飞的电话号码" --top-k 3
    """
    with Session(app.settings) as session:
        found = session.search(query, where=parse_where(where))
    if as_json:
        emit(found)
        return 0
    for rank, hit in enumerate(found.hits, 1):
        chunk = hit.chunk
        found_at = place(hit.source, chunk.page, chunk.line, chunk.section)
        say(fitted(f"{rank}. {hit.score:.3f}  {found_at}", _HANG))
        for line in chunk.text.splitlines():
            say(fitted(f"{_HANG}{line}", _HANG))
    if not found.hits:
        say("nothing was found")
    return 0
