"""`kb chat`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import click

from kb.cli.app import App, aside, emit, json_option, note, pass_app, say, show_error
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
from kb.cli.reports import answer_fields, show_answer, show_citations, show_sources
from kb.errors import Interrupted, KbError, UsageError
from kb.types import Answer, ChatPiece, Citation, Context, Where

if TYPE_CHECKING:
    from kb.answering.followup import Turn
    from kb.cli.chat_history import History
    from kb.models.connect import Models

_COMMANDS = {
    "/sources": "the sources of the last answer, with their quotes",
    "/where KEY=VALUE": "only such documents from now on; alone it shows, `/where clear` clears",
    "/new": "forget the turns so far",
    "/help": "this list",
    "/quit": "end; so does Ctrl-D",
}


@click.command("chat", cls=Command, needs=Needs(models="runs", store=True))
@top_k_option
@where_option
@mode_option
@think_option
@click.option("--show-thinking", is_flag=True, help="Show the thought on standard error.")
@strict_option
@click.option("--no-stream", is_flag=True, help="Print an answer when it is whole.")
@click.option("--continue", "go_on", is_flag=True, help="Take up the last conversation.")
@click.option("--no-history", is_flag=True, help="Keep nothing of this conversation.")
@json_option
@pass_app
def command(
    app: App,
    top_k: int | None,
    where: tuple[str, ...],
    mode: str | None,
    think: bool | None,
    show_thinking: bool,
    strict: bool | None,
    no_stream: bool,
    go_on: bool,
    no_history: bool,
    as_json: bool,
) -> int:
    """Ask several questions; a follow-up is understood from what came before.

    Every line is a turn, on a terminal and from a pipe. /help lists what else a line can be.
    On a terminal an error ends a turn, else it ends the chat. Kept under KB_HOME/chats.

    \b
    Example:
      kb chat
      printf '张飞的电话号码\\n那曹操的呢？\\n' | kb chat --json
    """
    from kb.cli.chat_history import History
    from kb.session import wiring

    app.flag_all(
        {
            "retrieval.top_k": top_k,
            "retrieval.mode": mode,
            "answer.think": think,
            "answer.strict": strict,
        }
    )
    conditions = parse_where(where)
    history = History(app.settings.home)
    with wiring.models(app.settings) as engines:
        # An empty collection and a missing model are told before the first question.
        with wiring.ask_tools(app.settings, engines):
            turns = history.take_up_last() if go_on else []
        chat = _Chat(
            app=app,
            engines=engines,
            history=None if no_history else history,
            turns=turns,
            where=conditions,
            show_thinking=show_thinking,
            # A strict answer is checked before anybody sees it.
            streams=sys.stdout.isatty()
            and not (as_json or no_stream or app.settings.answer.strict),
            as_json=as_json,
        )
        chat.run()
    if as_json:
        emit({"turns": chat.told})
    return 0


class _Chat:
    """A conversation: what was said so far, and the conditions in force."""

    def __init__(
        self,
        *,
        app: App,
        engines: Models,
        history: History | None,
        turns: list[Turn],
        where: Where,
        show_thinking: bool,
        streams: bool,
        as_json: bool,
    ) -> None:
        self.told: list[dict[str, object]] = []
        self._app = app
        self._engines = engines
        self._history = history
        self._turns = turns
        self._where = where
        self._show_thinking = show_thinking
        self._streams = streams
        self._as_json = as_json
        self._say: Callable[[str], None] = note if as_json else say

    def run(self) -> None:
        """Read lines until they end. Raises KbError where nobody is there to try again."""
        alone = not sys.stdin.isatty()
        if not (alone or self._app.quiet):
            note("/help lists what a line can be besides a question; /quit or Ctrl-D ends")
            if self._turns:
                aside(
                    f"taken up after {len(self._turns)} turns; the last: {self._turns[-1].question}"
                )
        for line in _lines(alone):
            try:
                if line.strip() == "/quit":
                    return
                if line.startswith("/"):
                    self._obey(*line.split(maxsplit=1))
                elif line.strip():
                    self._answer(line.strip())
            except Interrupted:
                raise
            except KbError as error:
                if alone:
                    raise
                show_error(error)

    # --- a question -------------------------------------------------------------------

    def _answer(self, question: str) -> None:
        from kb.answering.followup import Turn
        from kb.pipelines.chat import Understood, turn
        from kb.session import wiring

        settings = self._app.settings
        query = wiring.query(settings, question, self._where)
        limits = wiring.limits(settings)
        answer: Answer | None = None
        rewritten = ""
        streamed = False
        # Opened for each turn, so that a chat sees what was taken in meanwhile.
        with wiring.ask_tools(settings, self._engines) as tools:
            for event in turn(
                query,
                self._turns,
                tools,
                limits,
                think=settings.answer.think,
                strict=settings.answer.strict,
            ):
                if isinstance(event, Understood):
                    rewritten = event.rewritten
                    if rewritten and not self._app.quiet:
                        aside(click.style(f"understood as: {rewritten}", dim=True))
                elif isinstance(event, Context) and not (self._as_json or self._app.quiet):
                    show_sources(event.passages)
                elif isinstance(event, ChatPiece):
                    if event.thinking and self._show_thinking:
                        aside(click.style(event.thinking, dim=True), nl=False)
                    if event.content and self._streams:
                        click.echo(event.content, nl=False)
                        streamed = True
                elif isinstance(event, Answer):
                    answer = event
        assert answer is not None, "asking ends with an answer"
        if self._as_json:
            asked = {"question": question, "rewritten": rewritten or None}
            self.told.append({**answer_fields(answer), **asked})
        else:
            if streamed:
                say()
            show_answer(answer, streamed=streamed)
            say()
        done = Turn(question, rewritten, answer.text, answer.citations)
        self._turns.append(done)
        if self._history:
            self._history.append(done)

    # --- a command --------------------------------------------------------------------

    def _obey(self, name: str, argument: str = "") -> None:
        if name == "/sources" and not argument:
            self._show_sources()
        elif name == "/where":
            self._set_where(argument.strip())
        elif name == "/new" and not argument:
            self._turns.clear()
            if self._history:
                self._history.begin_anew()
            self._say("the turns so far are forgotten")
        elif name == "/help" and not argument:
            for usage, effect in _COMMANDS.items():
                self._say(f"{usage:<18} {effect}")
        else:
            raise UsageError(
                f"'{name}' is nothing that a line of a chat can begin with",
                why=f"there are {', '.join(usage.split()[0] for usage in _COMMANDS)}",
                hint="see what each of them does with: /help",
            )

    def _show_sources(self) -> None:
        citations: tuple[Citation, ...] = self._turns[-1].citations if self._turns else ()
        if self._as_json:
            note("the sources are in the field citations")
        elif citations:
            show_citations(citations)
        else:
            say("there is no answer with sources yet")

    def _set_where(self, argument: str) -> None:
        if argument == "clear":
            self._where = ()
        elif argument:
            [(key, value)] = parse_where((argument,))
            self._where = (*((k, v) for k, v in self._where if k != key), (key, value))
        shown = ", ".join(f"{key}={value}" for key, value in self._where)
        self._say(f"only documents with {shown}" if shown else "all documents")


def _lines(alone: bool) -> Iterator[str]:
    """What the user types, with the terminal's line editing; else standard input's lines."""
    if alone:
        yield from sys.stdin
        return
    import readline  # noqa: F401  importing it is what makes input() editable

    while True:
        try:
            # A prompt on standard output would be part of what is written to a file.
            if not sys.stdout.isatty():
                sys.stderr.write("> ")
                sys.stderr.flush()
            yield input("> " if sys.stdout.isatty() else "")
        except EOFError:
            note("")
            return
