"""`kb`: the contents page of the commands, the global options, and how errors leave the process.

A command's module is imported when it runs, so that `kb --help` and `kb status` stay quick.
"""

from __future__ import annotations

import difflib
import importlib
import logging
import os
import signal
import sys
import traceback
from pathlib import Path

import click

from kb import __version__
from kb.cli import logs, streams
from kb.cli.app import App, note, show_error
from kb.cli.command import Command, Group
from kb.cli.signals import interrupted, stop_at_once, was_told_to_stop
from kb.errors import KbError, UsageError

COMMANDS: dict[str, str] = {
    "ingest": "Add or update the files under PATH.",
    "reindex": "Bring every known source up to date; the command for cron.",
    "search": "Find passages, without a language model.",
    "ask": "Answer a question from the documents, with sources.",
    "chat": "A conversation; a follow-up is understood from the turns before it.",
    "serve": "Answer over HTTP: an API, and a page for the browser.",
    "users": "Who may ask kb serve, in which role, which collections.",
    "mcp": "The Model Context Protocol on standard input and output; read-only.",
    "eval": "Measure retrieval, answers and refusals with a file of questions.",
    "status": "What is indexed, with which models, and what failed.",
    "sources": "Every document, and every file that failed.",
    "show": "One document's chunks.",
    "tables": "The tables in the documents, with their columns.",
    "sql": "One SELECT over the tables.",
    "history": "The runs, newest first.",
    "remove": "Remove documents, and prove that nothing of them is left.",
    "rollback": "Make an earlier generation the live one.",
    "check": "Compare the catalog with the vectors.",
    "doctor": "Check every precondition, with the command that fixes what is wrong.",
    "bundle": "One signed file that sets up a machine without a network.",
    "models": "List, add or fetch models for the embedded engine.",
    "config": "Show the settings in force, or write a file to change them in.",
    "egress-report": "Allowed destinations, blocked attempts, and a self-test of the protection.",
}


class Contents(click.Group):
    """A group that knows its commands' names and summaries without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"kb.cli.{cmd_name.replace('-', '_')}")
        command = module.command
        if not isinstance(command, Command | Group):
            raise TypeError(f"'{cmd_name}' declares no needs: see kb/cli/command.py")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0] if args else ""
        if not ctx.resilient_parsing and name not in COMMANDS and not name.startswith("-"):
            raise _no_command(name)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Contents, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--home", type=click.Path(path_type=Path), help="Where the index lives (KB_HOME).")
@click.option("--config", type=click.Path(path_type=Path), help="A TOML file (KB_CONFIG).")
@click.option(
    "--collection",
    metavar="NAME[,NAME…]",
    help="Which collection (KB_COLLECTION). Search, ask and chat read several: law,hr.",
)
@click.option(
    "--require-sandbox", is_flag=True, help="Refuse to run without the kernel's sandbox (exit 9)."
)
@click.option("-v", "--verbose", count=True, help="More on standard error; twice for debug.")
@click.option("-q", "--quiet", is_flag=True, help="Errors only on standard error.")
@click.option(
    "--log-format",
    type=click.Choice(logs.FORMATS),
    help="Standard error as text or as one JSON object a line.",
)
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.version_option(__version__, prog_name="kb")
@click.pass_context
def cli(
    ctx: click.Context,
    home: Path | None,
    config: Path | None,
    collection: str | None,
    require_sandbox: bool,
    verbose: int,
    quiet: bool,
    log_format: str | None,
    debug: bool,
) -> None:
    """An offline knowledge base over private documents.

    \b
    Example:
      kb ingest ./docs
      kb ask "张飞的电话号码"
    """
    level = (
        logging.ERROR if quiet else [logging.WARNING, logging.INFO, logging.DEBUG][min(verbose, 2)]
    )
    logs.set_up(level, log_format or "text")
    ctx.obj = App(
        home=home,
        config=config,
        collection=collection,
        quiet=quiet,
        debug=debug,
        own_process=ctx.obj is True,
    )
    ctx.obj.flag("log.format", log_format)
    ctx.obj.flag("egress.sandbox", "require" if require_sandbox else None)


def main() -> None:
    """The entry point: run a command, turn what it raises into three lines and an exit code."""
    streams.restart_in_utf8()
    streams.take_over()
    signal.signal(signal.SIGTERM, stop_at_once)
    code = _exit_code(run(sys.argv[1:], own_process=True))
    if was_told_to_stop():
        # Python would wait for threads, and one may be in a call to an engine for half a minute.
        sys.stdout.flush()
        os._exit(code)
    sys.exit(code)


def _exit_code(code: int) -> int:
    """The exit code, which is not 0 where the result was to be on standard output and is not."""
    lost = streams.lost_output()
    if lost is None:
        return code
    error, was_result = lost
    if was_result:
        show_error(error)
        return code or error.exit_code
    note(f"warning: what was done could not be reported: {error.what} ({error.why})")
    return code


def run(arguments: list[str], *, own_process: bool = False) -> int:
    """Run one command line and return its exit code (see the table in cli.md and README).

    `own_process`: this process is the command's alone, so that the sandbox of kb/sandbox, which
    nothing takes away again, may be put around it.
    """
    try:
        result = cli.main(args=arguments, prog_name="kb", standalone_mode=False, obj=own_process)
    except (KeyboardInterrupt, click.Abort):
        error: KbError = interrupted()
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as mistake:
        error = _usage(mistake)
    except KbError as expected:
        error = expected
    except Exception as unexpected:
        if not _is_folder_gone(unexpected):
            logs.traceback_line(traceback.format_exc())
            return 1
        error = _folder_gone()
    else:
        return result if isinstance(result, int) else 0
    if "--debug" in arguments:
        logs.traceback_line("".join(traceback.format_exception(error)))
    show_error(error)
    return error.exit_code


def _is_folder_gone(error: Exception) -> bool:
    """Whether the folder that the command was called in has been deleted, so that no relative
    path leads anywhere."""
    if isinstance(error, FileNotFoundError):
        try:
            os.getcwd()
        except FileNotFoundError:
            return True
    return False


def _folder_gone() -> UsageError:
    return UsageError(
        "the folder that kb was called in is no longer there",
        why="it was deleted, so a relative path leads nowhere",
        hint="cd to another folder, or give absolute paths",
    )


def _no_command(name: str) -> UsageError:
    near = difflib.get_close_matches(name.lower(), COMMANDS, n=2)
    return UsageError(
        f"there is no command '{name}'",
        why=f"did you mean {' or '.join(near)}?" if near else "kb has no command of that name",
        hint=f"run kb {near[0]} --help" if near else "run kb --help, which lists the commands",
    )


def _usage(mistake: click.ClickException) -> UsageError:
    context = getattr(mistake, "ctx", None)
    command = context.command_path if context else "kb"
    return UsageError(
        mistake.format_message(),
        why="the command line does not fit the command",
        hint=f"run {command} --help",
    )
