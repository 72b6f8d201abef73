"""`kb ask`."""

from __future__ import annotations

import sys

import click

from kb.cli import logs
from kb.cli.answer_output import AnswerOutput
from kb.cli.app import App, emit, json_option, note, pass_app
from kb.cli.ask_footer import footer
from kb.cli.command import Command
from kb.cli.needs import Needs
from kb.cli.options import (
    mode_option,
    strict_option,
    think_option,
    top_k_option,
    where_option,
)
from kb.cli.wrapping import fitted
from kb.session import Session, parse_where


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
    where: tuple[str, ...],
    show_thinking: bool,
    no_stream: bool,
    as_json: bool,
) -> int:
    """Answer a question from the documents, then name the sources.

    Exit code 4 where the documents do not hold the answer.

    \b
    Example:
      kb ask "张飞的电话号码"
    """
    output = AnswerOutput(
        as_json=as_json,
        quiet=app.quiet,
        show_thinking=show_thinking,
        streams=sys.stdout.isatty() and not (as_json or no_stream),
    )
    with Session(app.settings) as session:
        answer = output.show(session.ask(question, where=parse_where(where)))
        if as_json:
            emit(answer)
        else:
            below = footer(answer, session.engine)
            note(below if logs.as_json() else fitted(below, " ", err=True))
    return 0 if answer.found else 4
