"""`kb search`."""

from __future__ import annotations

import click

from kb.cli.app import App, emit, json_option, pass_app, say
from kb.cli.command import Command
from kb.cli.needs import Needs
from kb.cli.options import mode_option, parse_where, top_k_option, where_option
from kb.cli.reports import place, search_fields


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
    top_k: int | None,
    where: tuple[str, ...],
    mode: str | None,
    as_json: bool,
) -> int:
    """Find passages, without a language model.

    \b
    Example:
      kb search "张飞的电话号码" --top-k 3
    """
    from kb.pipelines.ask import retrieve
    from kb.session import wiring

    app.flag("retrieval.top_k", top_k)
    app.flag("retrieval.mode", mode)
    settings = app.settings
    wanted = wiring.query(settings, query, parse_where(where))
    with wiring.ask_tools(settings) as tools:
        hits = retrieve(wanted, tools).hits
    if as_json:
        emit(search_fields(hits))
        return 0
    for rank, hit in enumerate(hits, 1):
        chunk = hit.chunk
        say(f"{rank}. {hit.score:.3f}  {place(hit.source, chunk.page, chunk.line, chunk.section)}")
        for line in chunk.text.splitlines():
            say(f"   {line}")
    if not hits:
        say("nothing was found")
    return 0
