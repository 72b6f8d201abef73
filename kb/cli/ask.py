"""`kb ask`."""

from __future__ import annotations

import sys

import click

from kb.cli.app import App, aside, emit, json_option, note, pass_app, say
from kb.cli.command import Command
from kb.cli.needs import Needs
from kb.cli.options import (
    mode_option,
    parse_where,
    strict_option,
    think_option,
    top_k_option,
    where_option,
)
from kb.cli.reports import answer_fields, show_answer, show_sources
from kb.types import Answer, ChatPiece, Context


@click.command("ask", cls=Command, needs=Needs(models="runs", store=True))
@click.argument("question")
@top_k_option
@where_option
@mode_option
@think_option
@click.option("--show-thinking", is_flag=True, help="Show the thought on standard error.")
@strict_option
@click.option("--no-stream", is_flag=True, help="Print the answer when it is whole.")
@json_option
@pass_app
def command(
    app: App,
    question: str,
    top_k: int | None,
    where: tuple[str, ...],
    mode: str | None,
    think: bool | None,
    show_thinking: bool,
    strict: bool | None,
    no_stream: bool,
    as_json: bool,
) -> int:
    """Answer a question from the documents, then name the sources.

    Exit code 4 where the documents do not hold the answer.

    \b
    Example:
      kb ask "张飞的电话号码"
    """
    from kb.pipelines.ask import ask
    from kb.session import wiring

    app.flag_all(
        {
            "retrieval.top_k": top_k,
            "retrieval.mode": mode,
            "answer.think": think,
            "answer.strict": strict,
        }
    )
    settings = app.settings
    query = wiring.query(settings, question, parse_where(where))
    limits = wiring.limits(settings)
    # A strict answer is checked before anybody sees it.
    streams = sys.stdout.isatty() and not (as_json or no_stream or settings.answer.strict)
    answer: Answer | None = None
    streamed = False
    with wiring.ask_tools(settings) as tools:
        for event in ask(
            query, tools, limits, think=settings.answer.think, strict=settings.answer.strict
        ):
            if isinstance(event, Context) and not (as_json or app.quiet):
                show_sources(event.passages)
            elif isinstance(event, ChatPiece):
                if event.thinking and show_thinking:
                    aside(click.style(event.thinking, dim=True), nl=False)
                if event.content and streams:
                    click.echo(event.content, nl=False)
                    streamed = True
            elif isinstance(event, Answer):
                answer = event
    assert answer is not None, "asking ends with an answer"
    if as_json:
        emit(answer_fields(answer))
    else:
        if streamed:
            say()
        show_answer(answer, streamed=streamed)
        note(_footer(answer, tools.engine))
    return 0 if answer.found else 4


def _footer(answer: Answer, engine: str) -> str:
    times = answer.timings
    parts = f"{answer.model}, {engine}: " if answer.model else ""
    parts += f"retrieve {times.retrieve:.1f} s"
    if answer.model:
        parts += f", load {times.load:.1f} s"
        parts += f", read {answer.prompt_tokens} tokens {times.prompt:.1f} s"
        parts += f", generate {times.generate:.1f} s"
    return f"({parts}; total {times.total:.1f} s)"
