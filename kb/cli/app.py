"""What every command shares: the settings, and the way to standard output."""

from __future__ import annotations

import dataclasses
import logging
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from kb import config as configuration
from kb.cli import confine, logs, signals
from kb.cli.needs import Needs
from kb.errors import KbError
from kb.text.readable import shown

F = TypeVar("F", bound=Callable[..., Any])


@dataclasses.dataclass
class App:
    """The global options of one call, and the settings they lead to."""

    home: Path | None
    config: Path | None
    collection: str | None
    quiet: bool
    debug: bool
    own_process: bool = False
    flags: dict[str, configuration.Value] = dataclasses.field(default_factory=dict)
    _read: configuration.Settings | None = dataclasses.field(default=None, init=False)
    _enforced: bool = dataclasses.field(default=False, init=False)

    def read_settings(self) -> configuration.Settings:
        """The settings, read once; nothing is enforced by that.

        Raises:
            UsageError: a mistake in the configuration.
        """
        if self._read is None:
            self._read = configuration.load(
                file=self.config, home=self.home, collection=self.collection, flags=self.flags
            )
            logs.use(self._read.log.format)
        return self._read

    def enforce(
        self, needs: Needs, command: str, parameters: Mapping[str, Any]
    ) -> configuration.Settings:
        """From here on this process may touch what the command needs, and nothing else.

        Args:
            command: its name without `kb`, as "models list".
            parameters: the values of its parameters.

        Raises:
            UsageError: a mistake in the configuration.
            EgressBlocked: a configured host that is not allowed, or `--require-sandbox`.
        """
        settings = self.read_settings()
        confine.enforce(
            settings,
            needs,
            command=command,
            parameters=parameters,
            own_process=self.own_process,
        )
        if self.own_process and needs.may_last:
            signals.end_in_time(
                signals.SERVER_SECONDS_TO_END if needs.listens else signals.SECONDS_TO_END
            )
        self._enforced = True
        return settings

    @property
    def is_enforced(self) -> bool:
        return self._enforced

    @property
    def settings(self) -> configuration.Settings:
        """What `enforce` read.

        Raises:
            RuntimeError: the command has not been confined to its needs yet.
        """
        if not self._enforced:
            raise RuntimeError("a command works with its settings only after App.enforce()")
        return self.read_settings()

    def flag(self, key: str, value: configuration.Value | None) -> None:
        """Let an option win over the configuration, when it was given.

        Raises:
            RuntimeError: the settings have been read.
        """
        if self._read:
            raise RuntimeError(f"too late for {key}: the settings have been read")
        if value is not None:
            self.flags[key] = value


pass_app = click.make_pass_decorator(App)


def json_option(command: F) -> F:
    return click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")(
        command
    )


def emit(value: object) -> None:
    """Write one JSON object to standard output."""
    from kb.session import to_json

    sys.stdout.write(to_json(value) + "\n")
    sys.stdout.flush()


class Printable(str):
    """Text that may be printed as it is: what stood in it of a document is marked, and it may
    hold kb's own colours."""


def printable(text: str, **style: Any) -> Printable:
    """A text with marks for what acts on a terminal (see kb/text/readable.py), in a style of
    click's."""
    return Printable(click.style(shown(text), **style) if style and _may_style() else shown(text))


def _may_style() -> bool:
    """Not where colours are unwanted (no-color.org) or the terminal knows none."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def say(text: str = "", *, nl: bool = True) -> None:
    """Write a line for people to standard output."""
    click.echo(_safe(text), nl=nl)


def note(text: str) -> None:
    """Write a line for people to standard error."""
    if logs.as_json():
        logs.line(logging.INFO, "note", message=text)
    else:
        click.echo(_safe(text), err=True)


def aside(text: str, *, nl: bool = True) -> None:
    """Write to standard error what quotes a question or a document: for whoever asks, and so
    neither with -q nor into a log."""
    if not (logs.as_json() or logs.is_quiet()):
        click.echo(_safe(text), err=True, nl=nl)


def _safe(text: str) -> str:
    return text if isinstance(text, Printable) else shown(text)


def show_error(error: KbError) -> None:
    """The three lines of an error: what, why, what to do."""
    if logs.as_json():
        known = {"reference": error.reference, "why": error.why, "fix": error.hint}
        logs.line(logging.ERROR, "error", message=error.what, **known)
    else:
        from kb.cli.wrapping import fitted

        note("\n".join(fitted(line, " " * 7, err=True) for line in error.lines()))
