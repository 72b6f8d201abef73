"""`kb chat`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

import click

from kb.cli import streams
from kb.cli.answer_output import AnswerOutput, show_citations
from kb.cli.app import App, aside, emit, json_option, note, pass_app, say, show_error
from kb.cli.chat_history import History
from kb.cli.command import Command
from kb.cli.needs import Needs
from kb.cli.options import (
    mode_option,
    strict_option,
    think_option,
    top_k_option,
    where_option,
)
from kb.errors import Interrupted, KbError, UsageError
from kb.session import Chat, Session, parse_where, to_dict
from kb.types import Where

_COMMANDS = {
    "/sources": "the sources of the last answer, with their quotes",
    "/where KEY=VALUE": "only documents with this label; /where clear: all documents",
    "/new": "forget the turns so far",
    "/help": "this list",
    "/quit": "end the chat; so does Ctrl-D",
}


@click.command("chat", cls=Command, needs=Needs(models="runs", store=True, chats=True))
@top_k_option
@where_option
@mode_option
@think_option
@click.option("--show-thinking", is_flag=True, help="Show the thought on standard error.")
@strict_option
@click.option("--no-stream", is_flag=True, help="Print an answer when it is whole.")
@click.option("--continue", "resume", is_flag=True, help="Resume the last conversation.")
@click.option("--no-history", is_flag=True, help="Do not keep this conversation.")
@json_option
@pass_app
def command(
    app: App,
    where: tuple[str, ...],
    show_thinking: bool,
    no_stream: bool,
    resume: bool,
    no_history: bool,
    as_json: bool,
) -> int:
    """Ask several questions; a follow-up is understood from the turns before it.

    Every line is a turn, on a terminal and from a pipe; /help lists the commands that a line can
    hold instead. On a terminal an error ends the turn, otherwise it ends the chat. Conversations
    are kept under KB_HOME/chats.

    \b
    Example:
      kb chat
      printf '张飞的电话号码\\n那曹操的呢？\\n' | kb chat --json
    """
    conditions = parse_where(where)
    history = History(app.settings.home)
    output = AnswerOutput(
        as_json=as_json,
        quiet=app.quiet,
        show_thinking=show_thinking,
        streams=sys.stdout.isatty() and not (as_json or no_stream),
    )
    with Session(app.settings) as session:
        # An empty collection and a missing model are reported before the first question.
        session.prepare()
        turns = history.resume_last() if resume else []
        kept = None if no_history else history
        conversation = _Conversation(session.chat(turns), kept, conditions, output)
        conversation.run()
    if as_json:
        emit({"turns": conversation.answered})
    return 0


class _Conversation:
    """What the lines lead to: questions, commands, and the conditions in force.

    `answered`: with --json, the fields of every turn so far.
    """

    def __init__(
        self, chat: Chat, history: History | None, where: Where, output: AnswerOutput
    ) -> None:
        self.answered: list[dict[str, object]] = []
        self._chat = chat
        self._history = history
        self._where = where
        self._output = output
        self._as_json = output.as_json
        self._say: Callable[[str], None] = note if output.as_json else say

    def run(self) -> None:
        """Read lines until they end. Raises KbError where nobody is there to try again."""
        alone = not sys.stdin.isatty()
        if not (alone or self._output.quiet):
            note("/help lists the commands; /quit or Ctrl-D ends the chat")
            if turns := self._chat.turns:
                aside(f"resumed after {len(turns)} turns; the last question: {turns[-1].question}")
        for line in _lines(alone):
            try:
                if line.strip() == "/quit":
                    return
                if line.startswith("/"):
                    self._run_command(*line.split(maxsplit=1))
                elif line.strip():
                    self._answer(line.strip())
                if not streams.has_reader():
                    return
            except Interrupted:
                raise
            except KbError as error:
                if alone:
                    raise
                show_error(error)

    # --- a question -------------------------------------------------------------------

    def _answer(self, question: str) -> None:
        answer = self._output.show(self._chat.ask(question, where=self._where))
        done = self._chat.turns[-1]
        if self._as_json:
            turn = {"question": done.question, "rewritten": done.rewritten or None}
            self.answered.append({**to_dict(answer), **turn})
        else:
            say()
        if self._history:
            self._history.append(done)

    # --- a command --------------------------------------------------------------------

    def _run_command(self, name: str, argument: str = "") -> None:
        if name == "/sources" and not argument:
            self._show_sources()
        elif name == "/where":
            self._set_where(argument.strip())
        elif name == "/new" and not argument:
            self._chat.forget()
            if self._history:
                self._history.start_new()
            self._say("the turns so far are forgotten")
        elif name == "/help" and not argument:
            for usage, effect in _COMMANDS.items():
                self._say(f"{usage:<18} {effect}")
        else:
            raise UsageError(
                f"'{name}' is not a command of the chat",
                why=f"the commands are {', '.join(usage.split()[0] for usage in _COMMANDS)}",
                hint="see what each of them does with: /help",
            )

    def _show_sources(self) -> None:
        turns = self._chat.turns
        citations = turns[-1].citations if turns else ()
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
